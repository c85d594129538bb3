"""Image and video discriminators: sizes, shapes, gradients and input noise."""

import pytest
import torch
from torch import nn

from course_lib.mocogan.discriminators import (
    FRAMES,
    NOISE_STD,
    add_noise,
    build_flow_discriminator,
    build_patch_discriminator,
    build_small_image_discriminator,
    build_stacked_frames_discriminator,
    build_video_discriminator,
    build_whole_image_discriminator,
    build_zero_discriminator,
    convolutions,
)
from course_lib.mocogan.generator import count_parameters


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def clips(n=2, seed=3):
    return torch.rand(n, FRAMES, 3, 64, 64, generator=rng(seed)) * 2 - 1


def frames(n=3):
    return clips(1)[0, :n]


@pytest.mark.parametrize(
    ("build", "count"),
    [
        (lambda: build_patch_discriminator(64, rng()), 663_296),
        (lambda: build_whole_image_discriminator(64, rng()), 2_765_568),
        (lambda: build_video_discriminator(64, 2, rng()), 11_122_432),
        (lambda: build_video_discriminator(64, 6, rng()), 11_253_504),
    ],
)
def test_the_paper_s_discriminators_have_as_many_parameters_as_released(build, count):
    assert count_parameters(build()) == count


IMAGE_DISCRIMINATORS = {  # and the number of their logits for a frame
    "patch": (lambda seed=0: build_patch_discriminator(4, rng(seed)), 16),
    "whole": (lambda seed=0: build_whole_image_discriminator(4, rng(seed)), 1),
    "small": (lambda seed=0: build_small_image_discriminator(4, rng(seed)), 1),
}
VIDEO_DISCRIMINATORS = {
    "video": lambda seed=0: build_video_discriminator(4, 2, rng(seed)),
    "stack": lambda seed=0: build_stacked_frames_discriminator(4, 2, rng(seed)),
    "flow": lambda seed=0: build_flow_discriminator(4, 2, rng(seed)),
}
ALL = {
    **{name: build for name, (build, _) in IMAGE_DISCRIMINATORS.items()},
    **VIDEO_DISCRIMINATORS,
}
each_image_discriminator = pytest.mark.parametrize("name", IMAGE_DISCRIMINATORS)
each_video_discriminator = pytest.mark.parametrize("name", VIDEO_DISCRIMINATORS)
each = pytest.mark.parametrize("name", ALL)


def all_logits(name, discriminator):
    """All logits of a discriminator for random frames or clips."""
    if name in IMAGE_DISCRIMINATORS:
        return discriminator(frames())
    return torch.cat([part.flatten() for part in discriminator(clips())])


@each_image_discriminator
def test_an_image_discriminator_has_one_logit_for_each_patch(name):
    build, n_patches = IMAGE_DISCRIMINATORS[name]
    assert build()(frames()).shape == (3, n_patches)


@each_video_discriminator
def test_a_video_discriminator_has_a_real_logit_and_category_logits(name):
    output = VIDEO_DISCRIMINATORS[name]()(clips(3))
    assert output.real.shape == (3,) and output.category.shape == (3, 2)


@each_video_discriminator
def test_a_video_discriminator_depends_on_the_order_of_frames(name):
    discriminator = VIDEO_DISCRIMINATORS[name]().eval()
    with torch.no_grad():
        forward, reversed_ = clips(), clips().flip(1)
        assert not torch.allclose(
            discriminator(forward).real, discriminator(reversed_).real, atol=1e-6
        )


def test_a_flow_discriminator_distinguishes_clips_by_their_flow_alone():
    discriminator = VIDEO_DISCRIMINATORS["flow"]()
    with torch.no_grad():
        first = discriminator.layers[0][0].weight
        first[:, : 3 * FRAMES] = 0  # ignore the frames
        static, moving = clips(1)[:, :1].expand(-1, FRAMES, -1, -1, -1), clips(1)
        logit = discriminator(static).real
        assert torch.equal(logit, discriminator(-static).real)
        assert not torch.equal(logit, discriminator(moving).real)


@each
def test_every_parameter_gets_a_gradient(name):
    discriminator = ALL[name]()
    all_logits(name, discriminator).square().sum().backward()
    for parameter in discriminator.parameters():
        assert parameter.grad is not None and parameter.grad.abs().sum() > 0


@each
def test_initial_weights_depend_on_the_given_random_generator_only(name):
    first, again, other = (ALL[name](seed) for seed in (7, 7, 8))
    for one, same, another in zip(
        *map(convolutions, (first, again, other)), strict=True
    ):
        assert torch.equal(one.weight, same.weight)
        assert not torch.equal(one.weight, another.weight)


@pytest.mark.parametrize("name", ["small", "stack", "flow"])
def test_a_small_discriminator_treats_each_sample_independently(name):
    discriminator = ALL[name]()
    assert not any(isinstance(m, nn.BatchNorm2d) for m in discriminator.modules())
    batch = frames() if name == "small" else clips()
    alone, together = discriminator(batch[:1]), discriminator(batch)
    parts = (
        [(alone, together)] if name == "small" else zip(alone, together, strict=True)
    )
    for one, all_ in parts:
        torch.testing.assert_close(one, all_[:1], atol=1e-5, rtol=1e-4)


@each
def test_logits_in_bfloat16_are_close_to_those_in_float32(name):
    discriminator = ALL[name]().eval()
    with torch.no_grad():
        expected = all_logits(name, discriminator)
        with torch.autocast("cpu", torch.bfloat16):
            logits = all_logits(name, discriminator)
    assert logits.dtype == torch.float32
    torch.testing.assert_close(logits, expected, atol=2e-2, rtol=5e-2)


def test_noise_is_added_to_the_input_of_every_layer_if_a_generator_is_given():
    discriminator = build_patch_discriminator(4, rng())
    inputs = []
    for layer in discriminator.layers:
        layer.register_forward_pre_hook(lambda _, arguments: inputs.append(*arguments))
    with torch.no_grad():
        discriminator(frames())
        discriminator(frames(), rng(1))
        again = discriminator(frames(), rng(1))
        assert torch.equal(again, discriminator(frames(), rng(1)))
        assert torch.equal(discriminator(frames()), discriminator(frames()))
    clean, noisy = inputs[:4], inputs[4:8]
    assert torch.equal(clean[0], frames())
    assert (noisy[0] - frames()).std() == pytest.approx(NOISE_STD, rel=0.05)
    assert all(not torch.equal(*pair) for pair in zip(clean, noisy, strict=True))


def test_a_zero_discriminator_has_zero_logits_and_zero_gradients():
    images = frames().requires_grad_()
    logits = build_zero_discriminator(rng())(images)
    assert logits.shape == (3, 1) and (logits == 0).all()
    (gradient,) = torch.autograd.grad(logits.sum(), images)
    assert (gradient == 0).all()


def test_added_noise_has_mean_0_and_the_stated_standard_deviation():
    x = torch.zeros(4, 3, 16, 16)
    noise = add_noise(x, rng())
    assert noise.mean().abs() < 0.01
    assert noise.std() == pytest.approx(NOISE_STD, rel=0.05)
    assert (x == 0).all()
