"""Moving bars and their metrics; ablation and trials of MoCoGAN on them."""

import pytest
import torch

from course_lib.mocogan.discriminators import ZeroDiscriminator
from course_lib.mocogan.objectives import category_loss
from course_lib.mocogan.training import train_step
from lessons.mocogan.experiments import ablation, trials
from lessons.mocogan.experiments.ablation import VARIANTS, Variant
from lessons.mocogan.experiments.moving_bars import (
    BASELINE,
    BATCH,
    BREADTH,
    FRAMES,
    LENGTH,
    SIDE,
    BarMetrics,
    init_small_mocogan,
    measure_bars,
    moving_bars,
    reference_metrics,
    summarize_runs,
)
from lessons.mocogan.experiments.trials import NO_R1, TRIALS, Trial


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def real():
    return moving_bars(40, rng())


def test_real_clips_have_perfect_metrics(real):
    assert measure_bars(real) == BarMetrics(0.0, 1.0, 1.0)


def test_a_bar_keeps_its_area_and_moves_one_pixel_a_frame(real):
    area = (real.videos > 0).sum(dim=(2, 3, 4))
    assert (area == LENGTH * BREADTH).all()
    down = real.videos[real.category == 1]
    assert torch.equal(down[:, 1:], down[:, :-1].roll(1, dims=3))


def test_exchanged_categories_have_category_accuracy_0(real):
    metrics = measure_bars(real._replace(category=1 - real.category))
    assert metrics == BarMetrics(0.0, 1.0, 0.0)


def test_reversed_clips_stay_on_their_track_with_category_accuracy_0(real):
    metrics = measure_bars(real._replace(videos=real.videos.flip(1)))
    assert metrics == BarMetrics(0.0, 1.0, 0.0)


def test_a_jump_to_another_track_lowers_both_fractions_by_one_step(real):
    jumping = real.videos.clone()
    jumping[:, 3:] = jumping[:, 3:].roll((2, 2), dims=(3, 4))
    metrics = measure_bars(real._replace(videos=jumping))
    assert metrics.pixel_error == 0
    expected = pytest.approx(1 - 1 / (FRAMES - 1))
    assert metrics.same_track == metrics.category_accuracy == expected


def test_grey_frames_have_pixel_error_1_and_no_bar(real):
    metrics = measure_bars(real._replace(videos=0 * real.videos))
    assert metrics == BarMetrics(1.0, 0.0, 0.0)


def test_black_frames_have_pixel_error_one_quarter_and_no_bar(real):
    metrics = measure_bars(real._replace(videos=-torch.ones_like(real.videos)))
    assert metrics == BarMetrics(0.25, 0.0, 0.0)


def test_baselines_without_a_model_have_category_accuracy_0():
    rows = reference_metrics(32)
    assert [*rows] == ["real", "reversed", "frozen", "black"]
    assert rows["real"] == BarMetrics(0.0, 1.0, 1.0)
    assert rows["frozen"] == BarMetrics(0.0, 1.0, 0.0)
    assert rows["black"].pixel_error == 0.25
    del rows["real"]
    assert not any(row.category_accuracy for row in rows.values())


def test_a_small_mocogan_takes_the_library_s_training_step():
    state = init_small_mocogan(rng())
    state, metrics = train_step(state, moving_bars(BATCH, rng()), BASELINE, rng())
    assert 0 < metrics.image_d_fake < 1
    latents = state.ema_generator.sample_latents(3, rng(), FRAMES)
    assert state.ema_generator(latents).shape == (3, FRAMES, 1, SIDE, SIDE)


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
def test_each_variant_has_its_discriminators_and_category_input(variant):
    state = ablation.init_state(variant, rng())
    is_zero = isinstance(state.image_discriminator, ZeroDiscriminator)
    assert is_zero != variant.image_discriminator
    sizes = state.generator.sizes.latents
    assert sizes.category_in_motion == variant.category_in_motion
    has_category_input = state.generator.motion_rnn.input_size > sizes.motion
    assert has_category_input == variant.category_in_motion


def test_the_ablation_has_all_four_variants():
    assert {str(variant) for variant in VARIANTS} == {
        f"{discriminators}, category in {network}"
        for discriminators in ("D_I and D_V", "D_V only")
        for network in ("RNN", "G_I")
    }


def test_each_trial_but_the_last_two_differs_from_the_baseline_in_one_setting():
    baseline, *others = [*TRIALS.values()][:-2]
    assert baseline == Trial()
    for trial in others:
        changed = [x for x, y in zip(trial, baseline, strict=True) if x != y]
        assert len(changed) == 1 or trial == Trial(NO_R1, spectral_norm=True)


@pytest.mark.parametrize("name", TRIALS)
def test_every_trial_is_reproducible_and_differs_from_the_baseline(name):
    trial, baseline = TRIALS[name], TRIALS["baseline"]
    first, again, other = (trials.run(x, 8, rng(1)) for x in (trial, trial, baseline))
    assert first == again
    assert (first == other) == (name == "baseline")


def test_the_baseline_trial_equals_the_unchanged_variant_of_the_ablation():
    variant = Variant(image_discriminator=True, category_in_motion=True)
    expected = ablation.run(variant, 4, rng(2))
    assert trials.run(Trial(), 4, rng(2)) == expected


def test_spectrally_normalized_layers_keep_norm_1_during_training():
    trial = TRIALS["spectral norm, no R1"]
    state = trials.init_state(trial, rng())
    state, _ = train_step(state, moving_bars(BATCH, rng()), trial.config, rng())
    for network in (state.image_discriminator, state.video_discriminator):
        for layer in (network.layers[1], network.layers[3]):
            norm = torch.linalg.matrix_norm(layer.weight, 2).item()
            assert norm == pytest.approx(1)


def test_a_trial_sets_learning_rate_width_and_initial_weights():
    changed = trials.init_state(Trial(lr_ratio=2.0, width=16, init_gain=3.0), rng())
    baseline = trials.init_state(Trial(), rng())
    states = (changed, baseline)
    rates = [x.generator_optimizer.param_groups[0]["lr"] for x in states]
    assert rates[0] == 2 * rates[1]
    assert changed.video_optimizer.param_groups[0]["lr"] == rates[1]
    assert changed.video_discriminator.layers[1].out_features == 16
    stds = [x.image_discriminator.layers[1].weight.std().item() for x in states]
    assert stds[0] > 2 * stds[1]


def test_a_small_training_set_is_sampled_with_repetition():
    next_clips = trials._clip_source(Trial(n_clips=3), rng())
    distinct = {
        clip.numpy().tobytes() for _ in range(4) for clip in next_clips().videos
    }
    assert len(distinct) <= 3


def test_the_ablation_is_reproducible_from_a_seed():
    first, again = (ablation.run(VARIANTS[0], 3, rng(1)) for _ in range(2))
    assert first == again


def test_a_summary_has_minimum_mean_and_maximum_over_the_seeds(monkeypatch):
    def run(variant, n_steps, rng):
        value = 0.1 * VARIANTS.index(variant) + 0.3 * torch.rand((), generator=rng)
        return BarMetrics(value.item(), value.item(), n_steps / 10)

    monkeypatch.setattr(ablation, "run", run)
    summary = summarize_runs([*ablation.run_ablation(4, range(3))])
    assert [*summary] == [*BarMetrics._fields]
    for rows in summary.values():
        assert [*rows] == [str(variant) for variant in VARIANTS]
    for field in ("pixel_error", "same_track"):
        assert all(low < mean < high for low, mean, high in summary[field].values())
    for row in summary["category_accuracy"].values():
        assert row == pytest.approx((0.4, 0.4, 0.4))


@pytest.mark.parametrize("category_weight", [1.0, 0.0])
def test_the_category_has_a_gradient_only_if_trained_on_real_categories(
    category_weight,
):
    """Gradient of the generator's category loss in the RNN's category weights."""
    state = init_small_mocogan(rng())
    config = BASELINE._replace(category_weight=category_weight)
    for _ in range(200):
        state, _ = train_step(state, moving_bars(BATCH, rng()), config, rng())
    generator = state.generator
    latents = generator.sample_latents(BATCH, rng(1), FRAMES)
    output = state.video_discriminator(generator(latents))
    loss = category_loss(output.category, latents.category)
    (gradient,) = torch.autograd.grad(loss, generator.motion_rnn.weight_ih)
    norm = gradient[:, generator.sizes.latents.motion :].norm().item()
    assert norm > 1e-3 if category_weight else norm < 1e-5, norm
