"""The lab's figure: every faulty run beside the healthy one, with equal axes."""

from functools import partial

import numpy as np
import pytest
import torch
from figure_checks import assert_fits, numbers, titles

from course_lib import plotting
from lessons.video_vae.figures.lab import fault_curves
from lessons.video_vae.lab import VAECurves

STEP = torch.arange(10.0, 301, 10)
DECAY = torch.exp(-STEP / 60)


def curves(loss: float, error: float, kl: float, sample_error: float) -> VAECurves:
    """Curves that converge exponentially to these values."""
    return VAECurves(
        STEP,
        loss + 200 * DECAY,
        error + 20 * DECAY,
        kl - kl * DECAY,
        sample_error + 15 * DECAY,
    )


HEALTHY = curves(38, 5.1, 14, 9.2)
FAULTY = {
    "A": curves(104, 19, 0.0004, 17),
    "B": curves(23, 4.4, 2.8, 11),
    "C": curves(1.6, 19, 0.003, 17),
    "D": HEALTHY._replace(sample_error=HEALTHY.sample_error + 6),
    "E": curves(32, 4.7, 9.5, 9.8),
}
FIELDS = ("loss", "error", "kl", "sample_error")
draw = partial(fault_curves, FAULTY, HEALTHY)


def test_the_figure_fits_its_page() -> None:
    assert_fits(draw)


def test_each_panel_has_the_faulty_run_behind_the_dashed_healthy_one() -> None:
    drawing = draw()
    assert titles(drawing)[:5] == [*"ABCDE"] and len(drawing.axes) == 20
    for i, run in enumerate(FAULTY.values()):
        for field, axes in zip(FIELDS, drawing.axes[i::5], strict=True):
            dashed, coloured = axes.lines
            assert np.allclose(coloured.get_ydata(), getattr(run, field))
            assert np.allclose(dashed.get_ydata(), getattr(HEALTHY, field))
            assert np.array_equal(coloured.get_xdata(), STEP)
            assert not coloured.is_dashed() and dashed.is_dashed()
            assert coloured.get_color() != dashed.get_color() == plotting.INK
            assert dashed.get_zorder() > coloured.get_zorder()  # visible if both agree


def test_panels_of_a_row_and_both_rows_of_errors_have_equal_axes() -> None:
    drawing = draw()
    rows = [drawing.axes[i : i + 5] for i in range(0, 20, 5)]
    for row, scale in zip(rows, ("log", "linear", "linear", "linear"), strict=True):
        assert {axes.get_yscale() for axes in row} == {scale}
        assert len({axes.get_ylim() for axes in row}) == 1
        assert row[0].get_ylabel() and not any(axes.get_ylabel() for axes in row[1:])
    assert rows[1][0].get_ylim() == rows[3][0].get_ylim()


def test_step_labels_stand_below_the_last_row_and_healthy_is_written_once() -> None:
    drawing = draw()
    for i, axes in enumerate(drawing.axes):
        labels = [label.get_text() for label in axes.get_xticklabels()]
        assert axes.get_xlim() == (0, 300)
        assert labels == (["0", "300"] if i >= 15 else [])
    assert [axes.get_xlabel() for axes in drawing.axes].count("step") == 1
    texts = {i: a.texts[0].get_text() for i, a in enumerate(drawing.axes) if a.texts}
    assert texts == {4: "healthy"}


def test_the_alt_text_states_the_last_value_of_every_curve() -> None:
    ends = [float(c[-1]) for run in (HEALTHY, *FAULTY.values()) for c in run[1:]]
    text = plotting.alt_text(draw())
    assert numbers(text) == pytest.approx(ends, abs=0.06)
    assert all(f"{name} " in text for name in ("healthy", *FAULTY))
