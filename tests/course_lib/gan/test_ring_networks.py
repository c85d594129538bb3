"""The MLPs of the ring: shapes, layers, gradients."""

import torch

from course_lib.gan.ring_networks import RingDiscriminator, RingGenerator


def test_networks_of_the_ring_have_four_linear_layers():
    generator, discriminator = RingGenerator(), RingDiscriminator()
    assert generator(torch.zeros(3, 2)).shape == (3, 2)
    assert discriminator(torch.zeros(1, 2)).shape == (1,)
    for network in (generator, discriminator):
        assert sum(isinstance(x, torch.nn.Linear) for x in network.modules()) == 4


def test_the_discriminator_is_positively_homogeneous_without_biases():
    discriminator = RingDiscriminator(8)
    with torch.no_grad():
        for name, parameter in discriminator.named_parameters():
            if name.endswith("bias"):
                parameter.zero_()
        points = torch.randn(5, 2)
        assert torch.allclose(discriminator(3 * points), 3 * discriminator(points))
