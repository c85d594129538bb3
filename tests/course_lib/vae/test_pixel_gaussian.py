"""Every pixel for itself: what a VAE without a code would say."""

import pytest
import torch

from course_lib.vae.pixel_gaussian import fit_pixels


def clips(n=40):
    rng = torch.Generator().manual_seed(0)
    return torch.rand(n, 2, 3, 4, 4, generator=rng) * 2 - 1


def test_mean_and_width_are_those_of_a_place_over_clips_and_colours():
    found = fit_pixels(clips().split(16), floor=0.1)
    pixels = clips().transpose(1, 2).flatten(0, 1)  # (clip and colour, time, ...)
    torch.testing.assert_close(found.mean[:, 0], pixels.mean(dim=0))
    wanted = (pixels.var(dim=0, correction=0) + 0.01).sqrt()
    torch.testing.assert_close(found.sigma[:, 0], wanted)


def test_a_pixel_that_never_changes_has_the_floor():
    still = torch.full((5, 2, 3, 4, 4), -1.0)
    found = fit_pixels([still], floor=0.03)
    torch.testing.assert_close(found.sigma, torch.full((2, 1, 4, 4), 0.03))
    assert found.log_density(still).shape == (5,)


def test_no_other_gaussians_with_that_floor_explain_the_clips_better():
    found = fit_pixels([clips()], floor=0.001)
    best = found.log_density(clips()).sum()
    for mean, sigma in ((0.05, 1.0), (0.0, 1.05), (0.0, 0.95)):
        other = found._replace(mean=found.mean + mean, sigma=found.sigma * sigma)
        assert other.log_density(clips()).sum() < best


@pytest.mark.parametrize(("batches", "floor"), [([], 0.1), ([clips()], 0.0)])
def test_no_clip_and_no_floor_are_refused(batches, floor):
    with pytest.raises(ValueError, match="1 clip or more, floor above 0"):
        fit_pixels(batches, floor=floor)
