"""Lay pictures side by side: a grid of images, a strip of film for each clip."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from course_lib.plotting.screen import describe
from course_lib.plotting.style import Axes, Figure, Page, figure, styled
from course_lib.plotting.style import title as head

SEAM = 1  # pixels of white between two pictures


def mosaic(images: Tensor, columns: int) -> NDArray:
    """Images as one picture in [0, 1], row by row, with white seams between them.

    The picture is (height, width, 3). Takes images in the canonical range [-1, 1],
    (batch, channel, height, width), grey or colour.

    Raises:
        ValueError: for any other shape or range.
    """
    pixels = _pixels(images, "(batch, channel, height, width)")
    n, height, width, _ = pixels.shape
    rows = -(-n // columns)
    sheet = np.ones((rows * (height + SEAM) - SEAM, columns * (width + SEAM) - SEAM, 3))
    for i, picture in enumerate(pixels):
        y, x = (height + SEAM) * (i // columns), (width + SEAM) * (i % columns)
        sheet[y : y + height, x : x + width] = picture
    return sheet


@styled
def hang(axes: Axes, sheet: NDArray) -> None:
    """Show a mosaic on its axes, without ticks, unsmoothed.

    One channel of it, (height, width), is shown in grey: a third of the bytes.
    """
    grey = {"cmap": "gray", "vmin": 0, "vmax": 1}  # colours do without
    axes.imshow(sheet, interpolation="nearest", aspect="equal", **grey)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.grid(False)
    axes.spines[:].set_visible(False)


def image_grid(images: Tensor, *, columns: int, title: str = "") -> Figure:
    """Images in rows of ``columns``, 7 inches wide at most, each pixel a square.

    Raises:
        ValueError: unless images are (batch, channel, height, width) in [-1, 1].
    """
    sheet = mosaic(images, columns)
    width = min(7.0, 0.75 * columns)
    top = 0.3 if title else 0.05
    page = Page(left=0.05, right=0.05, bottom=0.05, top=top)
    height = (width - 0.1) * sheet.shape[0] / sheet.shape[1] + top + 0.05
    drawing, (axes,) = figure(width, height, page)
    hang(axes, sheet)
    head(axes, title)
    return describe(drawing, title or f"A grid of {len(images)} images.")


def filmstrip(
    videos: Tensor, *, labels: Sequence[str] = (), every: int = 1, title: str = ""
) -> Figure:
    """Clips as strips, one below the other, time from left to right.

    Every ``every``-th frame is shown, its index above; ``labels`` name the clips.

    Raises:
        ValueError: unless videos are (batch, time, channel, height, width) in [-1, 1],
            or if the labels do not fit.
    """
    shape = "(batch, time, channel, height, width)"
    if videos.ndim != 5:
        raise ValueError(f"A filmstrip needs {shape}, got {tuple(videos.shape)}.")
    if labels and len(labels) != len(videos):
        raise ValueError(f"{len(videos)} clips came with {len(labels)} labels.")
    kept = videos[:, ::every]
    sheet = mosaic(kept.flatten(0, 1), kept.shape[1])
    left = 0.15 + 0.075 * max((len(label) for label in labels), default=0)
    top = 0.55 if title else 0.3
    page = Page(left=left, right=0.1, bottom=0.05, top=top)
    height = (6.9 - left) * sheet.shape[0] / sheet.shape[1] + top + 0.05
    drawing, (axes,) = figure(7.0, height, page)
    hang(axes, sheet)
    tall, wide = (side + SEAM for side in videos.shape[-2:])
    axes.set_xticks(
        np.arange(kept.shape[1]) * wide + wide / 2 - 1,
        [str(every * i) for i in range(kept.shape[1])],
    )
    axes.tick_params(length=0, labeltop=True, labelbottom=False)
    if labels:
        axes.set_yticks(np.arange(len(labels)) * tall + tall / 2 - 1, list(labels))
    head(axes, title, above=20)
    return describe(drawing, title or f"{len(videos)} clips, frame by frame.")


def _pixels(images: Tensor, wanted: str) -> NDArray:
    if images.ndim != 4 or images.shape[1] not in (1, 3) or not len(images):
        raise ValueError(
            f"Pictures need the layout {wanted} with 1 or 3 channels, got "
            f"{tuple(images.shape)}; bring the axes into this order."
        )
    images = images.detach().cpu().float()
    low, high = float(images.min()), float(images.max())
    if not -1.001 <= low <= high <= 1.001:
        raise ValueError(
            f"Pictures need values in [-1, 1], got {low:g} to {high:g}; bytes and "
            "[0, 1] are brought there by 2 * x - 1."
        )
    shares = images.clamp(-1, 1).numpy() / 2 + 0.5
    n, _, height, width = shares.shape
    return np.broadcast_to(shares.transpose(0, 2, 3, 1), (n, height, width, 3))
