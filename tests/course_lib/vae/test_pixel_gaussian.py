"""The independent Gaussians of all pixels: moments, minimum sigma, optimality."""

import pytest
import torch

from course_lib.vae.pixel_gaussian import fit_pixel_gaussian


def clips(n=40):
    rng = torch.Generator().manual_seed(0)
    return torch.rand(n, 2, 3, 4, 4, generator=rng) * 2 - 1


def test_mean_and_sigma_are_those_of_a_pixel_over_clips_and_colours():
    fitted = fit_pixel_gaussian(clips().split(16), min_sigma=0.1)
    pixels = clips().transpose(1, 2).flatten(0, 1)  # (clip and colour, time, ...)
    torch.testing.assert_close(fitted.mean[:, 0], pixels.mean(dim=0))
    expected = (pixels.var(dim=0, correction=0) + 0.01).sqrt()
    torch.testing.assert_close(fitted.sigma[:, 0], expected)


def test_a_constant_pixel_has_the_minimum_sigma():
    constant = torch.full((5, 2, 3, 4, 4), -1.0)
    fitted = fit_pixel_gaussian([constant], min_sigma=0.03)
    torch.testing.assert_close(fitted.sigma, torch.full((2, 1, 4, 4), 0.03))
    assert fitted.log_density(constant).shape == (5,)


def test_other_gaussians_have_a_lower_likelihood():
    fitted = fit_pixel_gaussian([clips()], min_sigma=0.001)
    best = fitted.log_density(clips()).sum()
    for shift, factor in ((0.05, 1.0), (0.0, 1.05), (0.0, 0.95)):
        other = fitted._replace(mean=fitted.mean + shift, sigma=fitted.sigma * factor)
        assert other.log_density(clips()).sum() < best


@pytest.mark.parametrize(("batches", "min_sigma"), [([], 0.1), ([clips()], 0.0)])
def test_no_clip_or_a_minimum_of_0_raises_an_error(batches, min_sigma):
    with pytest.raises(ValueError, match="at least 1 clip and min_sigma above 0"):
        fit_pixel_gaussian(batches, min_sigma=min_sigma)
