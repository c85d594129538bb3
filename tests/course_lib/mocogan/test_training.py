"""Training steps of MoCoGAN: which networks they update, and by which losses."""

import copy
from math import log

import pytest
import torch
from torch.nn.functional import cross_entropy, softplus

from course_lib.data.shape_motion import sample_clips
from course_lib.gan.training import EMA_DECAY
from course_lib.mocogan.discriminators import (
    FRAMES,
    build_video_discriminator,
    build_zero_discriminator,
)
from course_lib.mocogan.latents import LatentSizes
from course_lib.mocogan.train_state import (
    LAPTOP_ADAM,
    PAPER_ADAM,
    init_laptop_mocogan,
    init_paper_mocogan,
    init_train_state,
)
from course_lib.mocogan.training import (
    Clips,
    TrainConfig,
    frames_at,
    generator_gradients,
    image_discriminator_loss,
    train_step,
    video_discriminator_loss,
)
from course_lib.mocogan.video_gan import MoCoGANSizes

LATENTS = LatentSizes(content=3, motion=2, categories=2)
SMALL = MoCoGANSizes(LATENTS, width=8, object_generator=True)
SMALL_PAPER = MoCoGANSizes(LatentSizes(3, 2, 2, category_in_motion=False), width=2)
CONFIG = TrainConfig(r1_gamma=0.5)
NETWORKS = ("generator", "image_discriminator", "video_discriminator")


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def small_state(seed=0):
    return init_laptop_mocogan(rng(seed), SMALL)


def real(n=2, seed=3):
    videos = torch.rand(n, FRAMES, 3, 64, 64, generator=rng(seed)) * 2 - 1
    return Clips(videos, torch.arange(n) % 2)


def fake(seed=4):
    return Clips(-real(seed=seed).videos, torch.tensor([1, 1]))


def weights(network):
    return torch.cat([p.detach().flatten() for p in network.parameters()])


def networks_updated_by(step, state):
    """The names of the networks whose parameters ``step`` changed."""
    before = {name: weights(getattr(state, name)) for name in NETWORKS}
    step(state)
    return {
        name
        for name in NETWORKS
        if not torch.equal(before[name], weights(getattr(state, name)))
    }


def discriminator_adam(network):
    return torch.optim.Adam(network.parameters(), lr=1e-3, betas=(0.0, 0.9))


def image_discriminator_step(state, *arguments):
    """Adam on the loss of the image discriminator."""
    loss = image_discriminator_loss(state.image_discriminator, *arguments)
    state.image_optimizer.zero_grad()
    loss.total.backward()
    state.image_optimizer.step()
    return loss


def video_discriminator_step(state, *arguments):
    """Adam on the loss of the video discriminator."""
    loss = video_discriminator_loss(state.video_discriminator, *arguments)
    state.video_optimizer.zero_grad()
    loss.total.backward()
    state.video_optimizer.step()
    return loss


def generator_step(state, latents, times):
    """Adam on the generator's gradients."""
    gradients = generator_gradients(*state[:3], latents, times)
    for weight, gradient in zip(state.generator.parameters(), gradients, strict=True):
        weight.grad = gradient
    state.generator_optimizer.step()


STEPS = {
    "image_discriminator": lambda state: image_discriminator_step(
        state, real().videos, fake().videos, CONFIG, rng()
    ),
    "video_discriminator": lambda state: video_discriminator_step(
        state, real(), fake(), CONFIG, rng()
    ),
    "generator": lambda state: generator_step(
        state, state.generator.sample_latents(2, rng(), FRAMES), torch.tensor([3, 15])
    ),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_each_loss_updates_one_network_and_leaves_no_gradient_in_another(name):
    state = small_state()
    assert networks_updated_by(STEPS[name], state) == {name}
    for other in {*NETWORKS} - {name}:
        assert all(p.grad is None for p in getattr(state, other).parameters())


def test_a_training_step_is_one_step_of_each_optimizer_in_turn():
    """Both discriminators on the same generated clips, the generator on new ones."""
    state, other, noise = small_state(), small_state(), rng(1)
    train_step(state, real(), CONFIG, rng(1))
    latents = other.generator.sample_latents(2, noise, FRAMES)
    with torch.no_grad():
        generated = Clips(other.generator(latents), latents.category)
    image_discriminator_step(other, real().videos, generated.videos, CONFIG, noise)
    video_discriminator_step(other, real(), generated, CONFIG, noise)
    latents = other.generator.sample_latents(2, noise, FRAMES)
    generator_step(other, latents, torch.randint(FRAMES, (2,), generator=noise))
    for name in NETWORKS:
        one, same = weights(getattr(state, name)), weights(getattr(other, name))
        torch.testing.assert_close(one, same)


def test_a_training_step_updates_all_three_networks_and_the_averaged_generator():
    state = small_state()
    updated = networks_updated_by(
        lambda state: train_step(state, real(), CONFIG, rng()), state
    )
    assert updated == {*NETWORKS}
    start = weights(state.ema_generator)
    assert torch.equal(start, weights(state.generator))
    train_step(state, real(), CONFIG, rng())
    expected = start.lerp(weights(state.generator), 1 - EMA_DECAY)
    torch.testing.assert_close(weights(state.ema_generator), expected)


@pytest.mark.parametrize("gamma", [0.0, 0.7])
def test_the_video_discriminator_step_is_adam_on_the_written_out_loss(gamma):
    state = small_state()
    discriminator = copy.deepcopy(state.video_discriminator)
    config = TrainConfig(r1_gamma=gamma, category_weight=0.3)
    _, loss, real_category, fake_category, d_fake = video_discriminator_step(
        state, real(), fake(), config, rng()
    )
    videos = real().videos.requires_grad_()
    real_output, fake_output = discriminator(videos), discriminator(fake().videos)
    (gradient,) = torch.autograd.grad(real_output.real.sum(), videos, create_graph=True)
    expected = softplus(-real_output.real).mean() + softplus(fake_output.real).mean()
    category = cross_entropy(real_output.category, real().category)
    r1 = gamma / 2 * gradient.square().flatten(1).sum(1).mean()
    torch.testing.assert_close((loss, real_category), (expected, category))
    torch.testing.assert_close(
        fake_category, cross_entropy(fake_output.category, fake().category)
    )
    torch.testing.assert_close(d_fake, fake_output.real.sigmoid().mean())
    adam = discriminator_adam(discriminator)
    (expected + 0.3 * category + r1).backward()
    adam.step()
    torch.testing.assert_close(
        weights(state.video_discriminator), weights(discriminator)
    )


def test_the_image_discriminator_step_is_adam_on_one_frame_of_each_clip():
    state = small_state()
    discriminator = copy.deepcopy(state.image_discriminator)
    same_rng = rng(9)
    _, loss, d_fake = image_discriminator_step(
        state, real().videos, fake().videos, TrainConfig(r1_gamma=0.0), rng(9)
    )
    times = [torch.randint(FRAMES, (2,), generator=same_rng) for _ in range(2)]
    real_logits, fake_logits = (
        discriminator(clips.videos[[0, 1], at])
        for clips, at in zip((real(), fake()), times, strict=True)
    )
    expected = softplus(-real_logits).mean() + softplus(fake_logits).mean()
    torch.testing.assert_close(loss, expected)
    torch.testing.assert_close(d_fake, fake_logits.sigmoid().mean())
    adam = discriminator_adam(discriminator)
    expected.backward()
    adam.step()
    torch.testing.assert_close(
        weights(state.image_discriminator), weights(discriminator)
    )


def test_the_image_discriminator_can_have_several_frames_and_its_own_r1_weight():
    state = small_state()
    discriminator = copy.deepcopy(state.image_discriminator)
    config = TrainConfig(r1_gamma=9.0, frames_per_clip=3, image_r1_gamma=0.2)
    same_rng = rng(9)
    _, loss, _ = image_discriminator_step(
        state, real().videos, fake().videos, config, rng(9)
    )
    at, other = (torch.randint(FRAMES, (6,), generator=same_rng) for _ in range(2))
    frames = real().videos[[0, 1] * 3, at].requires_grad_()
    logits = discriminator(frames)
    (gradient,) = torch.autograd.grad(logits.sum(), frames, create_graph=True)
    expected = softplus(-logits).mean()
    fake_frames = fake().videos[[0, 1] * 3, other]
    expected = expected + softplus(discriminator(fake_frames)).mean()
    torch.testing.assert_close(loss, expected)
    r1 = 0.2 / 2 * gradient.square().flatten(1).sum(1).mean()
    adam = discriminator_adam(discriminator)
    (expected + r1).backward()
    adam.step()
    torch.testing.assert_close(
        weights(state.image_discriminator), weights(discriminator)
    )


def test_frames_at_several_times_are_ordered_by_group_then_clip():
    videos = real(2).videos
    frames = frames_at(videos, torch.tensor([3, 4, 15, 0]))
    expected = [videos[0, 3], videos[1, 4], videos[0, 15], videos[1, 0]]
    assert torch.equal(frames, torch.stack(expected))


def test_the_generator_s_gradients_are_those_of_its_three_terms():
    generator, image_discriminator, video_discriminator = small_state()[:3]
    latents = generator.sample_latents(2, rng(), FRAMES)
    times = torch.tensor([3, 15])
    gradients = generator_gradients(
        generator, image_discriminator, video_discriminator, latents, times
    )
    videos = generator(latents)
    output = video_discriminator(videos)
    loss = (
        softplus(-image_discriminator(videos[[0, 1], times])).mean()
        + softplus(-output.real).mean()
        + cross_entropy(output.category, latents.category)
    )
    assert all(p.grad is None for p in generator.parameters())
    loss.backward()
    for gradient, parameter in zip(gradients, generator.parameters(), strict=True):
        torch.testing.assert_close(gradient, parameter.grad)


def test_r1_input_noise_and_category_weight_change_the_discriminators_updates():
    def discriminators_after(config):
        state = small_state()
        train_step(state, real(), config, rng())
        return weights(state.video_discriminator), weights(state.image_discriminator)

    default = discriminators_after(TrainConfig(r1_gamma=0.0))
    for config in (
        TrainConfig(r1_gamma=3.0),
        TrainConfig(r1_gamma=0.0, input_noise=True),
    ):
        for one, other in zip(default, discriminators_after(config), strict=True):
            assert not torch.equal(one, other)
    config = TrainConfig(r1_gamma=0.0, category_weight=0.0)
    video_weights, image_weights = discriminators_after(config)
    assert not torch.equal(default[0], video_weights)
    assert torch.equal(default[1], image_weights)


def test_with_a_zero_discriminator_only_the_video_terms_train_the_generator():
    generator, _, video_discriminator = small_state()[:3]
    state = init_train_state(
        generator, build_zero_discriminator(rng()), video_discriminator, LAPTOP_ADAM
    )
    latents = generator.sample_latents(2, rng(), FRAMES)
    gradients = generator_gradients(*state[:3], latents, torch.tensor([3, 15]))
    output = video_discriminator(generator(latents))
    loss = softplus(-output.real).mean()
    loss = loss + cross_entropy(output.category, latents.category)
    expected = torch.autograd.grad(loss, [*generator.parameters()])
    for gradient, other in zip(gradients, expected, strict=True):
        torch.testing.assert_close(gradient, other)
    _, metrics = train_step(state, real(), CONFIG, rng())
    assert metrics.image_d_fake == 0.5
    assert metrics.image_discriminator == pytest.approx(2 * log(2))


def test_training_is_reproducible_from_a_seed():
    def train(seed):
        state, generator = small_state(), rng(seed)
        for _ in range(2):
            _, metrics = train_step(state, real(), CONFIG, generator)
        return metrics, weights(state.ema_generator)

    (metrics, average), (again, average_again) = train(4), train(4)
    assert metrics == again and torch.equal(average, average_again)
    assert metrics != train(5)[0]


def test_a_training_step_does_not_change_its_data():
    clips = real()
    copied = clips.videos.clone()
    train_step(small_state(), clips, CONFIG, rng())
    assert torch.equal(clips.videos, copied) and not clips.videos.requires_grad


def test_autocast_uses_the_updated_weights_within_one_training_step():
    """Autocast caches 16-bit copies of the weights until its context ends."""
    metrics = {}
    for enabled in (False, True):
        state, generator = small_state(), rng(1)
        with torch.autocast("cpu", torch.bfloat16, enabled=enabled):
            for _ in range(4):
                _, metrics[enabled] = train_step(state, real(), CONFIG, generator)
    exact, rounded = (torch.tensor(metrics[enabled]) for enabled in (False, True))
    start = torch.tensor(train_step(small_state(), real(), CONFIG, rng(1))[1])
    assert (rounded - exact).abs().max() < 0.4 * (exact - start).abs().max()


def test_the_paper_s_networks_train_with_input_noise():
    state = init_paper_mocogan(rng(), SMALL_PAPER)
    config = TrainConfig(r1_gamma=0.0, input_noise=True)
    updated = networks_updated_by(
        lambda state: train_step(state, real(), config, rng()), state
    )
    assert updated == {*NETWORKS}


# Category logits that are not trained on real clips


def category_weights(discriminator):
    """The weights of the last layer that belong to the category logits."""
    return discriminator.layers[-1].weight.detach()[1:].clone()


def test_weights_with_no_gradient_but_l2_shrink_by_the_learning_rate_per_step():
    """The gradient is 1e-5 w; Adam normalizes it, so each step is 2e-4."""
    state = init_paper_mocogan(rng(), SMALL_PAPER)
    start = category_weights(state.video_discriminator)
    config = TrainConfig(r1_gamma=0.0, category_weight=0.0)
    for _ in range(8):
        video_discriminator_step(state, real(), fake(), config, rng())
    decrease = start.abs() - category_weights(state.video_discriminator).abs()
    large = start.abs() > 0.01
    torch.testing.assert_close(
        decrease[large],
        torch.full_like(decrease[large], 8 * 2e-4),
        rtol=0.15,
        atol=0,
    )


@pytest.mark.parametrize("category_weight", [0, 1])
def test_without_the_real_category_loss_the_category_logits_become_constant(
    category_weight,
):
    head = build_video_discriminator(4, 2, rng()).layers[-1]
    features = torch.randn(8, 32, 4, 4, 4, generator=rng(1))
    category = torch.arange(8) % 2
    adam = PAPER_ADAM(head.parameters())
    start = head.weight.detach()[1:].abs().mean()
    for _ in range(400):
        logits = head(features).flatten(1)
        loss = softplus(-logits[:4, 0]).mean() + softplus(logits[4:, 0]).mean()
        adam.zero_grad()
        real_category = cross_entropy(logits[:, 1:], category)
        (loss + category_weight * real_category).backward()
        adam.step()
    remaining = head.weight.detach()[1:].abs().mean() / start
    features = features.clone().requires_grad_()
    fake_category = cross_entropy(head(features).flatten(1)[:, 1:], category)
    (gradient,) = torch.autograd.grad(fake_category, features)  # for a generator
    if category_weight:
        assert remaining > 0.9 and fake_category < 0.01
    else:
        assert remaining < 1e-3 and gradient.abs().max() < 1e-5
        assert fake_category.item() == pytest.approx(log(2), abs=1e-3)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_losses_in_bfloat16_match_those_in_float32_at_the_paper_s_sizes():
    """Twenty steps from one state: every mean loss within 2 %."""
    means = []
    for enabled in (False, True):
        generator = torch.Generator("cuda").manual_seed(0)
        state, losses = init_paper_mocogan(generator), []
        config = TrainConfig(0.0, input_noise=True)
        for _ in range(20):
            clips = sample_clips(8, generator)
            clips = Clips(clips.videos, clips.motion)
            with torch.autocast("cuda", torch.bfloat16, enabled=enabled):
                state, metrics = train_step(state, clips, config, generator)
            losses.append(torch.tensor(metrics[:4]))
        means.append(torch.stack(losses).mean(dim=0))
    torch.testing.assert_close(*means, rtol=0.02, atol=0)
