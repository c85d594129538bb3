"""The lab's picture shows every faulty run with the healthy one, on one scale."""

from functools import partial

import numpy as np
import pytest
import torch
from figure_checks import assert_fits, numbers, titles

from course_lib import plotting
from lessons.video_vae.figures.lab import fault_curves
from lessons.video_vae.lab import VAECurves

STEP = torch.arange(10.0, 301, 10)
FALL = torch.exp(-STEP / 60)


def curves(loss: float, error: float, kl: float, miss: float) -> VAECurves:
    """A run that falls from where all runs start to these ends."""
    ends = (loss + 200 * FALL, error + 20 * FALL, kl - kl * FALL, miss + 15 * FALL)
    return VAECurves(STEP, *ends)


HEALTHY = curves(38, 5.1, 14, 9.2)
FAULTY = {
    "A": curves(104, 19, 0.0004, 17),
    "B": curves(23, 4.4, 2.8, 11),
    "C": curves(1.6, 19, 0.003, 17),
    "D": HEALTHY._replace(miss=HEALTHY.miss + 6),
    "E": curves(32, 4.7, 9.5, 9.8),
}
FIELDS = ("loss", "error", "kl", "miss")
draw = partial(fault_curves, FAULTY, HEALTHY)


def test_the_lab_fits_its_page_and_is_drawn_the_same_twice() -> None:
    assert_fits(draw)


def test_each_faulty_run_stands_with_the_same_healthy_one() -> None:
    drawing = draw()
    assert titles(drawing)[:5] == [*"ABCDE"] and len(drawing.axes) == 20
    for i, seen in enumerate(FAULTY.values()):
        for field, axes in zip(FIELDS, drawing.axes[i::5], strict=True):
            coloured, dashed = axes.lines
            assert np.allclose(coloured.get_ydata(), getattr(seen, field))
            assert np.allclose(dashed.get_ydata(), getattr(HEALTHY, field))
            assert np.array_equal(coloured.get_xdata(), STEP)
            assert not coloured.is_dashed() and dashed.is_dashed()
            assert coloured.get_color() != dashed.get_color() == plotting.INK
            assert dashed.get_zorder() >= coloured.get_zorder()  # seen where both agree


def test_a_row_has_one_scale_and_error_and_miss_share_theirs() -> None:
    drawing = draw()
    rows = [drawing.axes[i : i + 5] for i in range(0, 20, 5)]
    for row, scale in zip(rows, ("log", "linear", "linear", "linear"), strict=True):
        assert {axes.get_yscale() for axes in row} == {scale}
        assert len({axes.get_ylim() for axes in row}) == 1
        assert row[0].get_ylabel() and not any(axes.get_ylabel() for axes in row[1:])
    assert rows[1][0].get_ylim() == rows[3][0].get_ylim()


def test_steps_run_from_none_to_the_last_and_are_named_once() -> None:
    drawing = draw()
    for i, axes in enumerate(drawing.axes):
        labels = [label.get_text() for label in axes.get_xticklabels()]
        assert axes.get_xlim() == (0, 300)
        assert labels == (["0", "300"] if i >= 15 else [])
    assert [axes.get_xlabel() for axes in drawing.axes].count("step") == 1
    said = {i: a.texts[0].get_text() for i, a in enumerate(drawing.axes) if a.texts}
    assert said == {4: "healthy"}


def test_the_alt_text_says_where_every_curve_ends() -> None:
    ends = [float(c[-1]) for run in (HEALTHY, *FAULTY.values()) for c in run[1:]]
    words = plotting.alt_text(draw())
    assert numbers(words) == pytest.approx(ends, abs=0.06)
    assert all(f"{name} " in words for name in ("healthy", *FAULTY))
