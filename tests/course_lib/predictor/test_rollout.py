"""Ways to unroll: fed with truth, with the model's own frames, or by a coin."""

import pytest
import torch

from course_lib.predictor.model import (
    ConvLSTMPredictor,
    ConvLSTMSizes,
    FramePredictor,
    Prediction,
)
from course_lib.predictor.rollout import rollout, scheduled_sampling, teacher_forcing


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


class Counting(FramePredictor):
    """Expects each frame plus ``push`` times the number of frames read so far."""

    def __init__(self, push=0.0, offset=1.0):
        super().__init__()
        self.push, self.offset = push, offset

    def initial_state(self, videos):
        return torch.zeros(len(videos))

    def read(self, state, videos):
        read_so_far = state[:, None] + torch.arange(1, videos.shape[1] + 1)
        more = self.offset + self.push * read_so_far
        frames = videos + more[:, :, None, None, None]
        return Prediction(read_so_far[:, -1], frames)


def clips(seed=1, n=3, n_frames=6):
    return torch.randn(n, n_frames, 1, 4, 4, generator=rng(seed))


def ramp(n_frames=6):
    return torch.arange(float(n_frames)).view(1, -1, 1, 1, 1).expand(2, -1, 1, 4, 4)


def small():
    return ConvLSTMPredictor(ConvLSTMSizes(block=4, width=4, kernel=3), rng())


def test_the_frame_after_each_true_one_is_what_a_teacher_asks_for():
    videos = clips()
    assert torch.allclose(teacher_forcing(Counting(), videos), videos[:, :-1] + 1)
    assert torch.equal(teacher_forcing(Counting(), ramp()), ramp()[:, 1:])


def test_free_running_counts_on_from_the_context():
    future = rollout(Counting(), ramp()[:, :2], 4)
    assert torch.equal(future, ramp()[:, 2:])


def test_the_state_goes_on_from_context_to_future():
    context = torch.zeros(1, 3, 1, 4, 4)
    future = rollout(Counting(push=1.0, offset=0.0), context, 3)
    assert future[0, :, 0, 0, 0].tolist() == [3, 3 + 4, 3 + 4 + 5]


def test_errors_are_eaten_and_grow_with_the_horizon():
    biased, truth = Counting(offset=1.5), ramp()
    fed = (teacher_forcing(biased, truth) - truth[:, 1:])[0, :, 0, 0, 0]
    own = (rollout(biased, truth[:, :1], 5) - truth[:, 1:])[0, :, 0, 0, 0]
    assert fed.tolist() == [0.5] * 5
    assert own.tolist() == [0.5, 1.0, 1.5, 2.0, 2.5]


def test_free_running_is_stepping_by_hand():
    model, context = small(), clips().tanh()
    state = model.initial_state(context)
    for frame in context.unbind(1):
        state, expected = model.step(state, frame)
    future = rollout(model, context, 3)
    for t in range(3):
        assert torch.allclose(future[:, t], expected, atol=1e-6)
        state, expected = model.step(state, expected)


def test_a_share_of_1_is_teacher_forcing_and_0_is_free_running():
    model, videos = small(), clips().tanh()
    for n_context in (1, 3, 5):
        always, never = (
            scheduled_sampling(
                model, videos, rng(), n_context=n_context, teacher_forcing_ratio=share
            )
            for share in (1.0, 0.0)
        )
        assert torch.allclose(always, teacher_forcing(model, videos), atol=1e-6)
        own = rollout(model, videos[:, :n_context], 6 - n_context)
        assert torch.allclose(never[:, n_context - 1 :], own, atol=1e-6)


def test_the_coin_is_thrown_for_every_clip_and_frame():
    videos = torch.zeros(2000, 5, 1, 4, 4)
    frames = scheduled_sampling(
        Counting(), videos, rng(), n_context=2, teacher_forcing_ratio=0.7
    )[:, :, 0, 0, 0]
    # the truth is 0, so an answer of 1 tells that the truth was read
    assert (frames[:, :2] == 1).all()
    told = (frames[:, 2:] == 1).float()
    assert ((told.mean(dim=0) - 0.7).abs() < 0.04).all()
    both = (told[:, 0] * told[:, 1]).mean()
    assert abs(both - 0.49) < 0.04
    assert set(frames[:, 3].unique().tolist()) == {1, 2, 3}


def test_one_seed_throws_one_series_of_coins():
    first, again, other = (
        scheduled_sampling(
            small(), clips().tanh(), rng(seed), n_context=2, teacher_forcing_ratio=0.5
        )
        for seed in (1, 1, 3)
    )
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_no_truth_behind_the_context_is_looked_at():
    model, videos = small(), clips().tanh().requires_grad_()
    future = rollout(model, videos[:, :2], 4)
    (slope,) = torch.autograd.grad(future.sum(), videos)
    assert slope[:, :2].abs().sum() > 0
    assert slope[:, 2:].abs().sum() == 0


def test_gradients_flow_back_through_the_frames_that_are_fed_back():
    model, videos = Counting(), clips().requires_grad_()
    frames = scheduled_sampling(model, videos, rng(), n_context=2, teacher_forcing_ratio=0.0)
    (slope,) = torch.autograd.grad(frames[:, -1].sum(), videos)
    assert torch.equal(slope[:, 1], torch.ones_like(slope[:, 1]))


def test_the_clip_is_left_as_it_is():
    videos = clips().tanh()
    before = videos.clone()
    rollout(small(), videos, 2)
    scheduled_sampling(small(), videos, rng(), n_context=2, teacher_forcing_ratio=0.5)
    assert torch.equal(videos, before)


def test_running_on_nothing_or_nowhere_is_refused():
    with pytest.raises(ValueError, match="at least 1 frame of context"):
        rollout(small(), clips()[:, :0], 3)
    with pytest.raises(ValueError, match="1 to predict, got 6 and 0"):
        rollout(small(), clips(), 0)


def test_a_share_that_is_no_probability_is_refused():
    for share, n_context in ((1.2, 2), (-0.1, 2), (0.5, 6), (0.5, 0)):
        with pytest.raises(ValueError, match="lies in"):
            scheduled_sampling(
                small(), clips(), rng(), n_context=n_context, teacher_forcing_ratio=share
            )
