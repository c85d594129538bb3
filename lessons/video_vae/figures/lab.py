"""Training curves of the lab's faulty VAEs beside those of a healthy one."""

from collections.abc import Mapping

from course_lib.plotting import (
    ACCENT,
    DATA,
    MODEL,
    Figure,
    Layout,
    PanelCurve,
    PanelRow,
    fault_panels,
)
from lessons.video_vae.lab import VAECurves

ERROR_LIMITS = (0, 36)  # of both squared errors
ROWS = (
    PanelRow("loss, nats", [PanelCurve("loss", DATA)], (1, 300), "log"),
    PanelRow("test error", [PanelCurve("error", MODEL)], ERROR_LIMITS),
    PanelRow("KL, nats", [PanelCurve("kl", ACCENT)], (-0.5, 16.5)),
    PanelRow("sample error", [PanelCurve("sample_error", MODEL)], ERROR_LIMITS),
)


def fault_curves(faulty: Mapping[str, VAECurves], healthy: VAECurves) -> Figure:
    """One column for each faulty run, with the healthy run dashed in front of it.

    Rows: the training loss, error and KL of test images, and the error of the nearest
    sample. Curves outside of the limits leave the panel.
    """
    ends = (
        f"{name} " + ", ".join(f"{float(curve[-1]):.1f}" for curve in run[1:])
        for name, run in {"healthy": healthy, **faulty}.items()
    )
    return fault_panels(
        faulty,
        healthy,
        ROWS,
        alt="Faulty VAEs beside a healthy one. Loss, test error, KL and sample error "
        f"end at: {'; '.join(ends)}.",
        height=5.4,
        layout=Layout(0.6, 0.65, 0.45, 0.3, 0.14, 0.16),
        healthy_in_front=True,
    )
