"""Lay faulty VAEs beside a healthy one: a fault is what the curves say together."""

from collections.abc import Mapping
from itertools import product

from course_lib.plotting import (
    ACCENT,
    DATA,
    INK,
    MODEL,
    Axes,
    Figure,
    Layout,
    course_style,
    describe,
    figure,
    label_lines,
    title,
)
from lessons.video_vae.lab import VAECurves

DASHED = (0, (3, 2))
ROWS = {  # what a row shows: its field, its colour, its scale, the limits of its axis
    "loss, nats": ("loss", DATA, "log", (1, 300)),
    "unseen error": ("error", MODEL, "linear", (0, 36)),
    "KL, nats": ("kl", ACCENT, "linear", (-0.5, 16.5)),
    "samples miss by": ("miss", MODEL, "linear", (0, 36)),
}


@course_style
def fault_curves(faulty: Mapping[str, VAECurves], healthy: VAECurves) -> Figure:
    """One column for each faulty run, the healthy one dashed in front of it.

    Rows, by the step: the loss as the run has it; error and KL of unseen images; how
    far the nearest of its samples lies from them. Curves leave the axes where they run
    off.
    """
    n = len(faulty)
    layout = Layout(
        0.6, 0.65, 0.45, 0.3, 0.14, 0.16, (1,) * n, height_ratios=(1,) * len(ROWS)
    )
    drawing, panels = figure(7, 5.4, layout)
    for i, (row, (letter, run)) in enumerate(product(ROWS, faulty.items())):
        _beside_healthy(panels[i], row, run, healthy)
        panels[i].tick_params(labelleft=i % n == 0, labelbottom=i >= len(panels) - n)
        title(panels[i], "" if i >= n else letter)
        panels[i].set_ylabel("" if i % n else row)
    panels[n // 2 - n].set_xlabel("step", labelpad=0)
    label_lines(panels[n - 1])
    ends = (
        f"{name} " + ", ".join(f"{float(curve[-1]):.1f}" for curve in run[1:])
        for name, run in {"healthy": healthy, **faulty}.items()
    )
    return describe(
        drawing,
        "Faulty VAEs beside a healthy one. Loss, error, KL and miss end at: "
        f"{'; '.join(ends)}.",
    )


def _beside_healthy(axes: Axes, row: str, run: VAECurves, healthy: VAECurves) -> None:
    field, colour, scale, limits = ROWS[row]
    axes.plot(run.step, getattr(run, field), color=colour, ls="-", label="_")
    dashed = {"color": INK, "linewidth": 1, "linestyle": DASHED, "label": "healthy"}
    axes.plot(healthy.step, getattr(healthy, field), **dashed)
    last = int(healthy.step[-1])
    axes.set(yscale=scale, ylim=limits, xlim=(0, last))
    axes.set_xticks([0, last], ["0", str(last)])
    for label, side in zip(axes.get_xticklabels(), ("left", "right"), strict=True):
        label.set_horizontalalignment(side)
