"""Follow a prediction away from what was seen, frame by frame, beside trivial ones."""

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
from lessons.lstm_predictor.figures.possible_futures import on_paper

Clip = Float[Tensor, "time channel height width"]
Ahead = Float[Tensor, "_ channel height width"]
Errors = Float[Tensor, "horizon"]

COLUMNS = 10
WIDE = 5.9  # inches of a strip: ten moving digits, dot for pixel
MODELS = tuple(zip((MODEL, DATA, ACCENT, *MORE_COLOURS), "osD^vP", strict=True))


@course_style
def forecast(
    clip: Clip, predictions: Mapping[int, Ahead], *, context: int, horizon: int
) -> Figure:
    """What was predicted of a clip after ``context`` frames, ten frames at most.

    ``predictions`` holds, for each number of frames seen, the frames predicted to
    follow. From above: the last frames seen, the truth, the prediction, its error
    (black where a pixel is wholly wrong), and below each column its squared error,
    beside those of copying the last frame and of black. ``horizon``, from 1, is marked.

    Raises:
        ValueError: if there is no prediction for this context, or none so far ahead.
    """
    ahead = len(predictions.get(context, ()))
    n = min(ahead, len(clip) - context, COLUMNS)
    if not 1 <= horizon <= n:
        raise ValueError(
            f"After {context} frames seen there are {max(n, 0)} predicted ones to "
            f"show, got horizon {horizon}; predictions exist for the contexts "
            f"{sorted(predictions)}."
        )
    seen, truth = clip[:context], clip[context : context + n]
    predicted = predictions[context][:n]
    rows = {
        "model": predicted,
        "copy-last": seen[-1:].expand_as(truth),
        "black": torch.full_like(truth, -1),
    }
    errors = {
        name: frame_errors(row[None], truth[None])[0] for name, row in rows.items()
    }
    columns = min(COLUMNS, max(map(len, predictions.values())))
    frames = (seen, truth, predicted, 1 - (predicted - truth).abs())
    sheet = mosaic(torch.cat([on_paper(row, columns) for row in frames]), columns)
    tall = WIDE * sheet.shape[0] / sheet.shape[1]
    layout = Layout(
        0.45, 6.55 - WIDE, 0.45, 0.35, hspace=0.4, height_ratios=(tall, 1.2)
    )
    drawing, (strip, below) = figure(7, tall + 2.4, layout)
    draw_mosaic(strip, sheet[..., 0] if clip.shape[1] == 1 else sheet)
    _name_rows(strip, clip.shape[-2])
    _mark(strip, horizon, clip.shape[-2:])
    below.axvspan(horizon - 0.5, horizon + 0.5, color=MODEL, alpha=0.15, linewidth=0)
    below.set(xlim=(0.5, columns + 0.5), xticks=range(1, columns + 1))
    below.set_xlabel("frames ahead")
    _lines(below, errors, ("copy-last", "black"))
    here = [f"{name} {float(row[horizon - 1]):.0f}" for name, row in errors.items()]
    title(strip, f"{context} frames seen, {horizon} ahead")
    title(below, f"Squared error of that frame: {', '.join(here)}")
    return describe(
        drawing,
        f"After {context} frames seen: truth, prediction and error of {n} frames. "
        f"Squared error {horizon} frames ahead: {', '.join(here)}.",
    )


@course_style
def error_by_horizon(
    errors: Mapping[str, Errors], *, trivial: Collection[str] = ()
) -> Figure:
    """Squared error of a frame by how far ahead it lies, one line each.

    The rows named in ``trivial`` are drawn thin and grey: what costs no training.

    Raises:
        ValueError: if a trivial row is not among the errors.
    """
    if not set(trivial) <= set(errors):
        raise ValueError(
            f"The trivial rows {sorted(trivial)} are not all among the rows "
            f"{sorted(errors)}; name rows that are there."
        )
    drawing, (axes,) = figure(7, 3.3, Layout(right=1.5, top=0.35))
    axes.set_xlim(1, max(map(len, errors.values())))
    axes.set(xlabel="frames ahead", ylabel="squared error of a frame")
    _lines(axes, errors, trivial)
    title(axes, "How wrong a frame is by how far ahead it lies")
    ends = [f"{k} {float(e[0]):.0f} to {float(e[-1]):.0f}" for k, e in errors.items()]
    return describe(
        drawing,
        f"Squared error of a frame from the first to the last one predicted: "
        f"{'; '.join(ends)}.",
    )


def _name_rows(strip: Axes, tall: int) -> None:
    names = ("seen", "truth", "model", "error")
    strip.set_yticks([(i + 0.5) * (tall + 1) - 1 for i in range(4)], names)
    strip.tick_params(length=0)


def _mark(strip: Axes, horizon: int, size: Sequence[int]) -> None:
    """A frame around all but the first row of a column."""
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


def _lines(axes: Axes, errors: Mapping[str, Tensor], trivial: Collection[str]) -> None:
    models, dashes = cycle(MODELS), cycle(DASHES)
    for name, row in errors.items():
        if name in trivial:
            look = {"color": FAINT, "linewidth": 1.2, "linestyle": next(dashes)}
        else:
            colour, marker = next(models)
            look = {"color": colour, "marker": marker, "markersize": 4}
        axes.plot(range(1, len(row) + 1), row.detach().cpu(), **look, label=name)
    axes.set_ylim(0, 1.06 * max(float(row.max()) for row in errors.values()))
    label_lines(axes)
