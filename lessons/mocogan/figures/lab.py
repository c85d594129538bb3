"""Training curves of the lab's faults beside those of a healthy training."""

from collections.abc import Mapping
from math import log

from course_lib.plotting import (
    ACCENT,
    DASHES,
    DATA,
    MODEL,
    Figure,
    PanelCurve,
    PanelRow,
    fault_panels,
)
from lessons.mocogan.lab import TrainingCurves

ROWS = (
    PanelRow(
        "D(fake)",
        (
            PanelCurve("image_d_fake", DATA, "frames", DASHES[0]),
            PanelCurve("video_d_fake", ACCENT, "clips", DASHES[1]),
        ),
        (0, 1),
    ),
    PanelRow(
        "category loss",
        (
            PanelCurve("real_category", DATA, "real", DASHES[0]),
            PanelCurve("fake_category", ACCENT, "fake", DASHES[1]),
        ),
        (0, 2 * log(2)),
    ),
    PanelRow(
        "mean pixel",
        (PanelCurve("brightness", MODEL, "fake", DASHES[0]),),
        (-1, 0.5),
    ),
)


def fault_curves(
    faulty: Mapping[str, TrainingCurves], healthy: TrainingCurves
) -> Figure:
    """One column for each faulty training, with the healthy one in grey behind it.

    Rows, by training step: mean D(x) over generated frames and clips; category loss of
    real and of generated clips, in nats; mean pixel of generated clips.
    """
    ends = (
        f"{name} {_last_values(run)}"
        for name, run in {"healthy": healthy, **faulty}.items()
    )
    alt = (
        "Training curves of faulty trainings beside a healthy one, in grey. They end "
        "with D of generated frames and clips, category loss of real and generated "
        f"clips in nats, and mean pixel: {'; '.join(ends)}."
    )
    return fault_panels(faulty, healthy, ROWS, alt=alt, height=4.6)


def _last_values(run: TrainingCurves) -> str:
    return ", ".join(f"{float(curve[-1]):.2f}" for curve in run[1:])
