"""Watch a forger learn: its work at several steps beside the real thing."""

from collections.abc import Mapping

import torch
from torch import Tensor

from course_lib.plotting import (
    DATA,
    INK,
    Figure,
    Page,
    describe,
    figure,
    hang,
    mosaic,
    styled,
    title,
)


@styled
def which_is_forged(real: Tensor, forged: Tensor) -> Figure:
    """Two rows of images, A and B: one is forged. Row A holds ``forged``.

    Raises:
        ValueError: unless both rows hold equally many images of one size.
    """
    _alike([forged, real])
    height = 2 * (6.45 / len(real) + 0.1) + 0.35
    page = Page(0.45, 0.1, 0.05, 0.35, below=0.15, heights=(1, 1))
    drawing, rows = figure(7, height, page)
    for axes, row, letter in zip(rows, (forged, real), "AB", strict=True):
        hang(axes, mosaic(row, len(row)))
        axes.set_ylabel(letter, rotation=0, fontsize=13, labelpad=12, va="center")
    title(rows[0], "One of these rows was written by people")
    return describe(
        drawing, f"Two rows of {len(real)} images, A and B; one of them is forged."
    )


@styled
def forgers_progress(
    forged: Mapping[int, Tensor], real: Tensor, *, columns: int = 4
) -> Figure:
    """A sheet of forgeries after each number of steps; the last sheet is real.

    All are images in [-1, 1], equally many on every sheet: who can tell?

    Raises:
        ValueError: unless all sheets hold equally many images of one size.
    """
    sheets = [*forged.values(), real]
    _alike(sheets)
    wide = 6.9 / len(sheets) - 0.1
    picture = mosaic(real, columns)
    tall = wide * picture.shape[0] / picture.shape[1]
    page = Page(0.05, 0.05, 0.05, 0.32, 0.1, widths=(1,) * len(sheets))
    drawing, panels = figure(7, tall + 0.37, page)
    for axes, sheet, name in zip(panels, sheets, _names(forged), strict=True):
        hang(axes, mosaic(sheet, columns))
        title(axes, name)
    panels[-1].title.set_color(DATA)
    return describe(
        drawing,
        f"Sheets of generated images after {', '.join(map(str, forged))} steps, and a "
        "sheet of real ones to compare them with.",
    )


@styled
def samples_over_time(samples: Mapping[int, Tensor]) -> Figure:
    """The same noises at several steps: each row follows one of them to the right.

    Raises:
        ValueError: unless every step holds equally many images of one size.
    """
    _alike([*samples.values()])
    clip = torch.stack([*samples.values()], dim=1)
    n, steps = clip.shape[:2]
    sheet = mosaic(clip.flatten(0, 1), steps)
    wide = min(6.5, 0.8 * steps)
    page = Page(0.4, 0.05, 0.05, 0.5)
    drawing, (axes,) = figure(
        wide + 0.45, wide * sheet.shape[0] / sheet.shape[1] + 0.55, page
    )
    hang(axes, sheet)
    side = sheet.shape[1] / steps
    axes.set_xticks(
        [(i + 0.5) * side - 0.5 for i in range(steps)], [*map(str, samples)]
    )
    axes.tick_params(length=0, labeltop=True, labelbottom=False)
    axes.set_ylabel("one noise a row", color=INK)
    title(axes, "After so many steps", above=20)
    return describe(
        drawing,
        f"{n} fixed noises, one a row, and what the generator makes of each after "
        f"{', '.join(map(str, samples))} steps.",
    )


def _names(forged: Mapping[int, Tensor]) -> list[str]:
    steps = [f"{step} steps" if step else "untrained" for step in forged]
    return [*steps, "real"]


def _alike(sheets: list[Tensor]) -> None:
    shapes = {tuple(sheet.shape) for sheet in sheets}
    if len(shapes) > 1:
        raise ValueError(
            f"All sheets must hold equally many images of one size, got {shapes}; "
            "draw as many of each."
        )
