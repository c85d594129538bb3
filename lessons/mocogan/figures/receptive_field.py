"""Outputs of each layer of a video discriminator over time, and a receptive field."""

from collections.abc import Sequence

from course_lib.mocogan.receptive_field import receptive_field
from course_lib.plotting import (
    ACCENT,
    FAINT,
    INK,
    Figure,
    Layout,
    course_style,
    describe,
    figure,
    title,
)

MAX_FRAMES = 40  # that fit into the figure


@course_style
def receptive_field_pyramid(
    n_frames: int, layers: Sequence[tuple[int, int, int]]
) -> Figure:
    """Rows of dots: the frames of a clip, then the outputs of each layer.

    ``layers`` are (kernel, stride, padding), as for ``receptive_field``, with padding
    0. Green dots are the inputs on which the first output of the last layer depends. If
    the clip is too short, the rows end before the layer whose kernel does not fit.

    Raises:
        ValueError: for padding, or for a number of frames outside of 1 to MAX_FRAMES.
    """
    if any(padding for _, _, padding in layers) or not 1 <= n_frames <= MAX_FRAMES:
        raise ValueError(
            f"The figure needs 1 to {MAX_FRAMES} frames and layers without padding, "
            f"but got {n_frames} frames and layers {[*layers]}."
        )
    depth = next(
        (n for n in range(len(layers), 0, -1) if _fits(n_frames, layers[:n])), 0
    )
    rows, n_needed = [], 1
    for n in range(depth, -1, -1):
        rows.append((n, receptive_field(n_frames, layers[:n]), n_needed))
        if n:
            kernel, stride, _ = layers[n - 1]
            n_needed = (n_needed - 1) * stride + kernel
    drawing, (axes,) = figure(7, 0.75 + 0.34 * (len(layers) + 1), Layout(1.1, 0.2, 0.3))
    for n, (length, size, jump), n_green in rows:
        x = [i * jump + (size - 1) / 2 for i in range(length)]
        style = {"marker": "s" if n else "o", "s": 26}
        axes.scatter(x[n_green:], [n] * (length - n_green), color=FAINT, **style)
        axes.scatter(x[:n_green], [n] * n_green, color=ACCENT, **style)
        axes.text(n_frames + 0.3, n, str(length), color=INK, va="center")
    names = ["frames", *(f"layer {n}" for n in range(1, len(layers) + 1))]
    axes.set(xlim=(-0.7, n_frames + 1.6), ylim=(-0.6, len(layers) + 0.6), xticks=[])
    axes.set_yticks(range(len(names)), names)
    axes.tick_params(length=0)
    axes.grid(False)
    axes.spines[:].set_visible(False)
    summary = _summary(n_frames, layers, depth)
    title(axes, summary)
    lengths = ", ".join(str(field.output_length) for _, field, _ in rows[::-1])
    return describe(
        drawing,
        f"Rows of dots from {n_frames} frames up through {len(layers)} layers, of "
        f"length {lengths}. {summary}.",
    )


def _fits(n_frames: int, layers: Sequence[tuple[int, int, int]]) -> bool:
    try:
        receptive_field(n_frames, layers)
    except ValueError:
        return False
    return True


def _summary(n_frames: int, layers: Sequence[tuple[int, int, int]], depth: int) -> str:
    if depth < len(layers):
        return f"{n_frames} frames are too few for the kernel of layer {depth + 1}"
    length, size, _ = receptive_field(n_frames, layers)
    outputs = "1 output" if length == 1 else f"{length} outputs"
    return f"{n_frames} frames: {outputs}, receptive field {size} frames"
