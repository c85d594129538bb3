"""The predictors: gradients of all weights, causality, explicit states, sizes."""

import pytest
import torch
from jaxtyping import TypeCheckError

from course_lib.predictor.frame_codec import CodecSizes, apply_per_frame
from course_lib.predictor.gru_cell import gru
from course_lib.predictor.lstm_cell import lstm
from course_lib.predictor.model import (
    ConvLSTMPredictor,
    ConvLSTMSizes,
    FramePredictor,
    LSTMPredictor,
    LSTMSizes,
    WarpPredictor,
)
from course_lib.predictor.recall import RecallModel, sample_recall
from course_lib.predictor.recurrent_cell import rnn
from course_lib.predictor.temporal_convolution import TemporalConvolution, TemporalSizes
from course_lib.predictor.warping import backward_warp

SMALL = ConvLSTMSizes(channels=2, block=4, width=6, kernel=3, depth=2)


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def lstm_predictor(seed=0):
    codec = CodecSizes(channels=2, side=16, width=8, code=12)
    return LSTMPredictor(LSTMSizes(codec, hidden=10), rng(seed))


PREDICTORS = {
    "LSTM": lstm_predictor,
    "ConvLSTM": lambda seed=0: ConvLSTMPredictor(SMALL, rng(seed)),
    "warp": lambda seed=0: WarpPredictor(SMALL, rng(seed)),
}
SEQUENCE_MODELS = {
    "RNN": lambda: rnn(8, 6, rng()),
    "LSTM": lambda: lstm(8, 6, rng()),
    "GRU": lambda: gru(8, 6, rng()),
    "TCN": lambda: TemporalConvolution(8, TemporalSizes(6, 2, 2), rng()),
}

every_predictor = pytest.mark.parametrize("make", PREDICTORS.values(), ids=PREDICTORS)


def clips(seed=1, n=3, n_frames=5):
    return 2 * torch.rand(n, n_frames, 2, 16, 16, generator=rng(seed)) - 1


def read(model, videos):
    return model.read(model.initial_state(videos), videos)


def without_gradient(model):
    """Names of the parameters whose gradient is missing or zero."""
    return [
        name
        for name, weight in model.named_parameters()
        if weight.grad is None or weight.grad.abs().sum() == 0
    ]


@every_predictor
def test_every_weight_of_a_predictor_gets_a_gradient(make):
    model, videos = make(), clips()
    read(model, videos).frames.square().sum().backward()
    assert without_gradient(model) == []


@pytest.mark.parametrize("make", SEQUENCE_MODELS.values(), ids=SEQUENCE_MODELS)
def test_every_weight_of_a_sequence_model_gets_a_gradient(make):
    model, task = RecallModel(make(), 6, rng()), sample_recall(16, 2, rng())
    logits = model(task.inputs)
    torch.nn.functional.cross_entropy(logits, task.targets).backward()
    assert without_gradient(model) == []


@every_predictor
def test_predictions_have_the_shape_and_range_of_the_clips(make):
    videos = clips()
    frames = read(make(), videos).frames
    assert frames.shape == videos.shape
    assert frames.abs().max() <= 1


@every_predictor
def test_no_prediction_depends_on_a_later_frame(make):
    model, videos = make(), clips()
    for t in range(4):
        changed = videos.clone()
        changed[:, t + 1 :] = clips(2)[:, t + 1 :]
        before, after = read(model, videos).frames, read(model, changed).frames
        assert torch.allclose(before[:, : t + 1], after[:, : t + 1], atol=1e-6)
        assert not torch.allclose(before[:, t + 1], after[:, t + 1], atol=1e-5)


@every_predictor
def test_every_prediction_depends_on_the_first_frame(make):
    model = make()
    videos = clips(n=1).requires_grad_()
    for frame in read(model, videos).frames.unbind(1):
        (gradient,) = torch.autograd.grad(frame.sum(), videos, retain_graph=True)
        assert gradient[:, 0].abs().sum() > 0


@every_predictor
def test_read_equals_repeated_steps(make):
    model, videos = make(), clips()
    expected, state = read(model, videos).frames, model.initial_state(videos)
    for t in range(5):
        state, frame = model.step(state, videos[:, t])
        assert torch.allclose(frame, expected[:, t], atol=1e-6)


@every_predictor
def test_a_prediction_depends_on_state_and_frame_alone(make):
    model, videos = make(), clips()
    state = read(model, videos).state
    first, second = (model.step(state, videos[:, 0]).frames for _ in range(2))
    assert torch.equal(first, second)
    from_initial_state = model.step(model.initial_state(videos), videos[:, 0]).frames
    assert not torch.allclose(first, from_initial_state, atol=1e-5)


@every_predictor
def test_predictions_do_not_depend_on_other_clips_of_the_batch(make):
    model, videos = make(), clips()
    alone = read(model, videos[1:2]).frames
    assert torch.allclose(read(model, videos).frames[1:2], alone, atol=1e-6)


@every_predictor
def test_a_seed_determines_the_initial_weights(make):
    first, second, other = (read(make(seed), clips()).frames for seed in (3, 3, 4))
    assert torch.equal(first, second)
    assert not torch.equal(first, other)


@every_predictor
def test_a_clip_without_a_batch_axis_raises(make):
    model = make()
    with pytest.raises(TypeCheckError):
        model.initial_state(clips()[0])
    with pytest.raises(TypeCheckError):
        model.read(model.initial_state(clips()), clips()[0])


@every_predictor
def test_autocast_predictions_are_close_to_float32_and_have_its_dtype(make):
    model, videos = make(), clips()
    full = read(model, videos).frames
    with torch.autocast("cpu", dtype=torch.bfloat16):
        reduced = read(model, videos).frames
    assert reduced.dtype == torch.float32
    assert torch.allclose(reduced, full, atol=0.02)
    assert not torch.equal(reduced, full)


def test_frames_whose_sides_are_no_multiple_of_block_raise():
    model, videos = ConvLSTMPredictor(SMALL, rng()), clips()[..., :15]
    with pytest.raises(ValueError, match="block 4"):
        read(model, videos)


def test_the_base_class_implements_neither_initial_state_nor_read():
    with pytest.raises(NotImplementedError):
        FramePredictor().initial_state(clips())
    with pytest.raises(NotImplementedError):
        FramePredictor().read(None, clips())


def test_every_size_of_the_conv_lstm_predictor_changes_its_weights():
    def shapes(**sizes):
        model = ConvLSTMPredictor(ConvLSTMSizes(**sizes), rng())
        return [tuple(p.shape) for p in model.parameters()]

    options = {"channels": 3, "block": 2, "width": 4, "kernel": 5, "depth": 1}
    for name, value in options.items():
        assert shapes(**{name: value}) != shapes()


def test_every_size_of_the_lstm_predictor_changes_its_weights():
    def shapes(hidden=512, **codec):
        model = LSTMPredictor(LSTMSizes(CodecSizes(**codec), hidden), rng())
        return [tuple(p.shape) for p in model.parameters()]

    options = {"channels": 3, "side": 32, "width": 8, "code": 16, "hidden": 8}
    for name, value in options.items():
        assert shapes(**{name: value}) != shapes()


def test_the_warp_predictor_blends_warped_frames_and_new_pixels():
    model, videos = WarpPredictor(SMALL, rng()), clips()
    features, _ = model.extract_features(model.initial_state(videos), videos)
    frames = read(model, videos).frames
    flow, mask, new_pixels = model.warp_parameters(features[:, 2])
    assert flow.shape == (3, 2, 16, 16)
    assert mask.shape == (3, 1, 16, 16)
    warped = backward_warp(videos[:, 2], flow)
    expected = new_pixels + mask * (warped - new_pixels)
    assert torch.allclose(frames[:, 2], expected, atol=1e-6)


def test_a_constant_flow_and_a_mask_of_1_shift_the_frames_exactly():
    model, videos = WarpPredictor(SMALL, rng()), clips()
    with torch.no_grad():
        model.head.weight.zero_()
        # flow (2 right, 0 down), mask sigmoid(50) = 1, new pixels tanh(0) = 0
        outputs = torch.tensor([2.0, 0.0, 50.0, 0.0, 0.0])
        model.head.bias.copy_(outputs.repeat_interleave(16))
    frames = read(model, videos).frames
    assert torch.allclose(frames[..., :-2], videos[..., 2:])


def test_features_are_the_hidden_states_of_all_layers():
    model, videos = ConvLSTMPredictor(SMALL, rng()), clips()
    features, state = model.extract_features(model.initial_state(videos), videos)
    last = torch.cat([layer.h for layer in state], dim=1)
    assert torch.equal(features[:, -1], last)
    assert not torch.allclose(last[:, : SMALL.width], last[:, SMALL.width :])


def test_a_conv_lstm_predicts_frames_of_another_size():
    model = ConvLSTMPredictor(SMALL, rng())
    wide = 2 * torch.rand(1, 3, 2, 8, 24, generator=rng(5)) - 1
    assert read(model, wide).frames.shape == wide.shape
    features, _ = model.extract_features(model.initial_state(wide), wide)
    assert apply_per_frame(model.decode, features, wide).shape == wide.shape
