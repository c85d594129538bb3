"""The figure of a lab: faulty runs beside a healthy one, by columns and rows."""

from typing import NamedTuple

import numpy as np
import pytest

from course_lib import plotting
from course_lib.plotting import PanelCurve, PanelRow


class Run(NamedTuple):
    step: np.ndarray
    loss: np.ndarray
    real: np.ndarray
    by_horizon: np.ndarray
    baseline: np.ndarray


def run(seed: int) -> Run:
    rng = np.random.default_rng(seed)
    steps = np.arange(5.0, 55, 5)
    return Run(steps, *rng.uniform(0.1, 1, (2, 10)), *rng.uniform(0.1, 1, (2, 4)))


ROWS = [
    PanelRow("loss", [PanelCurve("loss", plotting.MODEL)], (0.01, 2), yscale="log"),
    PanelRow(
        "D",
        [
            PanelCurve("loss", plotting.DISCRIMINATOR, "fake", "--"),
            PanelCurve("real", plotting.DATA, "real"),
        ],
        (0, 1),
    ),
    PanelRow(
        "by horizon",
        [
            PanelCurve("by_horizon", plotting.MODEL),
            PanelCurve("baseline", plotting.INK, "copy-last", ":", compared=False),
        ],
        (0, 1),
        x=None,
        xlabel="frames ahead",
    ),
]
FAULTY, HEALTHY = {letter: run(i) for i, letter in enumerate("ABC")}, run(9)


def panels(**options) -> list[plotting.Axes]:
    layout = plotting.Layout(right=0.9, bottom=0.5, hspace=0.5, wspace=0.2)
    return plotting.fault_panels(
        FAULTY, HEALTHY, ROWS, alt="Three faults.", layout=layout, **options
    ).axes


def test_each_column_compares_one_faulty_run_with_the_healthy_run() -> None:
    axes = panels()
    assert len(axes) == 9
    assert [a.get_title(loc="left") for a in axes[:3]] == ["A", "B", "C"]
    assert [a.get_ylabel() for a in axes[::3]] == ["loss", "D", "by horizon"]
    for column, faulty in enumerate(FAULTY.values()):
        loss, two, horizon = (
            [line.get_ydata() for line in a.lines] for a in axes[column::3]
        )
        assert np.array_equal(loss, [HEALTHY.loss, faulty.loss])
        assert np.array_equal(
            two, [HEALTHY.loss, faulty.loss, HEALTHY.real, faulty.real]
        )
        assert np.array_equal(
            horizon, [HEALTHY.by_horizon, faulty.by_horizon, faulty.baseline]
        )


def test_labels_are_written_in_the_last_column_only() -> None:
    words = [[text.get_text() for text in a.texts] for a in panels()]
    assert {i: w for i, w in enumerate(words) if w} == {
        2: ["healthy"],
        5: ["fake", "real"],
        8: ["copy-last"],
    }


def test_rows_that_share_their_x_share_one_axis_below() -> None:
    axes = panels()
    assert [a.get_xlabel() for a in axes[1::3]] == ["", "step", "frames ahead"]
    visible = [a.xaxis.get_major_ticks()[0].label1.get_visible() for a in axes[::3]]
    assert visible == [False, True, True]
    assert axes[0].get_xlim() == (0, 50) and axes[6].get_xlim() == (1, 4)
    assert axes[0].get_ylim() == (0.01, 2) and axes[0].get_yscale() == "log"


@pytest.mark.parametrize(
    ("in_front", "colour"), [(False, plotting.FAINT), (True, plotting.INK)]
)
def test_the_healthy_run_is_grey_behind_or_dashed_in_front(in_front, colour) -> None:
    healthy, faulty = panels(healthy_in_front=in_front)[0].lines
    assert healthy.get_color() == colour
    assert (healthy.get_zorder() > faulty.get_zorder()) == in_front


@pytest.mark.parametrize(("faulty", "rows"), [({}, ROWS), (FAULTY, [])])
def test_a_lab_without_runs_or_rows_raises_an_error(faulty, rows) -> None:
    with pytest.raises(ValueError, match="at least one faulty run and one row"):
        plotting.fault_panels(faulty, HEALTHY, rows, alt="None.")


def test_the_figure_has_the_alternative_text_that_was_given() -> None:
    drawing = plotting.fault_panels(FAULTY, HEALTHY, ROWS, alt="Three faults.")
    assert plotting.alt_text(drawing) == "Three faults."
