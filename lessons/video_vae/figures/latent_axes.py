"""Walk along the axes of a code, and see how sure its decoder is of each pixel."""

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib.plotting import (
    Figure,
    Layout,
    course_style,
    describe,
    draw_mosaic,
    figure,
    format_number,
    mosaic,
    title,
)
from lessons.video_vae.figures.conditional import few_colours, refuse_moment
from lessons.video_vae.figures.sampled_futures import colour_bar, hang_heat

Walks = Float[Tensor, "axis value time channel height width"]
Clip = Float[Tensor, "time channel height width"]

REACH = 3.0  # standard deviations of the prior, to both sides of its mean
MOMENTS = 4  # that a map of widths shows


@course_style
def axis_walk(walks: Walks, axis: int, time: int) -> Figure:
    """What one axis of the code is for: it goes from -3 to 3, all others stay.

    ``walks`` holds a decoded clip for each axis and each of its values, in equal
    steps. Above: frame ``time``, from 0. Below: all frames of the clip at once, the
    brightest of each pixel, which is the way that the shape took. The title measures
    by how much a pixel, in [-1, 1], changes from one end to the other, as the root of
    the mean square: 0 for an axis that the decoder does not hear.

    Raises:
        ValueError: if there is no such axis or frame, or one value only.
    """
    axes_, values, n_frames = walks.shape[:3]
    if not 0 <= axis < axes_ or values < 2:
        raise ValueError(
            f"A walk needs at least 2 values, and an axis from 0 to {axes_ - 1} here; "
            f"got {values} values and axis {axis}."
        )
    refuse_moment(time, n_frames)
    clips = walks[axis]
    moved = float((clips[-1] - clips[0]).detach().square().mean().sqrt())
    both = torch.cat((clips[:, time], clips.amax(dim=1)))
    sheet = mosaic(few_colours(both), values)
    tall = 6.2 * sheet.shape[0] / sheet.shape[1]
    drawing, (axes,) = figure(7, tall + 0.85, Layout(0.7, 0.1, 0.5, 0.35))
    draw_mosaic(axes, sheet)
    each = [(side + 1) / n for side, n in zip(sheet.shape, (2, values), strict=False)]
    names = [f"frame {time}", "all\nframes"]
    axes.set_yticks([(i + 0.5) * each[0] - 1 for i in range(2)], names)
    steps = torch.linspace(-REACH, REACH, values).tolist()
    digits = 0 if all(step == round(step) for step in steps) else 1
    at = [(i + 0.5) * each[1] - 1 for i in range(values)]
    axes.set_xticks(at, [format_number(step, digits) for step in steps])
    axes.tick_params(length=0)
    axes.set_xlabel(f"value of axis {axis}")
    said = f"from end to end a pixel changes by {moved:.3f}"
    title(axes, f"Axis {axis}: {said}")
    return describe(
        drawing,
        f"Decoded clips while axis {axis} of the code goes from {format_number(-REACH, 0)} "
        f"to {REACH:.0f} in {values} values: frame {time}, and below it all frames at "
        f"once; {said}.",
    )


@course_style
def width_map(sigma: Clip) -> Figure:
    """The standard deviation that a decoder grants every pixel, at four moments.

    The mean over colours, for pixels in [-1, 1]. Where all clips are alike it falls
    to its floor; where a shape may be or not it is wide.
    """
    widths = sigma.detach().mean(dim=1)
    low, high = float(widths.min()), float(widths.max())
    moments = torch.linspace(0, len(widths) - 1, MOMENTS).round().int().tolist()
    layout = Layout(0.1, 0.74, 0.3, 0.35, 0.12, width_ratios=(1.4,) * MOMENTS + (0.08,))
    drawing, (*places, bar) = figure(7, 2.05, layout)
    for axes, moment in zip(places, moments, strict=True):
        hang_heat(axes, widths[moment], high)
        axes.set_xlabel(f"frame {moment}")
    colour_bar(places[0], bar, "width of a pixel")
    said = f"from {low:.2g} to {high:.2g}"
    title(places[0], f"How sure the decoder is: widths {said}")
    return describe(
        drawing,
        f"The learnt width of every pixel {said}, the mean over colours, at the frames "
        f"{', '.join(map(str, moments))}.",
    )
