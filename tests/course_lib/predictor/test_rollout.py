"""Teacher forcing, autoregressive rollout and scheduled sampling."""

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
    """Predicts frame + ``offset`` + ``slope`` * (number of frames read so far)."""

    def __init__(self, slope=0.0, offset=1.0):
        super().__init__()
        self.slope, self.offset = slope, offset

    def initial_state(self, videos):
        return torch.zeros(len(videos))

    def read(self, state, videos):
        n_read = state[:, None] + torch.arange(1, videos.shape[1] + 1)
        increment = self.offset + self.slope * n_read
        frames = videos + increment[:, :, None, None, None]
        return Prediction(n_read[:, -1], frames)


def clips(seed=1, n=3, n_frames=6):
    return torch.randn(n, n_frames, 1, 4, 4, generator=rng(seed))


def ramp(n_frames=6):
    return torch.arange(float(n_frames)).view(1, -1, 1, 1, 1).expand(2, -1, 1, 4, 4)


def small():
    return ConvLSTMPredictor(ConvLSTMSizes(block=4, width=4, kernel=3), rng())


def test_teacher_forcing_predicts_the_frame_after_each_true_one():
    videos = clips()
    assert torch.allclose(teacher_forcing(Counting(), videos), videos[:, :-1] + 1)
    assert torch.equal(teacher_forcing(Counting(), ramp()), ramp()[:, 1:])


def test_a_rollout_continues_the_context():
    future = rollout(Counting(), ramp()[:, :2], 4)
    assert torch.equal(future, ramp()[:, 2:])


def test_the_state_after_the_context_is_the_first_state_of_the_rollout():
    context = torch.zeros(1, 3, 1, 4, 4)
    future = rollout(Counting(slope=1.0, offset=0.0), context, 3)
    assert future[0, :, 0, 0, 0].tolist() == [3, 3 + 4, 3 + 4 + 5]


def test_errors_accumulate_in_a_rollout_and_not_with_teacher_forcing():
    biased, truth = Counting(offset=1.5), ramp()
    forced = (teacher_forcing(biased, truth) - truth[:, 1:])[0, :, 0, 0, 0]
    free = (rollout(biased, truth[:, :1], 5) - truth[:, 1:])[0, :, 0, 0, 0]
    assert forced.tolist() == [0.5] * 5
    assert free.tolist() == [0.5, 1.0, 1.5, 2.0, 2.5]


def test_a_rollout_equals_steps_on_the_models_own_predictions():
    model, context = small(), clips().tanh()
    state = model.initial_state(context)
    for frame in context.unbind(1):
        state, prediction = model.step(state, frame)
    future = rollout(model, context, 3)
    for t in range(3):
        assert torch.allclose(future[:, t], prediction, atol=1e-6)
        state, prediction = model.step(state, prediction)


def test_a_ratio_of_1_is_teacher_forcing_and_0_is_a_rollout():
    model, videos = small(), clips().tanh()
    for n_context in (1, 3, 5):
        always, never = (
            scheduled_sampling(
                model, videos, rng(), n_context=n_context, teacher_forcing_ratio=ratio
            )
            for ratio in (1.0, 0.0)
        )
        assert torch.allclose(always, teacher_forcing(model, videos), atol=1e-6)
        future = rollout(model, videos[:, :n_context], 6 - n_context)
        assert torch.allclose(never[:, n_context - 1 :], future, atol=1e-6)


def test_inputs_are_sampled_independently_for_every_clip_and_frame():
    videos = torch.zeros(2000, 5, 1, 4, 4)
    frames = scheduled_sampling(
        Counting(), videos, rng(), n_context=2, teacher_forcing_ratio=0.7
    )[:, :, 0, 0, 0]
    # the true frames are 0, so a prediction of 1 means that the input was true
    assert (frames[:, :2] == 1).all()
    forced = (frames[:, 2:] == 1).float()
    assert ((forced.mean(dim=0) - 0.7).abs() < 0.04).all()
    both = (forced[:, 0] * forced[:, 1]).mean()
    assert abs(both - 0.49) < 0.04
    assert set(frames[:, 3].unique().tolist()) == {1, 2, 3}


def test_a_seed_determines_which_inputs_are_true():
    first, second, other = (
        scheduled_sampling(
            small(), clips().tanh(), rng(seed), n_context=2, teacher_forcing_ratio=0.5
        )
        for seed in (1, 1, 3)
    )
    assert torch.equal(first, second)
    assert not torch.equal(first, other)


def test_a_rollout_does_not_depend_on_frames_after_the_context():
    model, videos = small(), clips().tanh().requires_grad_()
    future = rollout(model, videos[:, :2], 4)
    (gradient,) = torch.autograd.grad(future.sum(), videos)
    assert gradient[:, :2].abs().sum() > 0
    assert gradient[:, 2:].abs().sum() == 0


def test_gradients_flow_through_predictions_that_are_inputs():
    model, videos = Counting(), clips().requires_grad_()
    frames = scheduled_sampling(
        model, videos, rng(), n_context=2, teacher_forcing_ratio=0.0
    )
    (gradient,) = torch.autograd.grad(frames[:, -1].sum(), videos)
    assert torch.equal(gradient[:, 1], torch.ones_like(gradient[:, 1]))


def test_no_function_changes_the_clips_in_place():
    videos = clips().tanh()
    before = videos.clone()
    rollout(small(), videos, 2)
    scheduled_sampling(small(), videos, rng(), n_context=2, teacher_forcing_ratio=0.5)
    assert torch.equal(videos, before)


def test_no_context_or_no_horizon_raises():
    with pytest.raises(ValueError, match="at least 1 frame of context"):
        rollout(small(), clips()[:, :0], 3)
    with pytest.raises(ValueError, match="1 to predict, but got 6 and 0"):
        rollout(small(), clips(), 0)


def test_a_ratio_outside_0_and_1_or_a_wrong_context_raises():
    for ratio, n_context in ((1.2, 2), (-0.1, 2), (0.5, 6), (0.5, 0)):
        with pytest.raises(ValueError, match=r"in \[0, 1\]"):
            scheduled_sampling(
                small(),
                clips(),
                rng(),
                n_context=n_context,
                teacher_forcing_ratio=ratio,
            )
