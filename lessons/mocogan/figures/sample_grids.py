"""Grids of generated clips: content by motion, and clips longer than in training."""

import torch

from course_lib.mocogan.discriminators import FRAMES
from course_lib.mocogan.video_gan import ClipGrid
from course_lib.plotting import (
    MODEL,
    Figure,
    Layout,
    course_style,
    describe,
    draw_mosaic,
    figure,
    mosaic,
    title,
)
from course_lib.shapes import Images, Videos

TRAIL_BRIGHTNESS = 0.35  # of earlier frames, relative to the present one
N_LEVELS = 16  # of a colour above grey, and as many below
MAX_FRAMES = 12  # of a clip that are shown


@course_style
def content_grid(grid: ClipGrid, time: int) -> Figure:
    """Frame ``time``, from 0, of each clip over a faint trail of the frames before.

    Clips in a row have the same content, clips in a column the same motion.

    Raises:
        ValueError: if there is no such frame.
    """
    rows, columns, n_frames = grid.shape[:3]
    if not 0 <= time < n_frames:
        raise ValueError(
            f"The clips have frames 0 to {n_frames - 1}, but frame {time} was "
            "requested."
        )
    brightness = grid[:, :, : time + 1] + 1
    trail = TRAIL_BRIGHTNESS * brightness.amax(dim=2)
    frames = torch.maximum(brightness[:, :, -1], trail) - 1
    image = mosaic(quantize_colours(frames.flatten(0, 1)), columns)
    grid_width = min(6.4, 0.95 * columns)
    grid_height = grid_width * image.shape[0] / image.shape[1]
    width = max(grid_width + 0.5, 3.6)
    layout = Layout(0.4, width - grid_width - 0.4, 0.3)
    drawing, (axes,) = figure(width, grid_height + 0.75, layout)
    draw_mosaic(axes, image)
    axes.set_xlabel("columns: same motion")
    axes.set_ylabel("rows: same content")
    title(axes, f"Frame {time} of every pair")
    return describe(
        drawing,
        f"Frame {time} of {rows} times {columns} clips: clips in a row have the same "
        "content, clips in a column the same motion. A faint trail shows earlier "
        "positions of each shape.",
    )


@course_style
def longer_clips(videos: Videos, length: int, n_trained: int = FRAMES) -> Figure:
    """The first ``length`` frames of each clip, a clip a row, at most 12 of them.

    A line marks the first frame beyond the ``n_trained`` frames of training clips: the
    discriminators never evaluated later frames.

    Raises:
        ValueError: if the clips are shorter than ``length``.
    """
    n_clips, n_frames = videos.shape[:2]
    if not 1 <= length <= n_frames:
        raise ValueError(
            f"The clips have {n_frames} frames, so the length must be 1 to {n_frames}, "
            f"but it is {length}."
        )
    times = torch.linspace(0, length - 1, min(MAX_FRAMES, length)).round().long()
    image = mosaic(quantize_colours(videos[:, times].flatten(0, 1)), len(times))
    grid_width = min(6.8, 0.9 * len(times))
    grid_height = grid_width * image.shape[0] / image.shape[1]
    layout = Layout(0.1, 6.9 - grid_width, 0.05, 0.6)
    drawing, (axes,) = figure(7, grid_height + 0.65, layout)
    draw_mosaic(axes, image)
    side = (image.shape[1] + 1) / len(times)
    ticks = [(i + 0.5) * side - 1 for i in range(len(times))]
    axes.set_xticks(ticks, [str(t) for t in times.tolist()])
    axes.tick_params(length=0, labeltop=True, labelbottom=False)
    n_before_line = int((times < n_trained).sum())
    if n_before_line < len(times):
        axes.axvline(n_before_line * side - 1, color=MODEL, linewidth=2.5)
    beyond = max(0, length - n_trained)
    text = f"Frames 0 to {length - 1}; {beyond} beyond the training length"
    title(axes, text, above=20)
    return describe(
        drawing,
        f"{n_clips} clips of {length} frames, at the times "
        f"{', '.join(map(str, times.tolist()))}; {beyond} frames lie beyond the "
        f"{n_trained} of training, right of a line.",
    )


def quantize_colours(images: Images) -> Images:
    """Images with 33 levels a channel, because noise near black compresses badly."""
    return (images * N_LEVELS).round() / N_LEVELS
