"""The style of all figures: reproducible, and readable for colour-blind readers."""

from itertools import combinations

import matplotlib
import numpy as np
import pytest

from course_lib import plotting

X = np.linspace(0, 10, 50)


def test_settings_of_a_notebook_change_no_figure(waves) -> None:
    usual = plotting.png(waves())
    settings = {"font.size": 20, "xtick.labelsize": 20, "lines.linewidth": 9}
    with matplotlib.rc_context({**settings, "axes.grid": False, "grid.color": "red"}):
        assert plotting.png(waves()) == usual
        assert matplotlib.rcParams["font.size"] == 20  # and stays set


# Machado, Oliveira and Fernandes 2009, severity 1: linear RGB of three kinds of vision
VISION = {
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


def cielab(colour: str, eye: list[list[float]]) -> np.ndarray:
    unit = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(unit <= 0.04045, unit / 12.92, ((unit + 0.055) / 1.055) ** 2.4)
    xyz = TO_XYZ @ (np.array(eye) @ linear).clip(0, 1) / TO_XYZ.sum(axis=1)
    x, y, z = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("eye", VISION)
def test_colour_blind_readers_can_separate_the_four_series(eye: str) -> None:
    colours = (plotting.DATA, plotting.MODEL, plotting.ACCENT, plotting.INK)
    for one, other in combinations(colours, 2):  # 2.3 is a just noticeable difference
        assert (
            np.linalg.norm(cielab(one, VISION[eye]) - cielab(other, VISION[eye])) > 15
        )


def test_series_differ_in_their_dashes() -> None:
    _, (axes,) = plotting.figure(6, 3)
    plotting.curves(axes, X, {str(i): X * i for i in range(4)})
    assert len({str(line._dash_pattern) for line in axes.lines}) == 4


def test_margins_are_in_inches_at_any_size_of_the_figure() -> None:
    layout = plotting.Layout(
        left=0.5, right=0.25, top=0.3, bottom=0.4, width_ratios=(1, 1)
    )
    for width, height in ((7, 3), (5, 4)):
        _, (first, second) = plotting.figure(width, height, layout)
        assert first.get_position().x0 * width == pytest.approx(0.5)
        assert (1 - second.get_position().x1) * width == pytest.approx(0.25)
        assert (1 - first.get_position().y1) * height == pytest.approx(0.3)
        gap = second.get_position().x0 - first.get_position().x1
        assert gap * width == pytest.approx(layout.wspace)


def test_panels_are_sized_by_the_ratios_of_their_row_and_column() -> None:
    layout = plotting.Layout(width_ratios=(1, 3), height_ratios=(2, 1))
    _, panels = plotting.figure(7, 5, layout)
    boxes = [axes.get_position() for axes in panels]
    assert boxes[1].width == pytest.approx(3 * boxes[0].width)
    assert boxes[0].height == pytest.approx(2 * boxes[2].height)
    assert boxes[0].y0 > boxes[2].y1


def test_a_figure_without_space_for_its_panels_raises_an_error() -> None:
    with pytest.raises(ValueError, match="no space for 1 x 3 panels"):
        plotting.figure(2, 2, plotting.Layout(width_ratios=(1, 1, 1)))


def test_format_number_writes_a_minus_sign_and_no_negative_zero() -> None:
    assert plotting.format_number(-1.386) == "\N{MINUS SIGN}1.39"
    assert plotting.format_number(-0.0001) == "0.00"
    assert plotting.format_number(2, 0) == "2"
