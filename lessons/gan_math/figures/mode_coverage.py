"""Samples on the ring of Gaussians and their mode coverage during training."""

from collections.abc import Mapping
from textwrap import fill

import torch

from course_lib.gan.ring import (
    N_MODES,
    ModeCoverage,
    mode_centres,
    mode_coverage,
)
from course_lib.plotting import (
    DATA,
    FAKE,
    INK,
    Axes,
    Band,
    Figure,
    Layout,
    Number,
    course_style,
    curves,
    describe,
    figure,
    scatter,
    title,
)
from course_lib.shapes import Points

SamplesByStep = Mapping[int, Points]  # samples of one run by the number of steps
LIMIT = 2.9  # of both axes of a panel with samples
TARGETS = {"modes": N_MODES, "high_quality_fraction": 90}  # 90 %


@course_style
def ring_samples(runs: Mapping[str, SamplesByStep], *, panels: int = 5) -> Figure:
    """One row for each run: its samples at up to ``panels`` steps, first to last.

    Blue circles mark the eight modes of the data. Each title has the step, the number
    of covered modes and the fraction of high-quality samples.

    Raises:
        ValueError: if a run has no samples.
    """
    selected = {name: _evenly_spaced(samples, panels) for name, samples in runs.items()}
    columns = max(len(samples) for samples in selected.values())
    side = min(1.7, 6.3 / columns - 0.1)
    layout = Layout(
        *(0.55, 0.2, 0.1, 0.45, 0.1, 0.5), (1,) * columns, (1,) * len(selected)
    )
    width = 0.65 + columns * (side + 0.1)
    drawing, axes_list = figure(width, len(selected) * (side + 0.5) + 0.05, layout)
    at_end = []
    for row, (name, samples) in enumerate(selected.items()):
        row_axes = axes_list[row * columns : (row + 1) * columns]
        row_axes[0].set_ylabel(fill(name, 16), color=INK)
        for axes in row_axes[len(samples) :]:
            axes.set_visible(False)
        for axes, (step, points) in zip(row_axes, samples.items(), strict=False):
            coverage = _draw_ring(axes, points, f"step {step}")
        at_end.append(f"{name}: {coverage}")
    return describe(
        drawing,
        "Samples on a ring of eight modes at several steps. After the last one, "
        f"{'; '.join(at_end)}.",
    )


@course_style
def coverage_curves(
    runs: Mapping[str, SamplesByStep],
    bands: Mapping[str, Mapping[str, Band]] | None = None,
) -> Figure:
    """One column for each run: covered modes above, high-quality samples in % below.

    ``bands`` holds reference bands by the name of the run, and then by "modes" and
    "high_quality_fraction": the range of 90 % of the reference runs, drawn in grey.
    Dashed lines are the targets: 8 modes and 90 % high-quality samples.

    Raises:
        ValueError: if ``bands`` has the name of no run.
    """
    bands = bands or {}
    if set(bands) - set(runs):
        raise ValueError(
            f"Bands {sorted(bands)} do not belong to the runs {sorted(runs)}; give "
            "each band its run's name."
        )
    layout = Layout(
        *(0.6, 0.6, 0.45, 0.5, 0.85, 0.25), (1,) * len(runs), height_ratios=(1, 1)
    )
    drawing, panels = figure(7, 3.7, layout)
    at_end = []
    for column, (name, samples) in enumerate(runs.items()):
        above, below = panels[column :: len(runs)]
        results = [mode_coverage(points) for points in samples.values()]
        series = {
            "modes": [result.modes for result in results],
            "high_quality_fraction": [
                100 * result.high_quality_fraction for result in results
            ],
        }
        for axes, (key, values) in zip((above, below), series.items(), strict=True):
            axes.set_ylim(-0.03 * TARGETS[key], 1.15 * TARGETS[key])
            band = _band(bands.get(name), key)
            curves(axes, [*samples], {"yours": values}, band=band, bar=TARGETS[key])
        above.set(yticks=[0, 2, 4, 6, 8], xticklabels=[])
        below.set_xlabel("step")
        at_end.append(_in_words(results[-1]))
        title(above, f"{name}\n{at_end[-1]}")
    panels[0].set_ylabel("modes")
    panels[len(runs)].set_ylabel("high quality, %")
    results = "; ".join(map(": ".join, zip(runs, at_end, strict=True)))
    return describe(
        drawing,
        "Covered modes and high-quality samples over the steps of training. At the "
        f"end, {results} of high quality.",
    )


def _draw_ring(axes: Axes, points: Points, text: str) -> str:
    """Draw samples and mode centres; returns the mode coverage in words."""
    scatter(axes, points, colour=FAKE, size=3)
    axes.scatter(*mode_centres().T, s=36, facecolors="none", edgecolors=DATA, zorder=3)
    axes.set(xlim=(-LIMIT, LIMIT), ylim=(-LIMIT, LIMIT), xticks=[], yticks=[])
    axes.spines[:].set_visible(True)
    coverage = _in_words(mode_coverage(points))
    title(axes, f"{text}\n{coverage}", above=4)
    return f"{coverage} of high quality"


def _in_words(coverage: ModeCoverage) -> str:
    plural = "" if coverage.modes == 1 else "s"
    percent = 100 * coverage.high_quality_fraction
    return f"{coverage.modes} mode{plural}, {percent:.0f} %"


def _evenly_spaced(samples: SamplesByStep, n: Number) -> SamplesByStep:
    """The samples at n steps from the first to the last, evenly spaced."""
    steps = sorted(samples)
    if not steps:
        raise ValueError("A run has no samples to draw. Train it first.")
    indices = torch.linspace(0, len(steps) - 1, min(n, len(steps))).round().int()
    return {steps[i]: samples[steps[i]] for i in indices.tolist()}


def _band(reference: Mapping[str, Band] | None, key: str) -> Band | None:
    if reference is None:
        return None
    unit = 100 if key == "high_quality_fraction" else 1
    steps, *parts = reference[key][:4]
    return Band(steps, *(unit * torch.as_tensor(part) for part in parts))
