"""Rivals: one code for a whole clip, and no word for what stays in it."""

import pytest
import torch

from course_lib.gan.ring_training import WASSERSTEIN
from course_lib.gan.training import Players, train_step
from course_lib.mocogan.discriminators import FRAMES, stack_judge
from course_lib.mocogan.vgan_tgan import TGAN, VGAN, Realness


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


RIVALS = {
    "VGAN": lambda seed=0: VGAN(5, 2, rng(seed)),
    "TGAN": lambda seed=0: TGAN(5, 2, rng(seed)),
}
each = pytest.mark.parametrize("name", RIVALS)


def codes(n=2, seed=1):
    return torch.randn(n, 5, generator=rng(seed))


@each
def test_a_code_becomes_a_clip_of_16_frames(name):
    videos = RIVALS[name]()(20 * codes(3))
    assert videos.shape == (3, FRAMES, 3, 64, 64)
    assert videos.abs().max() <= 1 and videos.min() < 0 < videos.max()


@each
def test_every_weight_gets_a_slope(name):
    rival = RIVALS[name]()
    rival(codes(4)).square().sum().backward()
    for key, weight in rival.named_parameters():
        assert weight.grad is not None and weight.grad.abs().sum() > 0, key


@each
def test_weights_come_from_the_generator_alone(name):
    first, again, other = (
        torch.cat([p.detach().flatten() for p in RIVALS[name](seed).parameters()])
        for seed in (3, 3, 4)
    )
    assert torch.equal(first, again) and not torch.equal(first, other)


@each
def test_the_two_player_step_of_lesson_01_trains_a_rival(name):
    rival, judge = RIVALS[name](), Realness(stack_judge(4, 0, rng(1)))
    optimisers = [torch.optim.Adam(n.parameters(), 1e-3) for n in (rival, judge)]
    before = [next(n.parameters()).clone() for n in (rival, judge)]
    real = torch.rand(2, FRAMES, 3, 64, 64, generator=rng(2)) * 2 - 1
    players = Players(rival, judge, RIVALS[name](), *optimisers)
    _, losses = train_step(players, real, rng(3), WASSERSTEIN, r1_gamma=0.5)
    assert all(torch.isfinite(torch.tensor(losses)))
    for old, network in zip(before, (rival, judge), strict=True):
        assert not torch.equal(old, next(network.parameters()))


@pytest.mark.parametrize(("logit", "moves"), [(-60.0, False), (60.0, True)])
def test_behind_an_empty_mask_nothing_moves(logit, moves):
    rival = RIVALS["VGAN"]()
    with torch.no_grad():
        rival.mask.weight.zero_()
        rival.mask.bias.fill_(logit)
        videos = rival(codes())
    assert (videos.diff(dim=1).abs().max() > 1e-3) == moves
    if not moves:
        still = rival.background(codes()[:, :, None, None])
        torch.testing.assert_close(videos[:, 5], still)


def test_every_frame_of_a_tgan_has_the_code_and_a_time_of_its_own():
    rival = RIVALS["TGAN"]()
    path = rival.path(codes())
    assert path.shape == (2, FRAMES, 10)
    assert (path[:, :, :5] == codes()[:, None]).all()
    assert (path[:, 1:, 5:] != path[:, :-1, 5:]).any(dim=2).all()
    with torch.no_grad():
        expected = rival.painter(path.flatten(0, 1))
    torch.testing.assert_close(rival(codes()).flatten(0, 1), expected)
