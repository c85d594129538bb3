"""Tell many noises the same, and see what they still decide."""

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
First = Float[Tensor, "channel height width"]
Clips = Float[Tensor, "noise time channel height width"]

FAINT_SHARE = 0.35  # of its brightness, that a pixel keeps when all has moved on
LARGEST = 1.05  # inches of a frame
LEVELS = 16  # of a colour between grey and white, as many between grey and black
NARROWEST = 4.4  # inches of a picture, for its title


@course_style
def condition_grid(clips: Grid, time: int, names: Sequence[str]) -> Figure:
    """One row for each condition, named; one column for each noise.

    All clips are shown at frame ``time``, from 0, over the faint trail of the frames
    before. What a row has in common was told; what a column has in common, across
    rows, is what its noise says by itself.

    Raises:
        ValueError: if a row has no name, or a name no row, or if there is no such
            frame.
    """
    rows, noises, n_frames = clips.shape[:3]
    if len(names) != rows:
        raise ValueError(
            f"{rows} conditions came with {len(names)} names; one is needed for each."
        )
    refuse_moment(time, n_frames)
    sheet = mosaic(few_colours(with_trail(clips, time).flatten(0, 1)), noises)
    words = [name.replace(", ", ",\n") for name in names]
    left = 0.2 + 0.075 * max(len(line) for name in words for line in name.split("\n"))
    wide = min(6.9 - left, LARGEST * noises)
    tall = wide * sheet.shape[0] / sheet.shape[1]
    width = max(left + wide + 0.1, NARROWEST)
    layout = Layout(left, width - left - wide, 0.3, 0.35)
    drawing, (axes,) = figure(width, tall + 0.65, layout)
    draw_mosaic(axes, sheet)
    each = (len(sheet) + 1) / rows
    axes.set_yticks([(i + 0.5) * each - 1 for i in range(rows)], words)
    axes.tick_params(length=0)
    axes.set_xlabel("one noise a column")
    title(axes, f"Frame {time}: a row is told, a column is noise")
    return describe(
        drawing,
        f"Frame {time} of clips under {rows} conditions, one a row: "
        f"{'; '.join(names)}. Each of {noises} columns has one noise. Faint behind "
        "each shape is the way it came.",
    )


@course_style
def from_one_frame(first: First, clips: Clips, time: int) -> Figure:
    """Left, the first frame that all clips were told; right, where each has gone.

    One column for each noise, at frame ``time``, from 0, over the faint trail of the
    frames before.

    Raises:
        ValueError: if there is no such frame.
    """
    n, n_frames = clips.shape[:2]
    refuse_moment(time, n_frames)
    side = min(LARGEST, 6.6 / (n + 1))
    wide = (n + 1) * side + 0.2
    width = max(wide + 0.2, NARROWEST)
    layout = Layout(0.1, width - wide - 0.1, 0.1, 0.35, 0.2, width_ratios=(1, n))
    tall = side * first.shape[1] / first.shape[2]
    drawing, (told, gone) = figure(width, tall + 0.45, layout)
    draw_mosaic(told, mosaic(few_colours(first[None]), 1))
    draw_mosaic(gone, mosaic(few_colours(with_trail(clips, time)), n))
    title(told, "told")
    title(gone, f"frame {time}, one noise each")
    return describe(
        drawing,
        f"The first frame that was told, and frame {time} of {n} clips that go on from "
        "it, each with a noise of its own. Faint behind each shape is the way it came.",
    )


def with_trail(frames: Frames, time: int) -> Frame:
    """The frame at ``time``, and faint behind it all that was bright before.

    A pixel that has been brighter keeps 35 % of that brightness; the frame itself
    keeps its colours.
    """
    so_far = frames[..., : time + 1, :, :, :] / 2 + 0.5
    trail = FAINT_SHARE * so_far.amax(dim=-4)
    return 2 * torch.maximum(so_far[..., -1, :, :, :], trail) - 1


def few_colours(images: Images) -> Images:
    """Images with 33 levels of each colour: a third of the bytes of a widget.

    What a decoder paints on black is never quite black, and noise cannot be packed.
    """
    return (images * LEVELS).round() / LEVELS


def refuse_moment(time: int, n_frames: int) -> None:
    """Raises ValueError, in words, for a frame that a clip does not have."""
    if not 0 <= time < n_frames:
        raise ValueError(f"A clip has frames 0 to {n_frames - 1} here, got {time}.")
