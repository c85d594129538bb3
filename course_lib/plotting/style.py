"""One style for all figures: sizes in inches and colours that all readers can separate.

The colours are those of Okabe and Ito (2008); lines differ in their dashes as well.
Figures are created without pyplot, which would keep every figure in memory.
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

DATA, MODEL, ACCENT = "#0072B2", "#D55E00", "#009E73"  # blue, vermilion, green
MORE_COLOURS = ("#CC79A7", "#E69F00", "#56B4E9")  # purple, orange, sky blue
REAL, FAKE = DATA, MODEL  # the roles of the same colours in GANs
GENERATOR, DISCRIMINATOR = MODEL, ACCENT
INK, FAINT = "#222222", "#8C8C8C"  # text and lines of reference; axes and background
DASHES: tuple[Any, ...] = ("-", (0, (5, 2)), (0, (1, 1.2)), (0, (6, 1.5, 1, 1.5)))
DASHED_RULE = (0, (4, 3))  # of horizontal and vertical lines of reference
SCREEN_DPI = 110  # 7 inches then fill the width of a text column

STYLE = {
    "font.family": "DejaVu Sans",  # ships with matplotlib: the same on every machine
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
    "axes.prop_cycle": cycler(color=[DATA, MODEL, ACCENT, INK])
    + cycler(linestyle=DASHES),
    "figure.dpi": SCREEN_DPI,
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


class Layout(NamedTuple):
    """The grid of panels of a figure, in the terms of matplotlib's ``GridSpec``.

    Margins (``left``, ``right``, ``bottom``, ``top``) and the space between columns
    (``wspace``) and rows (``hspace``) are in inches. ``width_ratios`` holds one number
    for each column, ``height_ratios`` one for each row.
    """

    left: Number = 0.6
    right: Number = 0.2
    bottom: Number = 0.5
    top: Number = 0.4
    wspace: Number = 0.7
    hspace: Number = 0.7
    width_ratios: tuple[Number, ...] = (1.0,)
    height_ratios: tuple[Number, ...] = (1.0,)


DEFAULT_LAYOUT = Layout()


def course_style(draw: Callable[P, Result]) -> Callable[P, Result]:
    """Decorate a function that draws, so that it uses the course's style.

    Settings of the notebook and of a user's matplotlibrc file have no effect on it.
    """

    @functools.wraps(draw)
    def draw_in_style(*args: P.args, **kwargs: P.kwargs) -> Result:
        with matplotlib.style.context(["default", STYLE]):
            return draw(*args, **kwargs)

    return draw_in_style


@course_style
def figure(
    width: Number, height: Number, layout: Layout = DEFAULT_LAYOUT
) -> tuple[Figure, list[Axes]]:
    """An empty figure of the given size in inches, and its axes, row by row.

    Margins and spaces are fixed in inches, so that text fits at any size of the panels.

    Raises:
        ValueError: if the margins leave no space for the panels.
    """
    drawing = Figure(figsize=(width, height), dpi=SCREEN_DPI)
    columns, rows = len(layout.width_ratios), len(layout.height_ratios)
    free_width = width - layout.left - layout.right - layout.wspace * (columns - 1)
    free_height = height - layout.bottom - layout.top - layout.hspace * (rows - 1)
    if min(free_width, free_height) <= 0:
        raise ValueError(
            f"A figure of {width:g} x {height:g} inches has no space for {rows} x "
            f"{columns} panels inside these margins. Enlarge the figure or reduce the "
            "margins."
        )
    panels, y = [], height - layout.top
    for height_ratio in layout.height_ratios:
        panel_height = height_ratio * (free_height / sum(layout.height_ratios))
        y, x = y - panel_height, layout.left
        for width_ratio in layout.width_ratios:
            panel_width = width_ratio * (free_width / sum(layout.width_ratios))
            box = (x / width, y / height, panel_width / width, panel_height / height)
            panels.append(drawing.add_axes(box))
            x += panel_width + layout.wspace
        y -= layout.hspace
    return drawing, panels


@course_style
def title(axes: Axes, text: str, *, above: Number = 7) -> None:
    """Set the title of a panel, ``above`` points over it."""
    axes.set_title(text, pad=above)


def format_number(number: Number, digits: int = 2) -> str:
    """A number with ``digits`` decimals, a typographic minus sign, and never "-0".

    >>> format_number(-0.004)
    '0.00'
    """
    return f"{round(number, digits) + 0.0:.{digits}f}".replace("-", "\N{MINUS SIGN}")
