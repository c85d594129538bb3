"""A predictor with very few weights, for the exercises on rollouts."""

from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor, nn

from course_lib.predictor.model import FramePredictor, Prediction
from course_lib.shapes import Images, Videos

MAX_FRAMES = 30  # that one state may read, so that an infinite loop is detected


class SmallPredictorState(NamedTuple):
    """Hidden state (batch, size), and the number of frames that were read."""

    h: Tensor
    n_frames: int


class SmallPredictor(FramePredictor):
    """A plain recurrent network with as many hidden units as a frame has values."""

    def __init__(self, size: int, rng: torch.Generator) -> None:
        super().__init__()
        draw = partial(torch.randn, generator=rng, dtype=torch.float64)
        self.initial_h = nn.Parameter(draw(size))
        self.weight_hh, self.weight_ih, self.weight_out = (
            nn.Parameter(1.5 * draw(size, size) / size**0.5) for _ in range(3)
        )

    def initial_state(self, videos: Videos) -> SmallPredictorState:
        """The same hidden state for every clip; it is not zero."""
        return SmallPredictorState(self.initial_h.expand(len(videos), -1), 0)

    def read(self, state: SmallPredictorState, videos: Videos) -> Prediction:
        """Read the frames one by one, as ``step`` does."""
        frames = []
        for frame in videos.unbind(dim=1):
            state, prediction = self.step(state, frame)
            frames.append(prediction)
        return Prediction(state, torch.stack(frames, dim=1))

    def step(self, state: SmallPredictorState, frame: Images) -> Prediction:
        """One recurrent step, and a linear map of the hidden state with tanh.

        Predictions lie in [-2, 2], so that a clamp to the range of frames shows.

        Raises:
            RuntimeError: if one state has read more than ``MAX_FRAMES`` frames.
        """
        if state.n_frames == MAX_FRAMES:
            raise RuntimeError(
                f"The model has read more than {MAX_FRAMES} frames, many more than the "
                f"exercise needs. Does the loop end?"
            )
        h = (state.h @ self.weight_hh + frame.flatten(1) @ self.weight_ih).tanh()
        prediction = 2 * (h @ self.weight_out).tanh().view_as(frame)
        return Prediction(SmallPredictorState(h, state.n_frames + 1), prediction)
