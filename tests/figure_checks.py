"""Checks that every figure of the course must pass, in whichever lesson it is."""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from itertools import combinations, pairwise, product

import pytest

from course_lib import plotting

Draw = Callable[..., plotting.Figure]
Controls = Mapping[str, list]


def corner_cases(
    fixed: Mapping[str, Draw], interactive: Iterable[tuple[Draw, Controls]]
) -> list:
    """All figures as test parameters, interactive ones at all extremes of controls."""
    cases = [pytest.param(draw, id=name) for name, draw in fixed.items()]
    for draw, controls in interactive:
        function = getattr(draw, "func", draw).__name__
        for values in product(*((v[0], v[-1]) for v in controls.values())):
            setting = dict(zip(controls, values, strict=True))
            name = "-".join([function, *(f"{k}={v}" for k, v in setting.items())])
            cases.append(pytest.param(partial(draw, **setting), id=name))
    return cases


def titles(drawing: plotting.Figure) -> list[str]:
    """The titles of all panels."""
    return [axes.get_title(loc="left") for axes in drawing.axes]


def numbers(text: str) -> list[float]:
    """All numbers in a text."""
    plain = text.replace("\N{MINUS SIGN}", "-")
    return [float(n) for n in re.findall(r"(?<![\w.])-?\d+(?:\.\d+)?", plain)]


def text_boxes(axes: plotting.Axes) -> list:
    """The bounding boxes of titles, texts and legend of a panel."""
    texts = [axes.title, axes._left_title, *axes.texts]
    boxes = [text.get_window_extent() for text in texts if text.get_text()]
    legend = axes.get_legend()
    return [*boxes, legend.get_window_extent()] if legend else boxes


def assert_fits(draw: Draw) -> plotting.Figure:
    """The figure fits a page, no text overlaps, and drawing it again gives it again."""
    drawing = draw()
    first = plotting.png(drawing)
    page, used = drawing.bbox_inches, drawing.get_tightbbox()
    assert page.x1 < 7.01, "wider than a page of text"
    assert used.x0 > -0.01 and used.y0 > -0.01, "cut at the left or the bottom"
    assert used.x1 < page.x1 + 0.01 and used.y1 < page.y1 + 0.01, "cut"
    visible = [axes for axes in drawing.axes if axes.get_visible()]
    texts = [box for axes in visible for box in text_boxes(axes)]
    both_axes = ((axes.xaxis, axes.yaxis) for axes in visible)
    tick_boxes = [
        box for pair in both_axes for axis in pair if (box := axis.get_tightbbox())
    ]
    for one, other in [*combinations(texts, 2), *product(texts, tick_boxes)]:
        assert not one.padded(-1).overlaps(other.padded(-1))
    assert first == plotting.png(draw()), "a second drawing differs"
    assert plotting.alt_text(drawing).endswith(".")
    assert any(titles(drawing))
    return drawing


def assert_controls_change_figure(draw: Draw, controls: Controls) -> int:
    """Each step of a control changes the figure; returns the largest PNG in bytes."""
    middle, largest = {name: values[1] for name, values in controls.items()}, 0
    for name, values in controls.items():
        images = [plotting.png(draw(**{**middle, name: value})) for value in values]
        for one, other in pairwise(images):
            assert one != other, f"{name} changes and the figure does not"
        largest = max(largest, *map(len, images))
    return largest
