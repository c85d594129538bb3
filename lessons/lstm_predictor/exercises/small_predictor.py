"""Make a predictor so small that every frame and every state of it can be checked."""

from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor, nn

from course_lib.predictor.model import FramePredictor, Prediction
from course_lib.shapes import Images, Videos

LONGEST = 30  # frames that one state may read: a loop with no end is told at once


class Memory(NamedTuple):
    """What the frames so far left behind, ``h``, and how many of them there were."""

    h: Tensor
    frames: int


class SmallPredictor(FramePredictor):
    """A memory as large as a frame; what it shows is bent into [-1, 1]."""

    def __init__(self, size: int, rng: torch.Generator) -> None:
        super().__init__()
        draw = partial(torch.randn, generator=rng, dtype=torch.float64)
        self.first = nn.Parameter(draw(size))
        self.kept, self.seen, self.hidden_states = (
            nn.Parameter(1.5 * draw(size, size) / size**0.5) for _ in range(3)
        )

    def initial_state(self, videos: Videos) -> Memory:
        """The same memory, not of zeros, for every clip."""
        return Memory(self.first.expand(len(videos), -1), 0)

    def read(self, state: Memory, videos: Videos) -> Prediction:
        """Frame by frame, as ``step`` does."""
        frames = []
        for frame in videos.unbind(dim=1):
            state, expected = self.step(state, frame)
            frames.append(expected)
        return Prediction(state, torch.stack(frames, dim=1))

    def step(self, state: Memory, frame: Images) -> Prediction:
        """Mix frame and memory into the next memory, and show that.

        Raises:
            RuntimeError: if more than ``LONGEST`` frames were read in one go.
        """
        if state.frames == LONGEST:
            raise RuntimeError(
                f"The model was given more than {LONGEST} frames, and so many were "
                f"never asked for. Is there a loop whose end is never reached?"
            )
        h = (state.h @ self.kept + frame.flatten(1) @ self.seen).tanh()
        shown = (h @ self.hidden_states).tanh().view_as(frame)
        return Prediction(Memory(h, state.frames + 1), shown)
