"""One step of training: the right target, and blobs that are learned."""

from functools import partial

import torch

from course_lib.predictor.model import (
    ConvLSTMPredictor,
    ConvLSTMSizes,
    FramePredictor,
    Prediction,
)
from course_lib.predictor.rollout import rollout, scheduled_sampling, teacher_forcing
from course_lib.predictor.squared_error import squared_error
from course_lib.predictor.training import train_step


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def moving_blobs(n, n_frames, draws, side=16):
    """Discs that cross a torus: one a clip, at a random place and pace."""
    place, pace = (torch.rand(n, 2, generator=draws) for _ in range(2))
    time = torch.arange(n_frames).view(-1, 1, 1)
    centres = (place * side + time * (3 * pace - 1.5)).transpose(0, 1)
    pixels = torch.arange(side)
    gap = (centres[..., None] - pixels).remainder(side)
    gap = torch.minimum(gap, side - gap)  # (clip, time, axis, pixel)
    distance = (gap[:, :, 1, :, None].square() + gap[:, :, 0, None].square()).sqrt()
    return (2 * (3 - distance).clamp(0, 1) - 1).unsqueeze(2)


class Offset(FramePredictor):
    """Expects every frame to come back a little brighter: one weight."""

    def __init__(self):
        super().__init__()
        self.brighter = torch.nn.Parameter(torch.zeros(()))

    def initial_state(self, videos):
        return None

    def read(self, state, videos):
        return Prediction(None, videos + self.brighter)


def test_the_target_is_the_next_frame_and_not_the_same():
    model = Offset()
    videos = torch.linspace(-1, 1, 5).view(1, 5, 1, 1, 1).expand(2, 5, 1, 4, 4)
    sgd = torch.optim.SGD(model.parameters(), lr=0.05)
    losses = [train_step(partial(teacher_forcing, model), sgd, videos) for _ in range(9)]
    assert abs(losses[0] - 16 * (0.5 / 2) ** 2) < 1e-6  # half a step of brightness
    assert abs(model.brighter.item() - 0.5) < 0.01
    assert losses[-1] < 1e-3


def test_a_cliff_moves_the_weights_no_further_than_agreed():
    model = Offset()
    videos = torch.tensor([-1.0, 1.0]).view(1, 2, 1, 1, 1).expand(1, 2, 1, 64, 64)
    sgd = torch.optim.SGD(model.parameters(), lr=1e-3)
    train_step(partial(teacher_forcing, model), sgd, 100 * videos)
    assert abs(model.brighter.item() - 0.1) < 1e-6  # the slope itself is -4e5


def test_a_conv_lstm_learns_to_follow_blobs():
    sizes = ConvLSTMSizes(block=2, width=16, kernel=5, depth=1)
    model, draws = ConvLSTMPredictor(sizes, rng()), rng(1)
    adam = torch.optim.Adam(model.parameters(), lr=1e-2)
    for _ in range(300):
        predict = partial(
            scheduled_sampling, model, rng=draws, n_context=4, teacher_forcing_ratio=0.0
        )
        train_step(predict, adam, moving_blobs(16, 8, draws))
    clips = moving_blobs(100, 8, rng(9))
    context, future = clips[:, :4], clips[:, 4:]
    with torch.no_grad():
        error = squared_error(rollout(model, context, 4), future)
    trivial = {
        "black": -torch.ones_like(future),
        "copy of the last frame": context[:, -1:].expand_as(future),
        "mean frame": clips.mean(dim=(0, 1), keepdim=True).expand_as(future),
    }
    for name, guess in trivial.items():
        assert error < 0.65 * squared_error(guess, future), name
