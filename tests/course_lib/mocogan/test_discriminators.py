"""Two judges: as large as the paper's, each blind to what the other one sees."""

import pytest
import torch
from torch import nn

from course_lib.mocogan.discriminators import (
    FRAMES,
    NOISE,
    blind_judge,
    convolutions,
    flow_judge,
    noisy,
    patch_judge,
    small_frame_judge,
    stack_judge,
    video_judge,
    whole_judge,
)
from course_lib.mocogan.generator import count_weights


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def clips(n=2, seed=3):
    return torch.rand(n, FRAMES, 3, 64, 64, generator=rng(seed)) * 2 - 1


def frames(n=3):
    return clips(1)[0, :n]


@pytest.mark.parametrize(
    ("judge", "count"),
    [
        (lambda: patch_judge(64, rng()), 663_296),
        (lambda: whole_judge(64, rng()), 2_765_568),
        (lambda: video_judge(64, 2, rng()), 11_122_432),
        (lambda: video_judge(64, 6, rng()), 11_253_504),
    ],
)
def test_the_paper_s_judges_have_as_many_weights_as_released(judge, count):
    assert count_weights(judge()) == count


FRAME_JUDGES = {
    "patch": (lambda seed=0: patch_judge(4, rng(seed)), 16),
    "whole": (lambda seed=0: whole_judge(4, rng(seed)), 1),
    "small": (lambda seed=0: small_frame_judge(4, rng(seed)), 1),
}
CLIP_JUDGES = {
    "video": lambda seed=0: video_judge(4, 2, rng(seed)),
    "stack": lambda seed=0: stack_judge(4, 2, rng(seed)),
    "flow": lambda seed=0: flow_judge(4, 2, rng(seed)),
}
of_frames = pytest.mark.parametrize("name", FRAME_JUDGES)
of_clips = pytest.mark.parametrize("name", CLIP_JUDGES)
EVERY = {**{name: made for name, (made, _) in FRAME_JUDGES.items()}, **CLIP_JUDGES}
of_all = pytest.mark.parametrize("name", EVERY)


def asked(name, judge):
    """All logits of a judge on something that it can judge."""
    if name in FRAME_JUDGES:
        return judge(frames())
    return torch.cat([part.flatten() for part in judge(clips())])


@of_frames
def test_a_frame_judge_gives_a_logit_for_each_patch_that_it_sees(name):
    made, patches = FRAME_JUDGES[name]
    assert made()(frames()).shape == (3, patches)


@of_clips
def test_a_clip_judge_says_whether_it_is_real_and_what_it_shows(name):
    verdict = CLIP_JUDGES[name]()(clips(3))
    assert verdict.real.shape == (3,) and verdict.category.shape == (3, 2)


@of_clips
def test_a_clip_judge_sees_the_order_of_frames(name):
    judge = CLIP_JUDGES[name]().eval()
    with torch.no_grad():
        assert not torch.allclose(
            judge(clips()).real, judge(clips().flip(1)).real, atol=1e-6
        )


def test_a_flow_judge_sees_motion_where_frames_alone_say_nothing():
    judge = CLIP_JUDGES["flow"]()
    with torch.no_grad():
        first = judge.layers[0][0].weight
        first[:, : 3 * FRAMES] = 0  # blind to what is shown
        still, moving = clips(1)[:, :1].expand(-1, FRAMES, -1, -1, -1), clips(1)
        assert torch.equal(judge(still).real, judge(-still).real)
        assert not torch.equal(judge(still).real, judge(moving).real)


@of_all
def test_every_weight_gets_a_slope(name):
    judge = EVERY[name]()
    asked(name, judge).square().sum().backward()
    for weight in judge.parameters():
        assert weight.grad is not None and weight.grad.abs().sum() > 0


@of_all
def test_weights_come_from_the_generator_alone(name):
    first, again, other = (EVERY[name](seed) for seed in (7, 7, 8))
    for one, same, another in zip(
        *map(convolutions, (first, again, other)), strict=True
    ):
        assert torch.equal(one.weight, same.weight)
        assert not torch.equal(one.weight, another.weight)


@pytest.mark.parametrize("name", ["small", "stack", "flow"])
def test_a_small_judge_judges_each_sample_alone(name):
    judge = EVERY[name]()
    assert not any(isinstance(m, nn.BatchNorm2d) for m in judge.modules())
    seen = frames() if name == "small" else clips()
    alone, together = judge(seen[:1]), judge(seen)
    parts = (
        zip(alone, together, strict=True) if name != "small" else [(alone, together)]
    )
    for one, all_ in parts:
        torch.testing.assert_close(one, all_[:1], atol=1e-5, rtol=1e-4)


@of_all
def test_sixteen_bits_judge_nearly_the_same(name):
    judge = EVERY[name]().eval()
    with torch.no_grad():
        exact = asked(name, judge)
        with torch.autocast("cpu", torch.bfloat16):
            short = asked(name, judge)
    assert short.dtype == torch.float32
    torch.testing.assert_close(short, exact, atol=2e-2, rtol=5e-2)


def test_noise_is_on_the_input_of_every_layer_and_only_where_asked():
    judge = patch_judge(4, rng())
    seen = []
    for layer in judge.layers:
        layer.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    with torch.no_grad():
        judge(frames())
        judge(frames(), rng(1))
        again = judge(frames(), rng(1))
        assert torch.equal(again, judge(frames(), rng(1)))
        assert torch.equal(judge(frames()), judge(frames()))
    quiet, loud = seen[:4], seen[4:8]
    assert torch.equal(quiet[0], frames())
    assert (loud[0] - frames()).std() == pytest.approx(NOISE, rel=0.05)
    assert all(not torch.equal(*pair) for pair in zip(quiet, loud, strict=True))


def test_a_blind_judge_calls_every_frame_undecided_and_asks_for_nothing():
    seen = frames().requires_grad_()
    logits = blind_judge(rng())(seen)
    assert logits.shape == (3, 1) and (logits == 0).all()
    (slope,) = torch.autograd.grad(logits.sum(), seen)
    assert (slope == 0).all()


def test_noise_has_the_spread_it_is_said_to_have():
    x = torch.zeros(4, 3, 16, 16)
    mist = noisy(x, rng())
    assert mist.mean().abs() < 0.01 and mist.std() == pytest.approx(NOISE, rel=0.05)
    assert (x == 0).all()
