"""Both gradient estimators: means and variances against closed forms."""

import math

import torch
from scipy.stats import norm

from course_lib.vae.estimators import (
    reparameterization_gradients,
    score_function_gradients,
)

BOTH = (reparameterization_gradients, score_function_gradients)
N = 200_000
MU, LOGVAR = 0.7, -0.8
VARIANCE = math.exp(LOGVAR)
QUADRATIC, LINEAR, CONSTANT = 0.9, -0.6, 0.4


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def parabola(z):
    return (QUADRATIC * z.square() + LINEAR * z + CONSTANT).sum(1)


def estimates(estimator, function, mu=(MU,), logvar=(LOGVAR,), n=N):
    """One estimate for each sample, (n, axis)."""
    q = (torch.tensor(part).double().expand(n, -1) for part in (mu, logvar))
    return estimator(function, *q, rng())


def standard_errors(values, expected):
    """Distance of the mean from its expectation in standard errors, axis by axis."""
    return ((values.mean(0) - expected) / (values.std(0) / len(values) ** 0.5)).abs()


def test_both_means_agree_with_closed_form_on_every_axis():
    matrix = torch.tensor([[1.0, 0.4, 0.0], [0.4, -0.5, 0.2], [0.0, 0.2, 0.3]]).double()
    vector = torch.tensor([0.3, -1.0, 0.5]).double()
    mu, logvar = [1.0, -0.5, 0.2], [-1.0, 0.5, 0.0]

    def quadratic(z):
        return ((z @ matrix) * z).sum(1) / 2 + z @ vector

    expected = matrix @ torch.tensor(mu).double() + vector
    for estimator in BOTH:
        actual = estimates(estimator, quadratic, mu, logvar)
        assert actual.shape == (N, 3)
        assert standard_errors(actual, expected).max() < 4


def test_both_variances_on_a_parabola_agree_with_closed_form():
    at_mu = QUADRATIC * MU**2 + LINEAR * MU + CONSTANT
    gradient = 2 * QUADRATIC * MU + LINEAR
    of_pathwise = 4 * QUADRATIC**2 * VARIANCE
    of_values = (at_mu + 3 * QUADRATIC * VARIANCE) ** 2 / VARIANCE
    of_score_function = 6 * QUADRATIC**2 * VARIANCE + 2 * gradient**2 + of_values
    for estimator, variance in zip(BOTH, (of_pathwise, of_score_function), strict=True):
        actual = estimates(estimator, parabola)
        squares = (actual - gradient).square()  # their mean is the variance
        assert standard_errors(actual, gradient) < 4
        assert standard_errors(squares, variance) < 4
    assert of_score_function > 1.5 * of_pathwise


def test_both_agree_with_a_numerical_gradient():
    def wave(z):
        return torch.sin(2 * z).sum(1) * torch.cos(z).prod(1)

    both = [estimates(estimator, wave) for estimator in BOTH]
    difference = both[0].mean() - both[1].mean()
    error = sum(values.var() / N for values in both).sqrt()
    assert abs(difference) < 4 * error
    nodes = torch.linspace(-9, 9, 20_001).double()  # for E f by numerical integration

    def mean(mu):
        z = mu + nodes * VARIANCE**0.5
        return (wave(z[:, None]) * (-nodes.square() / 2).exp()).sum() / (
            -nodes.square() / 2
        ).exp().sum()

    expected = (mean(MU + 1e-4) - mean(MU - 1e-4)) / 2e-4
    assert max(standard_errors(values, expected) for values in both) < 4


def test_on_a_linear_function_reparameterization_has_no_variance():
    def linear(z):
        return 3 * z.sum(1) + 5

    pathwise, score_function = (estimates(estimator, linear) for estimator in BOTH)
    assert torch.allclose(pathwise, torch.full_like(pathwise, 3.0))
    assert score_function.std() > 3
    assert standard_errors(score_function, 3) < 4


def test_on_a_step_function_only_the_score_function_is_unbiased():
    def step(z):
        return z.sign().sum(1)

    pathwise, score_function = (estimates(estimator, step) for estimator in BOTH)
    assert (pathwise == 0).all()
    expected = 2 * norm(0, VARIANCE**0.5).pdf(MU)
    assert standard_errors(score_function, expected) < 4


def test_a_constant_added_to_f_raises_only_the_variance_of_the_score_function():
    def shifted(z):
        return parabola(z) + 10

    functions = (parabola, shifted)
    low, high = (estimates(score_function_gradients, f) for f in functions)
    assert high.var() > 10 * low.var()
    assert standard_errors(high, 2 * QUADRATIC * MU + LINEAR) < 4
    low, high = (estimates(reparameterization_gradients, f) for f in functions)
    assert torch.allclose(low, high)


def test_both_use_the_same_samples_and_do_not_change_their_arguments():
    mu, logvar = torch.zeros(6, 2, requires_grad=True), torch.ones(6, 2)
    for estimator in BOTH:
        samples = []

        def record(z, samples=samples):
            samples.append(z.detach().clone())
            return z.square().sum(1)

        first = estimator(record, mu, logvar, rng(3))
        again = estimator(record, mu, logvar, rng(3))
        assert torch.equal(first, again)
        assert torch.equal(*samples)
        assert mu.grad is None
        assert not first.requires_grad
        z = samples[0]
        score_function = z.square().sum(1, keepdim=True) * z / math.e
        expected = 2 * z if estimator is BOTH[0] else score_function
        assert torch.allclose(first, expected)
