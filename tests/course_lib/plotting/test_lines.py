"""Curves with bands and labels, points, intervals and heatmaps."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib import plotting
from course_lib.plotting.lines import spread

X = np.linspace(0, 10, 50)


def test_curves_are_drawn_over_their_band_and_bar(waves) -> None:
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
    assert (
        axes.lines[2].get_color() == plotting.DATA
    )  # the band takes no colour of the cycle
    assert axes.get_xlim() == (0, 10)


def test_values_that_are_not_finite_leave_a_gap_and_the_label_stays() -> None:
    drawing, (axes,) = plotting.figure(6, 3, plotting.Layout(right=1))
    values = np.where(X > 5, np.inf, X)
    plotting.curves(axes, X, {"lost": values, "never": X * np.nan, "fine": -X})
    plotting.png(drawing)
    assert {text.get_text() for text in axes.texts} == {"lost", "fine"}
    assert axes.get_ylim()[1] < 6


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(-1, 1), min_size=2, max_size=6))
def test_labels_at_the_ends_of_curves_do_not_overlap(ends: list[float]) -> None:
    _, (axes,) = plotting.figure(6, 3, plotting.Layout(right=1))
    axes.set_ylim(-1, 1)
    plotting.curves(axes, [0, 1], {f"run {i}": [0, y] for i, y in enumerate(ends)})
    boxes = sorted(
        (text.get_window_extent() for text in axes.texts), key=lambda box: box.y0
    )
    assert len(boxes) == len(ends)
    for below, above in pairwise(boxes):
        assert below.y1 <= above.y0 + 1e-6


@given(st.lists(st.floats(6, 200), min_size=1, max_size=8))
def test_spread_keeps_the_order_and_moves_as_little_as_possible(positions) -> None:
    moved = spread(positions, 12.0)
    in_order = [moved[i] for i in np.argsort(positions, kind="stable")]
    assert min(np.diff(in_order), default=12) >= 12 - 1e-9
    assert min(moved) >= 6
    assert spread(moved, 12.0) == pytest.approx(moved)  # idempotent
    if min(moved) > 6 + 1e-9:
        assert sum(moved) == pytest.approx(sum(positions))  # least squares


def test_two_equal_positions_move_by_half_a_gap_each() -> None:
    assert spread([50.0, 50.0], 12.0) == [44.0, 56.0]
    assert spread([50.0, 80.0], 12.0) == [50.0, 80.0]


@pytest.mark.parametrize(
    ("steps", "series", "band", "message"),
    [
        (X, {"short": X[:3]}, None, r'curve "short" has shape \(3,\)'),
        (X[:, None], {"flat": X[:, None]}, None, "vectors of equal length"),
        (X, {"fine": X}, plotting.Band(X, X, X[1:], X), "band's median"),
    ],
)
def test_curves_of_another_length_raise_an_error(steps, series, band, message) -> None:
    _, (axes,) = plotting.figure(6, 3)
    with pytest.raises(ValueError, match=message):
        plotting.curves(axes, steps, series, band=band)


def test_scatter_draws_every_point_with_equal_axes() -> None:
    _, (axes,) = plotting.figure(4, 4)
    points = torch.randn(30, 2, generator=torch.Generator().manual_seed(0))
    plotting.scatter(axes, points)
    assert np.allclose(axes.collections[0].get_offsets(), points.numpy())
    assert axes.get_aspect() == 1
    with pytest.raises(ValueError, match=r"\(n, 2\), but got shape \(30, 3\)"):
        plotting.scatter(axes, torch.zeros(30, 3))


def test_a_heatmap_writes_its_numbers_row_by_row_from_the_top() -> None:
    _, (axes,) = plotting.figure(5, 3, plotting.Layout(left=1))
    table = [[0.11, 0.22, 0.33], [0.44, 0.55, 0.66]]
    plotting.heatmap(axes, table, rows=["blur", "freeze"], columns=["a", "b", "c"])
    assert [text.get_text() for text in axes.texts] == [
        *("0.11", "0.22", "0.33"),
        *("0.44", "0.55", "0.66"),
    ]
    assert axes.get_ylim() == (2, 0)  # rows run down
    with pytest.raises(ValueError, match="one name for each row and column"):
        plotting.heatmap(axes, table, rows=["blur"], columns=["a", "b", "c"])


ROWS = {"VGAN": (0.2, 0.4, 0.7), "MoCoGAN": (0.1, 0.2, 0.25)}


def test_interval_rows_draw_each_interval_and_mean_from_top_to_bottom() -> None:
    _, (axes,) = plotting.figure(6, 2, plotting.Layout(left=1))
    plotting.interval_rows(axes, ROWS, highlighted=["MoCoGAN"])
    intervals, means = axes.lines[::2], axes.lines[1::2]
    assert [list(line.get_xdata()) for line in intervals] == [[0.2, 0.7], [0.1, 0.25]]
    assert [line.get_xdata()[0] for line in means] == [0.4, 0.2]
    assert [line.get_color() for line in means] == [plotting.DATA, plotting.MODEL]
    assert [label.get_text() for label in axes.get_yticklabels()] == [*ROWS]
    assert [text.get_text() for text in axes.texts] == ["0.40", "0.20"]
    assert axes.get_ylim() == (1.5, -0.5)  # the first row is on top


def test_interval_rows_can_leave_the_means_unwritten() -> None:
    _, (axes,) = plotting.figure(6, 2)
    plotting.interval_rows(axes, ROWS, write_means=False)
    assert not axes.texts


@pytest.mark.parametrize(
    "rows", [{}, {"a": (0.5, 0.4, 0.7)}, {"a": (0.1, 0.2, float("inf"))}]
)
def test_rows_without_a_mean_inside_a_finite_interval_raise_an_error(rows) -> None:
    _, (axes,) = plotting.figure(6, 2)
    with pytest.raises(ValueError, match="low <= mean <= high"):
        plotting.interval_rows(axes, rows)
