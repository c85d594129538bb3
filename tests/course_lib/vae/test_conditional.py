"""What is told is heard, what is not told is zero."""

import pytest
import torch
from torch.distributions import Normal, kl_divergence

from course_lib.vae.clip_vae import ClipSizes
from course_lib.vae.conditional import (
    FRAME_CODE,
    Condition,
    ConditionalVAE,
    conditional_elbo,
    forgetful,
    of_classes,
    of_frames,
)

SMALL = ClipSizes(side=32, width=16, latent=4)


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def model():
    return ConditionalVAE(SMALL, rng())


def frames(n=4):
    return torch.rand(n, 3, 32, 32, generator=rng(2)) * 2 - 1


def test_the_parts_that_are_not_told_are_zero(model):
    classes = torch.tensor([2, 0])
    told = model.read(of_classes(classes, SMALL))
    assert told[:, :4].tolist() == [[0, 0, 1, 0], [1, 0, 0, 0]]
    assert (told[:, 4:] == 0).all() and told.shape == (2, 4 + FRAME_CODE)
    told = model.read(of_frames(frames()))
    assert (told[:, :4] == 0).all() and (told[:, 4:] != 0).any(dim=1).all()


def test_each_part_is_left_out_of_every_second_clip():
    condition = forgetful(torch.zeros(4000).long(), torch.zeros(4000, 3, 1, 1), rng())
    assert condition.told.unique().tolist() == [0, 1]
    assert (condition.told.mean(dim=0) - 0.5).abs().max() < 0.04
    both = condition.told.prod(dim=1).mean()  # the coins are two
    assert abs(both - 0.25) < 0.04


def test_one_noise_under_two_wishes_makes_two_clips(model):
    def drawn(condition, seed=1):
        return model.sample(condition, rng(seed))

    square, circle = (of_classes(torch.tensor([c]), SMALL) for c in (0, 1))
    assert drawn(square).shape == (1, 16, 3, 32, 32)
    assert not torch.allclose(drawn(square), drawn(circle))
    assert torch.equal(drawn(square), drawn(square))
    assert not torch.allclose(drawn(of_frames(frames(1))), drawn(square))


def test_the_reader_of_frames_learns_from_the_bound(model):
    clips = torch.rand(4, 16, 3, 32, 32, generator=rng(3)) * 2 - 1
    told = torch.tensor([[1.0, 0], [0, 1], [1, 1], [0, 0]])
    condition = Condition(torch.tensor([0, 1, 2, 3]), clips[:, 0], told)
    terms = conditional_elbo(model, clips, condition, rng())
    (-terms.bound.mean()).backward()
    weights = [*model.look.parameters(), *model.guess.parameters()]
    assert all(w.grad is not None and w.grad.abs().sum() > 0 for w in weights)


@torch.no_grad()
def test_a_code_costs_what_its_own_prior_did_not_guess(model):
    clips = torch.rand(2, 16, 3, 32, 32, generator=rng(3)) * 2 - 1
    condition = of_classes(torch.tensor([1, 3]), SMALL)
    found = conditional_elbo(model, clips, condition, rng())
    told = model.read(condition)
    laws = (model.clips.encode(clips, told), model.prior(told))
    q, p = (Normal(mu, (logvar / 2).exp()) for mu, logvar in laws)
    torch.testing.assert_close(found.kl, kl_divergence(q, p).sum(dim=1))
