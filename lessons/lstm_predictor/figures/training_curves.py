"""Compare a training with those that ran before, and with what costs no training."""

from collections.abc import Mapping
from itertools import cycle

from course_lib.plotting import (
    INK,
    Band,
    Figure,
    Layout,
    Number,
    course_style,
    curves,
    describe,
    figure,
    title,
)

DASHED = ((0, (4, 3)), (0, (1, 1.5)), (0, (6, 2, 1, 2)))


@course_style
def learning_curve(
    losses: Mapping[int, Number],
    band: Band | None = None,
    bars: Mapping[str, Number] | None = None,
) -> Figure:
    """The loss by the step of training, on a logarithmic axis: "yours".

    The grey band is where reference runs went; ``bars`` are losses by name to beat.

    Raises:
        ValueError: if nothing was trained.
    """
    if not losses:
        raise ValueError("A training without steps has no curve; train it first.")
    bars = bars or {}
    steps, values = [*losses], [*map(float, losses.values())]
    drawing, (axes,) = figure(7, 3, Layout(left=0.65, right=1.3, top=0.35))
    axes.set_yscale("log", subs=[2, 3, 5])
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_formatter("{x:g}")
    for (name, bar), dash in zip(bars.items(), cycle(DASHED), strict=False):
        axes.axhline(bar, color=INK, linewidth=0.9, ls=dash, label=name)
    curves(axes, steps, {"yours": values}, band=band)
    axes.set(xlabel="step", ylabel="squared error of a frame")
    title(axes, f"After {steps[-1]} steps the loss is {values[-1]:.3g}")
    beside = "".join(f"; {name} has {bar:g}" for name, bar in bars.items())
    return describe(
        drawing,
        f"Training loss from {values[0]:.3g} at step {steps[0]} to {values[-1]:.3g} "
        f"at step {steps[-1]}{beside}.",
    )
