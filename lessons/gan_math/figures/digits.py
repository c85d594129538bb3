"""Rows of digits: the opening question, samples by class, nearest training images."""

from collections.abc import Mapping
from textwrap import fill

import torch
from torch import Tensor

from course_lib.data.mnist_digits import held_out_digits, train_digits
from course_lib.gan.digit_networks import DigitGenerator
from course_lib.plotting import (
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
from course_lib.training.checkpoints import load_weights
from course_lib.training.digits_gan import generate
from lessons.gan_math.figures.training_progress import real_or_generated


def opening() -> Figure:
    """Two rows of ten digits: A by the shipped generator, B held-out real digits."""
    real = held_out_digits().images[::100]
    return real_or_generated(real, shipped_samples(1).images)


def shipped_samples(n_per_class: int, seed: int = 1):
    """Digits of the shipped generator with their labels, ``n_per_class`` of each."""
    generator = load_weights("digits_gan", DigitGenerator())
    return generate(generator, n_per_class, torch.Generator().manual_seed(seed))


@course_style
def digit_rows(rows: Mapping[str, Tensor], heading: str = "Digits by row") -> Figure:
    """One row of images for each name, below a heading; all rows are equally long.

    Raises:
        ValueError: unless all rows hold equally many images of one size.
    """
    shapes = {row.shape for row in rows.values()}
    if len(shapes) != 1:
        raise ValueError(
            "Rows need equally many images of one size, but have shapes "
            f"{sorted(map(tuple, shapes))}."
        )
    columns = next(iter(shapes))[0]
    side = 5.6 / columns
    layout = Layout(1.3, 0.1, 0.05, 0.35, hspace=0.1, height_ratios=(1,) * len(rows))
    drawing, panels = figure(7, len(rows) * (side + 0.1) + 0.4, layout)
    title(panels[0], heading)
    for axes, (name, row) in zip(panels, rows.items(), strict=True):
        draw_mosaic(axes, mosaic(row, columns))
        axes.set_ylabel(
            fill(name, 16),
            rotation=0,
            ha="right",
            va="center",
            labelpad=4,
            color=INK,
            fontsize=8,
        )
    return describe(
        drawing, f"Rows of {columns} images each, from above: {'; '.join(rows)}."
    )


def nearest_training_images(images: Tensor) -> Figure:
    """Images, and below each the training image with the least squared difference."""
    train = train_digits().images
    nearest = torch.cdist(images.flatten(1), train.flatten(1)).argmin(dim=1)
    rows = {"images": images, "nearest in training": train[nearest]}
    return digit_rows(rows, "Each image and the training image nearest to it")
