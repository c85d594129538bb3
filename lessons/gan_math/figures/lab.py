"""Training curves of the lab's faulty GANs beside those of a healthy one."""

from collections.abc import Mapping

from course_lib.gan.ring_training import RingCurves
from course_lib.plotting import (
    DISCRIMINATOR,
    FAKE,
    GENERATOR,
    REAL,
    Figure,
    Layout,
    PanelCurve,
    PanelRow,
    fault_panels,
)

ROWS = (
    PanelRow("D loss", [PanelCurve("discriminator_loss", DISCRIMINATOR)], (-0.1, 2.2)),
    PanelRow("G loss", [PanelCurve("generator_loss", GENERATOR)], (-0.3, 7.5)),
    PanelRow(
        "mean D(x)",
        [PanelCurve("d_real", REAL, "real"), PanelCurve("d_fake", FAKE, "fake", "--")],
        (-0.04, 1.04),
    ),
    PanelRow(
        "high quality",
        [PanelCurve("high_quality_fraction", GENERATOR)],
        (-0.04, 1.04),
    ),
)


def fault_curves(faulty: Mapping[str, RingCurves], healthy: RingCurves) -> Figure:
    """One column for each faulty run, with the healthy run in grey behind it.

    Rows: losses of discriminator and generator in nats, the mean D(x) on real and on
    fake samples, and the fraction of high-quality samples.
    """
    return fault_panels(
        faulty,
        healthy,
        ROWS,
        alt=f"Faulty runs {', '.join(faulty)} beside a healthy one: losses of "
        "discriminator and generator, the mean output of the discriminator on real and "
        "on fake samples, and the fraction of high-quality samples.",
        layout=Layout(0.6, 0.6, 0.45, 0.35, 0.18, 0.14),
    )
