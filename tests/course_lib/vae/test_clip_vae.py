"""The clip VAE: shapes, gradients, FiLM, sigma and the ELBO."""

import pytest
import torch
from torch.distributions import Normal

from course_lib.vae.clip_vae import (
    ClipDecoder,
    ClipEncoder,
    ClipSizes,
    ClipVAE,
    clip_elbo,
)
from course_lib.vae.elbo import elbo
from course_lib.vae.gaussian import reparameterize

SMALL = ClipSizes(channels=2, frames=16, side=32, width=8, latent=5)


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def clips(n=3, sizes=SMALL):
    shape = (n, sizes.frames, sizes.channels, sizes.side, sizes.side)
    return torch.rand(shape, generator=rng(9)) * 2 - 1


def test_a_decoded_clip_has_the_shape_and_range_of_a_clip():
    model = ClipVAE(SMALL, rng())
    posterior = model.encoder(clips())
    assert posterior.mu.shape == posterior.logvar.shape == (3, 5)
    decoded = model.decoder(posterior.mu)
    assert decoded.shape == clips().shape
    assert decoded.abs().max() <= 1


def test_the_posterior_of_a_clip_depends_on_no_other_clip():
    encoder = ClipEncoder(SMALL, rng())
    alone, together = encoder(clips()[:1]), encoder(clips())
    torch.testing.assert_close(alone.mu, together.mu[:1], atol=1e-5, rtol=1e-5)


def test_the_posterior_depends_on_the_order_of_frames():
    encoder = ClipEncoder(SMALL, rng())
    assert not torch.allclose(
        encoder(clips()).mu, encoder(clips().flip(1)).mu, atol=1e-4
    )


def test_every_weight_gets_a_gradient_from_the_elbo():
    model = ClipVAE(SMALL, rng())
    posterior = model.encoder(clips())
    mean = model.decoder(reparameterize(*posterior, rng(1)))
    (-elbo(clips(), mean, *posterior, model.sigma).bound.mean()).backward()
    assert all(
        p.grad is not None and p.grad.abs().sum() > 0 for p in model.parameters()
    )


def test_a_condition_changes_decoded_clips_and_posteriors():
    sizes = ClipSizes(channels=2, side=32, width=8, latent=5, condition=2)
    decoder, z = ClipDecoder(sizes, rng()), torch.zeros(1, 5)
    one, other = (decoder(z, c) for c in torch.eye(2).unsqueeze(1))
    assert not torch.allclose(one, other)
    encoder = ClipEncoder(sizes, rng())
    means = [encoder(clips(1), c).mu for c in torch.eye(2).unsqueeze(1)]
    assert not torch.allclose(*means)


def test_samples_are_reproducible_by_the_generator():
    model = ClipVAE(SMALL, rng())
    first, again, other = (model.sample(2, rng(seed)) for seed in (1, 1, 2))
    assert torch.equal(first, again) and not torch.equal(first, other)


def test_sigma_is_one_value_a_pixel_with_an_initial_value_and_a_minimum():
    model = ClipVAE(SMALL, rng())
    assert model.sigma.shape == (16, 1, 32, 32)
    expected = torch.full_like(model.sigma, (4.0**2 + 0.03**2) ** 0.5)
    torch.testing.assert_close(model.sigma, expected)
    model.raw_sigma.zero_()
    torch.testing.assert_close(model.sigma, torch.full_like(expected, 0.03))


def test_the_initial_log_variance_is_small():
    """Otherwise the noise would hide the initial means from the decoder."""
    posterior = ClipEncoder(SMALL, rng())(clips())
    assert posterior.logvar.mean().item() == pytest.approx(-5, abs=1)


def test_every_film_layer_depends_on_the_latent_vector():
    decoder = ClipDecoder(SMALL, rng())
    z = torch.randn(2, 5, generator=rng(3))
    with torch.no_grad():
        decoder.input_layer[0].weight.zero_()  # z acts through FiLM only
        for active in range(len(decoder.film)):
            weights = [film.linear.weight.clone() for film in decoder.film]
            for i, film in enumerate(decoder.film):
                film.linear.weight.mul_(float(i == active))
            one, other = decoder(z)
            assert not torch.allclose(one, other), active
            for film, weight in zip(decoder.film, weights, strict=True):
                film.linear.weight.copy_(weight)


def test_the_elbo_is_that_of_one_sample_of_the_posterior():
    model = ClipVAE(SMALL, rng())
    with torch.no_grad():
        terms = clip_elbo(model, clips(), rng(1))
        posterior = model.encoder(clips())
        mean = model.decoder(reparameterize(*posterior, rng(1)))
    expected = Normal(mean, model.sigma.detach()).log_prob(clips()).flatten(1).sum(1)
    torch.testing.assert_close(terms.log_likelihood, expected, rtol=1e-4, atol=1e-2)
    assert (terms.kl > 0).all()


@pytest.mark.parametrize("size", ["channels", "width", "latent", "condition"])
def test_every_size_changes_the_number_of_weights(size):
    def count(sizes):
        return sum(p.numel() for p in ClipVAE(sizes, rng()).parameters())

    larger = {"channels": 3, "width": 16, "latent": 6, "condition": 2}[size]
    changed = ClipSizes(**{**SMALL.__dict__, size: larger})
    assert count(changed) > count(SMALL)


def test_sizes_that_cannot_be_halved_four_times_raise_an_error():
    for sizes in (ClipSizes(frames=12), ClipSizes(side=60)):
        with pytest.raises(ValueError, match="multiples of 16"):
            ClipVAE(sizes, rng())
