"""A clip's context above several candidates for its future."""

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

Context = Float[Tensor, "n_context channel height width"]
Futures = Mapping[str, Float[Tensor, "horizon channel height width"]]


@course_style
def possible_futures(context: Context, futures: Futures) -> Figure:
    """The frames of the context, and below them one row for each candidate future.

    The labels of the rows are the keys of ``futures``. Frames are numbered from the
    last frame of the context, 0.

    Raises:
        ValueError: if there is no future, or their lengths differ.
    """
    if len({len(future) for future in futures.values()}) != 1:
        raise ValueError(
            "possible_futures needs at least one future, and all of one length, but "
            f"got the lengths {[len(f) for f in futures.values()]}; cut them to the "
            "shortest."
        )
    n, n_context = len(futures), len(context)
    horizon = len(next(iter(futures.values())))
    columns = max(n_context, horizon)
    left = max(0.6, 0.15 + 0.09 * max(map(len, futures)))
    row_height = (6.9 - left) / columns * context.shape[-2] / context.shape[-1]
    layout = Layout(left, 0.1, 0.08, 0.5, hspace=0.55, height_ratios=(1, n))
    drawing, (past, future) = figure(7, (n + 1) * row_height + 1.13, layout)
    frames = pad_with_white(context, columns)
    below = torch.cat([pad_with_white(f, columns) for f in futures.values()])
    draw_mosaic(past, mosaic(frames, columns))
    draw_mosaic(future, mosaic(below, columns))
    _number_frames(past, range(1 - n_context, 1), context.shape[-1])
    _number_frames(future, range(1, horizon + 1), context.shape[-1])
    past.set_yticks([context.shape[-2] / 2], ["context"], fontsize=10)
    rows = [(i + 0.5) * (context.shape[-2] + 1) for i in range(n)]
    future.set_yticks(rows, [*futures], fontsize=10)
    title(past, f"{n_context} frames of context", above=20)
    title(future, f"What comes next? {n} candidates", above=20)
    return describe(
        drawing,
        f"{n_context} frames of a clip, and below them {n} futures of {horizon} frames "
        f"each: {', '.join(futures)}.",
    )


def pad_with_white(frames: Tensor, columns: int) -> Tensor:
    """The last ``columns`` frames, padded with white frames if there are fewer."""
    frames = frames[-columns:]
    white = frames.new_ones(columns - len(frames), *frames.shape[1:])
    return torch.cat((frames, white))


def _number_frames(axes: Axes, numbers: range, width: int) -> None:
    """Write the number of each frame above it: 0 and below, or with a plus sign."""
    labels = [f"{i:+d}".replace("-", "\N{MINUS SIGN}") if i else "0" for i in numbers]
    axes.set_xticks([i * (width + 1) + width / 2 for i in range(len(labels))], labels)
    axes.tick_params(length=0, labeltop=True, labelbottom=False)
