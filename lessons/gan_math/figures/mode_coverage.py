"""See which modes a forger found, and which it forgot, step by step."""

from collections.abc import Mapping
from textwrap import fill

import torch

from course_lib.gan.ring import MODES, RingCoverage, coverage, mode_centres
from course_lib.plotting import (
    DATA,
    INK,
    MODEL,
    Axes,
    Band,
    Figure,
    Number,
    Page,
    curves,
    describe,
    figure,
    scatter,
    styled,
    title,
)
from course_lib.shapes import Points

Clouds = Mapping[int, Points]  # samples of one forger by the number of its steps
REACH = 2.9  # half the side of the plane that is shown
BARS = {"modes": MODES, "good_share": 90}  # what the course asks of a run


@styled
def ring_progress(runs: Mapping[str, Clouds], *, panels: int = 5) -> Figure:
    """One row for each run: its samples on the ring at steps from first to last.

    Blue circles are the eight modes of the data; above each panel stand the step, the
    modes covered and the share of good samples.

    Raises:
        ValueError: if a run holds no samples.
    """
    shown = {name: _evenly(clouds, panels) for name, clouds in runs.items()}
    columns = max(len(clouds) for clouds in shown.values())
    side = min(1.7, 6.3 / columns - 0.1)
    rows, wide = (1,) * len(shown), (1,) * columns
    page = Page(0.55, 0.2, 0.1, 0.45, 0.1, 0.5, wide, rows)
    width, height = 0.65 + columns * (side + 0.1), len(shown) * (side + 0.5) + 0.05
    drawing, places = figure(width, height, page)
    ends = []
    for row, (name, clouds) in enumerate(shown.items()):
        line = places[row * columns : (row + 1) * columns]
        line[0].set_ylabel(fill(name, 16), color=INK)
        for axes in line[len(clouds) :]:
            axes.set_visible(False)
        for axes, (step, points) in zip(line, clouds.items(), strict=False):
            found = _ring(axes, points, f"step {step}")
        ends.append(f"{name}: {found}")
    return describe(
        drawing,
        "Samples on a ring of eight modes at several steps. After the last one, "
        f"{'; '.join(ends)}.",
    )


@styled
def coverage_curves(
    runs: Mapping[str, Clouds], bands: Mapping[str, Mapping[str, Band]] | None = None
) -> Figure:
    """One column for each run: modes covered above, good samples in percent below.

    The grey bands of the run's name, "modes" and "good_share", lie behind: where the
    middle nine tenths of reference runs went.
    Dashed is the bar: 8 modes, 90 % good.

    Raises:
        ValueError: if there is a band of a name that no run has.
    """
    bands = bands or {}
    if set(bands) - set(runs):
        raise ValueError(
            f"Bands {sorted(bands)} do not belong to the runs {sorted(runs)}; give "
            "each band its run's name."
        )
    page = Page(0.6, 0.6, 0.45, 0.5, 0.85, 0.25, (1,) * len(runs), heights=(1, 1))
    drawing, panels = figure(7, 3.7, page)
    ends = []
    for column, (name, clouds) in enumerate(runs.items()):
        above, below = panels[column :: len(runs)]
        found = [coverage(points) for points in clouds.values()]
        modes, shares = [f.modes for f in found], [100 * f.good_share for f in found]
        for axes, values, key in (
            (above, modes, "modes"),
            (below, shares, "good_share"),
        ):
            axes.set_ylim(-0.03 * BARS[key], 1.15 * BARS[key])
            band = _band(bands.get(name), key)
            curves(axes, [*clouds], {"yours": values}, band=band, bar=BARS[key])
        above.set(yticks=[0, 2, 4, 6, 8], xticklabels=[])
        below.set_xlabel("step")
        ends.append(f"{_counted(found[-1])} good")
        title(above, f"{name}\n{ends[-1]}")
    panels[0].set_ylabel("modes")
    panels[len(runs)].set_ylabel("good samples, %")
    said = "; ".join(map(": ".join, zip(runs, ends, strict=True)))
    return describe(
        drawing,
        f"Modes and good samples over the steps of training. At the end, {said}.",
    )


def _ring(axes: Axes, points: Points, words: str) -> str:
    found = coverage(points)
    scatter(axes, points, colour=MODEL, size=3)
    axes.scatter(*mode_centres().T, s=36, facecolors="none", edgecolors=DATA, zorder=3)
    axes.set(xlim=(-REACH, REACH), ylim=(-REACH, REACH), xticks=[], yticks=[])
    axes.spines[:].set_visible(True)
    counted = _counted(found)
    title(axes, f"{words}\n{counted}", above=4)
    return f"{counted} good"


def _counted(found: RingCoverage) -> str:
    plural = "" if found.modes == 1 else "s"
    return f"{found.modes} mode{plural}, {100 * found.good_share:.0f} %"


def _evenly(clouds: Clouds, panels: Number) -> Clouds:
    steps = sorted(clouds)
    if not steps:
        raise ValueError("A run without samples cannot be drawn; train it first.")
    chosen = torch.linspace(0, len(steps) - 1, min(panels, len(steps))).round().int()
    return {steps[i]: clouds[steps[i]] for i in chosen.tolist()}


def _band(reference: Mapping[str, Band] | None, key: str) -> Band | None:
    if reference is None:
        return None
    unit = 100 if key == "good_share" else 1
    steps, *parts = reference[key][:4]
    return Band(steps, *(unit * torch.as_tensor(part) for part in parts))
