"""The predictors: every weight learns, no frame is seen early, no state is hidden."""

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
MEMORIES = {
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


def untrained(model):
    """Names of the parameters that some element of the batch never reaches."""
    return [
        name
        for name, weight in model.named_parameters()
        if weight.grad is None or weight.grad.abs().sum() == 0
    ]


@every_predictor
def test_every_weight_of_a_predictor_gets_a_gradient(make):
    model, videos = make(), clips()
    read(model, videos).frames.square().sum().backward()
    assert untrained(model) == []


@pytest.mark.parametrize("make", MEMORIES.values(), ids=MEMORIES)
def test_every_weight_of_a_memory_gets_a_gradient(make):
    model, task = RecallModel(make(), 6, rng()), sample_recall(16, 2, rng())
    logits = model(task.inputs)
    torch.nn.functional.cross_entropy(logits, task.targets).backward()
    assert untrained(model) == []


@every_predictor
def test_every_frame_is_answered_with_a_frame_of_its_kind(make):
    videos = clips()
    frames = read(make(), videos).frames
    assert frames.shape == videos.shape
    assert frames.abs().max() <= 1


@every_predictor
def test_no_answer_depends_on_a_later_frame(make):
    model, videos = make(), clips()
    for t in range(4):
        changed = videos.clone()
        changed[:, t + 1 :] = clips(2)[:, t + 1 :]
        same, other = read(model, videos).frames, read(model, changed).frames
        assert torch.allclose(same[:, : t + 1], other[:, : t + 1], atol=1e-6)
        assert not torch.allclose(same[:, t + 1], other[:, t + 1], atol=1e-5)


@every_predictor
def test_every_answer_depends_on_the_first_frame(make):
    model = make()
    videos = clips(n=1).requires_grad_()
    for answer in read(model, videos).frames.unbind(1):
        (slope,) = torch.autograd.grad(answer.sum(), videos, retain_graph=True)
        assert slope[:, 0].abs().sum() > 0


@every_predictor
def test_stepping_through_a_clip_is_reading_it(make):
    model, videos = make(), clips()
    whole, state = read(model, videos).frames, model.initial_state(videos)
    for t in range(5):
        state, frame = model.step(state, videos[:, t])
        assert torch.allclose(frame, whole[:, t], atol=1e-6)


@every_predictor
def test_the_same_state_and_frame_give_the_same_answer(make):
    model, videos = make(), clips()
    state = read(model, videos).state
    first, again = (model.step(state, videos[:, 0]).frames for _ in range(2))
    assert torch.equal(first, again)
    fresh = model.step(model.initial_state(videos), videos[:, 0]).frames
    assert not torch.allclose(first, fresh, atol=1e-5)


@every_predictor
def test_clips_of_a_batch_do_not_see_one_another(make):
    model, videos = make(), clips()
    alone = read(model, videos[1:2]).frames
    assert torch.allclose(read(model, videos).frames[1:2], alone, atol=1e-6)


@every_predictor
def test_one_seed_builds_one_predictor(make):
    first, again, other = (read(make(seed), clips()).frames for seed in (3, 3, 4))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


@every_predictor
def test_a_clip_without_its_batch_axis_is_refused(make):
    model = make()
    with pytest.raises(TypeCheckError):
        model.initial_state(clips()[0])
    with pytest.raises(TypeCheckError):
        model.read(model.initial_state(clips()), clips()[0])


@every_predictor
def test_sixteen_bits_inside_stay_close_to_thirty_two(make):
    model, videos = make(), clips()
    exact = read(model, videos).frames
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rough = read(model, videos).frames
    assert rough.dtype == torch.float32
    assert torch.allclose(rough, exact, atol=0.02)
    assert not torch.equal(rough, exact)


def test_frames_that_do_not_divide_into_patches_are_refused():
    model, videos = ConvLSTMPredictor(SMALL, rng()), clips()[..., :15]
    with pytest.raises(ValueError, match="side 4"):
        read(model, videos)


def test_a_contract_alone_predicts_nothing():
    for ask in ("start", "read"):
        with pytest.raises(NotImplementedError):
            arguments = (clips(),) if ask == "start" else (None, clips())
            getattr(FramePredictor(), ask)(*arguments)


def test_every_size_of_a_conv_lstm_changes_its_weights():
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


def test_a_warp_predictor_follows_its_plan():
    model, videos = WarpPredictor(SMALL, rng()), clips()
    features, _ = model.extract_features(model.initial_state(videos), videos)
    frames = read(model, videos).frames
    plan = model.warp_parameters(features[:, 2])
    assert plan.flow.shape == (3, 2, 16, 16)
    assert plan.mask.shape == (3, 1, 16, 16)
    fetched = backward_warp(videos[:, 2], plan.flow)
    expected = plan.new_pixels + plan.mask * (fetched - plan.new_pixels)
    assert torch.allclose(frames[:, 2], expected, atol=1e-6)


def test_a_warp_predictor_told_to_move_only_copies_whole_pixels():
    model, videos = WarpPredictor(SMALL, rng()), clips()
    with torch.no_grad():
        model.head.weight.zero_()
        flow, moved, paint = torch.tensor([2.0, 0.0]), [50.0], [0.0, 0.0]
        drawn = torch.cat((flow, torch.tensor(moved + paint)))
        model.head.bias.copy_(drawn.repeat_interleave(16))
    frames = read(model, videos).frames
    assert torch.allclose(frames[..., :-2], videos[..., 2:])


def test_every_layer_is_read_out():
    model, videos = ConvLSTMPredictor(SMALL, rng()), clips()
    features, state = model.extract_features(model.initial_state(videos), videos)
    last = torch.cat([layer.h for layer in state], dim=1)
    assert torch.equal(features[:, -1], last)
    assert not torch.allclose(last[:, : SMALL.width], last[:, SMALL.width :])


def test_a_conv_lstm_serves_frames_of_another_size():
    model = ConvLSTMPredictor(SMALL, rng())
    wide = 2 * torch.rand(1, 3, 2, 8, 24, generator=rng(5)) - 1
    assert read(model, wide).frames.shape == wide.shape
    features, _ = model.extract_features(model.initial_state(wide), wide)
    assert apply_per_frame(model.decode, features, wide).shape == wide.shape
