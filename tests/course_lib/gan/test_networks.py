"""Forgers and judges: shapes, ranges, weights from one generator, nothing unused."""

import pytest
import torch

from course_lib.gan.networks import (
    DigitGenerator,
    DigitJudge,
    DigitSizes,
    PointGenerator,
    PointJudge,
    PointSizes,
)

POINTS = PointSizes(latent=3, width=5, depth=2)
DIGITS = DigitSizes(latent=6, width=2)
NETWORKS = (
    (PointGenerator, POINTS, (4, 3), (4, 2)),
    (PointJudge, POINTS, (4, 2), (4,)),
    (DigitGenerator, DIGITS, (4, 6), (4, 1, 32, 32)),
    (DigitJudge, DIGITS, (4, 1, 32, 32), (4,)),
)
each = pytest.mark.parametrize(("network", "sizes", "takes", "gives"), NETWORKS)


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


@each
def test_a_network_maps_a_batch_to_a_batch(network, sizes, takes, gives):
    built = network(sizes, rng())
    assert built(torch.randn(takes)).shape == gives
    assert built(torch.randn(1, *takes[1:])).shape == (1, *gives[1:])


@each
def test_every_parameter_gets_a_gradient(network, sizes, takes, gives):
    built = network(sizes, rng())
    built(torch.randn(takes, generator=rng(1))).square().sum().backward()
    for name, weight in built.named_parameters():
        assert weight.grad is not None and weight.grad.abs().sum() > 0, name


@each
def test_weights_come_from_the_generator_alone(network, sizes, takes, gives):
    before = torch.get_rng_state()
    first, again, other = (network(sizes, rng(seed)) for seed in (7, 7, 8))
    torch.set_rng_state(before)
    torch.randn(3)  # another global state
    after = network(sizes, rng(7))
    for name, weight in first.state_dict().items():
        assert torch.equal(weight, again.state_dict()[name])
        assert torch.equal(weight, after.state_dict()[name])
        assert not torch.equal(weight, other.state_dict()[name]), name


def test_pictures_lie_between_black_and_white():
    forger = DigitGenerator(DIGITS, rng())
    pictures = forger(1000 * torch.randn(8, 6))
    assert pictures.abs().max() <= 1
    assert pictures.min() < 0 < pictures.max()


def test_a_judge_without_a_sigmoid_gives_logits_beyond_0_and_1():
    logits = PointJudge(POINTS, rng())(1000 * torch.randn(50, 2))
    assert logits.min() < 0 and logits.max() > 1


def test_every_size_changes_the_network():
    def count(network):
        return sum(p.numel() for p in network.parameters())

    for sizes in (PointSizes(4, 5, 2), PointSizes(3, 6, 2), PointSizes(3, 5, 3)):
        assert count(PointGenerator(sizes, rng())) > count(
            PointGenerator(POINTS, rng())
        )
    for sizes in (DigitSizes(7, 2), DigitSizes(6, 3)):
        assert count(DigitGenerator(sizes, rng())) > count(
            DigitGenerator(DIGITS, rng())
        )
