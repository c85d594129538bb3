"""Samples of a conditional VAE: several conditions, each with the same noise."""

from collections.abc import Sequence

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
    mosaic,
    title,
)
from course_lib.shapes import Images

Frames = Float[Tensor, "*clip time channel height width"]
Frame = Float[Tensor, "*clip channel height width"]
Grid = Float[Tensor, "condition noise time channel height width"]
FirstFrame = Float[Tensor, "channel height width"]
Clips = Float[Tensor, "noise time channel height width"]

TRAIL_BRIGHTNESS = 0.35  # of earlier frames, relative to their own
MAX_FRAME_INCHES = 1.05
COLOUR_LEVELS = 16  # from grey to white, and as many from grey to black
MIN_FIGURE_INCHES = 4.4  # so that the title fits


@course_style
def condition_grid(clips: Grid, time: int, names: Sequence[str]) -> Figure:
    """Samples in a grid: one row for each condition, one column for each noise.

    Each clip is shown at frame ``time``, from 0, over a faint trail of its earlier
    frames. The clips of a row share the condition, those of a column the noise.

    Raises:
        ValueError: if the numbers of rows and names differ, or there is no such frame.
    """
    rows, columns, n_frames = clips.shape[:3]
    if len(names) != rows:
        raise ValueError(
            f"condition_grid needs one name for each of the {rows} conditions; got "
            f"{len(names)} names."
        )
    check_frame_index(time, n_frames)
    sheet = mosaic(quantize_colours(with_trail(clips, time).flatten(0, 1)), columns)
    labels = [name.replace(", ", ",\n") for name in names]
    longest = max(len(line) for label in labels for line in label.split("\n"))
    left = 0.2 + 0.075 * longest
    sheet_width = min(6.9 - left, MAX_FRAME_INCHES * columns)
    sheet_height = sheet_width * sheet.shape[0] / sheet.shape[1]
    width = max(left + sheet_width + 0.1, MIN_FIGURE_INCHES)
    layout = Layout(left, width - left - sheet_width, 0.3, 0.35)
    drawing, (axes,) = figure(width, sheet_height + 0.65, layout)
    draw_mosaic(axes, sheet)
    row_height = (len(sheet) + 1) / rows
    axes.set_yticks([(i + 0.5) * row_height - 1 for i in range(rows)], labels)
    axes.tick_params(length=0)
    axes.set_xlabel("one noise a column")
    title(axes, f"Frame {time}: one condition a row")
    return describe(
        drawing,
        f"Frame {time} of clips under {rows} conditions, one a row: "
        f"{'; '.join(names)}. Each of {columns} columns has one noise. Earlier frames "
        "are faint in the background.",
    )


@course_style
def from_one_frame(first: FirstFrame, clips: Clips, time: int) -> Figure:
    """Left, the first frame that all clips are conditioned on; right, samples.

    One column for each noise, at frame ``time``, from 0, over a faint trail of the
    earlier frames.

    Raises:
        ValueError: if there is no such frame.
    """
    n, n_frames = clips.shape[:2]
    check_frame_index(time, n_frames)
    side = min(MAX_FRAME_INCHES, 6.6 / (n + 1))
    sheet_width = (n + 1) * side + 0.2
    width = max(sheet_width + 0.2, MIN_FIGURE_INCHES)
    layout = Layout(0.1, width - sheet_width - 0.1, 0.1, 0.35, 0.2, width_ratios=(1, n))
    height = side * first.shape[1] / first.shape[2]
    drawing, (condition, samples) = figure(width, height + 0.45, layout)
    draw_mosaic(condition, mosaic(quantize_colours(first[None]), 1))
    draw_mosaic(samples, mosaic(quantize_colours(with_trail(clips, time)), n))
    title(condition, "first frame")
    title(samples, f"frame {time}, one noise each")
    return describe(
        drawing,
        f"The first frame, which is the condition, and frame {time} of {n} sampled "
        "clips, each with a noise of its own. Earlier frames are faint in the "
        "background.",
    )


def with_trail(frames: Frames, time: int) -> Frame:
    """The frame at ``time`` over a faint trail of the frames before it.

    Each pixel is at least TRAIL_BRIGHTNESS times as bright as its brightest value so
    far.
    """
    so_far = frames[..., : time + 1, :, :, :] / 2 + 0.5
    trail = TRAIL_BRIGHTNESS * so_far.amax(dim=-4)
    return 2 * torch.maximum(so_far[..., -1, :, :, :], trail) - 1


def quantize_colours(images: Images) -> Images:
    """Images with 33 levels of each colour, whose PNGs have a third of the bytes.

    Decoded backgrounds are nearly but not exactly black, and such noise cannot be
    compressed.
    """
    return (images * COLOUR_LEVELS).round() / COLOUR_LEVELS


def check_frame_index(time: int, n_frames: int) -> None:
    """Raise an error unless a clip of ``n_frames`` frames has a frame ``time``.

    Raises:
        ValueError: naming the frames that there are.
    """
    if not 0 <= time < n_frames:
        raise ValueError(f"A clip has frames 0 to {n_frames - 1} here; got {time}.")
