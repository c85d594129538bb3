"""One look for all pictures, which all readers can tell apart."""

from itertools import combinations

import matplotlib
import numpy as np
import pytest

from course_lib import plotting

X = np.linspace(0, 10, 50)


def test_what_a_notebook_has_set_changes_no_picture(waves) -> None:
    usual = plotting.png(waves())
    loud = {"font.size": 20, "xtick.labelsize": 20, "lines.linewidth": 9}
    with matplotlib.rc_context({**loud, "axes.grid": False, "grid.color": "red"}):
        assert plotting.png(waves()) == usual
        assert matplotlib.rcParams["font.size"] == 20  # and leaves it as it was


# Machado, Oliveira and Fernandes 2009, severity 1: what three kinds of eyes receive
EYES = {
    "red-blind": [
        [0.152, 1.053, -0.205],
        [0.115, 0.786, 0.099],
        [-0.004, -0.048, 1.052],
    ],
    "green-blind": [
        [0.367, 0.861, -0.228],
        [0.280, 0.673, 0.047],
        [-0.012, 0.043, 0.969],
    ],
    "blue-blind": [
        [1.256, -0.077, -0.179],
        [-0.078, 0.931, 0.148],
        [0.005, 0.691, 0.304],
    ],
}
TO_XYZ = np.array([[0.412, 0.358, 0.181], [0.213, 0.715, 0.072], [0.019, 0.119, 0.950]])


def lab(colour: str, eye: list[list[float]]) -> np.ndarray:
    share = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    received = TO_XYZ @ (np.array(eye) @ linear).clip(0, 1) / TO_XYZ.sum(axis=1)
    x, y, z = np.where(
        received > 0.008856, np.cbrt(received), 7.787 * received + 16 / 116
    )
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("eye", EYES)
def test_colour_blind_readers_tell_the_four_series_apart(eye: str) -> None:
    colours = (plotting.DATA, plotting.MODEL, plotting.JUDGE, plotting.INK)
    for one, other in combinations(colours, 2):  # a difference of 2.3 is just seen
        assert np.linalg.norm(lab(one, EYES[eye]) - lab(other, EYES[eye])) > 15


def test_series_differ_in_their_dashes_as_well() -> None:
    _, (axes,) = plotting.figure(6, 3)
    plotting.curves(axes, X, {str(i): X * i for i in range(4)})
    assert len({str(line._dash_pattern) for line in axes.lines}) == 4


def test_margins_are_inches_whatever_the_size() -> None:
    page = plotting.Page(left=0.5, right=0.25, top=0.3, bottom=0.4, widths=(1, 1))
    for width, height in ((7, 3), (5, 4)):
        _, (first, second) = plotting.figure(width, height, page)
        assert first.get_position().x0 * width == pytest.approx(0.5)
        assert (1 - second.get_position().x1) * width == pytest.approx(0.25)
        assert (1 - first.get_position().y1) * height == pytest.approx(0.3)
        gap = second.get_position().x0 - first.get_position().x1
        assert gap * width == pytest.approx(page.beside)


def test_panels_take_their_shares_row_by_row() -> None:
    page = plotting.Page(widths=(1, 3), heights=(2, 1))
    _, panels = plotting.figure(7, 5, page)
    boxes = [axes.get_position() for axes in panels]
    assert boxes[1].width == pytest.approx(3 * boxes[0].width)
    assert boxes[0].height == pytest.approx(2 * boxes[2].height)
    assert boxes[0].y0 > boxes[2].y1


def test_a_page_without_room_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match="no room for 1 x 3 panels"):
        plotting.figure(2, 2, plotting.Page(widths=(1, 1, 1)))


def test_a_number_in_a_picture_has_a_true_minus_and_no_negative_zero() -> None:
    assert plotting.written(-1.386) == "\N{MINUS SIGN}1.39"
    assert plotting.written(-0.0001) == "0.00"
    assert plotting.written(2, 0) == "2"
