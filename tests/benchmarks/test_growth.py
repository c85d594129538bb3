"""An exponent is a slope between the largest sizes; every case has its own name."""

import pytest

from benchmarks.fresh import Cost
from benchmarks.growth import AXES, draw, exponent, prepare, row
from benchmarks.scaling import SCALING_CASES
from course_lib.plotting import alt_text


def test_a_square_has_exponent_2_also_where_something_is_fixed() -> None:
    sizes = (1, 2, 1000, 2000)
    assert exponent(sizes, [n**2 for n in sizes]) == pytest.approx(2)
    assert exponent(sizes, [7 + n**2 for n in sizes]) == pytest.approx(2, abs=1e-4)
    assert exponent(sizes, [3 * n for n in sizes]) == pytest.approx(1)


def test_laws_have_names_of_their_own_and_axes_that_are_drawn() -> None:
    names = [case.name for case in SCALING_CASES]
    assert len({*names}) == len(names)
    assert {case.axis for case in SCALING_CASES} == {*AXES}
    assert all(sorted({*case.sizes}) == list(case.sizes) for case in SCALING_CASES)


@pytest.mark.parametrize(
    "name", ["LSTM predictor, side", "clip VAE, frames", "vgan, batch", "SSIM, clips"]
)
def test_a_law_is_prepared_by_its_name(name: str) -> None:
    sizes = {"batch": 2, "clips": 2, "frames": 16, "side": 32}
    prepare(name, str(sizes[name.rpartition(", ")[2]]))()


def test_a_row_and_the_picture_show_every_size() -> None:
    costs = {
        case.name: [Cost(n / 100, 1e6 * n) for n in case.sizes]
        for case in SCALING_CASES
    }
    case = SCALING_CASES[0]
    cells = row(case, costs[case.name])
    assert cells[0] == case.name and cells[3] == cells[5] == "1.00"
    drawing = draw(costs)
    assert sum(len(axes.lines) for axes in drawing.axes) == len(SCALING_CASES)
    assert "seconds" in alt_text(drawing)
