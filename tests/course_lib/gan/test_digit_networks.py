"""The convolutional networks of digits: shapes, ranges, the use of the label."""

import pytest
import torch

from course_lib.gan.digit_networks import (
    DigitDiscriminator,
    DigitGenerator,
    initialize,
)


def networks(n_classes=10):
    rng = torch.Generator().manual_seed(0)
    generator = DigitGenerator(latent_dim=6, n_classes=n_classes, width=3)
    discriminator = DigitDiscriminator(n_classes=n_classes, width=3)
    for network in (generator, discriminator):
        initialize(network, rng)
    return generator, discriminator


@pytest.mark.parametrize("n_classes", [1, 10])
def test_images_have_28_pixels_and_each_gets_one_logit(n_classes):
    generator, discriminator = networks(n_classes)
    labels = torch.arange(4) % n_classes
    images = generator(torch.randn(4, 6), labels)
    assert images.shape == (4, 1, 28, 28) and images.abs().max() <= 1
    assert discriminator(images, labels).shape == (4,)


def test_another_label_gives_another_image_and_another_logit():
    generator, discriminator = networks()
    z, zeros, ones = torch.randn(2, 6), torch.zeros(2).long(), torch.ones(2).long()
    images = generator(z, zeros)
    assert not torch.allclose(images, generator(z, ones))
    logits = discriminator(images, zeros)
    assert not torch.allclose(logits, discriminator(images, ones))


def test_logits_of_a_class_do_not_depend_on_the_rest_of_the_batch():
    generator, discriminator = networks()
    labels = torch.arange(3)
    images = generator(torch.randn(3, 6), labels)
    alone = torch.cat(
        [discriminator(images[i, None], labels[i, None]) for i in range(3)]
    )
    assert torch.allclose(discriminator(images, labels), alone, atol=1e-6)


def test_weights_depend_on_the_given_generator_only():
    first, again = networks()[0], networks()[0]
    pairs = zip(first.parameters(), again.parameters(), strict=True)
    assert all(torch.equal(a, b) for a, b in pairs)


def test_every_parameter_gets_a_gradient():
    generator, discriminator = networks()
    labels = torch.arange(10)
    discriminator(generator(torch.randn(10, 6), labels), labels).sum().backward()
    for network in (generator, discriminator):
        assert all(p.grad.abs().sum() > 0 for p in network.parameters())
