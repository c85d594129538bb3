"""The baselines VGAN and TGAN: clips from one code."""

import pytest
import torch

from course_lib.gan.objectives import WASSERSTEIN
from course_lib.gan.training import TrainState, average_weights, train_step
from course_lib.mocogan.discriminators import (
    FRAMES,
    build_stacked_frames_discriminator,
)
from course_lib.mocogan.vgan_tgan import TGAN, VGAN, RealLogit


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


BASELINES = {
    "VGAN": lambda seed=0: VGAN(5, 2, rng(seed)),
    "TGAN": lambda seed=0: TGAN(5, 2, rng(seed)),
}
each = pytest.mark.parametrize("name", BASELINES)


def codes(n=2, seed=1):
    return torch.randn(n, 5, generator=rng(seed))


@each
def test_a_code_becomes_a_clip_of_16_frames(name):
    videos = BASELINES[name]()(20 * codes(3))
    assert videos.shape == (3, FRAMES, 3, 64, 64)
    assert videos.abs().max() <= 1 and videos.min() < 0 < videos.max()


@each
def test_every_parameter_gets_a_gradient(name):
    generator = BASELINES[name]()
    generator(codes(4)).square().sum().backward()
    for key, parameter in generator.named_parameters():
        assert parameter.grad is not None and parameter.grad.abs().sum() > 0, key


@each
def test_initial_weights_depend_on_the_given_random_generator_only(name):
    first, again, other = (
        torch.cat([p.detach().flatten() for p in BASELINES[name](seed).parameters()])
        for seed in (3, 3, 4)
    )
    assert torch.equal(first, again) and not torch.equal(first, other)


@each
def test_the_training_step_of_lesson_01_updates_both_networks(name):
    generator = BASELINES[name]()
    discriminator = RealLogit(build_stacked_frames_discriminator(4, 0, rng(1)))
    networks = (generator, discriminator)
    optimizers = [torch.optim.Adam(x.parameters(), 1e-3) for x in networks]
    before = [next(x.parameters()).clone() for x in networks]
    real = torch.rand(2, FRAMES, 3, 64, 64, generator=rng(2)) * 2 - 1
    state = TrainState(*networks, average_weights(networks[0]), *optimizers)
    _, metrics = train_step(state, real, rng(3), WASSERSTEIN, r1_gamma=0.5)
    assert all(torch.isfinite(torch.tensor(metrics)))
    for old, network in zip(before, networks, strict=True):
        assert not torch.equal(old, next(network.parameters()))


@pytest.mark.parametrize(("logit", "moves"), [(-60.0, False), (60.0, True)])
def test_a_vgan_clip_is_static_where_its_mask_is_0(logit, moves):
    generator = BASELINES["VGAN"]()
    with torch.no_grad():
        generator.mask.weight.zero_()
        generator.mask.bias.fill_(logit)
        videos = generator(codes())
    assert (videos.diff(dim=1).abs().max() > 1e-3) == moves
    if not moves:
        background = generator.background(codes()[:, :, None, None])
        torch.testing.assert_close(videos[:, 5], background)


def test_every_frame_of_a_tgan_has_the_code_and_its_own_frame_code():
    generator = BASELINES["TGAN"]()
    path = generator.path(codes())
    assert path.shape == (2, FRAMES, 10)
    assert (path[:, :, :5] == codes()[:, None]).all()
    assert (path[:, 1:, 5:] != path[:, :-1, 5:]).any(dim=2).all()
    with torch.no_grad():
        expected = generator.image_generator(path.flatten(0, 1))
    torch.testing.assert_close(generator(codes()).flatten(0, 1), expected)
