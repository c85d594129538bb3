"""A trained decoder deserves widths that are the roots of its mean squared errors."""

import math

import pytest
import torch
from torch.distributions import Normal

from course_lib.vae.calibration import calibrate, standardise
from course_lib.vae.clip_vae import ClipSizes, ClipVAE
from course_lib.vae.gaussian import kl_to_standard_normal

SMALL = ClipSizes(channels=2, side=16, width=8, latent=3)


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def clips(n=6):
    return torch.rand(n, 16, 2, 16, 16, generator=rng(9)) * 2 - 1


def mean_of(code):
    return code.mu


def calibrated(parts):
    return calibrate(ClipVAE(SMALL, rng()), parts, mean_of)


def test_a_variance_is_the_mean_squared_error_over_clips_and_colours_plus_the_floor():
    model = calibrated([clips()])
    with torch.no_grad():
        errors = (clips() - model.decode(model.encode(clips()).mu)).square()
    expected = errors.mean(dim=(0, 2)).unsqueeze(1) + 0.03**2
    torch.testing.assert_close(model.sigma.square(), expected)


def test_batches_of_unequal_size_count_by_their_clips():
    parts = [clips()[:1], clips()[1:]]
    torch.testing.assert_close(calibrated(parts).sigma, calibrated([clips()]).sigma)


@pytest.mark.parametrize("factor", [0.9, 1.1])
def test_no_other_widths_make_these_clips_likelier(factor):
    model = calibrated([clips()])
    with torch.no_grad():
        mean = model.decode(model.encode(clips()).mu)
        best = Normal(mean, model.widths).log_prob(clips()).sum()
        other = Normal(mean, factor * model.widths).log_prob(clips()).sum()
    assert best > other


def test_weights_stay_and_only_widths_change():
    before, after = ClipVAE(SMALL, rng()), calibrated([clips()])
    for old, new in zip(before.parameters(), after.parameters(), strict=True):
        assert torch.equal(old, new)
    assert not torch.equal(before.widths, after.widths)


@pytest.fixture
def wandered():
    """A model whose codes lie far from the prior, and two batches of clips."""
    model = ClipVAE(SMALL, rng())
    with torch.no_grad():
        model.encode.head.bias[:3] += torch.tensor([4.0, 0.0, -9.0])
        model.encode.head.weight[:3] *= 7
    return model, [clips(4), -clips(5)]


@torch.no_grad()
def test_codes_are_brought_to_the_prior_and_the_decoder_undoes_it(wandered):
    model, parts = wandered
    before = [model.decode(model.encode(part).mu) for part in parts]
    standardise(model, parts)
    codes = model.encode(torch.cat(parts))
    torch.testing.assert_close(codes.mu.mean(dim=0), torch.zeros(3), atol=1e-5, rtol=0)
    variance = codes.mu.var(dim=0, correction=0) + codes.logvar.exp().mean(dim=0)
    torch.testing.assert_close(variance, torch.ones(3))
    after = [model.decode(model.encode(part).mu) for part in parts]
    for old, new in zip(before, after, strict=True):
        torch.testing.assert_close(old, new, atol=1e-5, rtol=1e-5)


@torch.no_grad()
def test_no_other_move_or_scale_has_a_smaller_kl(wandered):
    model, parts = wandered
    mu, logvar = standardise(model, parts).encode(torch.cat(parts))
    best = kl_to_standard_normal(mu, logvar).mean()
    for move, scale in ((0.1, 1.0), (-0.1, 1.0), (0.0, 1.1), (0.0, 0.9)):
        other = kl_to_standard_normal(
            scale * mu + move, logvar + 2 * math.log(scale)
        ).mean()
        assert other > best


@pytest.mark.parametrize(
    "settle", [standardise, lambda model, parts: calibrate(model, parts, mean_of)]
)
def test_no_clip_is_refused(settle):
    with pytest.raises(ValueError, match="at least 1 clip"):
        settle(ClipVAE(SMALL, rng()), [])
