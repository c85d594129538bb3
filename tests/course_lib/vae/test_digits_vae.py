"""A small VAE: its loss is the bound turned round, and a few steps raise the bound."""

from dataclasses import replace

import pytest
import torch

from course_lib.data.handwritten_digits import images
from course_lib.vae.digits_vae import (
    SmallRecipe,
    SmallSizes,
    SmallVAE,
    small_elbo,
    small_loss,
    train_small,
)
from course_lib.vae.elbo import kl_of_units
from course_lib.vae.gaussian import log_density

TINY = SmallSizes(side=8, latent=5, width=32)
DIGITS = images(size=8).images
SIGMA = 0.4


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def weights(model):
    return torch.cat([w.flatten() for w in model.parameters()])


def loss(model, *, price, floor):
    """The same draw at every price: they share what codes explain."""
    return small_loss(model, DIGITS[:9], rng(1), price=price, floor=floor).item()


@pytest.fixture(scope="module")
def model():
    return train_small(DIGITS, SmallRecipe(SIGMA, steps=250), rng(), TINY)


def test_at_the_full_price_and_no_floor_the_loss_is_the_negative_bound(model):
    bound = small_elbo(model, DIGITS[:9], rng(1)).bound.mean().item()
    assert loss(model, price=1.0, floor=0.0) == pytest.approx(-bound, rel=1e-5)


def test_the_bound_is_made_of_a_drawn_code_and_the_stated_sigma(model):
    code = model.encode(DIGITS[:9])
    noise = torch.randn(9, TINY.latent, generator=rng(1))
    decoded = model.decode(code.mu + (code.logvar / 2).exp() * noise)
    parts = small_elbo(model, DIGITS[:9], rng(1))
    expected = log_density(DIGITS[:9], decoded, SIGMA)
    torch.testing.assert_close(parts.log_likelihood, expected)
    torch.testing.assert_close(parts.kl, kl_of_units(*code).sum(dim=1))


def test_a_price_weighs_the_kl_and_nothing_else(model):
    free, half, full = (loss(model, price=p, floor=0.0) for p in (0.0, 0.5, 1.0))
    paid = small_elbo(model, DIGITS[:9], rng(1)).kl.mean().item()
    assert full - free == pytest.approx(paid, rel=1e-4)
    assert half - free == pytest.approx(paid / 2, rel=1e-4)


def test_below_a_high_floor_every_axis_pays_the_floor(model):
    paid = loss(model, price=1.0, floor=50.0) - loss(model, price=0.0, floor=0.0)
    assert paid == pytest.approx(50 * TINY.latent, rel=1e-4)


def test_a_few_steps_are_enough_to_beat_the_mean_digit(model):
    with torch.no_grad():
        reached = small_elbo(model, DIGITS, rng()).bound.mean()
    mean = DIGITS.mean(dim=0).expand_as(DIGITS)
    assert reached > log_density(DIGITS, mean, SIGMA).mean() + 10


def test_every_weight_gets_a_slope_at_every_depth():
    for depth in (1, 3):
        model = SmallVAE(replace(TINY, depth=depth), rng(), sigma=SIGMA)
        small_loss(model, DIGITS[:9], rng(1), price=1.0, floor=0.0).backward()
        slopes = [weight.grad for weight in model.parameters()]
        assert len(slopes) == 4 * (depth + 1)
        assert all(slope is not None and slope.abs().sum() > 0 for slope in slopes)


def test_digits_come_back_in_their_shape_and_range(model):
    for drawn in (model.decode(model.encode(DIGITS[:3]).mu), model.sample(3, rng())):
        assert drawn.shape == (3, 1, 8, 8)
        assert drawn.abs().max() <= 1


def test_the_generator_decides_and_nothing_else():
    recipe = SmallRecipe(SIGMA, steps=3)
    one, again, other = (
        weights(train_small(DIGITS, recipe, rng(seed), TINY)) for seed in (1, 1, 2)
    )
    assert torch.equal(one, again) and not torch.equal(one, other)


@pytest.mark.parametrize("part", ["sigma", "steps", "warm_up", "floor"])
def test_every_part_of_a_recipe_changes_what_is_learnt(part):
    plain = SmallRecipe(SIGMA, steps=3)
    changed = plain._replace(**{part: {"steps": 4, "warm_up": 3}.get(part, 0.2)})
    one, other = (
        weights(train_small(DIGITS, r, rng(), TINY)) for r in (plain, changed)
    )
    assert not torch.allclose(one, other, atol=1e-5)


@pytest.mark.parametrize("size", ["side", "latent", "width", "depth"])
def test_every_size_changes_the_weights(size):
    larger = replace(TINY, **{size: getattr(TINY, size) + 1})
    few, many = (weights(SmallVAE(s, rng(), sigma=SIGMA)) for s in (TINY, larger))
    assert len(many) > len(few)


def test_images_of_another_size_are_refused_in_words():
    with pytest.raises(ValueError, match="name their side"):
        train_small(DIGITS, SmallRecipe(SIGMA, steps=1), rng())


def test_a_pixel_without_a_width_is_refused_in_words():
    with pytest.raises(ValueError, match="above 0"):
        train_small(DIGITS, SmallRecipe(0.0, steps=1), rng(), TINY)
