"""An autoencoder makes nothing until somebody says which codes are likely."""

import pytest
import torch
from torch.distributions import MultivariateNormal

from course_lib.vae.autoencoder import (
    CodeLaw,
    fit_law,
    likeliest_law,
    negative_bound,
    reconstruct,
    sample,
)
from course_lib.vae.clip_vae import ClipSizes, ClipVAE
from course_lib.vae.gaussian import log_density

SMALL = ClipSizes(channels=1, frames=16, side=16, width=8, latent=3)


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def model():
    return ClipVAE(SMALL, rng())


def clips(n=4):
    return torch.rand(n, 16, 1, 16, 16, generator=rng(2)) * 2 - 1


def test_the_law_has_the_codes_mean_and_covariance_and_a_ball():
    root = torch.tensor([[2.0, 0.0], [1.0, 0.5]])
    codes = torch.randn(50_000, 2, generator=rng()) @ root.T + torch.tensor([3.0, -1])
    law = fit_law(codes, width=0.1)
    expected = (root @ root.T).double() + 0.01 * torch.eye(2).double()
    torch.testing.assert_close(law.covariance, expected, atol=0.05, rtol=0)
    torch.testing.assert_close(
        law.mean, torch.tensor([3.0, -1.0]).double(), atol=0.03, rtol=0
    )


def test_nothing_is_drawn_on_the_way_there_and_back(model):
    assert torch.equal(reconstruct(model, clips()), reconstruct(model, clips()))


def test_the_bound_is_kl_minus_log_likelihood(model):
    """With a decoder that ignores its code, the second term is no accident."""
    with torch.no_grad():
        for layer in (model.decode.start[0], *(m.say for m in model.decode.modulate)):
            layer.weight.zero_()
        law = CodeLaw(torch.zeros(3).double(), 2 * torch.eye(3).double(), 0.5)
        found = negative_bound(model, law, clips(), rng())
        code = model.encode(clips()).mu.double()
    posterior = MultivariateNormal(code, 0.25 * torch.eye(3).double())
    prior = MultivariateNormal(law.mean, law.covariance)
    cost = torch.distributions.kl_divergence(posterior, prior)
    likelihood = log_density(clips(), model.decode(code.float()), model.sigma)
    torch.testing.assert_close(found, cost - likelihood.double().detach())


def test_samples_follow_the_law_and_the_generator(model):
    law = fit_law(torch.randn(50, 3, generator=rng()), width=0.1)
    first, again, other = (sample(model, law, 2, rng(seed)) for seed in (1, 1, 2))
    assert first.shape == (2, 16, 1, 16, 16)
    assert torch.equal(first, again) and not torch.equal(first, other)


def test_the_likeliest_law_is_the_one_with_the_best_bound(model):
    codes = torch.randn(50, 3, generator=rng())
    widths = (0.1, 1.0, 10.0)
    found = likeliest_law(model, codes, clips(), rng(), widths)
    bounds = {
        width: negative_bound(model, fit_law(codes, width=width), clips(), rng()).mean()
        for width in widths
    }
    assert found.width in widths
    assert bounds[found.width] <= min(bounds.values()) * 1.01


@pytest.mark.parametrize(("n", "width"), [(3, 0.1), (10, 0.0), (10, -1.0)])
def test_too_few_codes_and_no_width_are_refused(n, width):
    with pytest.raises(ValueError, match="more codes"):
        fit_law(torch.zeros(n, 3), width=width)
