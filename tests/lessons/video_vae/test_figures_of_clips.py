"""What the pictures of 3.5 to 3.8 say is true: titles, marks and panels, measured."""

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
from teaching.static_frames import MOST_BYTES


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def one_past_many_futures(n: int) -> torch.Tensor:
    """Clips of the same two digits that part at the first wall, behind frame 5."""
    digits = moving_digits.sample_scenes(1, rng(3), n_digits=2, split="test").images
    start = torch.tensor([[[0.45, 0.2], [0.3, 0.9]]]).expand(n, -1, -1)
    speed = torch.tensor([[[0.08, 0.06], [-0.02, -0.098]]]).expand(n, -1, -1)
    path = restless_digits.wander(start, speed, 15, rng(1))
    return moving_digits.draw(digits.expand(n, -1, -1, -1), path)


def recoloured(n: int) -> torch.Tensor:
    """One circle on one path, in n colours: what an axis of colour would do."""
    across = torch.zeros(1, dtype=torch.long)
    path = shape_motion.crossing(across, torch.tensor([6.0]), rng(2))[:, ::2].round()
    share = torch.linspace(0, 1, n)[:, None]
    colour = torch.lerp(
        torch.tensor([[1.0, -0.5, -1]]), torch.tensor([[-1, 0.5, 1.0]]), share
    )
    circles, size = torch.ones(n, dtype=torch.long), torch.full((n,), 12)
    return shape_motion.draw(circles, size, colour, path.expand(n, -1, -1))


RESTLESS = one_past_many_futures(21)
PAST, TRUTH, DREAMS = RESTLESS[0, :5], RESTLESS[0, 5:], RESTLESS[1:, 5:]
RIVAL = DREAMS[::2].mean(dim=0)
COLOURED = recoloured(7)
WALKS = torch.stack((COLOURED, COLOURED.flip(2), COLOURED[:1].expand_as(COLOURED)))
MANY = shape_motion.sample_clips(60, rng(4))
KIND = class_of(MANY.motion, MANY.shape)
GRID = torch.stack([MANY.videos[KIND == kind][:6] for kind in range(len(CLASSES))])
SIGMA = (MANY.videos.var(dim=0) + 1e-4).sqrt()
ERRORS = 100 * torch.rand(2000, 20, generator=rng())  # of 2000 clips, 20 tries each
CURVES = {
    "dreamer": ERRORS.cummin(dim=1).values.mean(dim=0),
    "copies of noise": 150 / torch.arange(1, 21) ** 0.2,
}
TRIVIAL = {"black": 110, "mean frame": 95, "copy the last": 120, "straight on": 99}
BITS = {
    "autoencoder with a Gaussian": (-2.3, -2.1, -2.0),
    "conditional VAE, class told": (-3.52, -3.41, -3.3),
    "one Gaussian a pixel": (0.1, 0.2, 0.3),
}

many_futures = partial(sampled_futures.many_futures, PAST, TRUTH, DREAMS, RIVAL)
axis_walk = partial(latent_axes.axis_walk, WALKS)
condition_grid = partial(conditional.condition_grid, GRID, names=CLASSES)
from_one_frame = partial(conditional.from_one_frame, COLOURED[0, 0], COLOURED[:5])
CONTROLS: list[tuple[Callable[..., plotting.Figure], dict[str, list], int]] = [
    (many_futures, {"horizon": [1, 5, 10]}, 10),
    (axis_walk, {"axis": [0, 1, 2], "time": [0, 8, 15]}, 48),
    (condition_grid, {"time": [0, 8, 15]}, 16),
    (from_one_frame, {"time": [0, 8, 15]}, 16),
]  # the last number: as many states as a widget may have

STILL: dict[str, Callable[[], plotting.Figure]] = {
    "spread": lambda: sampled_futures.spread_by_place(PAST, DREAMS, (1, 4, 7, 10)),
    "one_moment": lambda: sampled_futures.spread_by_place(PAST, DREAMS, [10]),
    "width_map": lambda: latent_axes.width_map(SIGMA),
    "two_values": lambda: latent_axes.axis_walk(WALKS[:, ::6], 0, 3),
    "one_condition": lambda: conditional.condition_grid(GRID[:1, :1], 9, ["a"]),
    "one_clip": lambda: conditional.from_one_frame(GRID[0, 0, 0], GRID[0, :1], 9),
    "best_of_many": lambda: tables.best_of_many(CURVES, 66.0, TRIVIAL),
    "one_try": lambda: tables.best_of_many({"dreamer": torch.ones(1)}, 2, {}),
    "bits_bars": lambda: tables.bits_bars(BITS),
    "one_row": lambda: tables.bits_bars({"VAE": (-1.0, -1.0, -1.0)}),
}


def hung(axes: plotting.Axes) -> np.ndarray:
    return np.asarray(axes.images[0].get_array())


def under(drawing: plotting.Figure) -> dict[str, list[float]]:
    """What stands below each panel: its name, and the numbers in the second line."""
    lines = [axes.get_xlabel().split("\n") for axes in drawing.axes]
    return {name: numbers(" ".join(more)) for name, *more in lines}


def share(frames: torch.Tensor) -> np.ndarray:
    """Pixels in [0, 1]."""
    return frames.double().numpy() / 2 + 0.5


# All pictures


@pytest.mark.parametrize("draw", corner_cases(STILL, (row[:2] for row in CONTROLS)))
def test_a_picture_fits_its_paper_and_no_word_covers_another(draw) -> None:
    drawing = assert_fits(draw)
    assert numbers(plotting.alt_text(drawing)), "alternative text without a number"


@pytest.mark.parametrize(("draw", "controls", "states"), CONTROLS)
def test_every_control_changes_the_picture_and_a_widget_stays_small(
    draw, controls, states
) -> None:
    assert 4 / 3 * assert_controls_change_figure(draw, controls) * states < MOST_BYTES


# 3.6: many futures


@pytest.mark.parametrize("horizon", [1, 4, 10])
def test_a_dream_costs_what_the_mean_costs_and_the_variance(horizon: int) -> None:
    drawing = many_futures(horizon)
    truth, dreams = share(TRUTH)[horizon - 1, 0], share(DREAMS)[:, horizon - 1, 0]
    single = ((dreams - truth) ** 2).sum(axis=(1, 2))
    mean = ((dreams.mean(axis=0) - truth) ** 2).sum()
    said, variance = under(drawing), dreams.var(axis=0).sum()
    assert single.mean() == pytest.approx(mean + variance)
    assert numbers(titles(drawing)[0]) == pytest.approx(
        [horizon, single.mean(), mean], abs=0.51
    )
    assert said["mean of 20"] == pytest.approx([mean], abs=0.51)
    assert said["deviation"] == pytest.approx([variance], abs=0.51)
    assert said["dream 2"] == pytest.approx([single[1]], abs=0.51)
    rival = ((share(RIVAL)[horizon - 1, 0] - truth) ** 2).sum()
    assert said["predictor"] == pytest.approx([rival], abs=0.51)
    assert said["truth"] == [0]


def test_panels_hold_the_moment_asked_for() -> None:
    drawing = many_futures(7)
    panels = {axes.get_xlabel().split("\n")[0]: axes for axes in drawing.axes}
    wanted = {
        "truth": TRUTH[6],
        "mean of 20": DREAMS[:, 6].mean(dim=0),
        "predictor": RIVAL[6],
        "dream 1": DREAMS[0, 6],
        "dream 3": DREAMS[2, 6],
    }
    for name, frame in wanted.items():
        assert np.allclose(hung(panels[name]), share(frame)[0], atol=1e-6), name
    spread = share(DREAMS)[:, 6, 0].std(axis=0)
    assert np.allclose(hung(panels["deviation"]), spread, atol=1e-6)
    assert panels["deviation"].images[0].get_clim() == (0, 0.5)  # at every horizon
    last = share(PAST)[-1, 0]
    assert np.allclose(hung(panels["seen"])[last > 0.5], last[last > 0.5], atol=1e-6)


def test_before_the_first_wall_all_dreams_agree_and_behind_it_they_part() -> None:
    variances = [under(many_futures(h))["deviation"][0] for h in (1, 2, 6, 10)]
    assert variances[:2] == [0, 0] < variances[2:3] < variances[3:]


def test_the_map_of_spread_begins_where_nothing_is_open() -> None:
    drawing = sampled_futures.spread_by_place(PAST, DREAMS, (1, 4, 10))
    above, below = drawing.axes[:4], drawing.axes[5:9]
    assert np.allclose(hung(above[0]), share(PAST)[-1, 0], atol=1e-6)
    assert not hung(below[0]).any()
    said = under(drawing)
    assert said["now"] == [0]
    for column, at in enumerate((1, 4, 10), start=1):
        dreams = share(DREAMS)[:, at - 1, 0]
        assert np.allclose(hung(above[column]), dreams.mean(axis=0), atol=1e-6)
        assert np.allclose(hung(below[column]), dreams.std(axis=0), atol=1e-6)
        assert said[f"+{at}"] == pytest.approx([dreams.var(axis=0).sum()], abs=0.51)


def test_the_deviation_of_colours_is_the_root_of_their_mean_variance() -> None:
    coloured = COLOURED[:, 3:5]
    drawing = sampled_futures.spread_by_place(coloured[0], coloured, [2])
    variance = share(coloured)[:, 1].var(axis=0)
    assert np.allclose(hung(drawing.axes[4]), np.sqrt(variance.mean(axis=0)), atol=1e-6)
    assert hung(drawing.axes[1]).shape == (64, 64, 3)


@pytest.mark.parametrize("horizon", [0, 11])
def test_a_moment_that_nobody_dreamt_is_refused_in_words(horizon: int) -> None:
    said = rf"1 to 10 frames ahead; got 20 dreams and the moments \[{horizon}\]"
    with pytest.raises(ValueError, match=said):
        many_futures(horizon)
    with pytest.raises(ValueError, match=said):
        sampled_futures.spread_by_place(PAST, DREAMS, [horizon])
    with pytest.raises(ValueError, match=r"at least 3 dreams.* got 2 dreams"):
        sampled_futures.many_futures(PAST, TRUTH, DREAMS[:2], RIVAL, 1)


# 3.5: whole clips


def test_a_walk_shows_one_moment_above_and_the_whole_way_below() -> None:
    drawing = axis_walk(1, 6)
    (axes,) = drawing.axes
    sheet = hung(axes)
    for i in range(7):
        above, below = (sheet[65 * row :][:64, 65 * i :][:, :64] for row in (0, 1))
        clip = share(WALKS[1, i]).transpose(0, 2, 3, 1)
        assert np.allclose(above, clip[6], atol=1 / 64)
        assert np.allclose(below, clip.max(axis=0), atol=1 / 64)
    ticks = [numbers(label.get_text())[0] for label in axes.get_xticklabels()]
    assert ticks == [-3, -2, -1, 0, 1, 2, 3]
    assert axes.get_yticklabels()[0].get_text() == "frame 6"


def test_the_title_measures_what_an_axis_changes_and_a_dead_one_changes_0() -> None:
    ends = WALKS[0, 6].double() - WALKS[0, 0].double()
    moved = float((ends**2).mean().sqrt())
    assert numbers(titles(axis_walk(0, 3))[0]) == [0, round(moved, 3)]
    assert numbers(titles(axis_walk(2, 3))[0]) == [2, 0]


def test_an_untrained_model_can_be_walked_and_its_widths_are_flat() -> None:
    model = ClipVAE(ClipSizes(width=8), rng())
    z = torch.zeros(3, 16)
    z[:, 5] = torch.linspace(-3, 3, 3)
    drawing = latent_axes.axis_walk(model.decode(z)[None], 0, 15)
    assert numbers(titles(drawing)[0])[1] > 0
    flat = latent_axes.width_map(model.sigma)
    assert numbers(titles(flat)[0]) == [4.0, 4.0]


def test_a_map_of_widths_is_dark_where_all_clips_are_alike() -> None:
    drawing = latent_axes.width_map(SIGMA)
    widths = SIGMA.mean(dim=1)
    for axes, at in zip(drawing.axes, (0, 5, 10, 15), strict=False):
        assert np.allclose(hung(axes), widths[at])
        assert axes.get_xlabel() == f"frame {at}"
        assert axes.images[0].get_clim() == (0, pytest.approx(float(widths.max())))
    low, high = numbers(titles(drawing)[0])
    assert low == pytest.approx(0.01) and high == pytest.approx(
        float(widths.max()), rel=0.05
    )
    assert hung(drawing.axes[1])[:, 0].max() < 0.02 < hung(drawing.axes[0])[:, 0].max()


@pytest.mark.parametrize(
    ("axis", "time", "said"),
    [(3, 0, "axis from 0 to 2 here"), (-1, 0, "got 7 values"), (0, 16, "0 to 15 here")],
)
def test_a_walk_where_nobody_went_is_refused_in_words(axis, time, said) -> None:
    with pytest.raises(ValueError, match=said):
        axis_walk(axis, time)


# 3.7: conditions


def test_a_trail_is_what_was_bright_before_and_nothing_of_what_comes() -> None:
    clip = -torch.ones(4, 1, 1, 5)
    for t in range(4):
        clip[t, 0, 0, t] = 1 - t / 2  # a dot moves right and fades
    kept = clip.clone()
    shown = (conditional.with_trail(clip, 2) / 2 + 0.5).flatten().tolist()
    assert shown == pytest.approx([0.35, 0.35 * 0.75, 0.5, 0, 0])
    first = conditional.with_trail(clip, 0)
    assert torch.equal(first, clip[0]) and torch.equal(clip, kept)
    both = conditional.with_trail(torch.stack((clip, clip.flip(0))), 1)
    assert torch.equal(both[0], conditional.with_trail(clip, 1))
    assert torch.equal(both[1], conditional.with_trail(clip.flip(0), 1))


def test_few_colours_change_none_by_more_than_half_a_level() -> None:
    images = 2 * torch.rand(3, 3, 8, 8, generator=rng()) - 1
    few = conditional.few_colours(images)
    assert float((few - images).abs().max()) <= 1 / 32 + 1e-6
    assert len(few.unique()) <= 33 and torch.equal(few, conditional.few_colours(few))
    ends = torch.tensor([-1.0, 0, 1]).view(1, 1, 1, 3)
    assert torch.equal(conditional.few_colours(ends), ends)


def test_a_row_is_a_condition_and_a_column_a_noise() -> None:
    (axes,) = condition_grid(9).axes
    sheet = hung(axes)
    for row, column in product(range(4), range(6)):
        shown = sheet[65 * row :][:64, 65 * column :][:, :64]
        clip = share(GRID[row, column]).transpose(0, 2, 3, 1)
        trail = 0.35 * clip[:10].max(axis=0)
        assert np.allclose(shown, np.maximum(clip[9], trail), atol=1 / 64)
    names = [label.get_text().replace("\n", " ") for label in axes.get_yticklabels()]
    assert names == [*CLASSES]


def test_clips_go_on_beside_the_frame_that_was_told() -> None:
    told, gone = from_one_frame(12).axes
    assert np.allclose(
        hung(told), share(COLOURED[0, 0]).transpose(1, 2, 0), atol=1 / 64
    )
    third = hung(gone)[:, 130:194]
    clip = share(COLOURED[2]).transpose(0, 2, 3, 1)
    trail = 0.35 * clip[:13].max(axis=0)
    assert np.allclose(third, np.maximum(clip[12], trail), atol=1 / 64)


def test_grids_that_do_not_fit_are_refused_in_words() -> None:
    with pytest.raises(ValueError, match="4 conditions came with 3 names"):
        conditional.condition_grid(GRID, 0, CLASSES[:3])
    for draw in (condition_grid, from_one_frame):
        for time in (-1, 16):
            with pytest.raises(ValueError, match=f"frames 0 to 15 here, got {time}"):
                draw(time)


# 3.8: the table


def test_the_best_of_many_falls_by_luck_alone() -> None:
    drawing = tables.best_of_many(CURVES, 66.0, TRIVIAL)
    (axes,) = drawing.axes
    drawn = {str(line.get_label()): line for line in axes.lines}
    luck = np.asarray(drawn["dreamer"].get_ydata())
    assert luck == pytest.approx(
        100 / (1 + np.arange(1, 21)), rel=0.1
    )  # uniform errors
    assert list(drawn["dreamer"].get_xdata()) == [*range(1, 21)]
    assert numbers(titles(drawing)[0]) == [round(luck[0]), 20, round(luck[-1])]
    for name, level in {"predictor": 66, **TRIVIAL}.items():
        assert set(drawn[name].get_ydata()) == {level}
        assert (drawn[name].get_color() == plotting.FAINT) == (name in TRIVIAL)
    looks = {(x.get_color(), str(x._dash_pattern), x.get_marker()) for x in axes.lines}
    assert len(looks) == len(axes.lines) == 7
    assert len({str(line._dash_pattern) for line in axes.lines[:5]}) == 5
    assert axes.get_ylim()[0] == 0 and axes.get_ylim()[1] > 150


@pytest.mark.parametrize("curves", [{}, {"dreamer": torch.tensor([3.0, 2, 2.5])}])
def test_a_best_that_gets_worse_is_refused_in_words(curves) -> None:
    with pytest.raises(ValueError, match=r"never gets worse.* smallest error so far"):
        tables.best_of_many(curves, 1.0, {})


def test_bits_stand_with_their_intervals_and_the_fewest_is_a_diamond() -> None:
    drawing = tables.bits_bars(BITS)
    (axes,) = drawing.axes
    intervals, means = axes.lines[::2], axes.lines[1::2]
    for at, (low, mean, high) in enumerate(BITS.values()):
        assert list(intervals[at].get_xdata()) == [low, high]
        assert list(means[at].get_xdata()) == [mean]
        assert list(means[at].get_ydata()) == [at]
        assert numbers(axes.texts[at].get_text()) == [mean]
    assert [line.get_marker() for line in means] == [*"oDo"]
    assert [label.get_text() for label in axes.get_yticklabels()] == [*BITS]
    assert numbers(titles(drawing)[0]) == [-3.41]
    assert axes.get_ylim()[0] > axes.get_ylim()[1]  # the first row is on top


@pytest.mark.parametrize(
    "row", [(2.0, 1.0, 3.0), (1.0, 4.0, 3.0), (0.0, float("nan"), 1.0), (0, 0, 1e999)]
)
def test_a_mean_outside_its_interval_is_refused_in_words(row) -> None:
    with pytest.raises(ValueError, match="low <= mean <= high, all finite"):
        tables.bits_bars({"VAE": row})
    with pytest.raises(ValueError, match="must be one"):
        tables.bits_bars({})
