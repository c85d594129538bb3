"""Metrics of several models with intervals, one panel for each metric."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from course_lib.plotting import (
    FAINT,
    Figure,
    Interval,
    Layout,
    Number,
    check_intervals,
    course_style,
    describe,
    figure,
    format_number,
    interval_rows,
    title,
)
from lessons.mocogan.experiments.moving_bars import BarMetrics, summarize_runs


class Metric(NamedTuple):
    """One panel: (low, mean, high) by the models' names, and what is best.

    ``real`` is the value of real clips, a grey line. ``best`` is "low", "high" or
    "real" for a value near that of real clips.
    """

    rows: Mapping[str, Interval]
    real: Number
    best: str


@course_style
def metric_panels(metrics: Mapping[str, Metric]) -> Figure:
    """One panel for each metric, one row for each model: mean and interval.

    The best model of each metric is an orange diamond; the grey line is the value of
    real clips.

    Raises:
        ValueError: if the metrics have different models, a mean lies outside its
            interval, or ``best`` is unknown.
    """
    _check_metrics(metrics)
    names = [*next(iter(metrics.values())).rows]
    left = 0.25 + 0.075 * max(map(len, names))
    layout = Layout(left, 0.5, 0.3, 0.35, 0.6, width_ratios=(1,) * len(metrics))
    drawing, panels = figure(7, 0.75 + 0.34 * len(names), layout)
    for axes, (name, metric) in zip(panels, metrics.items(), strict=True):
        axes.axvline(metric.real, color=FAINT, linewidth=1.2)
        interval_rows(axes, metric.rows, highlighted=[_best_model(metric)])
        axes.tick_params(labelleft=axes is panels[0])
        title(axes, name)
    descriptions = (
        f"{name} (real {format_number(metric.real)}): "
        + ", ".join(
            f"{model} {format_number(mean)} "
            f"({format_number(low)} to {format_number(high)})"
            for model, (low, mean, high) in metric.rows.items()
        )
        for name, metric in metrics.items()
    )
    return describe(drawing, f"Means and intervals. {'; '.join(descriptions)}.")


def bar_metrics_panels(runs: Iterable[tuple[str, BarMetrics]]) -> Figure:
    """Metrics of trainings on moving bars: minimum, mean and maximum over seeds.

    Raises:
        ValueError: if there is no training.
    """
    real_and_best = {
        "pixel_error": (0.0, "low"),
        "same_track": (1.0, "high"),
        "category_accuracy": (1.0, "high"),
    }
    rows = summarize_runs(runs)
    return metric_panels(
        {
            name.replace("_", " "): Metric(rows[name], *real_and_best[name])
            for name in BarMetrics._fields
        }
    )


def _best_model(metric: Metric) -> str:
    badness = {
        "low": lambda mean: mean,
        "high": lambda mean: -mean,
        "real": lambda mean: abs(mean - metric.real),
    }[metric.best]
    return min(metric.rows, key=lambda name: badness(metric.rows[name][1]))


def _check_metrics(metrics: Mapping[str, Metric]) -> None:
    models = [[*metric.rows] for metric in metrics.values()]
    if not models or any(names != models[0] for names in models):
        raise ValueError(
            f"Every metric needs the same models in the same order, but got {models}."
        )
    for name, metric in metrics.items():
        check_intervals(metric.rows)
        if metric.best not in ("low", "high", "real"):
            raise ValueError(
                f'The best of {name} must be "low", "high" or "real", but it is '
                f"{metric.best!r}."
            )
