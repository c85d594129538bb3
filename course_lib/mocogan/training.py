"""Training steps of MoCoGAN: image discriminator, video discriminator, generator."""

from functools import partial
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from course_lib.gan.objectives import discriminator_loss, nonsaturating_generator_loss
from course_lib.gan.penalties import r1_penalty
from course_lib.mocogan.frame_views import Times, pick_frames, sample_times
from course_lib.mocogan.latents import ClipLatents
from course_lib.mocogan.objectives import category_loss
from course_lib.mocogan.train_state import TrainState
from course_lib.shapes import Labels, Videos

Gradients = tuple[Tensor, ...]
Frames = Float[Tensor, "frame_index channel height width"]


class Clips(NamedTuple):
    """Clips with their categories: labels of real clips, conditions of generated ones.

    ``category`` is None where clips have no label or condition.
    """

    videos: Videos
    category: Labels | None = None


class TrainConfig(NamedTuple):
    """Loss weights and regularization of a training step.

    Attributes:
        r1_gamma: Weight of R1 on the video discriminator, and on the image
            discriminator unless ``image_r1_gamma`` is given.
        input_noise: Whether noise is added to the input of each discriminator layer.
        category_weight: Weight of the category loss of real clips in the video
            discriminator's loss. With 0 its category logits are never trained on real
            clips, and the generator's category loss has no meaning.
        frames_per_clip: Frames of each clip that the image discriminator gets.
        image_r1_gamma: Weight of R1 on the image discriminator.
    """

    r1_gamma: float = 1.0
    input_noise: bool = False
    category_weight: float = 1.0
    frames_per_clip: int = 1
    image_r1_gamma: float | None = None


class StepMetrics(NamedTuple):
    """Losses and outputs of the discriminators before their updates in one step.

    Attributes:
        image_discriminator: Adversarial loss of the image discriminator without R1, in
            nats.
        video_discriminator: The same of the video discriminator.
        real_category: Category loss of real clips, in nats.
        fake_category: Category loss of generated clips, in nats. A value of
            log(n_categories) means that their category is not recognized.
        image_d_fake: Mean D(x) of the image discriminator over generated frames, where
            D is the probability "real", 0 to 1.
        video_d_fake: The same of the video discriminator over generated clips.
    """

    image_discriminator: float
    video_discriminator: float
    real_category: float
    fake_category: float
    image_d_fake: float
    video_d_fake: float


class ImageDiscriminatorLoss(NamedTuple):
    """Loss of the image discriminator, and what is logged of it.

    ``total`` is the adversarial loss plus R1, in nats; ``fake_d`` is the mean of D over
    the generated frames.
    """

    total: Tensor
    adversarial: Tensor
    fake_d: Tensor


class VideoDiscriminatorLoss(NamedTuple):
    """Loss of the video discriminator, and what is logged of it.

    ``total`` is the adversarial loss plus the weighted category loss of real clips plus
    R1, in nats; ``fake_d`` is the mean of D over the generated clips.
    """

    total: Tensor
    adversarial: Tensor
    real_category: Tensor
    fake_category: Tensor
    fake_d: Tensor


def train_step(
    state: TrainState, real: Clips, config: TrainConfig, rng: torch.Generator
) -> tuple[TrainState, StepMetrics]:
    """Update the image discriminator, the video discriminator, then the generator.

    Both discriminators are trained on the same generated clips; the generator's update
    uses new ones. The parameters of ``state`` change in place.
    """
    n, n_frames = real.videos.shape[:2]
    latents = state.generator.sample_latents(n, rng, n_frames)
    with torch.no_grad():
        fake = Clips(state.generator(latents), latents.category)

    image = image_discriminator_loss(
        state.image_discriminator, real.videos, fake.videos, config, rng
    )
    state.image_optimizer.zero_grad()
    image.total.backward()
    state.image_optimizer.step()
    torch.clear_autocast_cache()  # it holds 16-bit copies of the old weights

    video = video_discriminator_loss(state.video_discriminator, real, fake, config, rng)
    state.video_optimizer.zero_grad()
    video.total.backward()
    state.video_optimizer.step()
    torch.clear_autocast_cache()

    latents = state.generator.sample_latents(n, rng, n_frames)
    times = sample_times(config.frames_per_clip * n, n_frames, rng)
    gradients = generator_gradients(
        state.generator,
        _with_noise(state.image_discriminator, config, rng),
        _with_noise(state.video_discriminator, config, rng),
        latents,
        times,
    )
    parameters = state.generator.parameters()
    for parameter, gradient in zip(parameters, gradients, strict=True):
        parameter.grad = gradient
    state.generator_optimizer.step()
    torch.clear_autocast_cache()
    state.ema.update_parameters(state.generator)

    metrics = StepMetrics(
        image_discriminator=image.adversarial.item(),
        video_discriminator=video.adversarial.item(),
        real_category=video.real_category.item(),
        fake_category=video.fake_category.item(),
        image_d_fake=image.fake_d.item(),
        video_d_fake=video.fake_d.item(),
    )
    return state, metrics


def image_discriminator_loss(
    network: nn.Module,
    real: Videos,
    fake: Videos,
    config: TrainConfig,
    rng: torch.Generator,
) -> ImageDiscriminatorLoss:
    """Loss of the image discriminator on random frames of real and generated clips."""
    discriminator = _with_noise(network, config, rng)
    n, n_frames = real.shape[:2]
    real_frames, fake_frames = (
        frames_at(videos, sample_times(config.frames_per_clip * n, n_frames, rng))
        for videos in (real, fake)
    )
    fake_logits = discriminator(fake_frames)
    loss = discriminator_loss(discriminator(real_frames), fake_logits).total
    gamma = config.image_r1_gamma
    gamma = config.r1_gamma if gamma is None else gamma
    r1 = r1_penalty(discriminator, real_frames, gamma=gamma) if gamma else 0.0
    return ImageDiscriminatorLoss(loss + r1, loss, fake_logits.sigmoid().mean())


def video_discriminator_loss(
    network: nn.Module,
    real: Clips,
    fake: Clips,
    config: TrainConfig,
    rng: torch.Generator,
) -> VideoDiscriminatorLoss:
    """Loss of the video discriminator on real and generated clips."""
    discriminator = _with_noise(network, config, rng)
    real_output, fake_output = discriminator(real.videos), discriminator(fake.videos)
    loss = discriminator_loss(real_output.real, fake_output.real).total
    real_category = category_loss(real_output.category, real.category)

    def real_logit(videos: Tensor) -> Tensor:
        return discriminator(videos).real

    gamma = config.r1_gamma
    r1 = r1_penalty(real_logit, real.videos, gamma=gamma) if gamma else 0.0
    return VideoDiscriminatorLoss(
        loss + config.category_weight * real_category + r1,
        loss,
        real_category,
        category_loss(fake_output.category, fake.category),
        fake_output.real.sigmoid().mean(),
    )


def generator_gradients(
    generator: nn.Module,
    image_discriminator: nn.Module | partial,
    video_discriminator: nn.Module | partial,
    latents: ClipLatents,
    times: Times,
) -> Gradients:
    """Gradients of the generator's loss in each of its parameters, in their order.

    The loss is the sum of three means, in nats: the non-saturating loss of the frames
    ``frames_at(videos, times)``, the non-saturating loss of the clips, and the category
    loss of the clips. No gradient is accumulated in any ``.grad``.

    Source: Tulyakov et al. 2018, equation 7, the generator's part.
    """
    videos = generator(latents)
    output = video_discriminator(videos)
    image_logits = image_discriminator(frames_at(videos, times))
    image_loss = nonsaturating_generator_loss(image_logits)
    video_loss = nonsaturating_generator_loss(output.real)
    loss = image_loss + video_loss + category_loss(output.category, latents.category)
    return torch.autograd.grad(loss, [*generator.parameters()])


def frames_at(videos: Videos, times: Times) -> Frames:
    """One frame of each clip for each group of ``len(videos)`` times, concatenated."""
    return torch.cat([pick_frames(videos, group) for group in times.split(len(videos))])


def _with_noise(
    discriminator: nn.Module, config: TrainConfig, rng: torch.Generator
) -> partial:
    """The discriminator as it is called in training, with noise if configured."""
    return partial(discriminator, rng=rng if config.input_noise else None)
