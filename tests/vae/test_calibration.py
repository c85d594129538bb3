"""A trained decoder deserves widths that are the roots of its mean squared errors."""

import pytest
import torch
from torch.distributions import Normal

from course_lib.vae.calibration import calibrate
from course_lib.vae.clip_vae import ClipSizes, ClipVAE

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


def test_no_clip_is_refused():
    with pytest.raises(ValueError, match="at least 1 clip"):
        calibrated([])
