"""See how four referees charge for a score, and what they measure far apart."""

from math import log

import torch
from torch import Tensor
from torch.nn.functional import softplus

from course_lib.gan import objectives
from course_lib.plotting import (
    DATA,
    INK,
    JUDGE,
    MODEL,
    Axes,
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

REFEREES = {
    "Cross-entropy\nnever rests": (
        objectives.discriminator_loss,
        objectives.nonsaturating_generator_loss,
    ),
    "Least squares\npulls back too": (
        objectives.least_squares_discriminator_loss,
        objectives.least_squares_generator_loss,
    ),
    "Hinge\nrests past ±1": (
        objectives.hinge_discriminator_loss,
        objectives.hinge_generator_loss,
    ),
    "Wasserstein\nhas no floor": (
        objectives.wasserstein_critic_loss,
        objectives.wasserstein_generator_loss,
    ),
}
APART = torch.linspace(0, 4, 81, dtype=torch.float64)
NODES = torch.linspace(-8, 8, 321, dtype=torch.float64)  # of a standard normal


@styled
def referee_losses() -> Figure:
    """What four pairs of losses charge for one sample, over the score that it got.

    The judge pays for a real sample (falling) and for a fake (rising); the generator
    pays for its fake. Cross-entropy never rests, least squares pulls back what scores
    too well, the hinge lets go beyond its margin, Wasserstein has no floor.
    """
    score = torch.linspace(-3, 3, 241)
    page = Page(left=0.55, right=0.95, top=0.55, beside=0.2, widths=(1,) * 4)
    drawing, panels = figure(7, 2.6, page)
    for axes, (name, (judge, generator)) in zip(panels, REFEREES.items(), strict=True):
        parts = torch.func.vmap(judge)(score, score)
        axes.plot(score, parts.real, color=DATA, label="judge, real")
        axes.plot(score, parts.fake, color=JUDGE, linestyle="--", label="judge, fake")
        forged = torch.func.vmap(generator)(score)
        axes.plot(score, forged, color=MODEL, linestyle=":", label="generator")
        axes.set(xlim=(-3, 3), ylim=(-3.2, 4.2), xlabel="score", xticks=[-2, 0, 2])
        title(axes, name)
    for axes in panels[1:]:
        axes.set_yticklabels([])
    panels[0].set_ylabel("loss")
    name_lines(panels[-1])
    return describe(
        drawing,
        "Four panels, cross-entropy, least squares, hinge and Wasserstein: the judge's "
        "loss on a real and on a fake sample and the generator's loss, over the score.",
    )


@styled
def two_points(distance: Number = 1.0, blur: Number = 0.0) -> Figure:
    """Data at 0 and a forger at ``distance``: three measures of how far apart they are.

    With ``blur`` 0 both are single points: JSD jumps to log 2 and stays there, KL is
    infinite, only W1 grows with the distance. Noise of standard deviation ``blur`` on
    both makes humps of them, and then JSD and KL have a slope as well.
    """
    page = Page(
        left=0.45, right=0.3, bottom=0.45, top=1.95, beside=0.6, widths=(1,) * 3
    )
    drawing, panels = figure(7, 3.8, page)
    masses = drawing.add_axes((0.45 / 7, 2.65 / 3.8, 6.25 / 7, 0.8 / 3.8))
    gaps = torch.cat((APART, torch.tensor([distance], dtype=torch.float64)))
    measures = _measures(gaps, blur)
    now = [float(measure[-1]) for measure in measures]
    _masses(masses, distance, blur)
    for axes, name, curve, ceiling in zip(
        panels, ("JSD", "KL", "$W_1$"), measures, (0.8, 6.0, 4.0), strict=True
    ):
        _measured(axes, curve[:-1], ceiling)
        high = bool(curve[-1] > ceiling)
        axes.plot(
            distance,
            curve[-1].clamp(max=ceiling),
            "^" if high else "D",
            color=MODEL,
            clip_on=False,
        )
        axes.set(xlim=(0, 4), ylim=(0, ceiling), xlabel="distance", xticks=[0, 2, 4])
        value = "∞" if curve[-1].isinf() else written(float(curve[-1]))
        title(axes, f"{name} = {value}")
    panels[0].axhline(log(2), color=INK, linewidth=0.8, linestyle=(0, (4, 3)))
    panels[0].text(4.08, log(2), "log 2", va="center", fontsize=8)
    return describe(
        drawing,
        f"Data at 0 and a forger at {distance:g}, both blurred by {blur:g}. Over the "
        f"distance: JSD is {now[0]:.2f} here, KL {now[1]:.2f}, W1 {now[2]:.2f}.",
    )


def _measures(distance: Tensor, blur: Number) -> tuple[Tensor, Tensor, Tensor]:
    """JSD, KL and W1 of two equal bumps of width ``blur`` at each distance."""
    if blur == 0:
        apart = distance > 0
        return apart * log(2), torch.where(apart, torch.inf, 0.0), distance
    shift = (distance / blur).unsqueeze(-1)
    weight = torch.exp(-NODES.square() / 2)
    log_ratio = shift * NODES - shift.square() / 2  # log q / p where p is standard
    mixed = (softplus(log_ratio) * weight).sum(-1) / weight.sum()
    return log(2) - mixed, (distance / blur).square() / 2, distance


def _masses(axes: Axes, distance: Number, blur: Number) -> None:
    x = torch.linspace(-1.5, 5.5, 701, dtype=torch.float64)
    for centre, colour, style, marker, name in (
        (0.0, DATA, "-", "o", "data "),
        (distance, MODEL, "--", "D", " forger"),
    ):
        if blur:
            bump = torch.exp(-((x - centre) / blur).square() / 2)
            axes.plot(x, bump, color=colour, linestyle=style)
            axes.fill_between(x, bump, color=colour, alpha=0.15, linewidth=0)
        else:
            axes.plot([centre, centre], [0, 1], color=colour, linestyle=style)
            axes.plot(centre, 1, marker, color=colour)
        away = "right" if name == "data " else "left"  # no label over the other
        axes.text(centre, 1.12, name, color=colour, ha=away)
    axes.set(xlim=(-1.5, 5.5), ylim=(0, 1.4), yticks=[])
    title(axes, _story(distance, blur))


def _story(distance: Number, blur: Number) -> str:
    if distance == 0:
        return "At one place: all three say 0"
    if blur == 0:
        return f"Two points, {distance:g} apart: only W1 can say how far"
    humps = f"Two humps of width {blur:g}, {distance:g} apart"
    flat = distance / blur > 5  # JSD within 1 % of log 2
    return f"{humps}: JSD is flat again" if flat else f"{humps}: all three have a slope"


def _measured(axes: Axes, curve: Tensor, ceiling: Number) -> None:
    jumps = int(curve[1] - curve[0] > ceiling / 4)
    axes.plot(APART[jumps:], curve[jumps:], color=JUDGE)
    if jumps:
        axes.plot(0, 0, "o", color=JUDGE, clip_on=False)
    if curve[-1].isinf():
        axes.text(2, 0.9 * ceiling, "infinite", ha="center", color=JUDGE)
