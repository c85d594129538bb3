"""Lay faulty runs beside a healthy one: what an engineer sees is curves."""

from collections.abc import Mapping

from course_lib.gan.ring_curves import RingCurves
from course_lib.plotting import (
    DATA,
    FAINT,
    JUDGE,
    MODEL,
    Axes,
    Figure,
    Page,
    describe,
    figure,
    name_lines,
    styled,
    title,
)

ROWS = {  # what a row shows: its fields, and the limits of its axis
    "judge's loss": (("judge_loss",), (-0.1, 2.2)),
    "forger's loss": (("generator_loss",), (-0.3, 7.5)),
    "verdict D": (("verdict_real", "verdict_fake"), (-0.04, 1.04)),
    "good share": (("good_share",), (-0.04, 1.04)),
}
LOOK = {
    "judge_loss": (JUDGE, "-", "_"),
    "generator_loss": (MODEL, "-", "_"),
    "verdict_real": (DATA, "-", "real"),
    "verdict_fake": (MODEL, "--", "fake"),
    "good_share": (MODEL, "-", "_"),
}


@styled
def fault_curves(faulty: Mapping[str, RingCurves], healthy: RingCurves) -> Figure:
    """One column for each faulty run, the healthy one in grey behind it.

    Rows: the judge's loss and the forger's loss in nats, the judge's mean verdict on
    real and on fake samples, the share of good samples. Curves leave the axes where
    they run off.
    """
    n = len(faulty)
    page = Page(0.6, 0.6, 0.45, 0.35, 0.18, 0.14, (1,) * n, heights=(1,) * len(ROWS))
    drawing, panels = figure(7, 4.9, page)
    for column, (letter, run) in enumerate(faulty.items()):
        title(panels[column], letter)
        for axes, (fields, limits) in zip(
            panels[column::n], ROWS.values(), strict=True
        ):
            axes.set(ylim=limits, xlim=(0, float(healthy.step[-1])))
            axes.tick_params(labelleft=column == 0, labelbottom=False)
            _beside_healthy(axes, fields, run, healthy)
    for axes, name in zip(panels[::n], ROWS, strict=True):
        axes.set_ylabel(name)
    for axes in panels[-n:]:
        _first_and_last(axes, int(healthy.step[-1]))
    panels[-n + n // 2].set_xlabel("step")
    _name_the_last(panels[n - 1 :: n])
    return describe(
        drawing,
        f"Faulty runs {', '.join(faulty)} beside a healthy one: losses of both "
        "players, the judge's verdicts on real and fake samples, and the share of "
        "good samples.",
    )


def _beside_healthy(
    axes: Axes, fields: tuple[str, ...], run: RingCurves, healthy: RingCurves
) -> None:
    for field in fields:
        colour, dash, name = LOOK[field]
        model = getattr(healthy, field)
        axes.plot(healthy.step, model, dash, color=FAINT, linewidth=1, label="_")
        axes.plot(run.step, getattr(run, field), dash, color=colour, label=name)


def _first_and_last(axes: Axes, last: int) -> None:
    axes.tick_params(labelbottom=True)
    axes.set_xticks([0, last], ["0", str(last)])
    for label, side in zip(axes.get_xticklabels(), ("left", "right"), strict=True):
        label.set_horizontalalignment(side)


def _name_the_last(column: list[Axes]) -> None:
    """At the right edge of the sheet, name what the colours mean."""
    column[0].lines[0].set_label("healthy")
    for axes in column:
        name_lines(axes)
