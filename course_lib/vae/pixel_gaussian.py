"""Guess every pixel of a clip by itself: a VAE without a code, and its rival."""

from collections.abc import Iterable
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib.shapes import PerClip, Videos
from course_lib.vae.gaussian import log_density

Places = Float[Tensor, "time 1 height width"]


class PixelGaussian(NamedTuple):
    """An independent Gaussian for every time and place, the same for all colours."""

    mean: Places
    sigma: Places

    def log_density(self, videos: Videos) -> PerClip:
        """log p of every clip, in nats."""
        return log_density(videos, self.mean.expand_as(videos), self.sigma)


def fit_pixels(batches: Iterable[Tensor], *, floor: float) -> PixelGaussian:
    """The likeliest Gaussians of these batches of clips whose widths have a floor.

    The variance is that of the clips plus floor^2, as in the clip VAE.

    Raises:
        ValueError: if there is no clip, or the floor is not positive.
    """
    total, squares, n = torch.zeros(()), torch.zeros(()), 0
    for videos in batches:
        pixels = videos.double().transpose(1, 2).flatten(0, 1).unsqueeze(2)
        total, squares = total + pixels.sum(dim=0), squares + pixels.square().sum(dim=0)
        n += len(pixels)
    if not n or not floor > 0:
        raise ValueError(f"Fit to 1 clip or more, floor above 0; got {n}, {floor}.")
    mean = total / n
    variance = (squares / n - mean.square()).clamp(min=0) + floor**2
    return PixelGaussian(mean.float(), variance.sqrt().float())
