"""See where an autoencoder keeps its codes, and where a draw at random falls."""

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

Drawn = Float[Tensor, "draw latent"]
MARKS = tuple(zip((DATA, MODEL, ACCENT, *MORE_COLOURS), "os^DvP", strict=True))


@course_style
def codes_and_prior(
    codes: Latents, classes: Labels, names: Sequence[str], *, drawn: Drawn
) -> Figure:
    """The codes of clips, class by class, and codes drawn from N(0, I) among them.

    ``classes`` counts through ``names``. Both clouds go through one projection: onto
    the two principal axes of the clips' codes. Two axes can hide a distance, so the
    title measures it along all: the median of draws to the nearest clip's code, beside
    that of clips to the nearest other clip's.

    Raises:
        ValueError: for fewer than two clips or axes, or classes without a name or mark.
    """
    if min(codes.shape) < 2:
        raise ValueError(
            "A plane of codes needs at least two clips and two latent axes, got "
            f"{tuple(codes.shape)}."
        )
    if not 0 <= int(classes.min()) <= int(classes.max()) < len(names) <= len(MARKS):
        raise ValueError(
            f"Classes count through their names, {len(MARKS)} at most; got classes "
            f"{int(classes.min())} to {int(classes.max())} and {len(names)} names."
        )
    codes, drawn = (cloud.detach().cpu().double() for cloud in (codes, drawn))
    centre, classes = codes.mean(dim=0), classes.cpu()
    _, spread, directions = torch.linalg.svd(codes - centre, full_matrices=False)
    plane = directions[:2].T
    drawing, (axes,) = figure(7, 4.2, Layout(left=0.7, right=1.95, top=0.35))
    for i, (name, (colour, mark)) in enumerate(zip(names, MARKS, strict=False)):
        at = (codes[classes == i] - centre) @ plane
        scatter(axes, at, colour=colour, marker=mark, size=14)
        axes.collections[-1].set_label(name)
    scatter(axes, (drawn - centre) @ plane, colour=INK, marker="X", size=22)
    axes.collections[-1].set(label="drawn from N(0, I)", alpha=1)
    axes.set_adjustable("datalim")  # equal units, and the whole paper
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), markerscale=1.4)
    first, second = (100 * spread.square() / spread.square().sum())[:2].tolist()
    axes.set_xlabel(f"first principal axis: {first:.0f} % of the variance")
    axes.set_ylabel(f"second: {second:.0f} %")
    between = torch.cdist(codes, codes).fill_diagonal_(torch.inf)
    away = float(torch.cdist(drawn, codes).amin(dim=1).median())
    apart = float(between.amin(dim=1).median())
    title(axes, f"To the nearest code: {apart:.1f} from a code, {away:.1f} from a draw")
    return describe(
        drawing,
        f"{len(codes)} codes on their two principal axes, which hold {first:.0f} and "
        f"{second:.0f} % of the variance, in {len(names)} classes: {', '.join(names)}. "
        f"{len(drawn)} draws from the standard normal lie {away:.1f} from the nearest "
        f"code, in the median and along all {codes.shape[1]} axes; codes lie "
        f"{apart:.1f} from one another.",
    )
