"""The small VAE of digits: its loss, its ELBO, and its training."""

from dataclasses import replace

import pytest
import torch

from course_lib.data.handwritten_digits import images
from course_lib.vae.digits_vae import (
    SmallSizes,
    SmallVAE,
    TrainConfig,
    small_elbo,
    small_loss,
    train_small,
)
from course_lib.vae.elbo import kl_per_unit
from course_lib.vae.gaussian import log_density

TINY = SmallSizes(side=8, latent=5, width=32)
DIGITS = images(size=8).images
SIGMA = 0.4


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def weights(model):
    return torch.cat([w.flatten() for w in model.parameters()])


def loss(model, *, weight, floor):
    """The loss with the same noise for every weight of the KL."""
    generator = rng(1)
    terms = {"kl_weight": weight, "kl_floor": floor}
    return small_loss(model, DIGITS[:9], generator, **terms).item()


@pytest.fixture(scope="module")
def model():
    return train_small(DIGITS, TrainConfig(SIGMA, steps=250), rng(), TINY)


def test_with_weight_1_and_floor_0_the_loss_is_the_negative_elbo(model):
    bound = small_elbo(model, DIGITS[:9], rng(1)).bound.mean().item()
    assert loss(model, weight=1.0, floor=0.0) == pytest.approx(-bound, rel=1e-5)


def test_the_elbo_is_that_of_one_sample_and_the_stated_sigma(model):
    posterior = model.encode(DIGITS[:9])
    noise = torch.randn(9, TINY.latent, generator=rng(1))
    decoded = model.decoder(posterior.mu + (posterior.logvar / 2).exp() * noise)
    terms = small_elbo(model, DIGITS[:9], rng(1))
    expected = log_density(DIGITS[:9], decoded, SIGMA)
    torch.testing.assert_close(terms.log_likelihood, expected)
    torch.testing.assert_close(terms.kl, kl_per_unit(*posterior).sum(dim=1))


def test_the_weight_multiplies_the_kl_alone(model):
    none, half, full = (loss(model, weight=w, floor=0.0) for w in (0.0, 0.5, 1.0))
    kl = small_elbo(model, DIGITS[:9], rng(1)).kl.mean().item()
    assert full - none == pytest.approx(kl, rel=1e-4)
    assert half - none == pytest.approx(kl / 2, rel=1e-4)


def test_below_a_high_floor_the_kl_of_every_axis_is_the_floor(model):
    kl = loss(model, weight=1.0, floor=50.0) - loss(model, weight=0.0, floor=0.0)
    assert kl == pytest.approx(50 * TINY.latent, rel=1e-4)


def test_after_a_few_steps_the_elbo_exceeds_that_of_the_mean_digit(model):
    with torch.no_grad():
        bound = small_elbo(model, DIGITS, rng()).bound.mean()
    mean = DIGITS.mean(dim=0).expand_as(DIGITS)
    assert bound > log_density(DIGITS, mean, SIGMA).mean() + 10


def test_every_weight_gets_a_gradient_at_every_depth():
    for depth in (1, 3):
        model = SmallVAE(replace(TINY, depth=depth), rng(), sigma=SIGMA)
        terms = {"kl_weight": 1.0, "kl_floor": 0.0}
        small_loss(model, DIGITS[:9], rng(1), **terms).backward()
        gradients = [weight.grad for weight in model.parameters()]
        assert len(gradients) == 4 * (depth + 1)
        assert all(g is not None and g.abs().sum() > 0 for g in gradients)


def test_reconstructions_and_samples_have_the_shape_and_range_of_digits(model):
    reconstructions = model.decoder(model.encode(DIGITS[:3]).mu)
    for batch in (reconstructions, model.sample(3, rng())):
        assert batch.shape == (3, 1, 8, 8)
        assert batch.abs().max() <= 1


def test_training_is_reproducible_by_the_generator():
    config = TrainConfig(SIGMA, steps=3)
    one, again, other = (
        weights(train_small(DIGITS, config, rng(seed), TINY)) for seed in (1, 1, 2)
    )
    assert torch.equal(one, again) and not torch.equal(one, other)


@pytest.mark.parametrize("field", ["sigma", "steps", "warm_up_steps", "kl_floor"])
def test_every_field_of_the_config_changes_the_trained_weights(field):
    plain = TrainConfig(SIGMA, steps=3)
    value = {"steps": 4, "warm_up_steps": 3}.get(field, 0.2)
    changed = plain._replace(**{field: value})
    one, other = (
        weights(train_small(DIGITS, r, rng(), TINY)) for r in (plain, changed)
    )
    assert not torch.allclose(one, other, atol=1e-5)


@pytest.mark.parametrize("size", ["side", "latent", "width", "depth"])
def test_every_size_changes_the_number_of_weights(size):
    larger = replace(TINY, **{size: getattr(TINY, size) + 1})
    few, many = (weights(SmallVAE(s, rng(), sigma=SIGMA)) for s in (TINY, larger))
    assert len(many) > len(few)


def test_images_of_another_side_raise_an_error():
    with pytest.raises(ValueError, match="set their side"):
        train_small(DIGITS, TrainConfig(SIGMA, steps=1), rng())


def test_a_sigma_of_0_raises_an_error():
    with pytest.raises(ValueError, match="above 0"):
        train_small(DIGITS, TrainConfig(0.0, steps=1), rng(), TINY)
