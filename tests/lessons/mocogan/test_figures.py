"""What lesson 04's pictures say is true: titles, marks and axes against the library."""

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
import torch
from drawings import assert_fits, assert_moves, corners, numbers, titles

from course_lib import plotting
from course_lib.mocogan.training import StepLosses
from lessons.mocogan import figures
from lessons.mocogan.experiments.moving_bars import Truth
from lessons.mocogan.figures.tables import Measure
from lessons.mocogan.lab import GameCurves
from lessons.mocogan.trial_table import read_trials
from teaching.static_frames import MOST_BYTES


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def squares(rows: int, columns: int, n_frames: int = 16) -> torch.Tensor:
    """Clips whose square has its row's colour and its column's way to go."""
    grid = -torch.ones(rows, columns, n_frames, 3, 64, 64)
    for i in range(rows):
        for j in range(columns):
            for t in range(n_frames):
                y, x = 4 + 3 * j, min(3 * t, 52)
                grid[i, j, t, i % 3, y : y + 10, x : x + 10] = 1
    return grid


PATH = torch.randn(6, 12, 9, generator=rng())
PATH[..., :4] = PATH[:, :1, :4]
PLAYED = [
    ("as it is", Truth(0.2, 0.5, 0.5)),
    ("as it is", Truth(0.4, 0.7, 0.1)),
    ("no R1", Truth(0.1, 0.5, 0.2)),
]
GRID = squares(3, 4)
FILM = squares(2, 1, 48)[:, 0]
VIDEO_TIME = [(4, 1, 0)] * 5
LOSSES = {
    step: StepLosses(1.3, 1.2, 0.7 * 0.99**step, 0.8 * 0.995**step, 0.4, 0.3)
    for step in range(20, 420, 20)
}
SHARES = {
    "empty": {step: 0.3 * 0.99**step for step in range(100, 500, 100)},
    "as asked": {step: 1 - 0.5 * 0.99**step for step in range(100, 500, 100)},
}
GAMES = {
    "yours": {step: 0.7 * 0.99**step for step in range(20, 320, 20)},
    "deaf judge": {step: 0.69 for step in range(20, 320, 20)},
}
STEPS = [*range(20, 420, 20)]
BAND = plotting.Band(
    STEPS, *([scale * 0.99**step for step in STEPS] for scale in (0.5, 0.6, 0.7))
)
MEASURES = {
    "content distance": Measure(
        {"MoCoGAN": (1.2, 1.5, 1.9), "VGAN": (4, 5, 6), "TGAN": (1.8, 2.1, 2.4)},
        real=0,
        best="low",
    ),
    "pixels a step": Measure(
        {"MoCoGAN": (3.3, 3.5, 3.6), "VGAN": (1, 1.2, 1.4), "TGAN": (3.9, 4.2, 4.4)},
        real=3.64,
        best="real",
    ),
    "motion control": Measure(
        {"MoCoGAN": (0.9, 0.93, 0.96), "VGAN": (0.4, 0.5, 0.6), "TGAN": (0.95, 1, 1)},
        real=1,
        best="high",
    ),
}


def curves(level: float) -> GameCurves:
    line = torch.linspace(0.5, level, 30)
    return GameCurves(
        torch.arange(8.0, 248, 8), line, line / 2, line, line * 1.5, -line
    )


FAULTY = {letter: curves(0.2 * i) for i, letter in enumerate("ABCD", 1)}
HEALTHY = curves(0.45)

grid = partial(figures.content_grid, GRID)
film = partial(figures.longer_film, FILM)
pyramid = partial(figures.time_pyramid, windows=VIDEO_TIME)
monitor = partial(figures.game_monitor, LOSSES, SHARES, GRID[0, :2])
CONTROLS: list[tuple[Callable[..., plotting.Figure], dict[str, list], int]] = [
    (grid, {"time": [0, 7, 15]}, 16),
    (film, {"length": [8, 24, 48]}, 10),
    (pyramid, {"n_frames": [8, 16, 24]}, 20),
    (
        figures.flow_of_a_shift,
        {"right": [-4.0, 0.5, 6.0], "down": [-4.0, 0.5, 6.0], "window": [3, 7, 15]},
        60,
    ),
]  # the last number: as many states as a widget may have
STILL: dict[str, Callable[[], plotting.Figure]] = {
    "latent_lines": lambda: figures.latent_lines(PATH, 4),
    "game_monitor": monitor,
    "one_reading": lambda: figures.game_monitor(
        {1: LOSSES[20]}, {"empty": {1: 0.5}}, GRID[0, :1]
    ),
    "obedience": lambda: figures.obedience(GAMES, BAND),
    "one_game": lambda: figures.obedience({"yours": {1: 0.7}}),
    "side_by_side": lambda: figures.side_by_side(MEASURES),
    "one_measure": lambda: figures.side_by_side(
        {"distance": MEASURES["content distance"]}
    ),
    "one_game_of_bars": lambda: figures.truth_of_games(PLAYED[:1]),
    "every_trial": lambda: figures.truth_of_games(read_trials()),
    "fault_curves": lambda: figures.fault_curves(FAULTY, HEALTHY),
    "small_grid": lambda: figures.content_grid(GRID[:1, :1], 3),
    "one_frame": lambda: figures.longer_film(FILM, 1),
}


@pytest.mark.parametrize(
    "draw", corners(STILL, [(draw, controls) for draw, controls, _ in CONTROLS])
)
def test_a_picture_fits_its_page_and_is_the_same_each_time(draw) -> None:
    assert_fits(draw)


@pytest.mark.parametrize(("draw", "controls", "states"), CONTROLS)
def test_every_control_moves_the_picture_within_a_widget_s_weight(
    draw, controls, states
) -> None:
    assert assert_moves(draw, controls) * states * 4 / 3 < MOST_BYTES


# 4.1: a path


def test_what_stays_has_no_spread_over_time_and_what_moves_has() -> None:
    drawing = figures.latent_lines(PATH, 4)
    still, moving = titles(drawing)
    over_clips = PATH[:, 0, :4].var(dim=0).mean().sqrt().item()
    assert numbers(still) == pytest.approx([0, over_clips], abs=0.006)
    spread = PATH[..., 4:].var(dim=1, correction=0).mean().sqrt().item()
    assert numbers(moving)[0] == pytest.approx(spread, abs=0.006)
    for axes, part in zip(drawing.axes, (PATH[0, :, :4], PATH[0, :, 4:]), strict=True):
        drawn = np.stack([line.get_ydata() for line in axes.lines], axis=1)
        assert np.allclose(drawn, part)


@pytest.mark.parametrize("still", [0, 9])
def test_a_path_of_one_kind_is_refused(still) -> None:
    with pytest.raises(ValueError, match="numbers of both kinds"):
        figures.latent_lines(PATH, still)


# 4.3: time


@pytest.mark.parametrize(
    ("n_frames", "said"),
    [
        (16, "16 frames leave 1 verdict; each sees 16 frames"),
        (20, "20 frames leave 5 verdicts; each sees 16 frames"),
        (15, "15 frames are too few: layer 5 finds no room"),
        (3, "3 frames are too few: layer 1 finds no room"),
    ],
)
def test_a_pyramid_says_what_is_left_of_a_clip(n_frames, said) -> None:
    drawing = pyramid(n_frames=n_frames)
    assert titles(drawing) == [said]
    counts = [int(text.get_text()) for text in drawing.axes[0].texts][::-1]
    expected = [n for n in range(n_frames, 0, -3)][:6]
    assert counts == expected[: len(counts)] and len(counts) == min(6, len(expected))


def test_a_verdict_rests_on_as_many_frames_as_it_sees() -> None:
    (axes,) = figures.time_pyramid(20, [(4, 1, 0), (3, 2, 0)]).axes
    lit = [len(dots.get_offsets()) for dots in axes.collections[1::2]]
    assert lit == [1, 3, 6]  # the verdict, a kernel of 3, 3 + (4 - 1)
    assert figures.time_pyramid(20, [(4, 1, 0), (3, 2, 0)])


@pytest.mark.parametrize(
    ("n", "windows"), [(41, VIDEO_TIME), (0, []), (9, [(3, 1, 1)])]
)
def test_a_pyramid_that_does_not_fit_is_refused(n, windows) -> None:
    with pytest.raises(ValueError, match="room for 1 to 40 frames and no padding"):
        figures.time_pyramid(n, windows)


# 4.5: grids and films


def test_a_grid_shows_its_frame_and_a_faint_trail() -> None:
    sheet = np.asarray(grid(time=10).axes[0].images[0].get_array())
    tile = sheet[65:129, 130:194]  # row 1, column 2
    assert np.allclose(tile[15, 35], (0, 1, 0))
    assert np.allclose(tile[15, 5], (0, 0.35, 0), atol=0.03)
    assert np.allclose(tile[40, 40], 0)


def test_a_film_s_line_stands_before_the_first_frame_never_trained() -> None:
    drawing = film(length=48)
    (axes,) = drawing.axes
    shown = [int(label.get_text()) for label in axes.get_xticklabels()]
    assert shown[0] == 0 and shown[-1] == 47 and len(shown) == 12
    (line,) = axes.lines
    before = sum(t < 16 for t in shown)
    assert line.get_xdata()[0] == pytest.approx(before * 65 - 1)
    assert numbers(titles(drawing)[0]) == [0, 47, 32]
    assert not film(length=16).axes[0].lines


def test_frames_that_are_not_there_are_refused() -> None:
    with pytest.raises(ValueError, match="frames 0 to 15 here, got 16"):
        grid(time=16)
    with pytest.raises(ValueError, match="have 1 to 48 frames, got 49"):
        film(length=49)


# 4.4: the game


def test_the_monitor_draws_what_was_read() -> None:
    drawing = monitor()
    fooled, told, clips = (
        {str(line.get_label()): np.asarray(line.get_ydata()) for line in axes.lines}
        for axes in drawing.axes[:3]
    )
    assert np.allclose(fooled["clips"], 0.3) and np.allclose(fooled["frames"], 0.4)
    assert np.allclose(told["fake"], [x.obeyed for x in LOSSES.values()])
    assert told["_bar"][0] == pytest.approx(np.log(2))
    for name, readings in SHARES.items():
        assert np.allclose(clips[name], [*readings.values()])


def test_a_game_that_was_not_played_is_refused() -> None:
    with pytest.raises(ValueError, match="take a step first"):
        figures.game_monitor({}, SHARES, GRID[0])
    with pytest.raises(ValueError, match="take a step first"):
        figures.obedience({})


def test_obedience_draws_every_game_over_the_band() -> None:
    (axes,) = figures.obedience(GAMES, BAND).axes
    drawn = {str(line.get_label()): np.asarray(line.get_ydata()) for line in axes.lines}
    for name, readings in GAMES.items():
        assert np.allclose(drawn[name], [*readings.values()])
    assert drawn["_bar"][0] == pytest.approx(np.log(2))


# 4.6: rivals


def test_the_best_row_of_each_measure_is_a_diamond() -> None:
    drawing = figures.side_by_side(MEASURES)
    best = []
    for axes, (name, measure) in zip(drawing.axes, MEASURES.items(), strict=True):
        assert titles(drawing)[drawing.axes.index(axes)] == name
        (diamond,) = (line for line in axes.lines if line.get_marker() == "D")
        at, mean = int(diamond.get_ydata()[0]), float(diamond.get_xdata()[0])
        best.append([*measure.rows][at])
        assert measure.rows[best[-1]][1] == mean
    assert best == ["MoCoGAN", "MoCoGAN", "TGAN"]


def test_games_are_drawn_from_least_to_most_with_their_mean() -> None:
    drawing = figures.truth_of_games(PLAYED)
    assert titles(drawing) == ["error", "kept", "as_asked"]
    line, mean = (drawing.axes[0].lines[at] for at in (1, 2))  # behind what real is
    assert line.get_xdata() == pytest.approx([0.2, 0.4])
    assert mean.get_xdata() == pytest.approx([0.3])
    assert [mark.get_text() for mark in drawing.axes[0].get_yticklabels()] == [
        *("as it is", "no R1")
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"a": Measure({"x": (2, 1, 3)}, 0, "low")},
        {"a": Measure({"x": (0, 1, 3)}, 0, "most")},
        {"a": MEASURES["pixels a step"], "b": Measure({"x": (0, 1, 3)}, 0, "low")},
    ],
)
def test_rows_that_cannot_be_compared_are_refused(wrong) -> None:
    with pytest.raises(ValueError, match="Every measure needs the same models"):
        figures.side_by_side(wrong)


# 4.7: flow


def test_one_window_sees_a_small_shift_right_and_a_large_one_too_short() -> None:
    small = figures.flow_of_a_shift(0.5, -0.3, 7)
    assert numbers(titles(small)[1]) == pytest.approx([0.5, -0.3], abs=0.05)
    large = figures.flow_of_a_shift(9, 0, 7)
    assert numbers(titles(large)[0]) == [9, 0]
    assert numbers(titles(large)[1])[0] < 7


def test_arrows_stand_on_the_blob_and_point_its_way() -> None:
    quiver = figures.flow_of_a_shift(1.0, 0.0, 7).axes[1].collections[0]
    assert len(quiver.U) > 8
    assert (quiver.U > 0).all() and np.abs(quiver.V).max() < 0.4


# The lab


def test_each_faulty_game_stands_before_the_same_healthy_one() -> None:
    drawing = figures.fault_curves(FAULTY, HEALTHY)
    assert titles(drawing)[:4] == [*"ABCD"]
    assert len(drawing.axes) == 12
    for column, run in enumerate(FAULTY.values()):
        for axes, field in zip(
            drawing.axes[column::4],
            ("frames_fool", "category", "brightness"),
            strict=True,
        ):
            grey, coloured = axes.lines[:2]
            assert np.allclose(grey.get_ydata(), getattr(HEALTHY, field))
            assert np.allclose(coloured.get_ydata(), getattr(run, field))
            assert grey.get_color() == plotting.FAINT != coloured.get_color()
