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
STYLES = tuple(zip((DATA, MODEL, ACCENT, *MORE_COLOURS), "os^DvP", strict=True))


@plotting.course_style
def features_in_plane(
    real: Real, classes: Labels, names: Sequence[str], *, fake: Fake
) -> Figure:
    """Features of real clips by class, and of fake clips, on two principal axes.

    The axes are those of the real clips; ``classes`` are indices of ``names``. Because
    distances in a plane can mislead, the title states them for all features: the median
    distance of a clip to the nearest real clip other than itself.

    Raises:
        ValueError: for fewer than two real clips or features, or classes without names.
    """
    if min(real.shape) < 2 or not int(classes.max()) < len(names) <= len(STYLES):
        raise ValueError(
            "The figure needs two real clips and two features or more, and a name for "
            f"each class, {len(STYLES)} at most; got shape {tuple(real.shape)} and the "
            f"names {[*names]}."
        )
    real, fake, classes = real.cpu().double(), fake.cpu().double(), classes.cpu()
    _, _, axes_of_real = torch.linalg.svd(real - real.mean(dim=0), full_matrices=False)
    real_points, fake_points = (
        (features - real.mean(dim=0)) @ axes_of_real[:2].T for features in (real, fake)
    )
    drawing, (axes,) = plotting.figure(7, 3.8, plotting.Layout(left=0.7, right=1.9))
    for i, (name, (colour, marker)) in enumerate(zip(names, STYLES, strict=False)):
        plotting.scatter(
            axes, real_points[classes == i], colour=colour, marker=marker, size=14
        )
        axes.collections[-1].set_label(name)
    plotting.scatter(axes, fake_points, colour=INK, marker="x", size=18)
    axes.collections[-1].set(label="fake", linewidth=0.9)
    axes.set_adjustable("datalim")  # equal units that fill the figure
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), markerscale=1.4)
    axes.set(xlabel="first principal axis of real clips", ylabel="second")
    real_distances = torch.cdist(real, real).fill_diagonal_(torch.inf)
    from_real = real_distances.amin(dim=1).median()
    from_fake = torch.cdist(fake, real).amin(dim=1).median()
    text = (
        f"To the nearest real clip: {from_real:.1f} from real, "
        f"{from_fake:.1f} from fake"
    )
    plotting.title(axes, text)
    alt = f"{text} (medians); {len(real)} real clips, {len(fake)} fake clips."
    return plotting.describe(drawing, alt)
