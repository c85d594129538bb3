"""A sequential VAE with very few weights, for the exercise on sampled futures."""

from functools import partial

import torch
from torch import nn

from course_lib.predictor.model import Prediction
from course_lib.shapes import Images, Latents, Videos
from course_lib.vae.gaussian import DiagonalGaussian
from course_lib.vae.sequential import SequentialVAE, States
from lessons.lstm_predictor.exercises.small_predictor import (
    SmallPredictor,
    SmallPredictorState,
)


class _SmallGaussianRNN(nn.Module):
    def __init__(self, size: int, latent: int, rng: torch.Generator) -> None:
        super().__init__()
        draw = partial(torch.randn, generator=rng, dtype=torch.float64)
        self.rnn = SmallPredictor(size, rng)
        self.head = nn.Parameter(1.5 * draw(size, 2 * latent) / size**0.5)

    def forward(
        self, frame: Images, state: SmallPredictorState
    ) -> tuple[SmallPredictorState, DiagonalGaussian]:
        state, _ = self.rnn.step(state, frame)
        return state, DiagonalGaussian(*(state.h @ self.head).chunk(2, dim=1))


class _SmallDecoder(nn.Module):
    def __init__(self, size: int, latent: int, rng: torch.Generator) -> None:
        super().__init__()
        draw = partial(torch.randn, generator=rng, dtype=torch.float64)
        self.rnn = SmallPredictor(size, rng)
        self.latent_weight = nn.Parameter(draw(latent, size))

    def forward(
        self, frame: Images, z: Latents, state: SmallPredictorState
    ) -> Prediction:
        return self.rnn.step(state, frame + (z @ self.latent_weight).view_as(frame))


class SmallStochasticPredictor(SequentialVAE):
    """Plain recurrent networks; ``posterior_step`` and ``prior_step`` are inherited."""

    def __init__(self, size: int, latent: int, rng: torch.Generator) -> None:
        nn.Module.__init__(self)  # without the networks of SequentialVAE
        self.prior = _SmallGaussianRNN(size, latent, rng)
        self.posterior = _SmallGaussianRNN(size, latent, rng)
        self.decoder = _SmallDecoder(size, latent, rng)

    def initial_states(self, videos: Videos) -> States:
        """Initial states, in which the posterior has read the first frame."""
        networks = (self.prior, self.posterior, self.decoder)
        prior, posterior, decoder = (
            network.rnn.initial_state(videos) for network in networks
        )
        posterior, _ = self.posterior(videos[:, 0], posterior)
        return States(prior, posterior, decoder)
