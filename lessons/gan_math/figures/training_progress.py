"""Generated images during training, beside real ones."""

from collections.abc import Mapping

import torch
from torch import Tensor

from course_lib.plotting import (
    DATA,
    INK,
    Figure,
    Layout,
    course_style,
    describe,
    draw_mosaic,
    figure,
    mosaic,
    title,
)


@course_style
def real_or_generated(real: Tensor, generated: Tensor) -> Figure:
    """Two rows of images, A and B: row A holds ``generated``, row B ``real``.

    The labels do not say which row is which; the lesson asks the reader.

    Raises:
        ValueError: unless both rows hold equally many images of one size.
    """
    _check_equal_shapes([generated, real])
    height = 2 * (6.45 / len(real) + 0.1) + 0.35
    layout = Layout(0.45, 0.1, 0.05, 0.35, hspace=0.15, height_ratios=(1, 1))
    drawing, rows = figure(7, height, layout)
    for axes, row, letter in zip(rows, (generated, real), "AB", strict=True):
        draw_mosaic(axes, mosaic(row, len(row)))
        axes.set_ylabel(letter, rotation=0, fontsize=13, labelpad=12, va="center")
    title(rows[0], "One of these rows was written by people")
    return describe(
        drawing, f"Two rows of {len(real)} images, A and B; one of them is generated."
    )


@course_style
def samples_by_step(
    generated: Mapping[int, Tensor], real: Tensor, *, columns: int = 4
) -> Figure:
    """One sheet of generated images for each number of steps, then one of real images.

    Images have values in [-1, 1], and all sheets hold equally many.

    Raises:
        ValueError: unless all sheets hold equally many images of one size.
    """
    sheets = [*generated.values(), real]
    names = [f"{step} steps" if step else "untrained" for step in generated]
    _check_equal_shapes(sheets)
    width = 6.9 / len(sheets) - 0.1
    pixels = mosaic(real, columns).shape
    layout = Layout(0.05, 0.05, 0.05, 0.32, 0.1, width_ratios=(1,) * len(sheets))
    drawing, panels = figure(7, width * pixels[0] / pixels[1] + 0.37, layout)
    for axes, sheet, name in zip(panels, sheets, [*names, "real"], strict=True):
        draw_mosaic(axes, mosaic(sheet, columns))
        title(axes, name)
    panels[-1].title.set_color(DATA)
    return describe(
        drawing,
        f"Sheets of generated images after {', '.join(map(str, generated))} steps, and "
        "a sheet of real ones to compare them with.",
    )


@course_style
def samples_of_fixed_latents(samples: Mapping[int, Tensor]) -> Figure:
    """Images generated from the same latents after several numbers of steps.

    Each row belongs to one latent, each column to one number of steps.

    Raises:
        ValueError: unless every step holds equally many images of one size.
    """
    _check_equal_shapes([*samples.values()])
    images = torch.stack([*samples.values()], dim=1)
    n, n_steps = images.shape[:2]
    sheet = mosaic(images.flatten(0, 1), n_steps)
    width = min(6.5, 0.8 * n_steps)
    height = width * sheet.shape[0] / sheet.shape[1]
    drawing, (axes,) = figure(width + 0.45, height + 0.55, Layout(0.4, 0.05, 0.05, 0.5))
    draw_mosaic(axes, sheet)
    side = sheet.shape[1] / n_steps
    axes.set_xticks(
        [(i + 0.5) * side - 0.5 for i in range(n_steps)], [*map(str, samples)]
    )
    axes.tick_params(length=0, labeltop=True, labelbottom=False)
    axes.set_ylabel("one latent a row", color=INK)
    title(axes, "Training steps", above=20)
    return describe(
        drawing,
        f"{n} fixed latents, one a row, and the generated image of each after "
        f"{', '.join(map(str, samples))} steps.",
    )


def _check_equal_shapes(sheets: list[Tensor]) -> None:
    shapes = {tuple(sheet.shape) for sheet in sheets}
    if len(shapes) > 1:
        raise ValueError(
            "All sheets must hold equally many images of one size, but their shapes "
            f"are {shapes}. Draw the same number of samples for each."
        )
