"""A clip becomes one code, and comes back in the layout it had."""

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


def test_there_and_back_keeps_the_canonical_layout():
    model = ClipVAE(SMALL, rng())
    code = model.encode(clips())
    assert code.mu.shape == code.logvar.shape == (3, 5)
    decoded = model.decode(code.mu)
    assert decoded.shape == clips().shape
    assert decoded.abs().max() <= 1


def test_one_clip_s_code_depends_on_no_other_clip():
    encoder = ClipEncoder(SMALL, rng())
    alone, together = encoder(clips()[:1]), encoder(clips())
    torch.testing.assert_close(alone.mu, together.mu[:1], atol=1e-5, rtol=1e-5)


def test_the_order_of_frames_is_seen():
    encoder = ClipEncoder(SMALL, rng())
    assert not torch.allclose(
        encoder(clips()).mu, encoder(clips().flip(1)).mu, atol=1e-4
    )


def test_every_weight_gets_a_slope_from_the_bound():
    model = ClipVAE(SMALL, rng())
    code = model.encode(clips())
    mean = model.decode(reparameterize(*code, rng(1)))
    (-elbo(clips(), mean, *code, model.sigma).bound.mean()).backward()
    assert all(
        p.grad is not None and p.grad.abs().sum() > 0 for p in model.parameters()
    )


def test_a_condition_changes_what_is_drawn():
    sizes = ClipSizes(channels=2, side=32, width=8, latent=5, condition=2)
    decoder, z = ClipDecoder(sizes, rng()), torch.zeros(1, 5)
    one, other = (decoder(z, c) for c in torch.eye(2).unsqueeze(1))
    assert not torch.allclose(one, other)
    encoder = ClipEncoder(sizes, rng())
    told = [encoder(clips(1), c).mu for c in torch.eye(2).unsqueeze(1)]
    assert not torch.allclose(*told)


def test_samples_come_from_the_given_generator():
    model = ClipVAE(SMALL, rng())
    first, again, other = (model.sample(2, rng(seed)) for seed in (1, 1, 2))
    assert torch.equal(first, again) and not torch.equal(first, other)


def test_sigma_is_a_map_that_starts_where_it_is_set_and_has_a_floor():
    model = ClipVAE(SMALL, rng())
    assert model.sigma.shape == (16, 1, 32, 32)
    expected = torch.full_like(model.sigma, (4.0**2 + 0.03**2) ** 0.5)
    torch.testing.assert_close(model.sigma, expected)
    model.widths.zero_()
    torch.testing.assert_close(model.sigma, torch.full_like(expected, 0.03))


def test_a_code_starts_narrow():
    """So that its noise does not drown what it says, before it says anything."""
    code = ClipEncoder(SMALL, rng())(clips())
    assert code.logvar.mean().item() == pytest.approx(-5, abs=1)


def test_every_layer_of_the_decoder_hears_the_code():
    decoder = ClipDecoder(SMALL, rng())
    z = torch.randn(2, 5, generator=rng(3))
    with torch.no_grad():
        decoder.start[0].weight.zero_()  # the first layer is deaf now
        for kept in range(len(decoder.modulate)):
            words = [m.say.weight.clone() for m in decoder.modulate]
            for i, layer in enumerate(decoder.modulate):
                layer.say.weight.mul_(float(i == kept))
            one, other = decoder(z)
            assert not torch.allclose(one, other), kept
            for layer, weight in zip(decoder.modulate, words, strict=True):
                layer.say.weight.copy_(weight)


def test_the_bound_is_that_of_the_code_drawn_and_the_clip_decoded():
    model = ClipVAE(SMALL, rng())
    with torch.no_grad():
        found = clip_elbo(model, clips(), rng(1))
        code = model.encode(clips())
        mean = model.decode(reparameterize(*code, rng(1)))
    expected = Normal(mean, model.sigma.detach()).log_prob(clips()).flatten(1).sum(1)
    torch.testing.assert_close(found.log_likelihood, expected, rtol=1e-4, atol=1e-2)
    assert (found.kl > 0).all()


@pytest.mark.parametrize("size", ["channels", "width", "latent", "condition"])
def test_every_size_changes_the_weights(size):
    def count(sizes):
        return sum(p.numel() for p in ClipVAE(sizes, rng()).parameters())

    larger = {"channels": 3, "width": 16, "latent": 6, "condition": 2}[size]
    changed = ClipSizes(**{**SMALL.__dict__, size: larger})
    assert count(changed) > count(SMALL)


def test_what_cannot_be_halved_four_times_is_refused():
    for sizes in (ClipSizes(frames=12), ClipSizes(side=60)):
        with pytest.raises(ValueError, match="multiples of 16"):
            ClipVAE(sizes, rng())
