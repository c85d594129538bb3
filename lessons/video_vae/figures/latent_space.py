"""Codes of an autoencoder and samples of N(0, I) in one projection."""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib.plotting import (
    ACCENT,
    DATA,
    INK,
    MODEL,
    MORE_COLOURS,
    Figure,
    Layout,
    course_style,
    describe,
    figure,
    scatter,
    title,
)
from course_lib.shapes import Labels, Latents

Samples = Float[Tensor, "sample latent"]
LOOKS = tuple(zip((DATA, MODEL, ACCENT, *MORE_COLOURS), "os^DvP", strict=True))


@course_style
def codes_and_prior(
    codes: Latents, classes: Labels, names: Sequence[str], *, samples: Samples
) -> Figure:
    """The codes of clips by class, and samples of N(0, I).

    ``classes`` are indices into ``names``. Both sets are projected onto the first two
    principal components of the codes. The projection can hide distances, so the title
    states them along all axes: the median distance from a code to the nearest other
    code, and from a sample to the nearest code.

    Raises:
        ValueError: for fewer than two clips or axes, for classes without a name, or for
            more names than markers.
    """
    if min(codes.shape) < 2:
        raise ValueError(
            "codes_and_prior needs at least two clips and two latent axes; got codes "
            f"of shape {tuple(codes.shape)}."
        )
    if not 0 <= int(classes.min()) <= int(classes.max()) < len(names) <= len(LOOKS):
        raise ValueError(
            f"Classes are indices into names, of which there are {len(LOOKS)} at most; "
            f"got classes {int(classes.min())} to {int(classes.max())} and "
            f"{len(names)} names."
        )
    codes, samples = (points.detach().cpu().double() for points in (codes, samples))
    centre, classes = codes.mean(dim=0), classes.cpu()
    _, singular_values, components = torch.linalg.svd(
        codes - centre, full_matrices=False
    )
    plane = components[:2].T
    drawing, (axes,) = figure(7, 4.2, Layout(left=0.7, right=1.95, top=0.35))
    for i, (name, (colour, marker)) in enumerate(zip(names, LOOKS, strict=False)):
        points = (codes[classes == i] - centre) @ plane
        scatter(axes, points, colour=colour, marker=marker, size=14)
        axes.collections[-1].set_label(name)
    scatter(axes, (samples - centre) @ plane, colour=INK, marker="X", size=22)
    axes.collections[-1].set(label="samples of N(0, I)", alpha=1)
    axes.set_adjustable("datalim")  # equal units, and the whole area of the axes
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), markerscale=1.4)
    variances = singular_values.square()
    first, second = (100 * variances / variances.sum())[:2].tolist()
    axes.set_xlabel(f"first principal component: {first:.0f} % of the variance")
    axes.set_ylabel(f"second: {second:.0f} %")
    between_codes = torch.cdist(codes, codes).fill_diagonal_(torch.inf)
    from_code = float(between_codes.amin(dim=1).median())
    from_sample = float(torch.cdist(samples, codes).amin(dim=1).median())
    title(
        axes,
        f"To the nearest code: {from_code:.1f} from a code, {from_sample:.1f} from a "
        "sample",
    )
    return describe(
        drawing,
        f"{len(codes)} codes on their two principal components, with {first:.0f} and "
        f"{second:.0f} % of the variance, in {len(names)} classes: {', '.join(names)}. "
        f"{len(samples)} samples of the standard normal have a median distance of "
        f"{from_sample:.1f} to the nearest code, along all {codes.shape[1]} axes; "
        f"codes have a distance of {from_code:.1f} to the nearest other code.",
    )
