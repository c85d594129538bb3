"""The flow and the mask of a warping predictor, with the frames that they connect."""

import torch
from torch import Tensor

from course_lib.plotting import (
    Axes,
    Figure,
    Layout,
    course_style,
    describe,
    draw_mosaic,
    figure,
    mosaic,
    title,
)
from course_lib.predictor.model import WarpParameters
from course_lib.shapes import Images

SPACING = 3  # pixels between two arrows
MIN_BRIGHTNESS = 0.0  # of pixels with an arrow
MIN_LENGTH = 0.5  # of arrows, in pixels
BACKGROUND = 0.55  # factor of the frames' brightness behind the arrows
LABELS = ("present", "mask", "predicted\nnext")


@course_style
def predicted_flow(
    frame: Images, parameters: WarpParameters, predicted: Images
) -> Figure:
    """Present frame, mask and predicted frame on the left; the flow on the right.

    Only the first clip of the batch is drawn, in grey. The arrows start at pixels of
    the predicted frame (orange), end at their source in the present frame (blue), and
    have their true length. They are drawn where the predicted frame is bright and the
    flow is not about 0. Where the mask is black, pixels are new and not warped.
    """
    present, following = (x[:1].mean(dim=1, keepdim=True) for x in (frame, predicted))
    column = mosaic(torch.cat((present, 2 * parameters.mask[:1] - 1, following)), 1)
    both = torch.cat((following, (present + following) / 2, present), dim=1)
    layout = Layout(0.75, 0.1, 0.3, 0.35, 0.35, width_ratios=(1.2, 3.6))
    drawing, (frames, arrows) = figure(6.0, 4.25, layout)
    draw_mosaic(frames, column)
    row_height = len(column) / 3
    frames.set_yticks([(i + 0.5) * row_height for i in range(3)], LABELS)
    frames.tick_params(length=0)
    draw_mosaic(arrows, BACKGROUND * mosaic(both, 1))
    arrows.set_xlabel("from the predicted frame, orange, to the present one, blue")
    length = _draw_flow(arrows, parameters.flow[0], following[0, 0])
    percent = 100 * parameters.mask[0].mean().item()
    title(arrows, f"Flow of {length:.1f} pixels (median)")
    return describe(
        drawing,
        "The present frame, the mask (the weight of warped pixels, "
        f"{percent:.0f} % in the mean), the predicted next frame, and arrows from "
        "pixels of the predicted frame to their source in the present one, "
        f"{length:.1f} pixels long in the median.",
    )


def _draw_flow(axes: Axes, flow: Tensor, predicted: Tensor) -> float:
    """Draw the arrows; their median length in pixels, or 0 if there is none."""
    flow = flow.detach().cpu()
    length = flow.norm(dim=0)
    selected = (predicted.cpu() > MIN_BRIGHTNESS) & (length > MIN_LENGTH)
    y, x = selected[::SPACING, ::SPACING].nonzero().mul(SPACING).T
    true_length = {"angles": "xy", "scale_units": "xy", "scale": 1}
    heads = {"width": 0.006, "headwidth": 4, "headlength": 4, "headaxislength": 3.5}
    axes.quiver(x, y, *flow[:, y, x], color="white", **true_length, **heads)
    return float(length[selected].median()) if selected.any() else 0.0
