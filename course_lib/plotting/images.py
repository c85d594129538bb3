"""Figures of images and clips: mosaics, image grids, filmstrips."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from course_lib.plotting.display import describe
from course_lib.plotting.style import Axes, Figure, Layout, course_style, figure
from course_lib.plotting.style import title as set_title

SEAM = 1  # white pixels between neighbouring images


def mosaic(images: Tensor, columns: int) -> NDArray:
    """Images side by side in rows of ``columns``, as one RGB image in [0, 1].

    Takes grey or colour images of shape (batch, channel, height, width) in the
    canonical range [-1, 1]. Returns shape (height, width, 3), with white seams.

    Raises:
        ValueError: for any other shape or range.
    """
    pixels = _to_rgb(images, "(batch, channel, height, width)")
    n, height, width, _ = pixels.shape
    rows = -(-n // columns)
    sheet = np.ones((rows * (height + SEAM) - SEAM, columns * (width + SEAM) - SEAM, 3))
    for i, image in enumerate(pixels):
        y, x = (height + SEAM) * (i // columns), (width + SEAM) * (i % columns)
        sheet[y : y + height, x : x + width] = image
    return sheet


@course_style
def draw_mosaic(axes: Axes, sheet: NDArray) -> None:
    """Draw a mosaic into its axes, without ticks and without interpolation.

    One channel of it, (height, width), is drawn in grey and needs a third of the bytes.
    """
    grey = {"cmap": "gray", "vmin": 0, "vmax": 1}  # matplotlib ignores these for RGB
    axes.imshow(sheet, interpolation="nearest", aspect="equal", **grey)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.grid(False)
    axes.spines[:].set_visible(False)


def image_grid(images: Tensor, *, columns: int, title: str = "") -> Figure:
    """A figure of images in rows of ``columns``, at most 7 inches wide.

    Raises:
        ValueError: unless images are (batch, channel, height, width) in [-1, 1].
    """
    sheet = mosaic(images, columns)
    width = min(7.0, 0.75 * columns)
    top = 0.3 if title else 0.05
    layout = Layout(left=0.05, right=0.05, bottom=0.05, top=top)
    height = (width - 0.1) * sheet.shape[0] / sheet.shape[1] + top + 0.05
    drawing, (axes,) = figure(width, height, layout)
    draw_mosaic(axes, sheet)
    set_title(axes, title)
    return describe(drawing, title or f"A grid of {len(images)} images.")


def filmstrip(
    videos: Tensor, *, labels: Sequence[str] = (), every: int = 1, title: str = ""
) -> Figure:
    """A figure of clips, one per row, with time running from left to right.

    Only each ``every``-th frame is drawn, with its index above; ``labels`` name the
    clips.

    Raises:
        ValueError: unless videos are (batch, time, channel, height, width) in [-1, 1],
            or if the number of labels is not the number of clips.
    """
    shape = "(batch, time, channel, height, width)"
    if videos.ndim != 5:
        raise ValueError(
            f"filmstrip needs clips of shape {shape}, but got {tuple(videos.shape)}."
        )
    if labels and len(labels) != len(videos):
        raise ValueError(
            f"filmstrip needs one label for each clip, but got {len(videos)} clips and "
            f"{len(labels)} labels."
        )
    frames = videos[:, ::every]
    n_frames = frames.shape[1]
    sheet = mosaic(frames.flatten(0, 1), n_frames)
    left = 0.15 + 0.075 * max((len(label) for label in labels), default=0)
    top = 0.55 if title else 0.3
    layout = Layout(left=left, right=0.1, bottom=0.05, top=top)
    height = (6.9 - left) * sheet.shape[0] / sheet.shape[1] + top + 0.05
    drawing, (axes,) = figure(7.0, height, layout)
    draw_mosaic(axes, sheet)
    frame_height, frame_width = (side + SEAM for side in videos.shape[-2:])
    axes.set_xticks(
        np.arange(n_frames) * frame_width + frame_width / 2 - 1,
        [str(every * i) for i in range(n_frames)],
    )
    axes.tick_params(length=0, labeltop=True, labelbottom=False)
    if labels:
        centres = np.arange(len(labels)) * frame_height + frame_height / 2 - 1
        axes.set_yticks(centres, list(labels))
    set_title(axes, title, above=20)
    return describe(drawing, title or f"{len(videos)} clips, frame by frame.")


def _to_rgb(images: Tensor, layout: str) -> NDArray:
    """Checked images as an array (batch, height, width, 3) in [0, 1]."""
    if images.ndim != 4 or images.shape[1] not in (1, 3) or not len(images):
        raise ValueError(
            f"Images must have the shape {layout} with 1 or 3 channels, but got "
            f"{tuple(images.shape)}. Permute the axes into this order."
        )
    images = images.detach().cpu().float()
    low, high = float(images.min()), float(images.max())
    if not -1.001 <= low <= high <= 1.001:
        raise ValueError(
            f"Images must have values in [-1, 1], but got {low:g} to {high:g}. Convert "
            "bytes to [0, 1] first, and [0, 1] to [-1, 1] by 2 * x - 1."
        )
    unit = images.clamp(-1, 1).numpy() / 2 + 0.5
    n, _, height, width = unit.shape
    return np.broadcast_to(unit.transpose(0, 2, 3, 1), (n, height, width, 3))
