"""Image and video discriminators of MoCoGAN.

The image discriminator classifies single frames; the video discriminator classifies
whole clips of 16 frames and predicts their category. A larger logit means "more likely
real". Where a random generator is passed, Gaussian noise is added to the input of every
layer.

Source: Tulyakov et al. 2018, section 4; Sønderby et al. 2017 for the noise.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import pairwise
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from course_lib.initialization import reset_parameters
from course_lib.mocogan.frame_views import StackedFrames, stack_flows, stack_frames
from course_lib.shapes import Images, Points, Videos

FRAMES = 16  # frames of a clip that a video discriminator takes
INIT_GAIN = 2.4  # of layers without a norm: outputs start about as large as inputs
NOISE_STD = 0.1  # of the noise on each layer's input, as in the released code
DOWNSAMPLE = {"kernel_size": 4, "stride": 2, "padding": 1}
DOWNSAMPLE_SPACE = {"kernel_size": 4, "stride": (1, 2, 2), "padding": (0, 1, 1)}
FULL_KERNEL = {"kernel_size": 4, "stride": 1, "padding": 0}  # a 4x4 map becomes 1x1


class DiscriminatorOutput(NamedTuple):
    """Logits of a video discriminator.

    ``real`` has shape (batch), ``category`` has shape (batch, category).
    """

    real: Tensor
    category: Tensor


class Discriminator(nn.Module):
    """A sequence of layers with optional Gaussian noise on the input of each layer."""

    def __init__(
        self, layers: Sequence[nn.Module], rng: torch.Generator, *, gain: float = 1.0
    ):
        super().__init__()
        self.layers = nn.Sequential(*layers).to(rng.device)
        reset_parameters(self, rng, gain=gain)

    def logits(self, x: Tensor, rng: torch.Generator | None) -> Points:
        """Logits of each sample, (batch, logit); no noise where ``rng`` is None."""
        for layer in self.layers:
            x = layer(x if rng is None else add_noise(x, rng))
        return x.flatten(1).float()


class ImageDiscriminator(Discriminator):
    """Discriminator of frames: one logit for each frame or for each of its patches."""

    def forward(self, frames: Images, rng: torch.Generator | None = None) -> Points:
        """Logits, (batch, patch)."""
        return self.logits(frames, rng)


class SmallImageDiscriminator(ImageDiscriminator):
    """Image discriminator that shifts its input by 1, so that black pixels are 0.

    Zero padding then looks like a black background.
    """

    def forward(self, frames: Images, rng: torch.Generator | None = None) -> Points:
        """Logits, (batch, 1)."""
        return self.logits(frames + 1, rng)


class GlobalMaxPool(nn.Module):
    """Maximum of each channel over all spatial locations."""

    def forward(self, x: Tensor) -> Points:
        """Maxima, (batch, channel)."""
        return x.amax(dim=(2, 3))


class ZeroDiscriminator(ImageDiscriminator):
    """Image discriminator whose logits are always 0, for training without one.

    It has parameters, so that an optimizer accepts it, but their gradients are 0.
    """

    def forward(self, frames: Images, rng: torch.Generator | None = None) -> Points:
        """Zeros, (batch, 1)."""
        return 0 * self.logits(frames.flatten(1)[:, :1], None)


class VideoDiscriminator(Discriminator):
    """Discriminator of clips, with logits for "real" and for each category.

    Subclasses choose by ``to_input`` what the first layer reads.
    """

    def to_input(self, videos: Videos) -> Tensor:
        """Input of the first layer: (batch, channel, time, height, width)."""
        return videos.transpose(1, 2)

    def forward(
        self, videos: Videos, rng: torch.Generator | None = None
    ) -> DiscriminatorOutput:
        """Logits that each clip is real, and logits of its category."""
        logits = self.logits(self.to_input(videos), rng)
        return DiscriminatorOutput(logits[:, 0], logits[:, 1:])


class StackedFramesDiscriminator(VideoDiscriminator):
    """Cheap video discriminator with two-dimensional convolutions.

    It reads the 16 frames at half resolution as the 48 channels of one image.
    """

    def to_input(self, videos: Videos) -> StackedFrames:
        """Frames stacked along the channels, at half resolution."""
        return stack_frames(videos, shrink=2)


class FlowDiscriminator(VideoDiscriminator):
    """Two-stream video discriminator: stacked frames and their optical flow."""

    def to_input(self, videos: Videos) -> StackedFrames:
        """Frames and flows stacked along the channels, at half resolution."""
        streams = stack_frames(videos), stack_flows(videos)
        return nn.functional.avg_pool2d(torch.cat(streams, dim=1), 2)


def build_patch_discriminator(width: int, rng: torch.Generator) -> ImageDiscriminator:
    """The paper's image discriminator: 4x4 patch logits for a frame of 64x64 pixels."""
    layers = _paper_layers((3, width, 2 * width, 4 * width), nn.Conv2d, DOWNSAMPLE)
    layers += [nn.Conv2d(4 * width, 1, **DOWNSAMPLE, bias=False)]
    return ImageDiscriminator(layers, rng).to(memory_format=torch.channels_last)


def build_whole_image_discriminator(
    width: int, rng: torch.Generator
) -> ImageDiscriminator:
    """A deeper image discriminator: one logit for a whole frame of 64x64 pixels."""
    channels = (3, width, 2 * width, 4 * width, 8 * width)
    layers = _paper_layers(channels, nn.Conv2d, DOWNSAMPLE)
    layers += [nn.Conv2d(8 * width, 1, **FULL_KERNEL, bias=False)]
    return ImageDiscriminator(layers, rng).to(memory_format=torch.channels_last)


def build_video_discriminator(
    width: int, categories: int, rng: torch.Generator
) -> VideoDiscriminator:
    """The paper's video discriminator for 16 frames of 64x64 pixels.

    Its convolutions are three-dimensional.
    """
    channels = (3, width, 2 * width, 4 * width, 8 * width)
    layers = _paper_layers(channels, nn.Conv3d, DOWNSAMPLE_SPACE)
    layers += [nn.Conv3d(8 * width, 1 + categories, **FULL_KERNEL, bias=False)]
    return VideoDiscriminator(layers, rng)


def build_small_image_discriminator(
    width: int, rng: torch.Generator, n_channels: int = 3
) -> ImageDiscriminator:
    """Image discriminator for 64x64 pixels without batch norm, for use with R1.

    Global max pooling makes its logit nearly independent of where an object lies.
    """
    last = 4 * width
    block = nn.Sequential(nn.Conv2d(last, last, 3, padding=1), nn.LeakyReLU(0.2))
    layers = [
        *_downsampling_layers((n_channels, width, 2 * width, last)),
        block,
        GlobalMaxPool(),
        nn.Linear(last, 1),
    ]
    network = SmallImageDiscriminator(layers, rng, gain=INIT_GAIN)
    return network.to(memory_format=torch.channels_last)


def build_zero_discriminator(rng: torch.Generator) -> ZeroDiscriminator:
    """Replacement for the image discriminator in an ablation without one."""
    return ZeroDiscriminator([nn.Linear(1, 1)], rng)


def build_stacked_frames_discriminator(
    width: int, categories: int, rng: torch.Generator, n_channels: int = 3
) -> StackedFramesDiscriminator:
    """Cheap discriminator for 16 frames of 64x64 pixels, without batch norm."""
    channels = (n_channels * FRAMES, 2 * width, 4 * width, 4 * width)
    layers = _stacked_layers(channels, 1 + categories)
    network = StackedFramesDiscriminator(layers, rng, gain=INIT_GAIN)
    return network.to(memory_format=torch.channels_last)


def build_flow_discriminator(
    width: int, categories: int, rng: torch.Generator
) -> FlowDiscriminator:
    """The same with 15 flows of 2 channels each after the channels of the 16 frames."""
    channels = (3 * FRAMES + 2 * (FRAMES - 1), 2 * width, 4 * width, 4 * width)
    layers = _stacked_layers(channels, 1 + categories)
    network = FlowDiscriminator(layers, rng, gain=INIT_GAIN)
    return network.to(memory_format=torch.channels_last)


def add_noise(x: Tensor, rng: torch.Generator) -> Tensor:
    """``x`` with Gaussian noise of standard deviation NOISE_STD added."""
    noise = torch.randn(x.shape, generator=rng, device=rng.device)
    return x + NOISE_STD * noise.to(x)


def convolutions(network: nn.Module) -> Iterator[nn.Module]:
    """The convolutions of a network, in the order of their registration."""
    return (x for x in network.modules() if isinstance(x, nn.Conv2d | nn.Conv3d))


def _paper_layers(
    channels: Sequence[int], convolution: type[nn.Module], arguments: dict[str, Any]
) -> list[nn.Module]:
    """Convolutions without bias; batch norm after all of them but the first."""
    norm = nn.BatchNorm2d if convolution is nn.Conv2d else nn.BatchNorm3d
    layers: list[nn.Module] = []
    for n_in, n_out in pairwise(channels):
        parts = [convolution(n_in, n_out, **arguments, bias=False)]
        parts += [norm(n_out)] if layers else []
        layers += [nn.Sequential(*parts, nn.LeakyReLU(0.2))]
    return layers


def _stacked_layers(channels: Sequence[int], n_logits: int) -> list[nn.Module]:
    """Downsampling from 32x32 to 4x4 locations, then the logits."""
    output = nn.Conv2d(channels[-1], n_logits, **FULL_KERNEL)
    return [*_downsampling_layers(channels), output]


def _downsampling_layers(channels: Sequence[int]) -> list[nn.Module]:
    """Strided convolutions without norm; each halves height and width."""
    convolution = partial(nn.Conv2d, **DOWNSAMPLE)
    return [
        nn.Sequential(convolution(n_in, n_out), nn.LeakyReLU(0.2))
        for n_in, n_out in pairwise(channels)
    ]
