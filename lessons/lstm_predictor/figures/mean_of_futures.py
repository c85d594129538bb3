"""Bet on two futures at once: the best picture is a ghost of both."""

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

SIDE, TALL, WIDE = 6, 10, 26  # pixels of the square and of a frame


@course_style
def two_futures(share: Number = 0.5) -> Figure:
    """A square goes left with probability ``share``, else right: what to predict?

    Left: both futures and the prediction of least squared error, which is their mean.
    Right: what a prediction costs in the mean if it paints the left square with weight
    w and the right one with 1 - w. The least cost is the variance of the futures.
    """
    now, left, right = (_square(at) for at in (10, 2, 18))
    weight = torch.linspace(0, 1, 101)
    cost = _cost(weight, share, left, right)
    best = torch.tensor([float(share)])
    least = float(_cost(best, share, left, right))
    layout = Layout(
        left=1.1, right=0.95, bottom=0.65, top=0.35, wspace=0.75, width_ratios=(1, 1.6)
    )
    drawing, (pictures, costs) = figure(7, 3.3, layout)
    frames = torch.cat((now, left, right, torch.lerp(right, left, float(share))))
    draw_mosaic(pictures, mosaic(frames, 1)[..., 0])
    percent = round(100 * share)
    names = ["now", f"left, {percent} %", f"right, {100 - percent} %", "best guess"]
    pictures.set_yticks([(i + 0.5) * (TALL + 1) - 1 for i in range(4)], names)
    pictures.tick_params(length=0)
    title(pictures, "Two futures")
    _costs(costs, weight, cost)
    costs.axhline(least, color=FAINT, ls="--", lw=1.2, label="variance")
    costs.plot(best, least, "D", color=DATA, label="_", clip_on=False, zorder=4)
    costs.plot([0, 1], cost[[0, -1]], "o", color=MODEL, label="_", clip_on=False)
    label_lines(costs)
    title(costs, f"Least at w = {share:g}: {least:.1f} remains")
    return describe(
        drawing,
        f"A square goes left with probability {share:g}, else right. The best guess "
        f"shows both squares, {share:g} and {1 - share:g} bright, and costs "
        f"{least:.1f}, the variance of the futures; {_bets(cost)}.",
    )


def _square(column: int) -> Tensor:
    frame = torch.full((1, 1, TALL, WIDE), -1.0)
    frame[..., 2 : 2 + SIDE, column : column + SIDE] = 1
    return frame


def _cost(weight: Tensor, share: Number, left: Tensor, right: Tensor) -> Tensor:
    """Expected squared error of every weight, by the two futures' own errors."""
    guess = torch.lerp(right, left, weight.view(-1, 1, 1, 1))[None]
    if_left, if_right = (
        frame_errors(guess, future.expand_as(guess[0])[None])[0]
        for future in (left, right)
    )
    return share * if_left + (1 - share) * if_right


def _bets(cost: Tensor) -> str:
    return f"a sharp bet costs {cost[-1]:.1f} or {cost[0]:.1f}"


def _costs(axes: Axes, weight: Tensor, cost: Tensor) -> None:
    axes.plot(weight, cost, color=INK, label="cost")
    axes.set(xlim=(0, 1), ylim=(0, 2.08 * SIDE**2), xticks=[0, 0.5, 1])
    axes.set_xticklabels(["0\nonly right", "0.5", "1\nonly left"])
    axes.set(xlabel="weight w painted left", ylabel="expected squared error")
