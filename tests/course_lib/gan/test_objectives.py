"""GAN objectives: values, gradients, extreme logits, and the pairs of losses."""

import math

import pytest
import torch
from torch.nn.functional import binary_cross_entropy_with_logits as cross_entropy

from course_lib.gan.objectives import (
    HINGE,
    LEAST_SQUARES,
    NONSATURATING,
    SATURATING,
    WASSERSTEIN,
    discriminator_loss,
    hinge_discriminator_loss,
    hinge_generator_loss,
    least_squares_discriminator_loss,
    least_squares_generator_loss,
    nonsaturating_generator_loss,
    saturating_generator_loss,
    wasserstein_critic_loss,
    wasserstein_generator_loss,
)

DISCRIMINATOR_LOSSES = (
    discriminator_loss,
    least_squares_discriminator_loss,
    hinge_discriminator_loss,
    wasserstein_critic_loss,
)
GENERATOR_LOSSES = (
    saturating_generator_loss,
    nonsaturating_generator_loss,
    least_squares_generator_loss,
    hinge_generator_loss,
    wasserstein_generator_loss,
)
REAL = torch.tensor([1.5, -0.5, 0.2, 3.0], dtype=torch.float64)
FAKE = torch.tensor([-2.0, 0.7, 0.1, 1.3, -0.9, 0.0], dtype=torch.float64)


def gradient(loss, at):
    logit = torch.tensor([at], dtype=torch.float64, requires_grad=True)
    (result,) = torch.autograd.grad(loss(logit), logit)
    return result.item()


def test_a_discriminator_that_outputs_one_half_has_loss_log_4():
    loss = discriminator_loss(torch.zeros(5), torch.zeros(7))
    assert math.isclose(loss.total.item(), math.log(4), rel_tol=1e-6)
    assert math.isclose(loss.real.item(), math.log(2), rel_tol=1e-6)


def test_the_discriminator_loss_is_cross_entropy_with_labels_1_and_0():
    loss = discriminator_loss(REAL, FAKE)
    assert torch.allclose(loss.real, cross_entropy(REAL, torch.ones_like(REAL)))
    assert torch.allclose(loss.fake, cross_entropy(FAKE, torch.zeros_like(FAKE)))
    assert torch.allclose(loss.total, loss.real + loss.fake)


def test_the_generator_losses_are_cross_entropies_of_fake_samples():
    real, fake = torch.ones_like(FAKE), torch.zeros_like(FAKE)
    assert torch.allclose(nonsaturating_generator_loss(FAKE), cross_entropy(FAKE, real))
    assert torch.allclose(saturating_generator_loss(FAKE), -cross_entropy(FAKE, fake))


def test_only_the_saturating_loss_has_a_vanishing_gradient_at_logit_minus_8():
    saturating = gradient(saturating_generator_loss, -8.0)
    assert math.isclose(saturating, -0.00033535, rel_tol=1e-3)
    assert math.isclose(
        gradient(nonsaturating_generator_loss, -8.0), -0.99966465, rel_tol=1e-3
    )


def test_the_gradient_of_every_generator_loss_raises_the_score():
    for loss in GENERATOR_LOSSES:
        assert gradient(loss, -0.5) < 0


def test_every_discriminator_loss_raises_real_scores_and_lowers_fake_scores():
    for loss in DISCRIMINATOR_LOSSES:
        assert gradient(lambda score, loss=loss: loss(score, score).real, 0.5) < 0
        assert gradient(lambda score, loss=loss: loss(score, score).fake, 0.5) > 0


def test_the_saturating_loss_is_minus_the_discriminator_s_term_on_fakes():
    total = discriminator_loss(REAL, FAKE).fake + saturating_generator_loss(FAKE)
    assert total == 0


def test_least_squares_losses_are_half_the_mean_squared_errors_to_the_labels():
    loss = least_squares_discriminator_loss(
        torch.tensor([3.0, 1.0]), torch.tensor([2.0])
    )
    assert (loss.real, loss.fake) == (1.0, 2.0)
    assert least_squares_generator_loss(torch.tensor([3.0, 1.0])) == 1.0


def test_the_hinge_loss_is_zero_beyond_the_margin():
    beyond = hinge_discriminator_loss(
        torch.tensor([1.0, 3.0]), torch.tensor([-1.0, -3.0])
    )
    assert (beyond.real, beyond.fake) == (0.0, 0.0)
    inside = hinge_discriminator_loss(torch.tensor([-3.0, 0.5]), torch.tensor([3.0]))
    assert (inside.real, inside.fake) == (2.25, 4.0)
    assert hinge_generator_loss(torch.tensor([3.0, -1.0])) == -1.0


def test_the_critic_loss_is_minus_the_difference_of_the_mean_scores():
    loss = wasserstein_critic_loss(REAL, FAKE)
    assert torch.allclose(loss.total, FAKE.mean() - REAL.mean())
    assert torch.allclose(wasserstein_generator_loss(FAKE), -FAKE.mean())


def test_the_critic_loss_does_not_change_when_a_constant_is_added():
    shifted = wasserstein_critic_loss(REAL + 5, FAKE + 5).total
    assert torch.allclose(shifted, wasserstein_critic_loss(REAL, FAKE).total)


def test_repeating_a_batch_does_not_change_any_loss():
    for loss in DISCRIMINATOR_LOSSES:
        once, twice = loss(REAL, FAKE), loss(REAL.repeat(2), FAKE.repeat(3))
        assert torch.allclose(once.total, twice.total)
    for loss in GENERATOR_LOSSES:
        assert torch.allclose(loss(FAKE.repeat(2)), loss(FAKE))


def test_losses_of_logits_of_a_thousand_are_finite_and_exact():
    for size in (1000.0, -1000.0):
        logit = torch.tensor([size])
        for loss in DISCRIMINATOR_LOSSES:
            assert all(part.isfinite() for part in loss(logit, logit))
        for loss in GENERATOR_LOSSES:
            assert loss(logit).isfinite()
    assert discriminator_loss(torch.tensor([-200.0]), torch.zeros(1)).real == 200
    assert discriminator_loss(torch.zeros(1), torch.tensor([1000.0])).fake == 1000


OBJECTIVES = (SATURATING, NONSATURATING, LEAST_SQUARES, HINGE, WASSERSTEIN)


@pytest.mark.parametrize("losses", OBJECTIVES)
def test_each_generator_loss_of_a_pair_decreases_with_the_score(losses):
    for logit in (-3.0, 0.0, 0.5):
        assert gradient(losses.generator, logit) < 0


@pytest.mark.parametrize("losses", OBJECTIVES)
def test_each_discriminator_loss_of_a_pair_rewards_a_correct_order(losses):
    equal = losses.discriminator(torch.zeros(4), torch.zeros(4)).total
    right = losses.discriminator(torch.full((4,), 0.3), torch.full((4,), -0.3)).total
    wrong = losses.discriminator(torch.full((4,), -0.3), torch.full((4,), 0.3)).total
    assert wrong > equal
    assert right < wrong


def test_the_minimax_pair_shares_one_value_function():
    fake = torch.linspace(-5, 5, 11)
    on_fakes = SATURATING.discriminator(torch.zeros(1), fake).fake
    assert torch.allclose(SATURATING.generator(fake), -on_fakes)


def test_the_pairs_of_section_1_4_differ_only_in_the_generator_loss():
    assert SATURATING.discriminator is NONSATURATING.discriminator
    d = 1 / (1 + math.exp(8.0))
    assert gradient(SATURATING.generator, -8.0) == pytest.approx(-d)
    assert gradient(NONSATURATING.generator, -8.0) == pytest.approx(d - 1)


def test_no_two_pairs_are_equal():
    real, fake = torch.tensor([0.2, 1.7]), torch.tensor([-0.4, 0.9])
    values = {
        (
            round(losses.discriminator(real, fake).total.item(), 5),
            round(losses.generator(fake).item(), 5),
        )
        for losses in OBJECTIVES
    }
    assert len(values) == len(OBJECTIVES)
