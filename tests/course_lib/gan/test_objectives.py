"""What each player descends: values, slopes, and calm at extreme logits."""

import math

import torch
from torch.nn.functional import binary_cross_entropy_with_logits as cross_entropy

from course_lib.gan.objectives import (
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

JUDGES = (
    discriminator_loss,
    least_squares_discriminator_loss,
    hinge_discriminator_loss,
    wasserstein_critic_loss,
)
GENERATORS = (
    saturating_generator_loss,
    nonsaturating_generator_loss,
    least_squares_generator_loss,
    hinge_generator_loss,
    wasserstein_generator_loss,
)
REAL = torch.tensor([1.5, -0.5, 0.2, 3.0], dtype=torch.float64)
FAKE = torch.tensor([-2.0, 0.7, 0.1, 1.3, -0.9, 0.0], dtype=torch.float64)


def slope(loss, place):
    logit = torch.tensor([place], dtype=torch.float64, requires_grad=True)
    (found,) = torch.autograd.grad(loss(logit), logit)
    return found.item()


def test_an_undecided_judge_pays_log_4():
    loss = discriminator_loss(torch.zeros(5), torch.zeros(7))
    assert math.isclose(loss.total.item(), math.log(4), rel_tol=1e-6)
    assert math.isclose(loss.real.item(), math.log(2), rel_tol=1e-6)


def test_the_judge_s_loss_is_cross_entropy_with_labels_1_and_0():
    loss = discriminator_loss(REAL, FAKE)
    assert torch.allclose(loss.real, cross_entropy(REAL, torch.ones_like(REAL)))
    assert torch.allclose(loss.fake, cross_entropy(FAKE, torch.zeros_like(FAKE)))
    assert torch.allclose(loss.total, loss.real + loss.fake)


def test_the_generators_give_fakes_the_label_real_or_minus_the_label_fake():
    real, fake = torch.ones_like(FAKE), torch.zeros_like(FAKE)
    assert torch.allclose(nonsaturating_generator_loss(FAKE), cross_entropy(FAKE, real))
    assert torch.allclose(saturating_generator_loss(FAKE), -cross_entropy(FAKE, fake))


def test_a_sure_judge_starves_the_saturating_loss_only():
    letting_down = slope(saturating_generator_loss, -8.0)
    assert math.isclose(letting_down, -0.00033535, rel_tol=1e-3)
    assert math.isclose(
        slope(nonsaturating_generator_loss, -8.0), -0.99966465, rel_tol=1e-3
    )


def test_every_generator_wants_higher_scores():
    for loss in GENERATORS:
        assert slope(loss, -0.5) < 0


def test_every_judge_wants_real_up_and_fakes_down():
    for loss in JUDGES:
        assert slope(lambda score, loss=loss: loss(score, score).real, 0.5) < 0
        assert slope(lambda score, loss=loss: loss(score, score).fake, 0.5) > 0


def test_the_saturating_generator_descends_what_the_judge_ascends():
    both = discriminator_loss(REAL, FAKE).fake + saturating_generator_loss(FAKE)
    assert both == 0


def test_least_squares_are_half_the_squared_distances_to_1_and_0():
    loss = least_squares_discriminator_loss(
        torch.tensor([3.0, 1.0]), torch.tensor([2.0])
    )
    assert (loss.real, loss.fake) == (1.0, 2.0)
    assert least_squares_generator_loss(torch.tensor([3.0, 1.0])) == 1.0


def test_the_hinge_charges_nothing_beyond_its_margin():
    sure = hinge_discriminator_loss(
        torch.tensor([1.0, 3.0]), torch.tensor([-1.0, -3.0])
    )
    assert (sure.real, sure.fake) == (0.0, 0.0)
    unsure = hinge_discriminator_loss(torch.tensor([-3.0, 0.5]), torch.tensor([3.0]))
    assert (unsure.real, unsure.fake) == (2.25, 4.0)
    assert hinge_generator_loss(torch.tensor([3.0, -1.0])) == -1.0


def test_the_critic_s_loss_is_minus_the_gap_of_means():
    loss = wasserstein_critic_loss(REAL, FAKE)
    assert torch.allclose(loss.total, FAKE.mean() - REAL.mean())
    assert torch.allclose(wasserstein_generator_loss(FAKE), -FAKE.mean())


def test_a_critic_may_add_any_constant():
    shifted = wasserstein_critic_loss(REAL + 5, FAKE + 5).total
    assert torch.allclose(shifted, wasserstein_critic_loss(REAL, FAKE).total)


def test_saying_the_same_twice_does_not_change_a_mean():
    for loss in JUDGES:
        once, twice = loss(REAL, FAKE), loss(REAL.repeat(2), FAKE.repeat(3))
        assert torch.allclose(once.total, twice.total)
    for loss in GENERATORS:
        assert torch.allclose(loss(FAKE.repeat(2)), loss(FAKE))


def test_logits_of_a_thousand_cost_a_thousand_and_stay_finite():
    for size in (1000.0, -1000.0):
        logit = torch.tensor([size])
        for loss in JUDGES:
            assert all(part.isfinite() for part in loss(logit, logit))
        for loss in GENERATORS:
            assert loss(logit).isfinite()
    assert discriminator_loss(torch.tensor([-200.0]), torch.zeros(1)).real == 200
    assert discriminator_loss(torch.zeros(1), torch.tensor([1000.0])).fake == 1000
