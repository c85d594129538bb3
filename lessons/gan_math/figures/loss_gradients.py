"""See which of two losses still pulls when the judge is sure."""

import torch

from course_lib.gan.objectives import (
    nonsaturating_generator_loss,
    saturating_generator_loss,
)
from course_lib.plotting import (
    DATA,
    FAINT,
    MODEL,
    Figure,
    Number,
    Page,
    describe,
    figure,
    name_lines,
    styled,
    title,
    written,
)

LOSSES = (
    ("saturating", saturating_generator_loss, MODEL, "--"),
    ("non-saturating", nonsaturating_generator_loss, DATA, "-"),
)


@styled
def two_slopes(logit: Number = -8.0) -> Figure:
    """Both losses of the generator over the judge's logit, and their slopes beside.

    Left: what a fake costs. Right: how hard the cost pulls the logit up. The slider's
    logit is marked; far to the left, where the judge is sure, one slope is gone.
    """
    x = torch.linspace(-10, 10, 401, dtype=torch.float64)
    here = torch.tensor([float(logit)], dtype=torch.float64)
    page = Page(left=0.45, right=1.1, widths=(1, 1.25), beside=0.55)
    drawing, (costs, slopes) = figure(7, 3, page)
    said = []
    for name, loss, colour, style in LOSSES:
        cost = torch.func.vmap(loss)(x)
        slope, marked = (torch.func.vmap(torch.func.grad(loss))(at) for at in (x, here))
        costs.plot(x, cost, color=colour, linestyle=style)
        costs.plot(here, torch.func.vmap(loss)(here), "o", color=colour)
        slopes.plot(x, slope, color=colour, linestyle=style, label=name)
        slopes.plot(here, marked, "o", color=colour, label="_")
        said.append(f"{written(float(marked), 4)}")
    for axes in (costs, slopes):
        axes.axvline(logit, color=FAINT, linewidth=0.8, zorder=0)
        axes.set(xlim=(-10, 10), xlabel="judge's logit on a fake")
        axes.set_xticks([-10, -5, 0, 5, 10])
    costs.set_yticks([-10, -5, 0, 5, 10])
    slopes.set_ylim(-1.06, 0.06)
    name_lines(slopes)
    title(costs, "What a fake costs, in nats")
    title(slopes, f"Slopes at logit {written(logit, 0)}: {said[0]} and {said[1]}")
    return describe(
        drawing,
        f"Two losses of the generator over the judge's logit, and their slopes. At "
        f"logit {logit:g} the saturating loss has slope {said[0]}, the non-saturating "
        f"one {said[1]}.",
    )
