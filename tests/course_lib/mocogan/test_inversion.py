"""A frame finds its latents, and then it moves."""

import torch

from course_lib.mocogan.generator import Painter
from course_lib.mocogan.inversion import latents_of
from course_lib.mocogan.latents import LatentSizes
from course_lib.mocogan.video_gan import MoCoGAN, MoCoGANSizes

SIZES = MoCoGANSizes(LatentSizes(3, 2, 2), width=8, placed=True)


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def error(model, drawn, frame):
    with torch.no_grad():
        return (model(drawn)[:, 0] - frame).square().mean().item()


def test_a_frame_that_the_model_painted_itself_is_nearly_found_again():
    model = MoCoGAN(SIZES, rng())
    model.painter = Painter(5, 8, rng(4)).eval()  # smooth: it can be followed far
    with torch.no_grad():
        for layer in model.painter.body[::3]:
            layer.weight.mul_(3)  # frames that differ plainly, as a trained one's do
        frame = model(model.draw(1, rng(1), 1))[:, 0]
    before = error(model, latents_of(model, frame, rng(2), n_steps=0), frame)
    found = latents_of(model, frame, rng(2), n_steps=100)
    assert error(model, found, frame) < 0.2 * before
    assert found.noise.shape == (1, 16, 2)
    assert not any(p.grad is not None for p in model.parameters())


def test_the_same_frame_can_move_in_many_ways():
    model = MoCoGAN(SIZES, rng())
    frame = torch.zeros(1, 3, 64, 64)
    one, again, other = (
        latents_of(model, frame, rng(seed), n_steps=2, n_frames=5) for seed in (1, 1, 2)
    )
    assert torch.equal(one.content, again.content)
    assert torch.equal(one.noise, again.noise)
    assert not torch.equal(one.noise, other.noise)


def test_a_thing_that_begins_far_away_is_found_and_not_lost_from_sight():
    model = MoCoGAN(MoCoGANSizes(LatentSizes(3, 2, 2), width=8, placed=True), rng(1))
    with torch.no_grad():
        frames = model(model.draw(8, rng(5), 1))[:, 0]
    found = latents_of(model, frames, rng(6), n_steps=60)
    with torch.no_grad():
        again = model(found)[:, 0]
    black = -torch.ones_like(frames)
    assert (again - frames).square().mean() < 0.5 * (black - frames).square().mean()
