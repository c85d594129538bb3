"""How far a judge sees: arithmetic against what a gradient finds."""

import pytest
import torch
from torch import nn

from course_lib.mocogan.discriminators import (
    patch_judge,
    stack_judge,
    video_judge,
    whole_judge,
)
from course_lib.mocogan.receptive_field import Reach, reach, windows_of


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def test_the_video_judge_sees_16_frames_and_all_of_a_64_pixel_frame():
    judge = video_judge(2, 2, rng())
    assert reach(16, windows_of(judge, 0)) == Reach(places=1, seen=16, apart=1)
    assert reach(64, windows_of(judge, 1)) == Reach(places=1, seen=94, apart=16)


@pytest.mark.parametrize("n_layers", range(6))
def test_time_goes_from_16_by_threes_to_1(n_layers):
    windows = windows_of(video_judge(2, 2, rng()), 0)[:n_layers]
    assert reach(16, windows).places == (16, 13, 10, 7, 4, 1)[n_layers]


def test_a_patch_sees_46_pixels_a_whole_judge_everything():
    assert reach(64, windows_of(patch_judge(2, rng()), 0)) == Reach(4, 46, 16)
    assert reach(64, windows_of(whole_judge(2, rng()), 1)) == Reach(1, 94, 16)
    assert reach(32, windows_of(stack_judge(2, 2, rng()), 1)).places == 1


@pytest.mark.parametrize("seed", range(8))
def test_the_arithmetic_is_what_a_gradient_finds(seed):
    draw = rng(seed)

    def one(low, high):
        return int(torch.randint(low, high, (), generator=draw))

    windows = [(one(1, 5), one(1, 4), one(0, 2)) for _ in range(4)]
    layers = [nn.Conv1d(1, 1, *window, bias=False) for window in windows]
    for layer in layers:
        nn.init.ones_(layer.weight)
    x = torch.ones(1, 1, 300, requires_grad=True)
    y = nn.Sequential(*layers)(x)
    found = reach(300, windows)
    assert y.shape[2] == found.places
    starts = []
    for place in (found.places // 2, found.places // 2 + 1):
        (slope,) = torch.autograd.grad(y[0, 0, place], x, retain_graph=True)
        touched = slope[0, 0].nonzero().flatten()
        starts.append(int(touched[0]))
        assert int(touched[-1]) - starts[-1] + 1 <= found.seen
    assert starts[1] - starts[0] == found.apart
    if all(kernel >= stride for kernel, stride, _ in windows):  # no step skipped
        assert len(touched) == found.seen


def test_no_layer_sees_one_step_of_itself():
    assert reach(9, []) == Reach(9, 1, 1)


def test_a_clip_too_short_is_refused_with_what_is_left():
    assert reach(13, [(4, 1, 0)] * 4).places == 1
    with pytest.raises(ValueError, match="A kernel of 4 needs as many steps; 3 are"):
        reach(15, [(4, 1, 0)] * 5)
    assert reach(2, [(4, 1, 1)]).places == 1  # padding helps it out
