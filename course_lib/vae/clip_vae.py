"""VAE with one latent vector for each clip: 3-D convolutional encoder and decoder."""

from dataclasses import dataclass
from itertools import pairwise

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import silu

from course_lib.downsampling import downsampling_layers
from course_lib.initialization import reset_parameters
from course_lib.shapes import Latents, Points, Videos
from course_lib.vae.elbo import Elbo, elbo
from course_lib.vae.gaussian import (
    DiagonalGaussian,
    gaussian_from_output,
    reparameterize,
)

PixelMap = Float[Tensor, "time 1 height width"]
Features = Float[Tensor, "batch channel time height width"]

N_DOWNSAMPLING = 4  # of time, height and width: 16 x 64 x 64 becomes 1 x 4 x 4
INITIAL_LOGVAR = -5.0  # of q(z | x): larger noise would hide the initial means
INITIAL_MU_GAIN = 5.0  # gives mu a variance of about 1 over clips, like the prior
SILU_GAIN = 4.0  # preserves the scale of activations without normalization layers


@dataclass(frozen=True)
class ClipSizes:
    """Sizes of a clip VAE.

    Attributes:
        channels: Colour channels of a clip.
        frames: Frames of a clip, a multiple of 16.
        side: Height and width of a frame in pixels, a multiple of 16.
        width: Channels of the first hidden layer.
        latent: Latent dimensions.
        condition: Size of a conditioning vector, an input of encoder and decoder.
        sigma: Standard deviation of p(x | z) until it is calibrated.
        min_sigma: Lower bound of the calibrated standard deviation. Without it, sigma
            goes to 0 and the density to infinity at pixels that never change.
    """

    channels: int = 3
    frames: int = 16
    side: int = 64
    width: int = 16
    latent: int = 16
    condition: int = 0
    sigma: float = 4.0
    min_sigma: float = 0.03

    def layer_channels(self) -> tuple[int, ...]:
        """Channels of a clip and after each downsampling layer."""
        return (self.channels, *(self.width * factor for factor in (1, 2, 4, 4)))


class ClipEncoder(nn.Module):
    """q(z | x): strided 3-D convolutions, and a linear layer for mean and variance."""

    def __init__(self, sizes: ClipSizes, rng: torch.Generator):
        super().__init__()
        channels, grid = sizes.layer_channels(), _smallest_grid(sizes)
        self.body = nn.Sequential(*downsampling_layers(channels, nn.Conv3d))
        n_features = channels[-1] * (grid[0] * grid[1] ** 2 + 1) + sizes.condition
        self.head = nn.Linear(n_features, 2 * sizes.latent)
        reset_parameters(self.body, rng, gain=SILU_GAIN)
        reset_parameters(self.head, rng)
        with torch.no_grad():
            self.head.weight[: sizes.latent] *= INITIAL_MU_GAIN
            self.head.bias[sizes.latent :] += INITIAL_LOGVAR

    def forward(
        self, videos: Videos, condition: Points | None = None
    ) -> DiagonalGaussian:
        """Mean and log variance of q(z | x), (batch, latent) each."""
        # black becomes 0, which is also the padding of the convolutions
        brightness = videos.transpose(1, 2) + 1
        features = self.body(brightness).flatten(2)
        parts = [features.flatten(1), features.sum(dim=2)]
        if condition is not None:
            parts.append(condition)
        return gaussian_from_output(self.head(torch.cat(parts, dim=1)))


class FiLM(nn.Module):
    """Feature-wise linear modulation after group normalization.

    Each channel is scaled and shifted by a linear function of an embedding. Thus
    quantities of the whole clip, such as its colour, reach every pixel directly.

    Source: Perez et al. 2018, equation 1.
    """

    def __init__(self, channels: int, n_inputs: int):
        super().__init__()
        self.norm = nn.GroupNorm(8, channels, affine=False)
        self.linear = nn.Linear(n_inputs, 2 * channels)

    def forward(self, features: Features, embedding: Points) -> Features:
        """Modulated features of the same shape."""
        scale, shift = self.linear(embedding)[..., None, None, None].chunk(2, dim=1)
        return self.norm(features) * (1 + scale) + shift


class ClipDecoder(nn.Module):
    """The mean of p(x | z), in [-1, 1]: transposed 3-D convolutions with FiLM.

    Every layer gets the latent vector through FiLM; otherwise all later layers would
    have to carry colours through from the first.
    """

    def __init__(self, sizes: ClipSizes, rng: torch.Generator):
        super().__init__()
        channels, (frames, side) = sizes.layer_channels()[::-1], _smallest_grid(sizes)
        n_inputs = sizes.latent + sizes.condition
        self.input_layer = nn.Sequential(
            nn.Linear(n_inputs, channels[0] * frames * side**2),
            nn.Unflatten(1, (channels[0], frames, side, side)),
        )
        self.film = nn.ModuleList(FiLM(n, n_inputs) for n in channels[:-1])
        self.upsample = nn.ModuleList(
            nn.ConvTranspose3d(n_in, n_out, 4, stride=2, padding=1)
            for n_in, n_out in pairwise(channels)
        )
        reset_parameters(self, rng)

    def latent_layers(self) -> list[nn.Linear]:
        """The linear layers whose first inputs are the latent vector."""
        return [self.input_layer[0], *(film.linear for film in self.film)]

    def forward(self, z: Latents, condition: Points | None = None) -> Videos:
        """The mean of each pixel of each clip."""
        inputs = z if condition is None else torch.cat((z, condition), dim=1)
        features = self.input_layer(inputs)
        for film, upsample in zip(self.film, self.upsample, strict=True):
            features = upsample(silu(film(features, inputs)))
        return features.tanh().transpose(1, 2).float()


class ClipVAE(nn.Module):
    """VAE of clips with p(x | z) = N(decoder(z), sigma^2) and the prior N(0, I)."""

    raw_sigma: Tensor

    def __init__(self, sizes: ClipSizes, rng: torch.Generator):
        super().__init__()
        self.sizes = sizes
        self.encoder, self.decoder = ClipEncoder(sizes, rng), ClipDecoder(sizes, rng)
        shape = (sizes.frames, 1, sizes.side, sizes.side)  # the same for all colours
        raw_sigma = torch.full(shape, sizes.sigma, device=rng.device)
        # a buffer: ``calibrate_sigma`` sets it, no gradient does
        self.register_buffer("raw_sigma", raw_sigma)

    @property
    def sigma(self) -> PixelMap:
        """Standard deviation of p(x | z) at each time and pixel.

        It is the root of raw_sigma^2 + min_sigma^2, the same for all clips and colour
        channels.
        """
        return (self.sizes.min_sigma**2 + self.raw_sigma.square()).sqrt()

    def sample(self, n: int, rng: torch.Generator) -> Videos:
        """Decode n samples of the prior N(0, I)."""
        z = torch.randn(n, self.sizes.latent, generator=rng, device=rng.device)
        return self.decoder(z)


def clip_elbo(model: ClipVAE, videos: Videos, rng: torch.Generator) -> Elbo:
    """Both terms of the ELBO of each clip, at one sample of z, in nats."""
    posterior = model.encoder(videos)
    mean = model.decoder(reparameterize(*posterior, rng))
    return elbo(videos, mean, *posterior, model.sigma)


def _smallest_grid(sizes: ClipSizes) -> tuple[int, int]:
    """Frames and side after all downsampling layers.

    Raises:
        ValueError: if frames or side cannot be halved that often.
    """
    factor = 2**N_DOWNSAMPLING
    if sizes.frames % factor or sizes.side % factor:
        raise ValueError(
            f"A clip VAE halves frames and side {N_DOWNSAMPLING} times, so both must "
            f"be multiples of {factor}; got {sizes.frames} frames and side "
            f"{sizes.side}."
        )
    return sizes.frames // factor, sizes.side // factor
