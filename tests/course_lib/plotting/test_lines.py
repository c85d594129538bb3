"""Curves over their band, named at their ends; points and tables."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib import plotting
from course_lib.plotting.lines import spread

X = np.linspace(0, 10, 50)


def test_curves_stand_over_their_band_and_bar(waves) -> None:
    band = plotting.Band(X, np.sin(X) - 1, np.sin(X), np.sin(X) + 1)
    (axes,) = waves(band=band, bar=0.9).axes
    assert [line.get_label() for line in axes.lines] == [
        "_",
        "_bar",
        "sine",
        "cosine",
    ]
    edge = axes.collections[0].get_paths()[0].vertices
    assert edge[:, 1].max() == pytest.approx((np.sin(X) + 1).max())
    assert edge[:, 1].min() == pytest.approx((np.sin(X) - 1).min())
    assert set(axes.lines[1].get_ydata()) == {0.9}
    assert axes.lines[2].get_color() == plotting.DATA  # the band used up no colour
    assert axes.get_xlim() == (0, 10)


def test_a_curve_that_blows_up_leaves_a_gap_and_keeps_its_name() -> None:
    drawing, (axes,) = plotting.figure(6, 3, plotting.Page(right=1))
    values = np.where(X > 5, np.inf, X)
    plotting.curves(axes, X, {"lost": values, "never": X * np.nan, "fine": -X})
    plotting.png(drawing)
    assert {text.get_text() for text in axes.texts} == {"lost", "fine"}
    assert axes.get_ylim()[1] < 6


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(-1, 1), min_size=2, max_size=6))
def test_names_at_the_ends_of_curves_never_touch(ends: list[float]) -> None:
    _, (axes,) = plotting.figure(6, 3, plotting.Page(right=1))
    axes.set_ylim(-1, 1)
    plotting.curves(axes, [0, 1], {f"run {i}": [0, y] for i, y in enumerate(ends)})
    boxes = sorted(
        (text.get_window_extent() for text in axes.texts), key=lambda box: box.y0
    )
    assert len(boxes) == len(ends)
    for below, above in pairwise(boxes):
        assert below.y1 <= above.y0 + 1e-6


@given(st.lists(st.floats(6, 200), min_size=1, max_size=8))
def test_spreading_keeps_order_and_moves_no_more_than_needed(places) -> None:
    moved = spread(places, 12.0)
    by_place = [moved[i] for i in np.argsort(places, kind="stable")]
    assert min(np.diff(by_place), default=12) >= 12 - 1e-9
    assert min(moved) >= 6
    assert spread(moved, 12.0) == pytest.approx(moved)  # asked twice
    if min(moved) > 6 + 1e-9:
        assert sum(moved) == pytest.approx(sum(places))  # least squares


def test_two_equal_places_part_by_half_a_gap_each() -> None:
    assert spread([50.0, 50.0], 12.0) == [44.0, 56.0]
    assert spread([50.0, 80.0], 12.0) == [50.0, 80.0]


@pytest.mark.parametrize(
    ("steps", "series", "band", "said"),
    [
        (X, {"short": X[:3]}, None, r'curve "short" has shape \(3,\)'),
        (X[:, None], {"flat": X[:, None]}, None, "vectors of one length"),
        (X, {"fine": X}, plotting.Band(X, X, X[1:], X), "band's median"),
    ],
)
def test_curves_that_do_not_fit_are_refused_in_words(steps, series, band, said) -> None:
    _, (axes,) = plotting.figure(6, 3)
    with pytest.raises(ValueError, match=said):
        plotting.curves(axes, steps, series, band=band)


def test_scatter_shows_every_point_with_equal_axes() -> None:
    _, (axes,) = plotting.figure(4, 4)
    points = torch.randn(30, 2, generator=torch.Generator().manual_seed(0))
    plotting.scatter(axes, points)
    assert np.allclose(axes.collections[0].get_offsets(), points.numpy())
    assert axes.get_aspect() == 1
    with pytest.raises(ValueError, match=r"\(n, 2\), got \(30, 3\)"):
        plotting.scatter(axes, torch.zeros(30, 3))


def test_a_heat_map_writes_its_numbers_from_the_top_left() -> None:
    _, (axes,) = plotting.figure(5, 3, plotting.Page(left=1))
    table = [[0.11, 0.22, 0.33], [0.44, 0.55, 0.66]]
    plotting.heat_map(axes, table, rows=["blur", "freeze"], columns=["a", "b", "c"])
    assert [text.get_text() for text in axes.texts] == [
        *("0.11", "0.22", "0.33"),
        *("0.44", "0.55", "0.66"),
    ]
    assert axes.get_ylim() == (2, 0)  # rows run down
    with pytest.raises(ValueError, match="one name is needed for each"):
        plotting.heat_map(axes, table, rows=["blur"], columns=["a", "b", "c"])
