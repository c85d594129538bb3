"""What lesson 01's pictures say is true: titles, marks and axes against the library."""

import re
from collections.abc import Callable
from itertools import combinations, pairwise, product
from math import inf, log

import numpy as np
import pytest
import torch

from course_lib import plotting
from course_lib.gan import densities, dirac, objectives
from course_lib.gan.pictures import circling, game, progress, referees, slopes

CONTROLS: list[tuple[Callable[..., plotting.Figure], dict[str, list]]] = [
    (game.two_players, {"mean": [-4.0, 0.0, 4.0], "width": [0.4, 1.0, 3.0]}),
    (game.best_verdict, {"real": [0.2, 1.0, 5.0], "fake": [0.2, 1.0, 5.0]}),
    (slopes.two_slopes, {"logit": [-10.0, -8.0, 0.0, 10.0]}),
    (referees.two_points, {"distance": [0.0, 0.25, 4.0], "blur": [0.0, 0.1, 1.0]}),
    (
        circling.phase_portrait,
        {
            "loss": [*circling.GAMES],
            "gamma": [0.0, 0.5, 2.0],
            "moves": [*circling.MOVES],
        },
    ),
]


def digits(n: int) -> torch.Tensor:
    return torch.rand(n, 1, 8, 8, generator=torch.Generator().manual_seed(n)) * 2 - 1


def every_picture() -> list:
    """All pictures at all corners of their controls, as test parameters."""
    still = {
        "referee_losses": referees.referee_losses,
        "forgers_progress": lambda: progress.forgers_progress(
            {0: digits(16), 200: digits(16), 12000: digits(16)}, digits(16)
        ),
        "samples_over_time": lambda: progress.samples_over_time(
            {step: digits(4) for step in (0, 100, 1200)}
        ),
    }
    drawn = [pytest.param(draw, id=name) for name, draw in still.items()]
    for draw, controls in CONTROLS:
        for values in product(*controls.values()):
            state = dict(zip(controls, values, strict=True))
            name = f"{draw.__name__}-{'-'.join(map(str, values))}"
            drawn.append(
                pytest.param(lambda draw=draw, state=state: draw(**state), id=name)
            )
    return drawn


def titles(drawing: plotting.Figure) -> list[str]:
    return [axes.get_title(loc="left") for axes in drawing.axes]


def numbers(words: str) -> list[float]:
    plain = words.replace("\N{MINUS SIGN}", "-")
    return [float(n) for n in re.findall(r"(?<![\w.])-?\d+(?:\.\d+)?", plain)]


def panel_boxes(axes: plotting.Axes) -> list:
    words = [axes.title, axes._left_title, *axes.texts]
    boxes = [text.get_window_extent() for text in words if text.get_text()]
    return [box for box in boxes if box.width > 0]


# All pictures


@pytest.mark.parametrize("draw", every_picture())
def test_every_picture_fits_its_paper_and_no_word_covers_another(draw) -> None:
    drawing = draw()
    plotting.png(drawing)
    paper, inked = drawing.bbox_inches, drawing.get_tightbbox()
    assert inked.x0 > -0.01 and inked.y0 > -0.01, "clipped at the left or bottom"
    assert inked.x1 < paper.x1 + 0.01 and inked.y1 < paper.y1 + 0.01, "clipped"
    words = [box for axes in drawing.axes for box in panel_boxes(axes)]
    scales = [
        box
        for axes in drawing.axes
        for axis in (axes.xaxis, axes.yaxis)
        if (box := axis.get_tightbbox())
    ]
    for one, other in [*combinations(words, 2), *product(words, scales)]:
        assert not one.padded(-1).overlaps(other.padded(-1))


@pytest.mark.parametrize("draw", every_picture())
def test_every_picture_is_described_and_drawn_the_same_twice(draw) -> None:
    one, again = draw(), draw()
    assert len(plotting.alt_text(one)) > 40 and plotting.alt_text(one).endswith(".")
    assert plotting.png(one) == plotting.png(again)


@pytest.mark.parametrize("draw", every_picture())
def test_every_panel_has_its_own_title_or_stands_under_one(draw) -> None:
    drawing = draw()
    assert any(axes.get_title(loc="left") for axes in drawing.axes)


@pytest.mark.parametrize(
    ("draw", "controls"), CONTROLS, ids=lambda x: getattr(x, "__name__", "")
)
def test_every_step_of_every_control_changes_the_picture(draw, controls) -> None:
    middle = {name: values[1] for name, values in controls.items()}
    for name, values in controls.items():
        seen = [plotting.png(draw(**{**middle, name: value})) for value in values]
        for one, other in pairwise(seen):
            assert one != other, f"{name} moves and nothing changes"
