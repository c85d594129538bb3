"""Traversals of single latent axes, and sigma of the decoder at each pixel."""

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
from lessons.video_vae.figures.conditional import check_frame_index, quantize_colours
from lessons.video_vae.figures.sampled_futures import add_colour_bar, draw_heatmap

Traversals = Float[Tensor, "axis value time channel height width"]
Clip = Float[Tensor, "time channel height width"]

MAX_SIGMAS = 3.0  # ends of a traversal, in standard deviations of the prior
N_FRAMES = 4  # shown of a map of sigma


@course_style
def latent_traversal(traversals: Traversals, axis: int, time: int) -> Figure:
    """Clips decoded while one latent axis goes from -3 to 3 and all others stay.

    ``traversals`` holds a decoded clip for each axis and each of its values, which have
    equal distances. Above: frame ``time``, from 0. Below: the maximum over all frames,
    which shows the path of the shape. The title states the root mean square difference
    of pixels, in [-1, 1], between both ends; it is 0 for an axis that the decoder
    ignores.

    Raises:
        ValueError: if there is no such axis or frame, or only one value.
    """
    n_axes, n_values, n_frames = traversals.shape[:3]
    if not 0 <= axis < n_axes or n_values < 2:
        raise ValueError(
            f"latent_traversal needs at least 2 values, and an axis from 0 to "
            f"{n_axes - 1} here; got {n_values} values and axis {axis}."
        )
    check_frame_index(time, n_frames)
    clips = traversals[axis]
    rms_change = float((clips[-1] - clips[0]).detach().square().mean().sqrt())
    both_rows = torch.cat((clips[:, time], clips.amax(dim=1)))
    sheet = mosaic(quantize_colours(both_rows), n_values)
    height = 6.2 * sheet.shape[0] / sheet.shape[1]
    drawing, (axes,) = figure(7, height + 0.85, Layout(0.7, 0.1, 0.5, 0.35))
    draw_mosaic(axes, sheet)
    row_height, column_width = (
        (side + 1) / n for side, n in zip(sheet.shape, (2, n_values), strict=False)
    )
    row_names = [f"frame {time}", "all\nframes"]
    axes.set_yticks([(i + 0.5) * row_height - 1 for i in range(2)], row_names)
    values = torch.linspace(-MAX_SIGMAS, MAX_SIGMAS, n_values).tolist()
    digits = 0 if all(value == round(value) for value in values) else 1
    positions = [(i + 0.5) * column_width - 1 for i in range(n_values)]
    axes.set_xticks(positions, [format_number(value, digits) for value in values])
    axes.tick_params(length=0)
    axes.set_xlabel(f"value of axis {axis}")
    change_text = f"a pixel changes by {rms_change:.3f} (RMS)"
    title(axes, f"Axis {axis}: {change_text}")
    return describe(
        drawing,
        f"Decoded clips while axis {axis} of the code goes from "
        f"{format_number(-MAX_SIGMAS, 0)} to {MAX_SIGMAS:.0f} in {n_values} values: "
        f"frame {time}, and below it the maximum over all frames; from end to end "
        f"{change_text}.",
    )


@course_style
def sigma_map(sigma: Clip) -> Figure:
    """Sigma of p(x | z) at every pixel, at four times, mean over colour channels.

    Pixels are in [-1, 1]. Sigma is at its lower bound where all clips are alike, and
    large where a shape may or may not be.
    """
    values = sigma.detach().mean(dim=1)
    low, high = float(values.min()), float(values.max())
    times = torch.linspace(0, len(values) - 1, N_FRAMES).round().int().tolist()
    ratios = (1.4,) * N_FRAMES + (0.08,)
    layout = Layout(0.1, 0.74, 0.3, 0.35, 0.12, width_ratios=ratios)
    drawing, (*panels, bar) = figure(7, 2.05, layout)
    for axes, time in zip(panels, times, strict=True):
        draw_heatmap(axes, values[time], high)
        axes.set_xlabel(f"frame {time}")
    add_colour_bar(panels[0], bar, "sigma of a pixel")
    range_text = f"from {low:.2g} to {high:.2g}"
    title(panels[0], f"Sigma of the decoder: {range_text}")
    return describe(
        drawing,
        f"Sigma of every pixel {range_text}, the mean over colour channels, at the "
        f"frames {', '.join(map(str, times))}.",
    )
