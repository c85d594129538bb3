"""Independent Gaussian for each pixel and time: the baseline without a latent code."""

from collections.abc import Iterable
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib.shapes import PerClip, Videos
from course_lib.vae.gaussian import log_density

PixelMap = Float[Tensor, "time 1 height width"]


class PixelGaussian(NamedTuple):
    """Mean and sigma at each time and pixel, the same for all colour channels."""

    mean: PixelMap
    sigma: PixelMap

    def log_density(self, videos: Videos) -> PerClip:
        """log p(x) of each clip, in nats."""
        return log_density(videos, self.mean.expand_as(videos), self.sigma)


def fit_pixel_gaussian(batches: Iterable[Tensor], *, min_sigma: float) -> PixelGaussian:
    """Maximum likelihood Gaussians of all pixels in these batches of clips.

    The variance is that of the clips plus min_sigma^2, as in ``ClipVAE``.

    Raises:
        ValueError: if there is no clip, or min_sigma is not positive.
    """
    total, squares, n = torch.zeros(()), torch.zeros(()), 0
    for videos in batches:
        pixels = videos.double().transpose(1, 2).flatten(0, 1).unsqueeze(2)
        total, squares = total + pixels.sum(dim=0), squares + pixels.square().sum(dim=0)
        n += len(pixels)
    if not n or not min_sigma > 0:
        raise ValueError(
            "fit_pixel_gaussian needs at least 1 clip and min_sigma above 0; got "
            f"{n} colour channels of clips and min_sigma {min_sigma}."
        )
    mean = total / n
    variance = (squares / n - mean.square()).clamp(min=0) + min_sigma**2
    return PixelGaussian(mean.float(), variance.sqrt().float())
