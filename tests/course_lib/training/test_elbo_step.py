"""One ELBO step: normalized loss, annealed KL, clipped gradient."""

import pytest
import torch

from course_lib.training.elbo_step import MAX_GRADIENT_NORM, elbo_step
from course_lib.training.presets import Preset
from course_lib.vae.elbo import Elbo

PRESET = Preset(steps=1000, batch=2, every=1)


def gradients_after(number, scale=1.0, n_axes=4):
    """The gradients that a step with this number leaves on both terms."""
    log_likelihood, kl = (torch.nn.Parameter(torch.ones(2)) for _ in range(2))
    optimizer = torch.optim.SGD([log_likelihood, kl], lr=1.0)
    terms = Elbo(scale * log_likelihood, scale * kl)
    elbo_step(terms, optimizer, PRESET, number, n_axes)
    return log_likelihood.grad, kl.grad


@pytest.mark.parametrize(("number", "weight"), [(50, 0.25), (100, 0.5), (900, 1.0)])
def test_the_weight_of_the_kl_rises_within_a_fifth_of_the_steps(number, weight):
    of_log_likelihood, of_kl = gradients_after(number)
    torch.testing.assert_close(of_log_likelihood, torch.full((2,), -1 / 8))
    torch.testing.assert_close(of_kl, torch.full((2,), weight / 8))


def test_the_gradient_norm_is_clipped():
    norm = torch.cat(gradients_after(900, scale=1000.0)).norm().item()
    assert norm == pytest.approx(MAX_GRADIENT_NORM, rel=1e-3)


def test_the_step_maximizes_with_the_optimizer_s_learning_rate():
    log_likelihood = torch.nn.Parameter(torch.zeros(2))
    optimizer = torch.optim.SGD([log_likelihood], lr=0.5)
    elbo_step(Elbo(log_likelihood, torch.zeros(2)), optimizer, PRESET, 50, 4)
    torch.testing.assert_close(log_likelihood.detach(), torch.full((2,), 0.5 / 8))
