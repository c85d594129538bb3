"""One training step: target, gradient clipping, and learning of moving discs."""

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


def moving_discs(n, n_frames, generator, side=16):
    """Discs that move on a torus, one in each clip, at random positions and speeds."""
    position, speed = (torch.rand(n, 2, generator=generator) for _ in range(2))
    time = torch.arange(n_frames).view(-1, 1, 1)
    centres = (position * side + time * (3 * speed - 1.5)).transpose(0, 1)
    pixels = torch.arange(side)
    offset = (centres[..., None] - pixels).remainder(side)
    offset = torch.minimum(offset, side - offset)  # (clip, time, axis, pixel)
    distance = (
        offset[:, :, 1, :, None].square() + offset[:, :, 0, None].square()
    ).sqrt()
    return (2 * (3 - distance).clamp(0, 1) - 1).unsqueeze(2)


class Offset(FramePredictor):
    """Predicts each frame plus a constant, its only weight."""

    def __init__(self):
        super().__init__()
        self.offset = torch.nn.Parameter(torch.zeros(()))

    def initial_state(self, videos):
        return None

    def read(self, state, videos):
        return Prediction(None, videos + self.offset)


def test_the_target_is_the_next_frame():
    model = Offset()
    videos = torch.linspace(-1, 1, 5).view(1, 5, 1, 1, 1).expand(2, 5, 1, 4, 4)
    sgd = torch.optim.SGD(model.parameters(), lr=0.05)
    losses = [
        train_step(partial(teacher_forcing, model), sgd, videos) for _ in range(9)
    ]
    assert abs(losses[0] - 16 * (0.5 / 2) ** 2) < 1e-6  # a step of 0.5 in [-1, 1]
    assert abs(model.offset.item() - 0.5) < 0.01
    assert losses[-1] < 1e-3


def test_the_gradient_is_clipped_to_the_maximal_norm():
    model = Offset()
    videos = torch.tensor([-1.0, 1.0]).view(1, 2, 1, 1, 1).expand(1, 2, 1, 64, 64)
    sgd = torch.optim.SGD(model.parameters(), lr=1e-3)
    train_step(partial(teacher_forcing, model), sgd, 100 * videos)
    assert abs(model.offset.item() - 0.1) < 1e-6  # unclipped: -4e5 * 1e-3


def test_a_conv_lstm_learns_to_predict_moving_discs():
    sizes = ConvLSTMSizes(block=2, width=16, kernel=5, depth=1)
    model, generator = ConvLSTMPredictor(sizes, rng()), rng(1)
    adam = torch.optim.Adam(model.parameters(), lr=1e-2)
    for _ in range(300):
        predict = partial(
            scheduled_sampling,
            model,
            rng=generator,
            n_context=4,
            teacher_forcing_ratio=0.0,
        )
        train_step(predict, adam, moving_discs(16, 8, generator))
    clips = moving_discs(100, 8, rng(9))
    context, future = clips[:, :4], clips[:, 4:]
    with torch.no_grad():
        error = squared_error(rollout(model, context, 4), future)
    baselines = {
        "black": -torch.ones_like(future),
        "copy of the last frame": context[:, -1:].expand_as(future),
        "mean frame": clips.mean(dim=(0, 1), keepdim=True).expand_as(future),
    }
    for name, prediction in baselines.items():
        assert error < 0.65 * squared_error(prediction, future), name
