"""See how four referees charge for a score, and what they measure far apart.

Home: 1.5 Other referees.
"""

from math import log

import torch
from torch import Tensor

from course_lib.gan import objectives
from course_lib.gan.densities import Mixture, jensen_shannon_between
from course_lib.plotting import (
    DATA,
    FAINT,
    INK,
    JUDGE,
    MODEL,
    Axes,
    Figure,
    Page,
    describe,
    figure,
    name_lines,
    span,
    styled,
    title,
    written,
)

REFEREES = (
    ("Cross-entropy", objectives.discriminator_loss, objectives.nonsaturating_generator_loss),
    ("Least squares", objectives.least_squares_discriminator_loss, objectives.least_squares_generator_loss),
    ("Hinge", objectives.hinge_discriminator_loss, objectives.hinge_generator_loss),
    ("Wasserstein", objectives.wasserstein_critic_loss, objectives.wasserstein_generator_loss),
)


@styled
def referee_losses() -> Figure:
    """What four pairs of losses charge for one sample, over the score that it got.

    The judge pays for a real sample (falling) and for a fake (rising); the generator
    pays for its fake. Cross-entropy never rests, least squares pulls back what scores
    too well, the hinge lets go beyond its margin, Wasserstein has no floor.
    """
    score = torch.linspace(-3, 3, 241)
    page = Page(left=0.45, right=0.95, top=0.4, beside=0.2, widths=(1,) * 4)
    drawing, panels = figure(7, 2.5, page)
    for axes, (name, judge, generator) in zip(panels, REFEREES, strict=True):
        parts = torch.func.vmap(judge)(score, score)
        axes.plot(score, parts.real, color=DATA, label="judge, real")
        axes.plot(score, parts.fake, color=JUDGE, linestyle="--", label="judge, fake")
        axes.plot(score, torch.func.vmap(generator)(score), color=MODEL, linestyle=":", label="generator")
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
def two_points(distance: float = 1.0, blur: float = 0.0) -> Figure:
    """Data at 0 and a forger at ``distance``: three measures of how far apart they are.

    With ``blur`` 0 both are single points: JSD jumps to log 2 and stays, KL is infinite,
    only W1 grows with the distance. Noise of standard deviation ``blur`` on both makes
    humps of them, and then JSD and KL have a slope as well.
    """
    page = Page(top=0.35, below=0.75, beside=0.5, heights=(1, 1.9), widths=(1,) * 3)
    drawing, panels = figure(7, 4, page)
    masses, (jsd, kl, w1) = span(panels[:3]), panels[3:]
    _masses(masses, distance, blur)
    return drawing
