"""The generator's saturating and non-saturating losses, and their gradients."""

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
    Layout,
    Number,
    course_style,
    describe,
    figure,
    format_number,
    label_lines,
    title,
)

LOSSES = (
    ("saturating", saturating_generator_loss, MODEL, "--"),
    ("non-saturating", nonsaturating_generator_loss, DATA, "-"),
)


@course_style
def generator_loss_gradients(logit: Number = -8.0) -> Figure:
    """Both generator losses of one fake sample over its logit, and their gradients.

    Left: the losses. Right: their derivatives with respect to the logit. ``logit`` is
    marked; far to the left, where the sample is recognized as fake, the gradient of the
    saturating loss vanishes.
    """
    x = torch.linspace(-10, 10, 401, dtype=torch.float64)
    marked = torch.tensor([float(logit)], dtype=torch.float64)
    layout = Layout(left=0.45, right=1.1, width_ratios=(1, 1.25), wspace=0.55)
    drawing, (losses, gradients) = figure(7, 3, layout)
    values = []
    for name, loss, colour, style in LOSSES:
        gradient = torch.func.vmap(torch.func.grad(loss))
        losses.plot(x, torch.func.vmap(loss)(x), color=colour, linestyle=style)
        losses.plot(marked, torch.func.vmap(loss)(marked), "o", color=colour)
        gradients.plot(x, gradient(x), color=colour, linestyle=style, label=name)
        gradients.plot(marked, gradient(marked), "o", color=colour, label="_")
        values.append(format_number(float(gradient(marked)), 4))
    for axes in (losses, gradients):
        axes.axvline(logit, color=FAINT, linewidth=0.8, zorder=0)
        axes.set(xlim=(-10, 10), xlabel="logit of a fake sample")
        axes.set_xticks([-10, -5, 0, 5, 10])
    losses.set_yticks([-10, -5, 0, 5, 10])
    gradients.set_ylim(-1.06, 0.06)
    label_lines(gradients)
    title(losses, "Generator loss, in nats")
    at = format_number(logit, 0)
    title(gradients, f"Gradients at logit {at}: {values[0]} and {values[1]}")
    return describe(
        drawing,
        "Two losses of the generator over the logit of a fake sample, and their "
        f"gradients. At logit {logit:g} the gradient of the saturating loss is "
        f"{values[0]}, that of the non-saturating loss {values[1]}.",
    )
