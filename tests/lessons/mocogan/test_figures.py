"""Figures of lesson 04: titles, marks and axes agree with the plotted numbers."""

from collections.abc import Callable
from functools import partial

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
from course_lib.mocogan.training import StepMetrics
from lessons.mocogan import figures
from lessons.mocogan.experiments.ablation import VARIANTS
from lessons.mocogan.experiments.moving_bars import BarMetrics
from lessons.mocogan.figures.tables import Metric
from lessons.mocogan.lab import TrainingCurves
from lessons.mocogan.trial_table import read_trials
from teaching.static_frames import MAX_BYTES


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def squares(rows: int, columns: int, n_frames: int = 16) -> torch.Tensor:
    """Clips of squares: the row gives the colour, the column the height."""
    grid = -torch.ones(rows, columns, n_frames, 3, 64, 64)
    for i in range(rows):
        for j in range(columns):
            for t in range(n_frames):
                y, x = 4 + 3 * j, min(3 * t, 52)
                grid[i, j, t, i % 3, y : y + 10, x : x + 10] = 1
    return grid


PATH = torch.randn(6, 12, 9, generator=rng())
PATH[..., :4] = PATH[:, :1, :4]
RUNS = [
    ("baseline", BarMetrics(0.2, 0.5, 0.5)),
    ("baseline", BarMetrics(0.4, 0.7, 0.1)),
    ("no R1", BarMetrics(0.1, 0.5, 0.2)),
]
GRID = squares(3, 4)
LONG_CLIPS = squares(2, 1, 48)[:, 0]
VIDEO_TIME = [(4, 1, 0)] * 5
METRICS = {
    step: StepMetrics(1.3, 1.2, 0.7 * 0.99**step, 0.8 * 0.995**step, 0.4, 0.3)
    for step in range(20, 420, 20)
}
CLIP_METRICS = {
    "empty": {step: 0.3 * 0.99**step for step in range(100, 500, 100)},
    "accuracy": {step: 1 - 0.5 * 0.99**step for step in range(100, 500, 100)},
}
LOSSES = {
    "yours": {step: 0.7 * 0.99**step for step in range(20, 320, 20)},
    "no real categories": {step: 0.69 for step in range(20, 320, 20)},
}
STEPS = [*range(20, 420, 20)]
BAND = plotting.Band(
    STEPS, *([scale * 0.99**step for step in STEPS] for scale in (0.5, 0.6, 0.7))
)
METRICS_OF_MODELS = {
    "content distance": Metric(
        {"MoCoGAN": (1.2, 1.5, 1.9), "VGAN": (4, 5, 6), "TGAN": (1.8, 2.1, 2.4)},
        real=0,
        best="low",
    ),
    "speed": Metric(
        {"MoCoGAN": (3.3, 3.5, 3.6), "VGAN": (1, 1.2, 1.4), "TGAN": (3.9, 4.2, 4.4)},
        real=3.64,
        best="real",
    ),
    "category accuracy": Metric(
        {"MoCoGAN": (0.9, 0.93, 0.96), "VGAN": (0.4, 0.5, 0.6), "TGAN": (0.95, 1, 1)},
        real=1,
        best="high",
    ),
}


def curves(level: float) -> TrainingCurves:
    line = torch.linspace(0.5, level, 30)
    return TrainingCurves(
        torch.arange(8.0, 248, 8), line, line / 2, line, line * 1.5, -line
    )


FAULTY = {letter: curves(0.2 * i) for i, letter in enumerate("ABCD", 1)}
HEALTHY = curves(0.45)

content_grid = partial(figures.content_grid, GRID)
longer_clips = partial(figures.longer_clips, LONG_CLIPS)
pyramid = partial(figures.receptive_field_pyramid, layers=VIDEO_TIME)
monitor = partial(figures.training_monitor, METRICS, CLIP_METRICS, GRID[0, :2])
CONTROLS: list[tuple[Callable[..., plotting.Figure], dict[str, list], int]] = [
    (content_grid, {"time": [0, 7, 15]}, 16),
    (longer_clips, {"length": [8, 24, 48]}, 10),
    (pyramid, {"n_frames": [8, 16, 24]}, 20),
    (
        figures.flow_of_a_shift,
        {"right": [-4.0, 0.5, 6.0], "down": [-4.0, 0.5, 6.0], "window": [3, 7, 15]},
        60,
    ),
]  # the last number: as many states as a widget may have
STATIC: dict[str, Callable[[], plotting.Figure]] = {
    "latent_lines": lambda: figures.latent_lines(PATH, 4),
    "training_monitor": monitor,
    "one_reading": lambda: figures.training_monitor(
        {1: METRICS[20]}, {"empty": {1: 0.5}}, GRID[0, :1]
    ),
    "category_loss_curves": lambda: figures.category_loss_curves(LOSSES, BAND),
    "one_training": lambda: figures.category_loss_curves({"yours": {1: 0.7}}),
    "metric_panels": lambda: figures.metric_panels(METRICS_OF_MODELS),
    "one_metric": lambda: figures.metric_panels(
        {"content distance": METRICS_OF_MODELS["content distance"]}
    ),
    "one_training_on_bars": lambda: figures.bar_metrics_panels(RUNS[:1]),
    "all_trials": lambda: figures.bar_metrics_panels(read_trials()),
    "all_variants": lambda: figures.bar_metrics_panels(
        [(str(variant), RUNS[0][1]) for variant in VARIANTS]
    ),
    "fault_curves": lambda: figures.fault_curves(FAULTY, HEALTHY),
    "small_grid": lambda: figures.content_grid(GRID[:1, :1], 3),
    "one_frame": lambda: figures.longer_clips(LONG_CLIPS, 1),
}


@pytest.mark.parametrize(
    "draw", corner_cases(STATIC, [(draw, controls) for draw, controls, _ in CONTROLS])
)
def test_a_figure_fits_its_page_and_is_reproducible(draw) -> None:
    assert_fits(draw)


@pytest.mark.parametrize(("draw", "controls", "states"), CONTROLS)
def test_every_control_changes_the_figure_and_the_widget_is_small_enough(
    draw, controls, states
) -> None:
    assert assert_controls_change_figure(draw, controls) * states * 4 / 3 < MAX_BYTES


# 4.1: latent paths


def test_the_titles_of_a_latent_path_give_its_standard_deviations() -> None:
    drawing = figures.latent_lines(PATH, 4)
    static, moving = titles(drawing)
    over_clips = PATH[:, 0, :4].var(dim=0).mean().sqrt().item()
    assert numbers(static) == pytest.approx([0, over_clips], abs=0.006)
    over_time = PATH[..., 4:].var(dim=1, correction=0).mean().sqrt().item()
    assert numbers(moving)[0] == pytest.approx(over_time, abs=0.006)
    for axes, part in zip(drawing.axes, (PATH[0, :, :4], PATH[0, :, 4:]), strict=True):
        lines = np.stack([line.get_ydata() for line in axes.lines], axis=1)
        assert np.allclose(lines, part)


@pytest.mark.parametrize("n_static", [0, 9])
def test_a_path_without_static_or_moving_dimensions_is_rejected(n_static) -> None:
    with pytest.raises(ValueError, match="both static and moving dimensions"):
        figures.latent_lines(PATH, n_static)


# 4.3: receptive fields


@pytest.mark.parametrize(
    ("n_frames", "expected"),
    [
        (16, "16 frames: 1 output, receptive field 16 frames"),
        (20, "20 frames: 5 outputs, receptive field 16 frames"),
        (15, "15 frames are too few for the kernel of layer 5"),
        (3, "3 frames are too few for the kernel of layer 1"),
    ],
)
def test_a_pyramid_gives_the_output_length_of_each_layer(n_frames, expected) -> None:
    drawing = pyramid(n_frames=n_frames)
    assert titles(drawing) == [expected]
    lengths = [int(text.get_text()) for text in drawing.axes[0].texts][::-1]
    all_lengths = [*range(n_frames, 0, -3)][:6]
    assert lengths == all_lengths[: len(lengths)]
    assert len(lengths) == min(6, len(all_lengths))


def test_green_dots_are_the_inputs_of_the_first_output() -> None:
    (axes,) = figures.receptive_field_pyramid(20, [(4, 1, 0), (3, 2, 0)]).axes
    n_green = [len(dots.get_offsets()) for dots in axes.collections[1::2]]
    assert n_green == [1, 3, 6]  # the output, a kernel of 3, 3 + (4 - 1)


@pytest.mark.parametrize(("n", "layers"), [(41, VIDEO_TIME), (0, []), (9, [(3, 1, 1)])])
def test_a_pyramid_with_padding_or_too_many_frames_is_rejected(n, layers) -> None:
    with pytest.raises(ValueError, match="1 to 40 frames and layers without padding"):
        figures.receptive_field_pyramid(n, layers)


# 4.5: grids of clips


def test_a_content_grid_has_the_frame_and_a_faint_trail() -> None:
    image = np.asarray(content_grid(time=10).axes[0].images[0].get_array())
    tile = image[65:129, 130:194]  # row 1, column 2
    assert np.allclose(tile[15, 35], (0, 1, 0))
    assert np.allclose(tile[15, 5], (0, 0.35, 0), atol=0.03)
    assert np.allclose(tile[40, 40], 0)


def test_a_line_marks_the_first_frame_beyond_the_training_length() -> None:
    drawing = longer_clips(length=48)
    (axes,) = drawing.axes
    times = [int(label.get_text()) for label in axes.get_xticklabels()]
    assert times[0] == 0 and times[-1] == 47 and len(times) == 12
    (line,) = axes.lines
    n_before = sum(t < 16 for t in times)
    assert line.get_xdata()[0] == pytest.approx(n_before * 65 - 1)
    assert numbers(titles(drawing)[0]) == [0, 47, 32]
    assert not longer_clips(length=16).axes[0].lines


def test_times_outside_of_the_clips_are_rejected() -> None:
    with pytest.raises(ValueError, match="frames 0 to 15, but frame 16 was requested"):
        content_grid(time=16)
    with pytest.raises(ValueError, match="must be 1 to 48, but it is 49"):
        longer_clips(length=49)


# 4.4: training curves


def test_the_training_monitor_plots_the_given_metrics() -> None:
    drawing = monitor()
    outputs, losses, clips = (
        {str(line.get_label()): np.asarray(line.get_ydata()) for line in axes.lines}
        for axes in drawing.axes[:3]
    )
    assert np.allclose(outputs["clips"], 0.3) and np.allclose(outputs["frames"], 0.4)
    assert np.allclose(losses["fake"], [x.fake_category for x in METRICS.values()])
    assert losses["_bar"][0] == pytest.approx(np.log(2))
    for name, readings in CLIP_METRICS.items():
        assert np.allclose(clips[name], [*readings.values()])


def test_curves_without_a_reading_are_rejected() -> None:
    with pytest.raises(ValueError, match="at least one step"):
        figures.training_monitor({}, CLIP_METRICS, GRID[0])
    with pytest.raises(ValueError, match="at least one step"):
        figures.category_loss_curves({})


def test_category_loss_curves_plot_every_training_and_log_2() -> None:
    (axes,) = figures.category_loss_curves(LOSSES, BAND).axes
    lines = {str(line.get_label()): np.asarray(line.get_ydata()) for line in axes.lines}
    for name, losses in LOSSES.items():
        assert np.allclose(lines[name], [*losses.values()])
    assert lines["_bar"][0] == pytest.approx(np.log(2))


# 4.6: comparison with the baselines


def test_the_best_model_of_each_metric_is_a_diamond() -> None:
    drawing = figures.metric_panels(METRICS_OF_MODELS)
    assert titles(drawing) == [*METRICS_OF_MODELS]
    best = []
    for axes, metric in zip(drawing.axes, METRICS_OF_MODELS.values(), strict=True):
        (diamond,) = (line for line in axes.lines if line.get_marker() == "D")
        row, mean = int(diamond.get_ydata()[0]), float(diamond.get_xdata()[0])
        best.append([*metric.rows][row])
        assert metric.rows[best[-1]][1] == mean
    assert best == ["MoCoGAN", "MoCoGAN", "TGAN"]


def test_bar_metrics_are_plotted_from_minimum_to_maximum_with_their_mean() -> None:
    drawing = figures.bar_metrics_panels(RUNS)
    assert titles(drawing) == ["pixel error", "same track", "category accuracy"]
    axes = drawing.axes[0]
    interval, mean = axes.lines[1:3]  # after the line of real clips
    assert interval.get_xdata() == pytest.approx([0.2, 0.4])
    assert mean.get_xdata() == pytest.approx([0.3])
    assert [label.get_text() for label in axes.get_yticklabels()] == [
        *("baseline", "no R1")
    ]


@pytest.mark.parametrize(
    ("metrics", "message"),
    [
        ({}, "same models"),
        ({"a": Metric({"x": (2, 1, 3)}, 0, "low")}, "low <= mean <= high"),
        ({"a": Metric({"x": (0, 1, 3)}, 0, "most")}, "but it is 'most'"),
        (
            {
                "a": METRICS_OF_MODELS["speed"],
                "b": Metric({"x": (0, 1, 3)}, 0, "low"),
            },
            "same models",
        ),
    ],
)
def test_metrics_that_cannot_be_compared_are_rejected(metrics, message) -> None:
    with pytest.raises(ValueError, match=message):
        figures.metric_panels(metrics)


# 4.7: optical flow


def test_the_flow_of_one_window_is_right_for_small_and_too_short_for_large_shifts() -> (
    None
):
    small = figures.flow_of_a_shift(0.5, -0.3, 7)
    assert numbers(titles(small)[1]) == pytest.approx([0.5, -0.3], abs=0.05)
    large = figures.flow_of_a_shift(9, 0, 7)
    assert numbers(titles(large)[0]) == [9, 0]
    assert numbers(titles(large)[1])[0] < 7


def test_arrows_lie_on_the_blob_and_point_along_the_shift() -> None:
    quiver = figures.flow_of_a_shift(1.0, 0.0, 7).axes[1].collections[0]
    assert len(quiver.U) > 8
    assert (quiver.U > 0).all() and np.abs(quiver.V).max() < 0.4


# The lab


def test_each_fault_is_plotted_in_front_of_the_same_healthy_training() -> None:
    drawing = figures.fault_curves(FAULTY, HEALTHY)
    assert titles(drawing)[:4] == [*"ABCD"]
    assert len(drawing.axes) == 12
    for column, run in enumerate(FAULTY.values()):
        for axes, field in zip(
            drawing.axes[column::4],
            ("image_d_fake", "real_category", "brightness"),
            strict=True,
        ):
            grey, coloured = axes.lines[:2]
            assert np.allclose(grey.get_ydata(), getattr(HEALTHY, field))
            assert np.allclose(coloured.get_ydata(), getattr(run, field))
            assert grey.get_color() == plotting.FAINT != coloured.get_color()
