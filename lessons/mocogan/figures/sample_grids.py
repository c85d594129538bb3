"""See what stays and what moves: one content a row, one motion a column, and longer."""

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib.mocogan.discriminators import FRAMES
from course_lib.mocogan.video_gan import Grid
from course_lib.plotting import (
    MODEL,
    Figure,
    Page,
    describe,
    figure,
    hang,
    mosaic,
    styled,
    title,
)
from course_lib.shapes import Images, Videos

Frame = Float[Tensor, "*clip channel height width"]

FAINT_SHARE = 0.35  # of its brightness, that a pixel keeps when all has moved on
LEVELS = 16  # of a colour between grey and white, as many between grey and black
SHOWN = 12  # frames of a film, at most


@styled
def content_grid(grid: Grid, time: int) -> Figure:
    """Frame ``time``, from 0, over the faint trail of the frames before.

    A row shares its content, a column its motion.

    Raises:
        ValueError: if there is no such frame.
    """
    rows, columns, n_frames = grid.shape[:3]
    if not 0 <= time < n_frames:
        raise ValueError(f"A clip has frames 0 to {n_frames - 1} here, got {time}.")
    so_far = grid[:, :, : time + 1] + 1
    trail = FAINT_SHARE * so_far.amax(dim=2)
    frames = torch.maximum(so_far[:, :, -1], trail) - 1
    sheet = mosaic(few_colours(frames.flatten(0, 1)), columns)
    wide = min(6.4, 0.95 * columns)
    tall = wide * sheet.shape[0] / sheet.shape[1]
    width = max(wide + 0.5, 3.6)
    drawing, (axes,) = figure(width, tall + 0.75, Page(0.4, width - wide - 0.4, 0.3))
    hang(axes, sheet)
    axes.set_xlabel("one motion a column")
    axes.set_ylabel("one content a row")
    title(axes, f"Frame {time} of every pair")
    return describe(
        drawing,
        f"Frame {time} of {rows} times {columns} clips: a row has one content, a "
        "column one motion. Faint behind each shape is the way it came.",
    )


@styled
def longer_film(videos: Videos, length: int, trained: int = FRAMES) -> Figure:
    """The first ``length`` frames of each clip, a clip a row, in at most 12 pictures.

    The line stands before the first frame beyond the ``trained`` ones: from there on
    nobody has ever judged the clip.

    Raises:
        ValueError: if the clips are shorter.
    """
    n_clips, n_frames = videos.shape[:2]
    if not 1 <= length <= n_frames:
        raise ValueError(f"These clips have 1 to {n_frames} frames, got {length}.")
    times = torch.linspace(0, length - 1, min(SHOWN, length)).round().long()
    kept = videos[:, times]
    sheet = mosaic(few_colours(kept.flatten(0, 1)), len(times))
    wide = min(6.8, 0.9 * len(times))
    tall = wide * sheet.shape[0] / sheet.shape[1]
    drawing, (axes,) = figure(7, tall + 0.65, Page(0.1, 6.9 - wide, 0.05, 0.6))
    hang(axes, sheet)
    side = (sheet.shape[1] + 1) / len(times)
    at = [(i + 0.5) * side - 1 for i in range(len(times))]
    axes.set_xticks(at, [str(t) for t in times.tolist()])
    axes.tick_params(length=0, labeltop=True, labelbottom=False)
    first = int((times < trained).sum())
    if first < len(times):
        axes.axvline(first * side - 1, color=MODEL, linewidth=2.5)
    beyond = max(0, length - trained)
    title(axes, f"Frames 0 to {length - 1}; {beyond} beyond what was trained", above=20)
    return describe(
        drawing,
        f"{n_clips} clips of {length} frames, at the times "
        f"{', '.join(map(str, times.tolist()))}; {beyond} frames lie beyond the "
        f"{trained} that were trained, right of a line.",
    )


def few_colours(images: Images) -> Images:
    """Images with 33 levels of each colour: noise near black cannot be packed."""
    return (images * LEVELS).round() / LEVELS
