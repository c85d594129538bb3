"""Give all pictures one look: sizes in inches, colours that all readers can tell apart.

The colours are Okabe and Ito's (2008), and lines differ in their dashes as well.
Figures are made without pyplot, which would remember them from picture to picture.
"""

import functools
from collections.abc import Callable
from typing import Any, NamedTuple, ParamSpec, TypeVar

import matplotlib
import matplotlib.style
from matplotlib import cycler
from matplotlib.axes import Axes
from matplotlib.figure import Figure

Number = int | float
P, Result = ParamSpec("P"), TypeVar("Result")

DATA, MODEL, JUDGE = "#0072B2", "#D55E00", "#009E73"  # these three in every lesson
OTHERS = ("#CC79A7", "#E69F00", "#56B4E9")
INK, FAINT = "#222222", "#8C8C8C"
DASHES: tuple[Any, ...] = ("-", (0, (5, 2)), (0, (1, 1.2)), (0, (6, 1.5, 1, 1.5)))
SCREEN = 110  # dots per inch: 7 inches fill a page of text

STYLE = {
    "font.family": "DejaVu Sans",  # comes with matplotlib: the same on every machine
    "font.size": 9,
    "axes.titlesize": 9.5,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "axes.titlecolor": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": FAINT,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.prop_cycle": cycler(color=[DATA, MODEL, JUDGE, INK])
    + cycler(linestyle=DASHES),
    "figure.dpi": SCREEN,
    "grid.color": "#E6E6E6",
    "grid.linewidth": 0.6,
    "lines.linewidth": 1.8,
    "legend.frameon": False,
    "text.color": INK,
    "xtick.color": FAINT,
    "ytick.color": FAINT,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
}


class Page(NamedTuple):
    """Inches around and between panels; the shares that columns and rows take."""

    left: Number = 0.6
    right: Number = 0.2
    bottom: Number = 0.5
    top: Number = 0.4
    beside: Number = 0.7
    below: Number = 0.7
    widths: tuple[Number, ...] = (1.0,)
    heights: tuple[Number, ...] = (1.0,)


PAGE = Page()


def styled(draw: Callable[P, Result]) -> Callable[P, Result]:
    """Let ``draw`` work in the course's style, whatever the notebook has set."""

    @functools.wraps(draw)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> Result:
        with matplotlib.style.context(["default", STYLE]):
            return draw(*args, **kwargs)

    return drawn


@styled
def figure(
    width: Number, height: Number, page: Page = PAGE
) -> tuple[Figure, list[Axes]]:
    """An empty figure of so many inches and its panels, row by row.

    There are as many columns and rows as ``page`` gives shares for. The space between
    them is fixed in inches, so that text fits whatever the panels hold.

    Raises:
        ValueError: if the margins leave no room for the panels.
    """
    drawing = Figure(figsize=(width, height), dpi=SCREEN)
    columns, rows = len(page.widths), len(page.heights)
    room_x = width - page.left - page.right - page.beside * (columns - 1)
    room_y = height - page.bottom - page.top - page.below * (rows - 1)
    if min(room_x, room_y) <= 0:
        raise ValueError(
            f"A figure of {width:g} x {height:g} inches has no room for {rows} x "
            f"{columns} panels inside these margins; make it larger or them smaller."
        )
    panels, y = [], height - page.top
    for tall in page.heights:
        tall *= room_y / sum(page.heights)
        y, x = y - tall, page.left
        for wide in page.widths:
            wide *= room_x / sum(page.widths)
            box = (x / width, y / height, wide / width, tall / height)
            panels.append(drawing.add_axes(box))
            x += wide + page.beside
        y -= page.below
    return drawing, panels


@styled
def title(axes: Axes, words: str, *, above: Number = 7) -> None:
    """Say what is seen in a panel, so many points above it."""
    axes.set_title(words, pad=above)


def written(number: Number, digits: int = 2) -> str:
    """A number as a picture prints it: with a true minus sign, and never "-0".

    >>> written(-0.004)
    '0.00'
    """
    return f"{round(number, digits) + 0.0:.{digits}f}".replace("-", "\N{MINUS SIGN}")
