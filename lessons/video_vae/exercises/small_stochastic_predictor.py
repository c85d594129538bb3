"""Make a sequential VAE so small that all of its frames and slopes can be checked."""

from functools import partial

import torch
from torch import nn

from course_lib.predictor.model import Prediction
from course_lib.shapes import Images, Latents, Videos
from course_lib.vae.clip_vae import Code
from course_lib.vae.sequential import SequentialVAE, States
from lessons.lstm_predictor.exercises.small_predictor import (
    SmallPredictor,
    SmallPredictorState,
)


class _SmallGuesser(nn.Module):
    def __init__(self, size: int, latent: int, rng: torch.Generator) -> None:
        super().__init__()
        draw = partial(torch.randn, generator=rng, dtype=torch.float64)
        self.memory = SmallPredictor(size, rng)
        self.head = nn.Parameter(1.5 * draw(size, 2 * latent) / size**0.5)

    def forward(
        self, frame: Images, state: SmallPredictorState
    ) -> tuple[SmallPredictorState, Code]:
        state, _ = self.memory.step(state, frame)
        return state, Code(*(state.h @ self.head).chunk(2, dim=1))


class _SmallPainter(nn.Module):
    def __init__(self, size: int, latent: int, rng: torch.Generator) -> None:
        super().__init__()
        draw = partial(torch.randn, generator=rng, dtype=torch.float64)
        self.memory = SmallPredictor(size, rng)
        self.told = nn.Parameter(draw(latent, size))

    def forward(
        self, frame: Images, z: Latents, state: SmallPredictorState
    ) -> Prediction:
        return self.memory.step(state, frame + (z @ self.told).view_as(frame))


class SmallDreamer(SequentialVAE):
    """Three memories, each as large as a frame; ``tell`` and ``dream`` are the real."""

    def __init__(self, size: int, latent: int, rng: torch.Generator) -> None:
        nn.Module.__init__(self)  # nothing of the large one
        self.prior = _SmallGuesser(size, latent, rng)
        self.posterior = _SmallGuesser(size, latent, rng)
        self.painter = _SmallPainter(size, latent, rng)

    def start(self, videos: Videos) -> States:
        """States that know nothing; the posterior has read the first frame."""
        parts = (self.prior, self.posterior, self.painter)
        prior, posterior, painter = (
            part.memory.initial_state(videos) for part in parts
        )
        seen, _ = self.posterior(videos[:, 0], posterior)
        return States(prior, seen, painter)
