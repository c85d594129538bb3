"""Squared error of predictions if one of two futures happens."""

import torch
from torch import Tensor

from course_lib.plotting import (
    DATA,
    FAINT,
    INK,
    MODEL,
    Axes,
    Figure,
    Layout,
    Number,
    course_style,
    describe,
    draw_mosaic,
    figure,
    label_lines,
    mosaic,
    title,
)
from course_lib.predictor.squared_error import frame_errors

SIDE, HEIGHT, WIDTH = 6, 10, 26  # pixels of the square, and of a frame


@course_style
def two_futures(p_left: Number = 0.5) -> Figure:
    """A square goes left with probability ``p_left``, else right.

    Left: both futures, and the prediction of least squared error, which is their mean.
    Right: the expected squared error of w * (left future) + (1 - w) * (right future).
    Its minimum is the variance of the futures.
    """
    present, left, right = (_square(column) for column in (10, 2, 18))
    weight = torch.linspace(0, 1, 101)
    error = _expected_error(weight, p_left, left, right)
    best = torch.tensor([float(p_left)])
    least = float(_expected_error(best, p_left, left, right))
    layout = Layout(
        left=1.1, right=0.95, bottom=0.65, top=0.35, wspace=0.75, width_ratios=(1, 1.6)
    )
    drawing, (images, errors) = figure(7, 3.3, layout)
    frames = torch.cat((present, left, right, torch.lerp(right, left, float(p_left))))
    draw_mosaic(images, mosaic(frames, 1)[..., 0])
    percent = round(100 * p_left)
    names = ["present", f"left, {percent} %", f"right, {100 - percent} %", "mean"]
    images.set_yticks([(i + 0.5) * (HEIGHT + 1) - 1 for i in range(4)], names)
    images.tick_params(length=0)
    title(images, "Two futures")
    _draw_error(errors, weight, error)
    errors.axhline(least, color=FAINT, ls="--", lw=1.2, label="variance")
    errors.plot(best, least, "D", color=DATA, label="_", clip_on=False, zorder=4)
    errors.plot([0, 1], error[[0, -1]], "o", color=MODEL, label="_", clip_on=False)
    label_lines(errors)
    title(errors, f"Minimum at w = {p_left:g}: error {least:.1f}")
    return describe(
        drawing,
        f"A square goes left with probability {p_left:g}, else right. The best "
        f"prediction contains both squares with brightness {p_left:g} and "
        f"{1 - p_left:g}; its expected squared error is {least:.1f}, the variance of "
        f"the futures. One sharp square has {error[-1]:.1f} or {error[0]:.1f}.",
    )


def _square(column: int) -> Tensor:
    frame = torch.full((1, 1, HEIGHT, WIDTH), -1.0)
    frame[..., 2 : 2 + SIDE, column : column + SIDE] = 1
    return frame


def _expected_error(
    weight: Tensor, p_left: Number, left: Tensor, right: Tensor
) -> Tensor:
    """Expected squared error for every weight of the left future."""
    prediction = torch.lerp(right, left, weight.view(-1, 1, 1, 1))[None]
    if_left, if_right = (
        frame_errors(prediction, future.expand_as(prediction[0])[None])[0]
        for future in (left, right)
    )
    return p_left * if_left + (1 - p_left) * if_right


def _draw_error(axes: Axes, weight: Tensor, error: Tensor) -> None:
    axes.plot(weight, error, color=INK, label="error")
    axes.set(xlim=(0, 1), ylim=(0, 2.08 * SIDE**2), xticks=[0, 0.5, 1])
    axes.set_xticklabels(["0\nonly right", "0.5", "1\nonly left"])
    axes.set(xlabel="weight w of the left future", ylabel="expected squared error")
