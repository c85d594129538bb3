"""Training of the video GANs: reproducibility, schedules, and shipped checkpoints."""

import pytest
import torch

from course_lib.evaluation.video_gan_table import ClipMetrics, measure_model
from course_lib.training import distributed, video_gan
from course_lib.training.checkpoints import Card, read_card, save_weights
from course_lib.training.loop import train
from course_lib.training.presets import MOCOGAN_LAPTOP, LearningPreset
from course_lib.training.video_gan import (
    LR_RATIO,
    R1_GAMMA,
    R1_INTERVAL,
    TRAININGS,
    VIDEO_GANS,
    load_pretrained,
)

TINY = LearningPreset(steps=2, batch=2, every=2, rate=1e-3)
each = pytest.mark.parametrize("name", VIDEO_GANS)


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def weights(network):
    return torch.cat([p.detach().flatten() for p in network.parameters()])


@pytest.fixture(autouse=True)
def few_clips(monkeypatch):
    monkeypatch.setattr(video_gan, "N_WATCHED", 8)


def trained(name, seed, preset=TINY):
    run = video_gan.training_run(VIDEO_GANS[name], preset, rng(seed))
    state, log = train(run)
    return state, log, run


@each
def test_training_is_reproducible_from_a_seed(name):
    first, again, other = (
        weights(trained(name, seed)[0].state.generator) for seed in (5, 5, 6)
    )
    assert torch.equal(first, again) and not torch.equal(first, other)


@each
def test_every_reading_has_losses_and_clip_metrics_under_distinct_names(name):
    _, log, _ = trained(name, 0)
    assert log.names[-len(ClipMetrics._fields) :] == ClipMetrics._fields
    columns = ("step", *log.names)
    assert len({*columns}) == len(columns)
    assert len(log.curve) == 1


@each
def test_the_averaged_generator_is_saved_and_sampled_reproducibly(name):
    state, _, run = trained(name, 0)
    model = state.state.ema_generator
    assert run.trained_model(state) is model is state.state.ema.module
    assert not model.training  # the card measures it as it is shipped
    sample = VIDEO_GANS[name].sampler(model)
    first, again, other = (sample(3, rng(seed)) for seed in (1, 1, 2))
    assert first.videos.shape == (3, 16, 3, 64, 64)
    assert torch.equal(first.videos, again.videos)
    assert not torch.equal(first.videos, other.videos)
    assert first.category.shape == (3,) and not first.videos.requires_grad


def test_the_generator_has_a_larger_learning_rate_and_r1_is_lazy(monkeypatch):
    steps = []

    def train_step(state, real, config, rng):
        rates = [optimizer.param_groups[0]["lr"] for optimizer in state[4:]]
        steps.append((config.r1_gamma, rates))
        return state, video_gan.training.StepMetrics(*[0.0] * 6)

    monkeypatch.setattr(video_gan.training, "train_step", train_step)
    preset = LearningPreset(steps=R1_INTERVAL + 1, batch=2, every=99, rate=1e-3)
    train(video_gan.training_run(VIDEO_GANS["mocogan"], preset, rng()))
    expected = [0] * (R1_INTERVAL - 1) + [R1_INTERVAL * R1_GAMMA, 0]
    assert [r1_gamma for r1_gamma, _ in steps] == expected
    for _, (generator, images, videos) in steps:
        assert generator == pytest.approx(LR_RATIO * images) and images == videos > 0


def test_training_in_several_processes_is_rejected(monkeypatch):
    monkeypatch.setattr(distributed, "world_size", lambda: 2)
    with pytest.raises(ValueError, match="without torchrun"):
        video_gan.training_run(VIDEO_GANS["vgan"], TINY, rng())


def test_a_saved_generator_is_loaded_in_evaluation_mode(tmp_path):
    network = VIDEO_GANS["tgan"].init(rng()).ema_generator
    card = Card("", 0, 0.0, "", "", {})
    save_weights("tgan", network, card, folder=tmp_path)
    loaded = load_pretrained("tgan", folder=tmp_path)
    assert not loaded.training
    torch.testing.assert_close(weights(loaded), weights(network), atol=0.02, rtol=0)


def test_an_unknown_name_is_rejected_with_the_known_names():
    with pytest.raises(ValueError, match="choose one of mocogan"):
        load_pretrained("dvdgan")


def test_every_video_gan_has_a_smoke_and_a_laptop_preset():
    assert set(TRAININGS) == set(VIDEO_GANS)
    for training in TRAININGS.values():
        assert {*training.presets} == {"smoke", "laptop"}


@pytest.mark.parametrize("name", ["vgan", "tgan"])
def test_batch_norm_of_the_averaged_generator_has_statistics_of_its_own_weights(name):
    """Its outputs in evaluation mode are nearly those of a batch in training mode."""
    state, _, run = trained(name, 0)
    model = run.trained_model(state)
    z = torch.randn(64, video_gan.LATENT, generator=rng(9))
    with torch.no_grad():
        evaluated, batch = model(z), model.train()(z)
    assert (evaluated - batch).abs().mean() < 0.2 * batch.std()


@each
@pytest.mark.parametrize("channels", [1, 3])
def test_on_films_a_generator_paints_frames_of_their_channels(name, channels):
    state = VIDEO_GANS[name].init(rng(), (channels, 64, 64))
    clips = VIDEO_GANS[name].sampler(state.ema_generator)(2, rng())
    assert clips.videos.shape == (2, 16, channels, 64, 64)


@each
def test_frames_of_another_size_are_rejected(name):
    with pytest.raises(ValueError, match="Resize the films with --size 64"):
        VIDEO_GANS[name].init(rng(), (3, 32, 32))


@each
def test_a_shipped_checkpoint_loads_although_attributes_were_renamed(name):
    initial = VIDEO_GANS[name].init(rng()).ema_generator
    loaded = load_pretrained(name)
    assert [*loaded.state_dict()] == [*initial.state_dict()]
    for (key, before), after in zip(
        initial.named_parameters(), loaded.parameters(), strict=True
    ):
        assert not torch.equal(before, after), key


@each
def test_a_shipped_card_has_its_command_and_complete_curves(name):
    card = read_card(name)
    assert card.command == f"course train {name} --preset laptop --seed 0"
    assert card.curve["step"][-1] == MOCOGAN_LAPTOP.steps
    assert len({len(column) for column in card.curve.values()}) == 1
    assert {*ClipMetrics._fields} < {*card.curve}


def test_the_curves_of_mocogan_s_card_are_named_as_its_step_metrics():
    names = ("step", *video_gan.training.StepMetrics._fields, *ClipMetrics._fields)
    assert (*read_card("mocogan").curve,) == names


def test_the_shipped_mocogan_reaches_the_required_metrics():
    sample = VIDEO_GANS["mocogan"].sampler(load_pretrained("mocogan"))
    row = measure_model(sample, n=128, repeats=2)
    assert row["content_distance"].high < 1.79 and row["empty_fraction"].high < 0.05
    assert row["speed"].low > 0.7 * 3.64 and row["category_accuracy"].value > 0.9
    assert 0.1 < row["square_fraction"].value < 0.9
    assert row["rarest_size_fraction"].value > 0.1
    assert row["coverage"].value > 0.2


@pytest.mark.parametrize("name", ["vgan", "tgan"])
def test_the_shipped_baselines_do_not_reach_them(name):
    sample = VIDEO_GANS[name].sampler(load_pretrained(name))
    row = measure_model(sample, n=64, repeats=1)
    assert row["content_distance"].value > 10
    assert row["category_accuracy"].value < 0.7
