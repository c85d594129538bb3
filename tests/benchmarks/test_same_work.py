"""Both sides of a benchmark compute the same losses, gradients, frames and metrics."""

import numpy as np
import pytest
import torch
from torch import nn
from torchmetrics.functional.image import structural_similarity_index_measure

from benchmarks import conv_lstm, frechet, lstm, ssim
from benchmarks.plain import clips as plain_clips
from benchmarks.plain import conv_lstm as plain_conv_lstm
from benchmarks.plain import mocogan as released
from course_lib.data import moving_digits, shape_motion
from course_lib.metrics.frechet import frechet_distance
from course_lib.metrics.ssim import ssim as our_ssim
from course_lib.mocogan import training
from course_lib.mocogan.frame_views import sample_times
from course_lib.mocogan.latents import LatentSizes, latent_path_as_released
from course_lib.mocogan.train_state import init_paper_mocogan
from course_lib.mocogan.training import Clips, TrainConfig
from course_lib.mocogan.video_gan import MoCoGANSizes
from course_lib.predictor.model import ConvLSTMPredictor, ConvLSTMSizes
from course_lib.predictor.rollout import teacher_forcing

N, WIDTH = 3, 4
QUIET = TrainConfig(r1_gamma=0.0)


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@torch.no_grad()
def copied(source: nn.Module, target: nn.Module) -> None:
    for a, b in zip(source.parameters(), target.parameters(), strict=True):
        b.copy_(a)


@pytest.fixture
def states():
    """The library's and the released networks with the same, narrow weights."""
    sizes = MoCoGANSizes(LatentSizes(category_in_motion=False), width=WIDTH)
    ours, plain = init_paper_mocogan(rng(), sizes), released.init_state(WIDTH)
    copied(ours.image_discriminator, plain.image_discriminator)
    copied(ours.video_discriminator, plain.video_discriminator)
    copied(ours.generator, plain.generator)
    return ours, plain


@pytest.fixture(scope="module")
def real() -> Clips:
    clips = shape_motion.sample_clips(N, rng(1))
    return Clips(clips.videos, clips.motion)


@pytest.fixture(scope="module")
def fake(real: Clips) -> Clips:
    return Clips(real.videos.flip(1) * 0.9, real.category)


def assert_same_parameters(ours: nn.Module, plain: nn.Module) -> None:
    for a, b in zip(ours.parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-3, atol=1e-5)


def test_image_discriminators_have_equal_losses_and_updates(
    states, real: Clips, fake: Clips
) -> None:
    ours, plain = states
    total, expected, _ = training.image_discriminator_loss(
        ours.image_discriminator, real.videos, fake.videos, QUIET, rng(2)
    )
    released.optimizer_step(ours.image_optimizer, total)
    same = rng(2)
    frames = [
        training.frames_at(x.videos, sample_times(N, 16, same)) for x in (real, fake)
    ]
    loss = released.image_discriminator_loss(plain.image_discriminator, *frames, None)
    torch.testing.assert_close(loss, expected)
    released.optimizer_step(plain.optimizers[0], loss)
    assert_same_parameters(ours.image_discriminator, plain.image_discriminator)


def test_video_discriminators_have_equal_losses_and_updates(
    states, real: Clips, fake: Clips
) -> None:
    ours, plain = states
    total, adversarial, category, *_ = training.video_discriminator_loss(
        ours.video_discriminator, real, fake, QUIET, rng(2)
    )
    released.optimizer_step(ours.video_optimizer, total)
    videos = (clips.videos.transpose(1, 2) for clips in (real, fake))
    discriminator = plain.video_discriminator
    loss = released.video_discriminator_loss(
        discriminator, *videos, real.category, None
    )
    torch.testing.assert_close(loss, adversarial + category)
    released.optimizer_step(plain.optimizers[1], loss)
    assert_same_parameters(ours.video_discriminator, discriminator)


def test_generators_have_equal_gradients(states) -> None:
    ours, plain = states
    latents = ours.generator.sample_latents(N, rng(3))
    times = torch.tensor([0, 5, 15])
    gradients = training.generator_gradients(*ours[:3], latents, times)
    path = latent_path_as_released(latents, plain.generator.motion_rnn, 2)
    frames = plain.generator.image_generator(path.flatten(0, 1)[:, :, None, None])
    videos = frames.unflatten(0, (N, 16))
    images, clips = videos[torch.arange(N), times], videos.transpose(1, 2)
    released.generator_loss(plain, images, clips, latents.category, None).backward()
    for gradient, weight in zip(gradients, plain.generator.parameters(), strict=True):
        assert (gradient - weight.grad).norm() < 1e-4 * gradient.norm()


def test_the_release_computes_2nt_paths_for_n_frames(states) -> None:
    generator, batch_sizes = states[1].generator, []
    generator.motion_rnn.register_forward_hook(
        lambda module, inputs, state: batch_sizes.append(len(state))
    )
    assert generator.images(N, rng()).shape == (N, 3, 64, 64)
    assert batch_sizes == [2 * N * 16] * 16
    path, category = generator.paths(N, rng())
    static = path.unflatten(0, (N, 16))[:, :, :52]
    assert (static == static[:, :1]).all()
    assert torch.equal(static[:, 0, 50:].argmax(dim=1), category)


def test_one_plain_training_step_updates_all_three_networks(
    states, real: Clips
) -> None:
    _, plain = states
    before = [next(x.parameters()).clone() for x in plain[:3]]
    released.train_step(plain, *real, rng())
    after = [next(x.parameters()) for x in plain[:3]]
    assert not any(torch.equal(*pair) for pair in zip(before, after, strict=True))


def test_the_plain_conv_lstm_predicts_the_same_frames() -> None:
    sizes = ConvLSTMSizes(width=8)
    model = ConvLSTMPredictor(sizes, rng())
    plain = plain_conv_lstm.Predictor(sizes.block, sizes.width, sizes.kernel, 2)
    plain = plain_conv_lstm.with_weights_of(model, plain)
    videos = moving_digits.sample_clips(2, rng(), n_frames=5)
    expected = teacher_forcing(model, videos)
    torch.testing.assert_close(plain(videos[:, :-1]), expected, rtol=1e-4, atol=1e-5)
    assert {s.channels for s in conv_lstm.SIZES.values()} == {1}


def test_both_lstms_have_the_same_hidden_states() -> None:
    network, codes = lstm.network_and_codes()
    expected = lstm.run_ours(network, codes)
    actual = lstm.run_peer(lstm.with_weights_of(network), codes)
    torch.testing.assert_close(actual, expected, rtol=1e-4, atol=1e-5)


def test_shapes_painted_frame_by_frame_are_the_same() -> None:
    clips = shape_motion.sample_clips(12, rng())
    for n in range(12):
        circle, size = bool(clips.shape[n]), int(clips.size[n])
        colour, path = clips.colour[n].numpy(), clips.path[n].numpy()
        frames = [
            plain_clips.shape_frame(circle, size, colour, place) for place in path
        ]
        assert np.array_equal(np.stack(frames), clips.videos[n].numpy())


def test_curves_of_the_loop_are_those_of_the_library() -> None:
    points = np.random.default_rng(0).random((2, 5))
    for down in (False, True):
        path = plain_clips.crossing(down, 5.0, points)
        assert sorted(path[[0, -1], int(down)]) == [5, 59]
        assert path[0, 1 - down] == path[-1, 1 - down]
        along, across = (torch.tensor(p, dtype=torch.float32) for p in points)
        along[0], along[-1], across[-1] = 0, 1, across[0]
        axes = (across, along) if down else (along, across)
        weights = shape_motion.bernstein(32, torch.device("cpu"))
        expected = (5 + 54 * (weights @ torch.stack(axes, dim=1))).round()
        assert (torch.from_numpy(path) == expected).float().mean() > 0.95  # float32


def test_digits_laid_frame_by_frame_are_the_same() -> None:
    scenes = moving_digits.sample_scenes(1, rng(), n_digits=2, split="train")
    corners = moving_digits.bounce(scenes.start, scenes.velocity, 20)
    expected = moving_digits.draw(scenes.images, corners)[0, :, 0].numpy()
    frames = np.full((20, 64, 64), -1.0, dtype=np.float32)
    for digit in range(2):
        for frame, place in zip(
            frames, (36 * corners[0, :, digit]).long(), strict=True
        ):
            plain_clips.lay(scenes.images[0, digit].numpy(), frame, *place.tolist())
    assert np.array_equal(frames, expected)


def test_the_loop_draws_clips_of_the_same_law() -> None:
    source = np.random.default_rng(0)
    loop = plain_clips.shape_clips(64, source)
    ours = shape_motion.sample_clips(64, rng()).videos
    assert loop.shape == ours.shape and loop.dtype == ours.dtype
    lit = [
        (x > -1).any(dim=2).float().sum(dim=(2, 3)).mean().item() for x in (loop, ours)
    ]
    assert lit[0] == pytest.approx(lit[1], rel=0.2)
    images = moving_digits.sample_scenes(8, rng(), n_digits=2, split="train").images
    digits = plain_clips.digit_clips(64, images.flatten(0, 1).numpy(), source)
    assert digits.shape == (64, 20, 1, 64, 64) and digits.dtype == torch.float32
    assert digits.mean().item() == pytest.approx(
        moving_digits.sample_clips(64, rng()).mean().item(), abs=0.05
    )


@pytest.mark.parametrize("peer", [frechet.by_square_root, frechet.by_eigenvalues])
def test_frechet_distances_agree(peer) -> None:
    a, b = frechet.features(300, 24)
    assert frechet_distance(a, b) == pytest.approx(peer(a, b), rel=1e-6)


def test_similarities_agree_where_no_border_is_judged() -> None:
    a, b = ssim.clips(2)
    expected = our_ssim(a, b, data_range=ssim.RANGE)
    torch.testing.assert_close(ssim.by_skimage(a, b), expected, rtol=1e-4, atol=1e-5)
    way = {"sigma": 1.5, "kernel_size": 11, "data_range": ssim.RANGE}
    frames = (x.flatten(0, 1).double() for x in (a, b))
    _, full = structural_similarity_index_measure(
        *frames, **way, return_full_image=True
    )
    inner = full[..., 5:-5, 5:-5].mean(dim=(1, 2, 3)).view(expected.shape)
    torch.testing.assert_close(inner.float(), expected, rtol=1e-4, atol=1e-5)
