"""Compositing: pastes small images into many frames at integer pixel positions."""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from course_lib.shapes import Videos

CANVAS = 64  # pixels, height and width
BLACK = -1.0

Pictures = Float[Tensor, "batch time layer channel side side"]
Corners = Int[Tensor, "batch time layer axis"]  # x, y of the top left pixel


def paste(pictures: Pictures, corners: Corners) -> Videos:
    """Black clips with all pictures pasted; where layers overlap, the maximum.

    Frames have CANVAS x CANVAS pixels, and every picture has to lie inside its frame.
    The computation needs one gather and one scatter for each layer.
    """
    n_clips, n_frames, n_layers, channels, side, _ = pictures.shape
    shape = (n_clips, n_frames, channels, CANVAS, CANVAS)
    videos = torch.full(shape, BLACK, device=pictures.device)
    # windows[i] is the view of a picture whose top left pixel is the i-th of all pixels
    plane = CANVAS * CANVAS
    count = videos.numel() - (channels - 1) * plane - (side - 1) * (CANVAS + 1)
    windows = videos.as_strided((count, channels, side, side), (1, plane, CANVAS, 1))
    start = torch.arange(n_clips * n_frames, device=videos.device) * channels * plane
    inside = corners[..., 1] * CANVAS + corners[..., 0]
    at = start.view(n_clips, n_frames, 1) + inside
    for layer in range(n_layers):
        new = pictures[:, :, layer]
        if layer:
            new = torch.maximum(windows[at[..., layer]], new)
        windows[at[..., layer]] = new
    return videos
