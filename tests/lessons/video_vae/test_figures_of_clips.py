"""Figures of sections 3.5 to 3.8: titles and panels against computed values."""

from collections.abc import Callable
from functools import partial
from itertools import product

import numpy as np
import pytest
import torch
from figure_checks import (
    assert_controls_change_figure,
    assert_fits,
    corner_cases,
    numbers,
    titles,
)

from course_lib import plotting
from course_lib.data import moving_digits, restless_digits, shape_motion
from course_lib.data.shape_classes import CLASSES, class_of
from course_lib.vae.clip_vae import ClipSizes, ClipVAE
from lessons.video_vae.figures import (
    conditional,
    latent_axes,
    sampled_futures,
    tables,
)
from teaching.static_frames import MAX_BYTES


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def one_context_many_futures(n: int) -> torch.Tensor:
    """Clips of two digits that are equal up to the first wall, after frame 5."""
    digits = moving_digits.sample_scenes(1, rng(3), n_digits=2, split="test").images
    start = torch.tensor([[[0.45, 0.2], [0.3, 0.9]]]).expand(n, -1, -1)
    speed = torch.tensor([[[0.08, 0.06], [-0.02, -0.098]]]).expand(n, -1, -1)
    path = restless_digits.wander(start, speed, 15, rng(1))
    return moving_digits.draw(digits.expand(n, -1, -1, -1), path)


def recoloured(n: int) -> torch.Tensor:
    """One circle on one path in n colours, as a latent axis for colour would give."""
    horizontal = torch.zeros(1, dtype=torch.long)
    path = shape_motion.crossing(horizontal, torch.tensor([6.0]), rng(2))[
        :, ::2
    ].round()
    weight = torch.linspace(0, 1, n)[:, None]
    colour = torch.lerp(
        torch.tensor([[1.0, -0.5, -1]]), torch.tensor([[-1, 0.5, 1.0]]), weight
    )
    circles, size = torch.ones(n, dtype=torch.long), torch.full((n,), 12)
    return shape_motion.draw(circles, size, colour, path.expand(n, -1, -1))


CLIPS = one_context_many_futures(21)
CONTEXT, TRUTH, FUTURES = CLIPS[0, :5], CLIPS[0, 5:], CLIPS[1:, 5:]
BASELINE = FUTURES[::2].mean(dim=0)
COLOURED = recoloured(7)
TRAVERSALS = torch.stack((COLOURED, COLOURED.flip(2), COLOURED[:1].expand_as(COLOURED)))
SHAPES = shape_motion.sample_clips(60, rng(4))
LABELS = class_of(SHAPES.motion, SHAPES.shape)
GRID = torch.stack([SHAPES.videos[LABELS == c][:6] for c in range(len(CLASSES))])
SIGMA = (SHAPES.videos.var(dim=0) + 1e-4).sqrt()
ERRORS = 100 * torch.rand(2000, 20, generator=rng())  # of 2000 clips, 20 samples each
CURVES = {
    "SVG-LP": ERRORS.cummin(dim=1).values.mean(dim=0),
    "copies of noise": 150 / torch.arange(1, 21) ** 0.2,
}
TRIVIAL = {"black": 110, "mean frame": 95, "copy the last": 120, "straight on": 99}
BITS = {
    "autoencoder with a Gaussian": (-2.3, -2.1, -2.0),
    "conditional VAE, class told": (-3.52, -3.41, -3.3),
    "one Gaussian a pixel": (0.1, 0.2, 0.3),
}

many_futures = partial(sampled_futures.many_futures, CONTEXT, TRUTH, FUTURES, BASELINE)
latent_traversal = partial(latent_axes.latent_traversal, TRAVERSALS)
condition_grid = partial(conditional.condition_grid, GRID, names=CLASSES)
from_one_frame = partial(conditional.from_one_frame, COLOURED[0, 0], COLOURED[:5])
CONTROLS: list[tuple[Callable[..., plotting.Figure], dict[str, list], int]] = [
    (many_futures, {"horizon": [1, 5, 10]}, 10),
    (latent_traversal, {"axis": [0, 1, 2], "time": [0, 8, 15]}, 48),
    (condition_grid, {"time": [0, 8, 15]}, 16),
    (from_one_frame, {"time": [0, 8, 15]}, 16),
]  # the last number: the states of the widget

FIXED: dict[str, Callable[[], plotting.Figure]] = {
    "spread": lambda: sampled_futures.future_spread(CONTEXT, FUTURES, (1, 4, 7, 10)),
    "one_time": lambda: sampled_futures.future_spread(CONTEXT, FUTURES, [10]),
    "sigma_map": lambda: latent_axes.sigma_map(SIGMA),
    "two_values": lambda: latent_axes.latent_traversal(TRAVERSALS[:, ::6], 0, 3),
    "one_condition": lambda: conditional.condition_grid(GRID[:1, :1], 9, ["a"]),
    "one_clip": lambda: conditional.from_one_frame(GRID[0, 0, 0], GRID[0, :1], 9),
    "best_of_n": lambda: tables.best_of_n(CURVES, 66.0, TRIVIAL),
    "one_sample": lambda: tables.best_of_n({"SVG-LP": torch.ones(1)}, 2, {}),
    "bits_intervals": lambda: tables.bits_intervals(BITS),
    "one_row": lambda: tables.bits_intervals({"VAE": (-1.0, -1.0, -1.0)}),
}


def image_of(axes: plotting.Axes) -> np.ndarray:
    return np.asarray(axes.images[0].get_array())


def labels_below(drawing: plotting.Figure) -> dict[str, list[float]]:
    """The name below each panel, and the numbers in the second line."""
    lines = [axes.get_xlabel().split("\n") for axes in drawing.axes]
    return {name: numbers(" ".join(more)) for name, *more in lines}


def to_unit_range(frames: torch.Tensor) -> np.ndarray:
    """Pixels in [0, 1]."""
    return frames.double().numpy() / 2 + 0.5


# All figures


@pytest.mark.parametrize("draw", corner_cases(FIXED, (row[:2] for row in CONTROLS)))
def test_a_figure_fits_its_page_and_no_texts_overlap(draw) -> None:
    drawing = assert_fits(draw)
    assert numbers(plotting.alt_text(drawing)), "alternative text without a number"


@pytest.mark.parametrize(("draw", "controls", "states"), CONTROLS)
def test_every_control_changes_the_figure_and_the_widget_is_small(
    draw, controls, states
) -> None:
    assert 4 / 3 * assert_controls_change_figure(draw, controls) * states < MAX_BYTES


# 3.6: many futures


@pytest.mark.parametrize("horizon", [1, 4, 10])
def test_the_error_of_a_sample_is_that_of_the_mean_plus_the_variance(
    horizon: int,
) -> None:
    drawing = many_futures(horizon)
    truth = to_unit_range(TRUTH)[horizon - 1, 0]
    samples = to_unit_range(FUTURES)[:, horizon - 1, 0]
    single = ((samples - truth) ** 2).sum(axis=(1, 2))
    mean = ((samples.mean(axis=0) - truth) ** 2).sum()
    stated, variance = labels_below(drawing), samples.var(axis=0).sum()
    assert single.mean() == pytest.approx(mean + variance)
    assert numbers(titles(drawing)[0]) == pytest.approx(
        [horizon, single.mean(), mean], abs=0.51
    )
    assert stated["mean of 20"] == pytest.approx([mean], abs=0.51)
    assert stated["deviation"] == pytest.approx([variance], abs=0.51)
    assert stated["sample 2"] == pytest.approx([single[1]], abs=0.51)
    baseline = ((to_unit_range(BASELINE)[horizon - 1, 0] - truth) ** 2).sum()
    assert stated["baseline"] == pytest.approx([baseline], abs=0.51)
    assert stated["truth"] == [0]


def test_panels_show_the_requested_horizon() -> None:
    drawing = many_futures(7)
    panels = {axes.get_xlabel().split("\n")[0]: axes for axes in drawing.axes}
    expected = {
        "truth": TRUTH[6],
        "mean of 20": FUTURES[:, 6].mean(dim=0),
        "baseline": BASELINE[6],
        "sample 1": FUTURES[0, 6],
        "sample 3": FUTURES[2, 6],
    }
    for name, frame in expected.items():
        assert np.allclose(
            image_of(panels[name]), to_unit_range(frame)[0], atol=1e-6
        ), name
    std = to_unit_range(FUTURES)[:, 6, 0].std(axis=0)
    assert np.allclose(image_of(panels["deviation"]), std, atol=1e-6)
    assert panels["deviation"].images[0].get_clim() == (0, 0.5)  # at every horizon
    last = to_unit_range(CONTEXT)[-1, 0]
    bright = last > 0.5
    assert np.allclose(image_of(panels["context"])[bright], last[bright], atol=1e-6)


def test_the_variance_is_0_before_the_first_wall_and_grows_after_it() -> None:
    variances = [labels_below(many_futures(h))["deviation"][0] for h in (1, 2, 6, 10)]
    assert variances[:2] == [0, 0] < variances[2:3] < variances[3:]


def test_means_and_deviations_are_those_of_all_samples() -> None:
    drawing = sampled_futures.future_spread(CONTEXT, FUTURES, (1, 4, 10))
    above, below = drawing.axes[:4], drawing.axes[5:9]
    assert np.allclose(image_of(above[0]), to_unit_range(CONTEXT)[-1, 0], atol=1e-6)
    assert not image_of(below[0]).any()
    stated = labels_below(drawing)
    assert stated["context"] == [0]
    for column, time in enumerate((1, 4, 10), start=1):
        samples = to_unit_range(FUTURES)[:, time - 1, 0]
        assert np.allclose(image_of(above[column]), samples.mean(axis=0), atol=1e-6)
        assert np.allclose(image_of(below[column]), samples.std(axis=0), atol=1e-6)
        variance = samples.var(axis=0).sum()
        assert stated[f"+{time}"] == pytest.approx([variance], abs=0.51)


def test_the_deviation_of_colours_is_the_root_of_their_mean_variance() -> None:
    coloured = COLOURED[:, 3:5]
    drawing = sampled_futures.future_spread(coloured[0], coloured, [2])
    variance = to_unit_range(coloured)[:, 1].var(axis=0)
    assert np.allclose(
        image_of(drawing.axes[4]), np.sqrt(variance.mean(axis=0)), atol=1e-6
    )
    assert image_of(drawing.axes[1]).shape == (64, 64, 3)


@pytest.mark.parametrize("horizon", [0, 11])
def test_too_large_horizons_and_too_few_samples_raise_an_error(horizon: int) -> None:
    message = rf"1 to 10 frames ahead; got 20 samples and the times \[{horizon}\]"
    with pytest.raises(ValueError, match=message):
        many_futures(horizon)
    with pytest.raises(ValueError, match=message):
        sampled_futures.future_spread(CONTEXT, FUTURES, [horizon])
    with pytest.raises(ValueError, match=r"at least 3 samples.* got 2 samples"):
        sampled_futures.many_futures(CONTEXT, TRUTH, FUTURES[:2], BASELINE, 1)


# 3.5: whole clips


def test_a_traversal_shows_one_frame_above_and_the_maximum_over_time_below() -> None:
    drawing = latent_traversal(1, 6)
    (axes,) = drawing.axes
    sheet = image_of(axes)
    for i in range(7):
        above, below = (sheet[65 * row :][:64, 65 * i :][:, :64] for row in (0, 1))
        clip = to_unit_range(TRAVERSALS[1, i]).transpose(0, 2, 3, 1)
        assert np.allclose(above, clip[6], atol=1 / 64)
        assert np.allclose(below, clip.max(axis=0), atol=1 / 64)
    ticks = [numbers(label.get_text())[0] for label in axes.get_xticklabels()]
    assert ticks == [-3, -2, -1, 0, 1, 2, 3]
    assert axes.get_yticklabels()[0].get_text() == "frame 6"


def test_the_title_states_the_rms_change_which_is_0_for_an_ignored_axis() -> None:
    difference = TRAVERSALS[0, 6].double() - TRAVERSALS[0, 0].double()
    rms = float((difference**2).mean().sqrt())
    assert numbers(titles(latent_traversal(0, 3))[0]) == [0, round(rms, 3)]
    assert numbers(titles(latent_traversal(2, 3))[0]) == [2, 0]


def test_an_untrained_model_has_a_traversal_and_a_constant_sigma() -> None:
    model = ClipVAE(ClipSizes(width=8), rng())
    z = torch.zeros(3, 16)
    z[:, 5] = torch.linspace(-3, 3, 3)
    drawing = latent_axes.latent_traversal(model.decoder(z)[None], 0, 15)
    assert numbers(titles(drawing)[0])[1] > 0
    constant = latent_axes.sigma_map(model.sigma)
    assert numbers(titles(constant)[0]) == [4.0, 4.0]


def test_the_sigma_map_shows_the_mean_over_colours_at_four_times() -> None:
    drawing = latent_axes.sigma_map(SIGMA)
    sigma = SIGMA.mean(dim=1)
    for axes, time in zip(drawing.axes, (0, 5, 10, 15), strict=False):
        assert np.allclose(image_of(axes), sigma[time])
        assert axes.get_xlabel() == f"frame {time}"
        assert axes.images[0].get_clim() == (0, pytest.approx(float(sigma.max())))
    low, high = numbers(titles(drawing)[0])
    assert low == pytest.approx(0.01) and high == pytest.approx(
        float(sigma.max()), rel=0.05
    )
    assert (
        image_of(drawing.axes[1])[:, 0].max()
        < 0.02
        < image_of(drawing.axes[0])[:, 0].max()
    )


@pytest.mark.parametrize(
    ("axis", "time", "message"),
    [(3, 0, "axis from 0 to 2 here"), (-1, 0, "got 7 values"), (0, 16, "0 to 15 here")],
)
def test_an_unknown_axis_or_frame_raises_an_error(axis, time, message) -> None:
    with pytest.raises(ValueError, match=message):
        latent_traversal(axis, time)


# 3.7: conditions


def test_a_trail_contains_earlier_frames_and_no_later_ones() -> None:
    clip = -torch.ones(4, 1, 1, 5)
    for t in range(4):
        clip[t, 0, 0, t] = 1 - t / 2  # a dot moves right and fades
    copy = clip.clone()
    pixels = (conditional.with_trail(clip, 2) / 2 + 0.5).flatten().tolist()
    assert pixels == pytest.approx([0.35, 0.35 * 0.75, 0.5, 0, 0])
    first = conditional.with_trail(clip, 0)
    assert torch.equal(first, clip[0]) and torch.equal(clip, copy)
    both = conditional.with_trail(torch.stack((clip, clip.flip(0))), 1)
    assert torch.equal(both[0], conditional.with_trail(clip, 1))
    assert torch.equal(both[1], conditional.with_trail(clip.flip(0), 1))


def test_quantized_colours_differ_by_half_a_level_at_most() -> None:
    images = 2 * torch.rand(3, 3, 8, 8, generator=rng()) - 1
    quantized = conditional.quantize_colours(images)
    assert float((quantized - images).abs().max()) <= 1 / 32 + 1e-6
    assert len(quantized.unique()) <= 33
    assert torch.equal(quantized, conditional.quantize_colours(quantized))
    ends = torch.tensor([-1.0, 0, 1]).view(1, 1, 1, 3)
    assert torch.equal(conditional.quantize_colours(ends), ends)


def test_rows_are_conditions_and_columns_are_noises() -> None:
    (axes,) = condition_grid(9).axes
    sheet = image_of(axes)
    for row, column in product(range(4), range(6)):
        tile = sheet[65 * row :][:64, 65 * column :][:, :64]
        clip = to_unit_range(GRID[row, column]).transpose(0, 2, 3, 1)
        trail = 0.35 * clip[:10].max(axis=0)
        assert np.allclose(tile, np.maximum(clip[9], trail), atol=1 / 64)
    names = [label.get_text().replace("\n", " ") for label in axes.get_yticklabels()]
    assert names == [*CLASSES]


def test_samples_stand_beside_the_first_frame_of_the_condition() -> None:
    condition, samples = from_one_frame(12).axes
    first_frame = to_unit_range(COLOURED[0, 0]).transpose(1, 2, 0)
    assert np.allclose(image_of(condition), first_frame, atol=1 / 64)
    third = image_of(samples)[:, 130:194]
    clip = to_unit_range(COLOURED[2]).transpose(0, 2, 3, 1)
    trail = 0.35 * clip[:13].max(axis=0)
    assert np.allclose(third, np.maximum(clip[12], trail), atol=1 / 64)


def test_missing_names_and_unknown_frames_raise_an_error() -> None:
    with pytest.raises(ValueError, match="each of the 4 conditions; got 3 names"):
        conditional.condition_grid(GRID, 0, CLASSES[:3])
    for draw in (condition_grid, from_one_frame):
        for time in (-1, 16):
            with pytest.raises(ValueError, match=f"frames 0 to 15 here; got {time}"):
                draw(time)


# 3.8: the table


def test_the_best_of_n_falls_even_for_random_errors() -> None:
    drawing = tables.best_of_n(CURVES, 66.0, TRIVIAL)
    (axes,) = drawing.axes
    by_label = {str(line.get_label()): line for line in axes.lines}
    errors = np.asarray(by_label["SVG-LP"].get_ydata())
    assert errors == pytest.approx(
        100 / (1 + np.arange(1, 21)), rel=0.1
    )  # uniform errors
    assert list(by_label["SVG-LP"].get_xdata()) == [*range(1, 21)]
    assert numbers(titles(drawing)[0]) == [round(errors[0]), 20, round(errors[-1])]
    for name, level in {"deterministic": 66, **TRIVIAL}.items():
        assert set(by_label[name].get_ydata()) == {level}
        assert (by_label[name].get_color() == plotting.FAINT) == (name in TRIVIAL)
    looks = {(x.get_color(), str(x._dash_pattern), x.get_marker()) for x in axes.lines}
    assert len(looks) == len(axes.lines) == 7
    assert len({str(line._dash_pattern) for line in axes.lines[:5]}) == 5
    assert axes.get_ylim()[0] == 0 and axes.get_ylim()[1] > 150


@pytest.mark.parametrize("curves", [{}, {"SVG-LP": torch.tensor([3.0, 2, 2.5])}])
def test_no_curve_or_a_rising_curve_raises_an_error(curves) -> None:
    with pytest.raises(ValueError, match=r"never worse.* smallest error so far"):
        tables.best_of_n(curves, 1.0, {})


def test_rows_have_their_intervals_and_the_lowest_is_a_diamond() -> None:
    drawing = tables.bits_intervals(BITS)
    (axes,) = drawing.axes
    intervals, means = axes.lines[::2], axes.lines[1::2]
    for row, (low, mean, high) in enumerate(BITS.values()):
        assert list(intervals[row].get_xdata()) == [low, high]
        assert list(means[row].get_xdata()) == [mean]
        assert list(means[row].get_ydata()) == [row]
        assert numbers(axes.texts[row].get_text()) == [mean]
    assert [line.get_marker() for line in means] == [*"oDo"]
    assert [label.get_text() for label in axes.get_yticklabels()] == [*BITS]
    assert numbers(titles(drawing)[0]) == [-3.41]
    assert axes.get_ylim()[0] > axes.get_ylim()[1]  # the first row is on top


@pytest.mark.parametrize(
    "row", [(2.0, 1.0, 3.0), (1.0, 4.0, 3.0), (0.0, float("nan"), 1.0), (0, 0, 1e999)]
)
def test_a_mean_outside_its_interval_raises_an_error(row) -> None:
    with pytest.raises(ValueError, match="low <= mean <= high, all finite"):
        tables.bits_intervals({"VAE": row})
    with pytest.raises(ValueError, match="at least one row"):
        tables.bits_intervals({})
