"""Lay faulty games beside a healthy one: a fault is what the curves say together."""

from collections.abc import Mapping
from math import log

from course_lib.plotting import (
    DASHES,
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
from lessons.mocogan.lab import GameCurves

IDEA = log(2)  # of a judge that has none
ROWS = {  # what a row shows: its fields with their colours, and the axis' limits
    "taken for real": ({"frames_fool": DATA, "clips_fool": JUDGE}, (0, 1)),
    "category, nats": ({"category": DATA, "obeyed": JUDGE}, (0, 2 * IDEA)),
    "brightness": ({"brightness": MODEL}, (-1, 0.5)),
}
NAMES = {
    "frames_fool": "frames",
    "clips_fool": "clips",
    "category": "of real",
    "obeyed": "of fakes",
    "brightness": "of fakes",
}


@styled
def fault_curves(faulty: Mapping[str, GameCurves], healthy: GameCurves) -> Figure:
    """One column for each faulty game, the healthy one in grey behind it.

    Rows, by the step: how real fakes look to either judge; what categories of real and
    of fake clips cost; the mean pixel of the fakes. Curves leave the axes where they
    run off.
    """
    n = len(faulty)
    page = Page(0.6, 0.75, 0.45, 0.3, 0.16, 0.22, (1,) * n, heights=(1,) * len(ROWS))
    drawing, panels = figure(7, 4.6, page)
    for column, (letter, run) in enumerate(faulty.items()):
        title(panels[column], letter)
        for axes, (fields, limits) in zip(
            panels[column::n], ROWS.values(), strict=True
        ):
            _beside_healthy(axes, fields, run, healthy)
            axes.set_ylim(limits)
            axes.tick_params(labelleft=column == 0, labelbottom=False)
        panels[column - n].tick_params(labelbottom=True)
    for axes, name in zip(panels[::n], ROWS, strict=True):
        axes.set_ylabel(name)
    panels[n // 2 - n].set_xlabel("step", labelpad=0)
    for axes in panels[n - 1 :: n]:
        _name(axes)
    ends = (
        f"{name} {_ends(run)}" for name, run in {"healthy": healthy, **faulty}.items()
    )
    return describe(
        drawing,
        "Faulty games beside a healthy one, in grey. They end with frames and clips "
        "taken for real, the cost of real and fake categories in nats, and brightness: "
        f"{'; '.join(ends)}.",
    )


def _beside_healthy(
    axes: Axes, fields: Mapping[str, str], run: GameCurves, healthy: GameCurves
) -> None:
    steps = run.step.tolist()
    for (field, colour), dash in zip(fields.items(), DASHES, strict=False):
        grey = {"color": FAINT, "linewidth": 1, "label": "_"}
        axes.plot(steps, getattr(healthy, field), linestyle=dash, **grey)
        look = {"color": colour, "label": f"_{NAMES[field]}"}
        axes.plot(steps, getattr(run, field), linestyle=dash, **look)
    axes.set_xlim(0, steps[-1])
    axes.set_xticks([0, steps[-1]], ["0", f"{steps[-1]:g}"])
    for label, side in zip(axes.get_xticklabels(), ("left", "right"), strict=True):
        label.set_horizontalalignment(side)


def _name(axes: Axes) -> None:
    """Write the coloured lines' names, which the other columns keep to themselves."""
    for line in axes.lines[1::2]:
        line.set_label(str(line.get_label())[1:])
    name_lines(axes)


def _ends(run: GameCurves) -> str:
    return ", ".join(f"{float(curve[-1]):.2f}" for curve in run[1:])
