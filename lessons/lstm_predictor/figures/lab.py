"""Training curves of faulty predictors beside those of a healthy one."""

from collections.abc import Mapping

from course_lib.plotting import (
    DATA,
    FAINT,
    INK,
    MODEL,
    Axes,
    Figure,
    Layout,
    Number,
    course_style,
    describe,
    figure,
    label_lines,
    title,
)
from lessons.lstm_predictor.lab import PredictorCurves

DOTTED = (0, (1, 1.2))
ROWS = {  # what a row shows: its field, its colour, and the limits of its axis
    "training loss": ("loss", DATA, (1e-3, 60)),
    "reported error": ("error", MODEL, (5e-3, 120)),
    "last report": ("by_horizon", MODEL, (5e-3, 120)),
}


@course_style
def fault_curves(
    faulty: Mapping[str, PredictorCurves], healthy: PredictorCurves
) -> Figure:
    """One column for each faulty run, the healthy one in grey behind it.

    Rows, all on logarithmic axes: the training loss and the reported error by the
    step; the last report by how far ahead a frame lies, with copy-last dotted. Curves
    leave the axes where they run off.
    """
    n = len(faulty)
    layout = Layout(
        0.65, 0.75, 0.45, 0.3, 0.14, 0.5, (1,) * n, height_ratios=(1,) * len(ROWS)
    )
    drawing, panels = figure(7, 5.2, layout)
    for column, (letter, run) in enumerate(faulty.items()):
        title(panels[column], letter)
        for axes, row in zip(panels[column::n], ROWS.values(), strict=True):
            _beside_healthy(axes, row, run, healthy)
            axes.tick_params(labelleft=column == 0)
    for axes, name in zip(panels[::n], ROWS, strict=True):
        axes.set_ylabel(name)
    for axes, what in zip(
        panels[n // 2 :: n], ("", "step", "frames ahead"), strict=True
    ):
        axes.set_xlabel(what, labelpad=0)
    for axes in panels[n - 1 :: n]:
        label_lines(axes)
    ends = (
        f"{name} {float(run.loss[-1]):.2g} and {float(run.error[-1]):.2g}"
        for name, run in {"healthy": healthy, **faulty}.items()
    )
    return describe(
        drawing,
        "Faulty predictors beside a healthy one, and their errors by horizon beside "
        f"copy-last. Training loss and reported error end at: {', '.join(ends)}.",
    )


def _beside_healthy(
    axes: Axes,
    row: tuple[str, str, tuple[Number, Number]],
    run: PredictorCurves,
    healthy: PredictorCurves,
) -> None:
    field, colour, limits = row
    ahead = range(1, len(healthy.by_horizon) + 1)
    x, start = (ahead, 1) if field == "by_horizon" else (healthy.step.tolist(), 0)
    (grey,) = axes.plot(x, getattr(healthy, field), color=FAINT, linewidth=1, ls="-")
    grey.set_label("_" if x is ahead else "healthy")
    axes.plot(x, getattr(run, field), color=colour, ls="-", label="_")
    if x is ahead:
        axes.plot(x, run.copied, color=INK, linewidth=1.2, ls=DOTTED, label="copy-last")
    axes.set(yscale="log", ylim=limits, xlim=(start, x[-1]))
    axes.set_xticks([start, x[-1]], [f"{start:g}", f"{x[-1]:g}"])
    for label, side in zip(axes.get_xticklabels(), ("left", "right"), strict=True):
        label.set_horizontalalignment(side)
