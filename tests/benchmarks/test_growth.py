"""An exponent is a slope between the largest sizes; every law has a name of its own."""

import pytest

from benchmarks.fresh import Cost
from benchmarks.growth import AXES, draw, exponent, prepare, row
from benchmarks.laws import LAWS
from course_lib.plotting import alt_text


def test_a_square_has_exponent_2_also_where_something_is_fixed() -> None:
    sizes = (1, 2, 1000, 2000)
    assert exponent(sizes, [n**2 for n in sizes]) == pytest.approx(2)
    assert exponent(sizes, [7 + n**2 for n in sizes]) == pytest.approx(2, abs=1e-4)
    assert exponent(sizes, [3 * n for n in sizes]) == pytest.approx(1)


def test_laws_have_names_of_their_own_and_axes_that_are_drawn() -> None:
    names = [law.name for law in LAWS]
    assert len({*names}) == len(names)
    assert {law.axis for law in LAWS} == {*AXES}
    assert all(sorted({*law.sizes}) == list(law.sizes) for law in LAWS)


@pytest.mark.parametrize(
    "name", ["LSTM predictor, side", "clip VAE, frames", "vgan, batch", "SSIM, clips"]
)
def test_a_law_is_prepared_by_its_name(name: str) -> None:
    sizes = {"batch": 2, "clips": 2, "frames": 16, "side": 32}
    prepare(name, str(sizes[name.rpartition(", ")[2]]))()


def test_a_row_and_the_picture_show_every_size() -> None:
    costs = {law.name: [Cost(n / 100, 1e6 * n) for n in law.sizes] for law in LAWS}
    law = LAWS[0]
    cells = row(law, costs[law.name])
    assert cells[0] == law.name and cells[3] == cells[5] == "1.00"
    drawing = draw(costs)
    assert sum(len(axes.lines) for axes in drawing.axes) == len(LAWS)
    assert "seconds" in alt_text(drawing)
