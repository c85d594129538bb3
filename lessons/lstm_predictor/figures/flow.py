"""See a prediction that moves what is there: arrows back to where each pixel was."""

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

EVERY = 3  # pixels from one arrow to the next
BRIGHT = 0.0  # above it, a pixel is worth an arrow
STILL = 0.5  # pixels of flow that are no motion
DIM = 0.55  # so that arrows stand out
NAMES = ("present", "share\nfetched", "next,\nexpected")


@course_style
def predicted_flow(frame: Images, plan: WarpParameters, predicted: Images) -> Figure:
    """The present frame, the share fetched from it, the next one; and the flow.

    The first of a batch, in grey. Right: arrows begin at a pixel of the *next* frame,
    orange, and point back to where the *present* one, blue, has it, in true length.
    They stand where the next frame is bright and something moves. Where the share
    fetched is black, all is painted anew.
    """
    now, then = (x[:1].mean(dim=1, keepdim=True) for x in (frame, predicted))
    column = mosaic(torch.cat((now, 2 * plan.mask[:1] - 1, then)), 1)
    both = mosaic(torch.cat((then, (now + then) / 2, now), dim=1), 1)
    layout = Layout(0.75, 0.1, 0.3, 0.35, 0.35, width_ratios=(1.2, 3.6))
    drawing, (frames, arrows) = figure(6.0, 4.25, layout)
    draw_mosaic(frames, column)
    tall = len(column) / 3
    frames.set_yticks([(i + 0.5) * tall for i in range(3)], NAMES)
    frames.tick_params(length=0)
    draw_mosaic(arrows, DIM * both)
    arrows.set_xlabel("from the next frame, orange, back to the present one, blue")
    length = _point_back(arrows, plan.flow[0], then[0, 0])
    share = 100 * plan.mask[0].mean().item()
    title(arrows, f"Pixels come from {length:.1f} pixels away (median)")
    return describe(
        drawing,
        "The present frame, the share of each pixel that is fetched from it "
        f"({share:.0f} % in the mean, the rest is painted), the next frame expected, "
        "and arrows from pixels of the next frame back to where they come from, "
        f"{length:.1f} pixels away in the median.",
    )


def _point_back(axes: Axes, flow: Tensor, predicted: Tensor) -> float:
    """Draw the arrows; their median length in pixels, 0 where nothing moves."""
    flow = flow.detach().cpu()
    length = flow.norm(dim=0)
    chosen = (predicted.cpu() > BRIGHT) & (length > STILL)
    y, x = chosen[::EVERY, ::EVERY].nonzero().mul(EVERY).T
    true_length = {"angles": "xy", "scale_units": "xy", "scale": 1}
    heads = {"width": 0.006, "headwidth": 4, "headlength": 4, "headaxislength": 3.5}
    axes.quiver(x, y, *flow[:, y, x], color="white", **true_length, **heads)
    return float(length[chosen].median()) if chosen.any() else 0.0
