"""The baselines VGAN and TGAN: generators with one code for a whole clip.

Both map a code, (batch, latent), to clips of 16 frames of 64x64 pixels, so the training
step of lesson 01 trains them.
"""

from itertools import pairwise

import torch
from jaxtyping import Float
from torch import Tensor, nn

from course_lib.initialization import reset_parameters
from course_lib.mocogan.discriminators import VideoDiscriminator
from course_lib.mocogan.frame_views import generate_clips
from course_lib.mocogan.generator import ImageGenerator
from course_lib.shapes import Latents, Logits, Videos

FrameCodes = Float[Tensor, "batch time code"]


class VGAN(nn.Module):
    """Two-stream generator: a moving foreground, a static background, and a mask.

    Source: Vondrick, Pirsiavash and Torralba 2016, section 2.2, without the sparsity
    penalty on the mask.
    """

    def __init__(
        self, latent_dim: int, width: int, rng: torch.Generator, n_channels: int = 3
    ):
        super().__init__()
        self.latent_dim = latent_dim
        self.foreground = _upsampling(nn.ConvTranspose3d, latent_dim, width, (1, 4, 4))
        self.colours = nn.ConvTranspose3d(width, n_channels, 4, 2, 1)
        self.mask = nn.ConvTranspose3d(width, 1, 4, 2, 1)
        self.background = nn.Sequential(
            _upsampling(nn.ConvTranspose2d, latent_dim, width, (4, 4)),
            nn.ConvTranspose2d(width, n_channels, 4, 2, 1),
            nn.Tanh(),
        )
        reset_parameters(self.to(rng.device), rng)

    def forward(self, z: Latents) -> Videos:
        """mask * foreground + (1 - mask) * background."""
        features = self.foreground(z[:, :, None, None, None])
        mask = self.mask(features).sigmoid()
        background = self.background(z[:, :, None, None]).unsqueeze(2)
        clip = mask * self.colours(features).tanh() + (1 - mask) * background
        return clip.transpose(1, 2).float()


class TGAN(nn.Module):
    """A temporal generator maps one code to 16 codes, an image generator to frames.

    Source: Saito, Matsumoto and Saito 2017, section 3; without the singular value
    clipping that their Wasserstein objective needs.
    """

    def __init__(
        self, latent_dim: int, width: int, rng: torch.Generator, n_channels: int = 3
    ):
        super().__init__()
        self.latent_dim = latent_dim
        channels = (8 * width, 4 * width, 2 * width, 2 * width, latent_dim)
        layers: list[nn.Module] = []
        for n_in, n_out in pairwise((latent_dim, *channels)):
            kernel = 4 if layers else 1
            upsample = {"stride": 2, "padding": 1} if layers else {}  # 1, 2, 4, 8, 16
            layers += [nn.ConvTranspose1d(n_in, n_out, kernel, **upsample)]
            layers += [nn.BatchNorm1d(n_out), nn.ReLU()]
        self.temporal_generator = nn.Sequential(*layers[:-2], nn.Tanh()).to(rng.device)
        reset_parameters(self.temporal_generator, rng)
        self.image_generator = ImageGenerator(2 * latent_dim, width, rng, n_channels)

    def path(self, z: Latents) -> FrameCodes:
        """Inputs of the image generator, (batch, 16, input): [code | frame code]."""
        frame_codes = self.temporal_generator(z.unsqueeze(2)).transpose(1, 2)
        return torch.cat((z.unsqueeze(1).expand_as(frame_codes), frame_codes), dim=2)

    def forward(self, z: Latents) -> Videos:
        """Clips of 16 frames."""
        return generate_clips(self.image_generator, self.path(z))


class RealLogit(nn.Module):
    """A video discriminator reduced to its logit for "real", without categories."""

    def __init__(self, discriminator: VideoDiscriminator):
        super().__init__()
        self.discriminator = discriminator

    def forward(self, videos: Videos) -> Logits:
        """Logits of shape (batch,)."""
        return self.discriminator(videos).real


def _upsampling(
    convolution: type[nn.ConvTranspose2d] | type[nn.ConvTranspose3d],
    latent_dim: int,
    width: int,
    first_kernel: tuple[int, ...],
) -> nn.Sequential:
    """From one location to ``first_kernel`` locations, then three doublings."""
    norm = nn.BatchNorm3d if convolution is nn.ConvTranspose3d else nn.BatchNorm2d
    channels = (latent_dim, 8 * width, 4 * width, 2 * width, width)
    layers: list[nn.Module] = []
    for n_in, n_out in pairwise(channels):
        kernel_stride_padding = (4, 2, 1) if layers else (first_kernel,)
        layers += [convolution(n_in, n_out, *kernel_stride_padding), norm(n_out)]
        layers += [nn.ReLU()]
    return nn.Sequential(*layers)
