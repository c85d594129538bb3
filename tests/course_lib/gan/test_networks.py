"""Generators and discriminators: shapes, ranges, gradients, initialization."""

import pytest
import torch

from course_lib.gan.networks import (
    PointDiscriminator,
    PointGenerator,
    PointSizes,
)

POINTS = PointSizes(latent_dim=3, width=5, depth=2)
NETWORKS = (
    (PointGenerator, POINTS, (4, 3), (4, 2)),
    (PointDiscriminator, POINTS, (4, 2), (4,)),
)
each = pytest.mark.parametrize(
    ("network", "sizes", "input_shape", "output_shape"), NETWORKS
)


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


@each
def test_a_network_maps_batches_of_any_size(network, sizes, input_shape, output_shape):
    model = network(sizes, rng())
    assert model(torch.randn(input_shape)).shape == output_shape
    assert model(torch.randn(1, *input_shape[1:])).shape == (1, *output_shape[1:])


@each
def test_every_parameter_gets_a_gradient(network, sizes, input_shape, output_shape):
    model = network(sizes, rng())
    model(torch.randn(input_shape, generator=rng(1))).square().sum().backward()
    for name, weight in model.named_parameters():
        assert weight.grad is not None and weight.grad.abs().sum() > 0, name


@each
def test_weights_depend_on_the_given_generator_only(
    network, sizes, input_shape, output_shape
):
    before = torch.get_rng_state()
    first, again, other = (network(sizes, rng(seed)) for seed in (7, 7, 8))
    torch.set_rng_state(before)
    torch.randn(3)  # another global state
    after = network(sizes, rng(7))
    for name, weight in first.state_dict().items():
        assert torch.equal(weight, again.state_dict()[name])
        assert torch.equal(weight, after.state_dict()[name])
        assert not torch.equal(weight, other.state_dict()[name]), name


def test_a_discriminator_outputs_logits_outside_of_0_to_1():
    logits = PointDiscriminator(POINTS, rng())(1000 * torch.randn(50, 2))
    assert logits.min() < 0 and logits.max() > 1


def test_every_size_changes_the_number_of_parameters():
    def count(network):
        return sum(p.numel() for p in network.parameters())

    for sizes in (PointSizes(4, 5, 2), PointSizes(3, 6, 2), PointSizes(3, 5, 3)):
        assert count(PointGenerator(sizes, rng())) > count(
            PointGenerator(POINTS, rng())
        )
