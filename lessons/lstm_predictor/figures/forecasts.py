"""Predicted frames beside the true ones, and their errors by horizon."""

from collections.abc import Collection, Mapping, Sequence
from itertools import cycle

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib.plotting import (
    ACCENT,
    DASHES,
    DATA,
    FAINT,
    MODEL,
    MORE_COLOURS,
    Axes,
    Figure,
    Layout,
    course_style,
    describe,
    draw_mosaic,
    figure,
    label_lines,
    mosaic,
    title,
)
from course_lib.predictor.squared_error import frame_errors
from lessons.lstm_predictor.figures.possible_futures import pad_with_white

Clip = Float[Tensor, "time channel height width"]
Predicted = Float[Tensor, "_ channel height width"]
Errors = Float[Tensor, "horizon"]

COLUMNS = 10
STRIP_WIDTH = 5.9  # inches: ten frames of 64 pixels, without resampling
MODEL_STYLES = tuple(zip((MODEL, DATA, ACCENT, *MORE_COLOURS), "osD^vP", strict=True))


@course_style
def forecast(
    clip: Clip, predictions: Mapping[int, Predicted], *, context: int, horizon: int
) -> Figure:
    """Predictions of a clip after ``context`` frames, up to ten frames ahead.

    Rows from the top: the last frames of the context, the true frames, the predicted
    ones, and their absolute error (black is the largest). Below, the squared error by
    horizon, beside those of copy-last and of black frames.

    Args:
        clip: the true frames.
        predictions: by the length of their context, the predicted frames.
        context: length of the context; a key of ``predictions``.
        horizon: number of the column that is marked, from 1.

    Raises:
        ValueError: if there is no prediction for this context or this horizon.
    """
    n_predicted = len(predictions.get(context, ()))
    n = min(n_predicted, len(clip) - context, COLUMNS)
    if not 1 <= horizon <= n:
        raise ValueError(
            f"forecast needs a horizon of 1 to {max(n, 0)} after {context} frames of "
            f"context, but got {horizon}; predictions exist for the contexts "
            f"{sorted(predictions)}."
        )
    past, truth = clip[:context], clip[context : context + n]
    predicted = predictions[context][:n]
    rows = {
        "model": predicted,
        "copy-last": past[-1:].expand_as(truth),
        "black": torch.full_like(truth, -1),
    }
    errors = {
        name: frame_errors(row[None], truth[None])[0] for name, row in rows.items()
    }
    columns = min(COLUMNS, max(map(len, predictions.values())))
    frames = (past, truth, predicted, 1 - (predicted - truth).abs())
    sheet = mosaic(torch.cat([pad_with_white(row, columns) for row in frames]), columns)
    height = STRIP_WIDTH * sheet.shape[0] / sheet.shape[1]
    layout = Layout(
        0.45, 6.55 - STRIP_WIDTH, 0.45, 0.35, hspace=0.4, height_ratios=(height, 1.2)
    )
    drawing, (strip, below) = figure(7, height + 2.4, layout)
    draw_mosaic(strip, sheet[..., 0] if clip.shape[1] == 1 else sheet)
    _label_rows(strip, clip.shape[-2])
    _mark_column(strip, horizon, clip.shape[-2:])
    below.axvspan(horizon - 0.5, horizon + 0.5, color=MODEL, alpha=0.15, linewidth=0)
    below.set(xlim=(0.5, columns + 0.5), xticks=range(1, columns + 1))
    below.set_xlabel("frames ahead")
    _error_lines(below, errors, ("copy-last", "black"))
    at_horizon = [
        f"{name} {float(row[horizon - 1]):.0f}" for name, row in errors.items()
    ]
    title(strip, f"{context} frames of context, {horizon} ahead")
    title(below, f"Squared error of that frame: {', '.join(at_horizon)}")
    return describe(
        drawing,
        f"Truth, prediction and error of {n} frames after {context} frames of context. "
        f"Squared error {horizon} frames ahead: {', '.join(at_horizon)}.",
    )


@course_style
def error_by_horizon(
    errors: Mapping[str, Errors], *, trivial: Collection[str] = ()
) -> Figure:
    """Squared error of a frame by horizon, one line for each model.

    The names in ``trivial`` are baselines without training; their lines are grey.

    Raises:
        ValueError: if a name in ``trivial`` is not a key of ``errors``.
    """
    if not set(trivial) <= set(errors):
        raise ValueError(
            f"error_by_horizon needs trivial baselines among {sorted(errors)}, but got "
            f"{sorted(trivial)}."
        )
    drawing, (axes,) = figure(7, 3.3, Layout(right=1.5, top=0.35))
    axes.set_xlim(1, max(map(len, errors.values())))
    axes.set(xlabel="frames ahead", ylabel="squared error of a frame")
    _error_lines(axes, errors, trivial)
    title(axes, "Squared error by horizon")
    ends = [f"{k} {float(e[0]):.0f} to {float(e[-1]):.0f}" for k, e in errors.items()]
    return describe(
        drawing,
        f"Squared error of a frame from the first to the last one predicted: "
        f"{'; '.join(ends)}.",
    )


def _label_rows(strip: Axes, height: int) -> None:
    labels = ("past", "truth", "model", "error")
    strip.set_yticks([(i + 0.5) * (height + 1) - 1 for i in range(4)], labels)
    strip.tick_params(length=0)


def _mark_column(strip: Axes, horizon: int, size: Sequence[int]) -> None:
    """Draw a rectangle around all but the first row of a column."""
    top, bottom = size[0] + 0.5, 4 * (size[0] + 1) - 1
    right = horizon * (size[1] + 1) - 1
    left = right - size[1] - 1
    strip.autoscale(False)
    strip.plot(
        [left, right, right, left, left],
        [top, top, bottom, bottom, top],
        color=MODEL,
        clip_on=False,
    )


def _error_lines(
    axes: Axes, errors: Mapping[str, Tensor], trivial: Collection[str]
) -> None:
    models, dashes = cycle(MODEL_STYLES), cycle(DASHES)
    for name, row in errors.items():
        if name in trivial:
            style = {"color": FAINT, "linewidth": 1.2, "linestyle": next(dashes)}
        else:
            colour, marker = next(models)
            style = {"color": colour, "marker": marker, "markersize": 4}
        axes.plot(range(1, len(row) + 1), row.detach().cpu(), **style, label=name)
    axes.set_ylim(0, 1.06 * max(float(row.max()) for row in errors.values()))
    label_lines(axes)
