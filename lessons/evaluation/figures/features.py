"""Scatter plots of clip features: real clips by class, and generated ones."""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib import plotting
from course_lib.plotting import ACCENT, DATA, INK, MODEL, MORE_COLOURS, Figure
from course_lib.shapes import Labels

Real = Float[Tensor, "clip feature"]
Fake = Float[Tensor, "fake feature"]
MARKS = tuple(zip((DATA, MODEL, ACCENT, *MORE_COLOURS), "os^DvP", strict=True))


@plotting.course_style
def features_in_plane(
    real: Real, kinds: Labels, names: Sequence[str], *, fake: Fake
) -> Figure:
    """Features of real clips, kind by kind, and of fakes, on the real ones' axes.

    ``kinds`` counts through ``names``. Two axes can hide a distance, so the title
    measures it along all: the median way of a clip to the nearest real one that is
    not itself.

    Raises:
        ValueError: for fewer than two real clips or features, or kinds without a name.
    """
    if min(real.shape) < 2 or not int(kinds.max()) < len(names) <= len(MARKS):
        raise ValueError(
            "A plane needs two real clips and two features or more, and a name for "
            f"each kind, {len(MARKS)} at most; got {tuple(real.shape)} and {[*names]}."
        )
    real, fake, kinds = real.cpu().double(), fake.cpu().double(), kinds.cpu()
    _, _, ways = torch.linalg.svd(real - real.mean(dim=0), full_matrices=False)
    at, fakes_at = ((cloud - real.mean(dim=0)) @ ways[:2].T for cloud in (real, fake))
    drawing, (axes,) = plotting.figure(7, 3.8, plotting.Layout(left=0.7, right=1.9))
    for i, (name, (colour, mark)) in enumerate(zip(names, MARKS, strict=False)):
        plotting.scatter(axes, at[kinds == i], colour=colour, marker=mark, size=14)
        axes.collections[-1].set_label(name)
    plotting.scatter(axes, fakes_at, colour=INK, marker="x", size=18)
    axes.collections[-1].set(label="fakes", linewidth=0.9)
    axes.set_adjustable("datalim")  # equal units, and the whole paper
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), markerscale=1.4)
    axes.set(xlabel="first principal axis of the real ones", ylabel="second")
    between = torch.cdist(real, real).fill_diagonal_(torch.inf)
    away = torch.cdist(fake, real).amin(dim=1).median()
    apart = between.amin(dim=1).median()
    words = f"To the nearest real clip: {apart:.1f} from real, {away:.1f} from fake"
    plotting.title(axes, words)
    told = f"{words}, in the median; {len(real)} real clips, {len(fake)} fakes."
    return plotting.describe(drawing, told)
