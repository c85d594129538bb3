"""Optical flow of a shifted blob, for small and for large shifts."""

import torch

from course_lib.metrics.optical_flow import lucas_kanade, optical_flow
from course_lib.plotting import (
    MODEL,
    Figure,
    Layout,
    Number,
    course_style,
    describe,
    draw_mosaic,
    figure,
    format_number,
    mosaic,
    title,
)
from course_lib.shapes import Images
from lessons.mocogan.figures.sample_grids import quantize_colours

SIDE, ARROW_SPACING = 32, 3  # pixels
BLOB_STD = 3.0  # pixels
DAMPING = 1e-3
MIN_FLOW = 0.15  # pixels; shorter flows have no arrow


@course_style
def flow_of_a_shift(right: Number, down: Number, window: int) -> Figure:
    """A Gaussian blob that moves by (right, down) pixels, and its flow as arrows.

    Left, the outline of the blob before and the blob after the shift. Right, the flow
    in windows of that side at every third pixel, in true length. The right title gives
    the flow of the whole image as one window, which is too short for large shifts.
    """
    before, after = _blob(0.0, 0.0), _blob(float(right), float(down))
    u, v = lucas_kanade(before, after)[0].tolist()
    flow = optical_flow(before, after, window=window, damping=DAMPING)[0]
    layout = Layout(0.1, 0.1, 0.3, 0.35, 0.25, width_ratios=(1, 1))
    drawing, (frames, arrows) = figure(5.2, 3.1, layout)
    grey = mosaic(quantize_colours(after), 1)[..., 0]
    draw_mosaic(frames, grey)
    frames.contour(before[0, 0], levels=[0.0], colors=MODEL, linewidths=1.5)
    draw_mosaic(arrows, grey / 2)
    has_arrow = flow.norm(dim=0)[::ARROW_SPACING, ::ARROW_SPACING] > MIN_FLOW
    y, x = has_arrow.nonzero().mul(ARROW_SPACING).T
    true_length = {"angles": "xy", "scale_units": "xy", "scale": 1, "width": 0.007}
    arrows.quiver(x, y, *flow[:, y, x], color=MODEL, **true_length)
    frames.set_xlabel("orange: outline before, grey: after")
    arrows.set_xlabel(f"flow, windows of {window} pixels")
    shift = f"Shift: ({format_number(right, 1)}, {format_number(down, 1)})"
    estimate = f"One window: ({format_number(u, 1)}, {format_number(v, 1)})"
    title(frames, shift)
    title(arrows, estimate)
    return describe(
        drawing,
        f"A blob before and after a shift, and its optical flow as arrows. {shift} "
        f"pixels right and down. {estimate}.",
    )


def _blob(right: float, down: float) -> Images:
    """A Gaussian blob in [-1, 1], shifted from the centre of the image."""
    ticks = torch.arange(float(SIDE)) - SIDE / 2 + 0.5
    squares = (ticks - right).square() + (ticks - down).square()[:, None]
    return 2 * (-squares / (2 * BLOB_STD**2)).exp()[None, None] - 1
