"""What every picture of the course must hold, whatever lesson it belongs to."""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from itertools import combinations, pairwise, product

import pytest

from course_lib import plotting

Draw = Callable[..., plotting.Figure]
Controls = Mapping[str, list]


def corners(still: Mapping[str, Draw], moving: Iterable[tuple[Draw, Controls]]) -> list:
    """All pictures at all corners of their controls, as test parameters."""
    drawn = [pytest.param(draw, id=name) for name, draw in still.items()]
    for draw, controls in moving:
        called = getattr(draw, "func", draw).__name__
        for values in product(*((v[0], v[-1]) for v in controls.values())):
            state = dict(zip(controls, values, strict=True))
            name = "-".join([called, *(f"{k}={value}" for k, value in state.items())])
            drawn.append(pytest.param(partial(draw, **state), id=name))
    return drawn


def titles(drawing: plotting.Figure) -> list[str]:
    return [axes.get_title(loc="left") for axes in drawing.axes]


def numbers(words: str) -> list[float]:
    plain = words.replace("\N{MINUS SIGN}", "-")
    return [float(n) for n in re.findall(r"(?<![\w.])-?\d+(?:\.\d+)?", plain)]


def word_boxes(axes: plotting.Axes) -> list:
    words = [axes.title, axes._left_title, *axes.texts]
    boxes = [text.get_window_extent() for text in words if text.get_text()]
    legend = axes.get_legend()
    return [*boxes, legend.get_window_extent()] if legend else boxes


def assert_fits(draw: Draw) -> plotting.Figure:
    """The picture fits a page, no word covers another, drawn twice it is the same."""
    drawing = draw()
    first = plotting.png(drawing)
    paper, inked = drawing.bbox_inches, drawing.get_tightbbox()
    assert paper.x1 < 7.01, "wider than a page of text"
    assert inked.x0 > -0.01 and inked.y0 > -0.01, "cut at the left or the bottom"
    assert inked.x1 < paper.x1 + 0.01 and inked.y1 < paper.y1 + 0.01, "cut"
    shown = [axes for axes in drawing.axes if axes.get_visible()]
    words = [box for axes in shown for box in word_boxes(axes)]
    both_axes = ((axes.xaxis, axes.yaxis) for axes in shown)
    scales = [
        box for pair in both_axes for axis in pair if (box := axis.get_tightbbox())
    ]
    for one, other in [*combinations(words, 2), *product(words, scales)]:
        assert not one.padded(-1).overlaps(other.padded(-1))
    assert first == plotting.png(draw()), "a second drawing differs"
    assert plotting.alt_text(drawing).endswith(".")
    assert any(titles(drawing))
    return drawing


def assert_moves(draw: Draw, controls: Controls) -> int:
    """Every step of every control changes the picture; the largest one's bytes."""
    middle, largest = {name: values[1] for name, values in controls.items()}, 0
    for name, values in controls.items():
        seen = [plotting.png(draw(**{**middle, name: value})) for value in values]
        for one, other in pairwise(seen):
            assert one != other, f"{name} moves and nothing changes"
        largest = max(largest, *map(len, seen))
    return largest
