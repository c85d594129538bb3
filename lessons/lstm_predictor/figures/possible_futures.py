"""Lay possible futures below one past: which of them came?"""

from collections.abc import Mapping

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib.plotting import (
    Axes,
    Figure,
    Layout,
    course_style,
    describe,
    draw_mosaic,
    figure,
    mosaic,
    title,
)

Past = Float[Tensor, "seen channel height width"]
Futures = Mapping[str, Float[Tensor, "ahead channel height width"]]


@course_style
def possible_futures(context: Past, futures: Futures) -> Figure:
    """The frames seen, and below them one row for each future that may follow.

    The names of the rows are theirs: letters to guess by, or what they are. Frames
    count from the present one, 0.

    Raises:
        ValueError: unless there is a future, and all are equally long.
    """
    if len({len(future) for future in futures.values()}) != 1:
        raise ValueError(
            "Futures to choose from need one length, at least one future, got lengths "
            f"{[len(f) for f in futures.values()]}; cut them to the shortest."
        )
    n, seen, ahead = len(futures), len(context), len(next(iter(futures.values())))
    columns = max(seen, ahead)
    left = max(0.6, 0.15 + 0.09 * max(map(len, futures)))
    tall = (6.9 - left) / columns * context.shape[-2] / context.shape[-1]
    layout = Layout(left, 0.1, 0.08, 0.5, hspace=0.55, height_ratios=(1, n))
    drawing, (past, future) = figure(7, (n + 1) * tall + 1.13, layout)
    frames = on_paper(context, columns)
    below = torch.cat([on_paper(f, columns) for f in futures.values()])
    draw_mosaic(past, mosaic(frames, columns))
    draw_mosaic(future, mosaic(below, columns))
    _count(past, range(1 - seen, 1), context.shape[-1])
    _count(future, range(1, ahead + 1), context.shape[-1])
    past.set_yticks([context.shape[-2] / 2], ["seen"], fontsize=10)
    rows = [(i + 0.5) * (context.shape[-2] + 1) for i in range(n)]
    future.set_yticks(rows, [*futures], fontsize=10)
    title(past, f"{seen} frames seen", above=20)
    title(future, f"What comes next? {n} answers", above=20)
    return describe(
        drawing,
        f"{seen} frames of a clip, and below them {n} futures of {ahead} frames each: "
        f"{', '.join(futures)}.",
    )


def on_paper(frames: Tensor, columns: int) -> Tensor:
    """The last ``columns`` frames, with white ones behind them if there are fewer."""
    frames = frames[-columns:]
    paper = frames.new_ones(columns - len(frames), *frames.shape[1:])
    return torch.cat((frames, paper))


def _count(axes: Axes, moments: range, wide: int) -> None:
    """Above each frame, when it is: up to 0 in the past, from +1 in a future."""
    names = [f"{at:+d}".replace("-", "\N{MINUS SIGN}") if at else "0" for at in moments]
    axes.set_xticks([i * (wide + 1) + wide / 2 for i in range(len(names))], names)
    axes.tick_params(length=0, labeltop=True, labelbottom=False)
