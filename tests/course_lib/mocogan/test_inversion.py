"""GAN inversion: latents whose first frame is a given image."""

import torch

from course_lib.mocogan.generator import ImageGenerator
from course_lib.mocogan.inversion import invert_first_frames
from course_lib.mocogan.latents import LatentSizes
from course_lib.mocogan.video_gan import MoCoGAN, MoCoGANSizes

SIZES = MoCoGANSizes(LatentSizes(3, 2, 2), width=8, object_generator=True)


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def first_frame_error(model, latents, frame):
    with torch.no_grad():
        return (model(latents)[:, 0] - frame).square().mean().item()


def test_a_generated_frame_is_nearly_reconstructed_without_gradients_in_the_model():
    model = MoCoGAN(SIZES, rng())
    # The paper's image generator is smooth in its latents
    model.image_generator = ImageGenerator(5, 8, rng(4)).eval()
    with torch.no_grad():
        for layer in model.image_generator.layers[::3]:
            layer.weight.mul_(3)  # frames differ clearly, as those of a trained one
        frame = model(model.sample_latents(1, rng(1), 1))[:, 0]
    initial = invert_first_frames(model, frame, rng(2), n_steps=0)
    latents = invert_first_frames(model, frame, rng(2), n_steps=100)
    initial_error = first_frame_error(model, initial, frame)
    assert first_frame_error(model, latents, frame) < 0.2 * initial_error
    assert latents.noise.shape == (1, 16, 2)
    assert not any(p.grad is not None for p in model.parameters())


def test_another_seed_continues_the_same_frame_with_another_motion():
    model = MoCoGAN(SIZES, rng())
    frame = torch.zeros(1, 3, 64, 64)
    one, again, other = (
        invert_first_frames(model, frame, rng(seed), n_steps=2, n_frames=5)
        for seed in (1, 1, 2)
    )
    assert torch.equal(one.content, again.content)
    assert torch.equal(one.noise, again.noise)
    assert not torch.equal(one.noise, other.noise)


def test_inversion_places_an_object_better_than_a_black_frame_does():
    model = MoCoGAN(SIZES, rng(1))
    with torch.no_grad():
        frames = model(model.sample_latents(8, rng(5), 1))[:, 0]
    latents = invert_first_frames(model, frames, rng(6), n_steps=60)
    black_error = (frames + 1).square().mean()
    assert first_frame_error(model, latents, frames) < 0.5 * black_error
