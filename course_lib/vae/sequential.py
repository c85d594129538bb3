"""Sequential VAE with a learned prior (SVG-LP): one latent vector for each frame.

Three recurrent networks read the video. The *prior* p(z_t | x_1..t-1) has read the
frames before frame t, the *posterior* q(z_t | x_1..t) has read frame t as well, and the
*decoder* predicts frame t from the frames before it and a sample z_t.

Source: Denton and Fergus 2018, section 3.2 (SVG-LP), with ConvLSTMs on patches and
fewer weights.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from course_lib.initialization import reset_parameters
from course_lib.predictor.conv_lstm import conv_lstm
from course_lib.predictor.frame_codec import depth_to_space, space_to_depth
from course_lib.shapes import Images, Latents, Videos
from course_lib.vae.gaussian import (
    DiagonalGaussian,
    gaussian_from_output,
    reparameterize,
)


@dataclass(frozen=True)
class SequenceSizes:
    """Sizes of a sequential VAE.

    Attributes:
        channels: Colour channels of a frame.
        side: Height and width of a frame in pixels.
        block: Side of a patch in pixels.
        width: Hidden channels of each layer of the decoder.
        gaussian_width: Hidden channels of prior and posterior.
        latent: Latent axes of a frame.
        sigma: Standard deviation of p(x_t | x_1..t-1, z_1..t). It is fixed: a learned
            one falls to .2, and the codes then describe small corrections of every
            frame, which the prior cannot predict.
    """

    channels: int = 1
    side: int = 64
    block: int = 8
    width: int = 96
    gaussian_width: int = 32
    latent: int = 16
    sigma: float = 1.0


class States(NamedTuple):
    """Recurrent states of prior, posterior and decoder."""

    prior: Any
    posterior: Any
    decoder: Any


class PosteriorStep(NamedTuple):
    """One step with a known target frame.

    Attributes:
        states: The states after the step.
        frame: The mean of the next frame, decoded from a sample of the posterior.
        prior: p(z_t | x_1..t-1).
        posterior: q(z_t | x_1..t).
    """

    states: States
    frame: Images
    prior: DiagonalGaussian
    posterior: DiagonalGaussian


class GaussianConvLSTM(nn.Module):
    """ConvLSTM with a linear head that outputs a Gaussian over z after each frame."""

    def __init__(self, sizes: SequenceSizes, rng: torch.Generator):
        super().__init__()
        n_patches = (sizes.side // sizes.block) ** 2
        patch = sizes.channels * sizes.block**2
        self.block = sizes.block
        self.conv_lstm = conv_lstm(patch, sizes.gaussian_width, rng, kernel=3)
        self.head = nn.Linear(sizes.gaussian_width * n_patches, 2 * sizes.latent)
        reset_parameters(self.head, rng)

    def forward(self, frame: Images, state: Any) -> tuple[Any, DiagonalGaussian]:
        """Read one frame: the new state, and the Gaussian over z."""
        patches = space_to_depth(frame, self.block).unsqueeze(1)
        hidden, state = self.conv_lstm(patches, state)
        return state, gaussian_from_output(self.head(hidden.flatten(1)))


class RecurrentDecoder(nn.Module):
    """Two ConvLSTM layers that predict the next frame from the last frame and z."""

    def __init__(self, sizes: SequenceSizes, rng: torch.Generator):
        super().__init__()
        patch = sizes.channels * sizes.block**2
        self.block = sizes.block
        self.layers = nn.ModuleList(
            conv_lstm(channels, sizes.width, rng, kernel=3)
            for channels in (patch + sizes.latent, sizes.width)
        )
        self.head = nn.Conv2d(2 * sizes.width, patch, 1)
        reset_parameters(self.head, rng)

    def forward(self, frame: Images, z: Latents, state: Any) -> tuple[Any, Images]:
        """The new state, and the mean of the next frame in [-1, 1]."""
        patches = space_to_depth(frame, self.block)
        rows, columns = patches.shape[2:]
        z_map = z.to(patches)[:, :, None, None].expand(-1, -1, rows, columns)
        x = torch.cat((patches, z_map), dim=1).unsqueeze(1)
        hidden_states, states = [], []
        for layer, old in zip(self.layers, state, strict=True):
            x, new = layer(x, old)
            hidden_states.append(x.squeeze(1))
            states.append(new)
        output = self.head(torch.cat(hidden_states, dim=1))
        return tuple(states), depth_to_space(output, self.block).float().tanh()


class SequentialVAE(nn.Module):
    """SVG-LP: learned prior, posterior and decoder; pixels are N(frame, sigma^2)."""

    def __init__(self, sizes: SequenceSizes, rng: torch.Generator):
        super().__init__()
        self.sizes = sizes
        self.prior = GaussianConvLSTM(sizes, rng)
        self.posterior = GaussianConvLSTM(sizes, rng)
        self.decoder = RecurrentDecoder(sizes, rng)

    @property
    def sigma(self) -> Float[Tensor, ""]:
        """Standard deviation of a pixel around the decoded frame."""
        return torch.tensor(self.sizes.sigma)

    def initial_states(self, videos: Videos) -> States:
        """Initial states, in which the posterior has read the first frame."""
        n, spatial = (
            len(videos),
            [side // self.sizes.block for side in videos.shape[3:]],
        )
        prior, posterior = (
            network.conv_lstm.initial_state(n, *spatial)
            for network in (self.prior, self.posterior)
        )
        decoder = tuple(
            layer.initial_state(n, *spatial) for layer in self.decoder.layers
        )
        posterior, _ = self.posterior(videos[:, 0], posterior)
        return States(prior, posterior, decoder)

    def posterior_step(
        self, states: States, last: Images, target: Images, rng: torch.Generator
    ) -> PosteriorStep:
        """One step with a known target: z is sampled from the posterior.

        ``last`` is the frame before ``target``, true or decoded; prior and decoder read
        it. The posterior reads ``target``.
        """
        prior_state, prior = self.prior(last, states.prior)
        posterior_state, posterior = self.posterior(target, states.posterior)
        z = reparameterize(*posterior, rng)
        decoder_state, frame = self.decoder(last, z, states.decoder)
        new_states = States(prior_state, posterior_state, decoder_state)
        return PosteriorStep(new_states, frame, prior, posterior)

    def prior_step(
        self, states: States, last: Images, rng: torch.Generator
    ) -> tuple[States, Images]:
        """One step without a target: z is sampled from the prior.

        Returns the new states and the decoded frame. The state of the posterior does
        not change, because the posterior needs a target frame.
        """
        prior_state, prior = self.prior(last, states.prior)
        z = reparameterize(*prior, rng)
        decoder_state, frame = self.decoder(last, z, states.decoder)
        return States(prior_state, states.posterior, decoder_state), frame
