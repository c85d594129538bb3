"""The training loss beside reference runs and trivial baselines."""

from collections.abc import Mapping
from itertools import cycle

from course_lib.plotting import (
    DASHED_RULE,
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

BASELINE_STYLES = (DASHED_RULE, (0, (1, 1.5)), (0, (6, 2, 1, 2)))


@course_style
def learning_curve(
    losses: Mapping[int, Number],
    band: Band | None = None,
    baselines: Mapping[str, Number] | None = None,
) -> Figure:
    """The training loss by step ("yours"), on a logarithmic axis.

    Args:
        losses: by step.
        band: range of the losses of reference runs, drawn in grey.
        baselines: losses that are drawn as horizontal lines, by name.

    Raises:
        ValueError: if ``losses`` is empty.
    """
    if not losses:
        raise ValueError(
            "learning_curve needs at least one loss, but got none; train first."
        )
    baselines = baselines or {}
    steps, values = [*losses], [*map(float, losses.values())]
    drawing, (axes,) = figure(7, 3, Layout(left=0.65, right=1.3, top=0.35))
    axes.set_yscale("log", subs=[2, 3, 5])
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_formatter("{x:g}")
    for (name, loss), dash in zip(
        baselines.items(), cycle(BASELINE_STYLES), strict=False
    ):
        axes.axhline(loss, color=INK, linewidth=0.9, ls=dash, label=name)
    curves(axes, steps, {"yours": values}, band=band)
    axes.set(xlabel="step", ylabel="squared error of a frame")
    title(axes, f"After {steps[-1]} steps the loss is {values[-1]:.3g}")
    others = "".join(f"; {name} has {loss:g}" for name, loss in baselines.items())
    return describe(
        drawing,
        f"Training loss from {values[0]:.3g} at step {steps[0]} to {values[-1]:.3g} "
        f"at step {steps[-1]}{others}.",
    )
