"""Training curves of the lab's faulty predictors beside those of a healthy one."""

from collections.abc import Mapping

from course_lib.plotting import (
    DATA,
    INK,
    MODEL,
    Figure,
    Layout,
    PanelCurve,
    PanelRow,
    fault_panels,
)
from lessons.lstm_predictor.lab import PredictorCurves

DOTTED = (0, (1, 1.2))
ERROR_LIMITS = (5e-3, 120)
ROWS = (
    PanelRow("training loss", [PanelCurve("loss", DATA)], (1e-3, 60), "log"),
    PanelRow("reported error", [PanelCurve("error", MODEL)], ERROR_LIMITS, "log"),
    PanelRow(
        "last report",
        [
            PanelCurve("by_horizon", MODEL),
            PanelCurve("copy_last", INK, "copy-last", DOTTED, compared=False),
        ],
        ERROR_LIMITS,
        "log",
        x=None,
        xlabel="frames ahead",
    ),
)


def fault_curves(
    faulty: Mapping[str, PredictorCurves], healthy: PredictorCurves
) -> Figure:
    """One column for each faulty run, with the healthy run in grey behind it.

    Rows, all on logarithmic axes: training loss and reported error by step, and the
    last reported error by horizon, with the error of copy-last dotted.
    """
    ends = (
        f"{name} {float(run.loss[-1]):.2g} and {float(run.error[-1]):.2g}"
        for name, run in {"healthy": healthy, **faulty}.items()
    )
    return fault_panels(
        faulty,
        healthy,
        ROWS,
        alt="Faulty predictors beside a healthy one, and their errors by horizon "
        "beside copy-last. Training loss and reported error end at: "
        f"{', '.join(ends)}.",
        height=5.2,
        layout=Layout(0.65, 0.75, 0.45, 0.3, 0.14, 0.5),
    )
