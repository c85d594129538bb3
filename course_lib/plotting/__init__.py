"""Draw every picture of the course in one style: the only room that knows matplotlib.

Home: every lesson.
"""

from course_lib.plotting.images import filmstrip, hang, image_grid, mosaic
from course_lib.plotting.lines import (
    Band,
    Numbers,
    curves,
    heat_map,
    name_lines,
    scatter,
)
from course_lib.plotting.screen import alt_text, describe, png, show
from course_lib.plotting.style import (
    DASHES,
    DATA,
    FAINT,
    INK,
    JUDGE,
    MODEL,
    OTHERS,
    Axes,
    Figure,
    Number,
    Page,
    figure,
    styled,
    title,
    written,
)

__all__ = [
    "DASHES",
    "DATA",
    "FAINT",
    "INK",
    "JUDGE",
    "MODEL",
    "OTHERS",
    "Axes",
    "Band",
    "Figure",
    "Number",
    "Numbers",
    "Page",
    "alt_text",
    "curves",
    "describe",
    "figure",
    "filmstrip",
    "hang",
    "heat_map",
    "image_grid",
    "mosaic",
    "name_lines",
    "png",
    "scatter",
    "show",
    "styled",
    "title",
    "written",
]
