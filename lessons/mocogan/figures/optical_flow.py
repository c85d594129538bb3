"""See what slopes tell of a shift, and how far it may be before they tell lies."""

import torch

from course_lib.metrics.optical_flow import lucas_kanade, optical_flow
from course_lib.plotting import (
    MODEL,
    Figure,
    Number,
    Page,
    describe,
    figure,
    hang,
    mosaic,
    styled,
    title,
    written,
)
from course_lib.shapes import Images
from lessons.mocogan.figures.sample_grids import few_colours

SIDE, EVERY = 32, 3  # pixels of the picture; from one arrow to the next
SOFT = 3.0  # pixels, the width of the blob
DAMPING = 1e-3
STILL = 0.15  # pixels of flow that are worth no arrow


@styled
def flow_of_a_shift(right: Number, down: Number, window: int) -> Figure:
    """A soft blob moves by (right, down) pixels; arrows are its flow, in true length.

    Left, where it was, in outline, and where it is, in grey. Right, the flow of every
    third pixel, from windows of that side. The title says what the whole picture as one
    window finds: right for small shifts, too short for large ones.
    """
    before, after = _blob(0.0, 0.0), _blob(float(right), float(down))
    u, v = lucas_kanade(before, after)[0].tolist()
    flow = optical_flow(before, after, window=window, damping=DAMPING)[0]
    page = Page(0.1, 0.1, 0.3, 0.35, 0.25, widths=(1, 1))
    drawing, (frames, arrows) = figure(5.2, 3.1, page)
    grey = mosaic(few_colours(after), 1)[..., 0]
    hang(frames, grey)
    frames.contour(before[0, 0], levels=[0.0], colors=MODEL, linewidths=1.5)
    hang(arrows, grey / 2)
    chosen = flow.norm(dim=0)[::EVERY, ::EVERY] > STILL
    y, x = chosen.nonzero().mul(EVERY).T
    true_length = {"angles": "xy", "scale_units": "xy", "scale": 1, "width": 0.007}
    arrows.quiver(x, y, *flow[:, y, x], color=MODEL, **true_length)
    frames.set_xlabel("orange: outline before, grey: after")
    arrows.set_xlabel(f"flow, windows of {window} pixels")
    truth = f"Moved by ({written(right, 1)}, {written(down, 1)})"
    found = f"One window sees ({written(u, 1)}, {written(v, 1)})"
    title(frames, truth)
    title(arrows, found)
    return describe(
        drawing,
        f"A blob before and after a shift, and arrows of its flow. {truth} pixels "
        f"right and down. {found}.",
    )


def _blob(right: float, down: float) -> Images:
    """A soft round blob in [-1, 1], beside the middle of the picture."""
    ticks = torch.arange(float(SIDE)) - SIDE / 2 + 0.5
    squares = (ticks - right).square() + (ticks - down).square()[:, None]
    return 2 * (-squares / (2 * SOFT**2)).exp()[None, None] - 1
