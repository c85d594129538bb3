"""GAN objectives over the score of one sample, and distances between distributions."""

from math import log

import torch
from torch import Tensor
from torch.nn.functional import softplus

from course_lib.gan.objectives import (
    HINGE,
    LEAST_SQUARES,
    NONSATURATING,
    WASSERSTEIN,
)
from course_lib.plotting import (
    ACCENT,
    DASHED_RULE,
    DATA,
    DISCRIMINATOR,
    FAKE,
    GENERATOR,
    INK,
    MODEL,
    REAL,
    Axes,
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

OBJECTIVES = {
    "Cross-entropy\nnever zero": NONSATURATING,
    "Least squares\ntwo-sided": LEAST_SQUARES,
    "Hinge\nzero beyond ±1": HINGE,
    "Wasserstein\nunbounded": WASSERSTEIN,
}
DISTANCES = torch.linspace(0, 4, 81, dtype=torch.float64)
NODES = torch.linspace(-8, 8, 321, dtype=torch.float64)  # of a standard normal


@course_style
def loss_curves() -> Figure:
    """Four GAN objectives for one sample, over its score.

    Each panel shows the discriminator's loss on a real sample (falling) and on a fake
    one (rising), and the generator's loss. The gradient of cross-entropy never becomes
    0; least squares also penalizes scores beyond the label; the hinge loss is 0 beyond
    its margin; the Wasserstein loss is unbounded below.
    """
    score = torch.linspace(-3, 3, 241)
    layout = Layout(left=0.55, right=0.95, top=0.55, wspace=0.2, width_ratios=(1,) * 4)
    drawing, panels = figure(7, 2.6, layout)
    for axes, (name, losses) in zip(panels, OBJECTIVES.items(), strict=True):
        d_loss = torch.func.vmap(losses.discriminator)(score, score)
        g_loss = torch.func.vmap(losses.generator)(score)
        axes.plot(score, d_loss.real, color=REAL, label="D, real")
        fake = {"color": DISCRIMINATOR, "linestyle": "--", "label": "D, fake"}
        axes.plot(score, d_loss.fake, **fake)
        axes.plot(score, g_loss, color=GENERATOR, linestyle=":", label="generator")
        axes.set(xlim=(-3, 3), ylim=(-3.2, 4.2), xlabel="score", xticks=[-2, 0, 2])
        title(axes, name)
    for axes in panels[1:]:
        axes.set_yticklabels([])
    panels[0].set_ylabel("loss")
    label_lines(panels[-1])
    return describe(
        drawing,
        "Four panels, cross-entropy, least squares, hinge and Wasserstein: the "
        "discriminator's loss on a real and on a fake sample and the generator's loss, "
        "over the score.",
    )


@course_style
def point_mass_distances(distance: Number = 1.0, noise_std: Number = 0.0) -> Figure:
    """JSD, KL and W1 between the data at 0 and the generator at ``distance``.

    With ``noise_std`` 0 both are point masses: JSD jumps to log 2 and stays there, KL
    is infinite, and only W1 grows with the distance. With Gaussian noise of standard
    deviation ``noise_std`` on both, JSD and KL have a gradient as well.
    """
    layout = Layout(
        left=0.45, right=0.3, bottom=0.45, top=1.95, wspace=0.6, width_ratios=(1,) * 3
    )
    drawing, panels = figure(7, 3.8, layout)
    densities = drawing.add_axes((0.45 / 7, 2.65 / 3.8, 6.25 / 7, 0.8 / 3.8))
    distances = torch.cat((DISTANCES, torch.tensor([distance], dtype=torch.float64)))
    measures = _measures(distances, noise_std)
    current = [float(measure[-1]) for measure in measures]
    _draw_densities(densities, distance, noise_std)
    for axes, name, curve, limit in zip(
        panels, ("JSD", "KL", "$W_1$"), measures, (0.8, 6.0, 4.0), strict=True
    ):
        _draw_measure(axes, curve[:-1], limit)
        axes.plot(
            distance,
            curve[-1].clamp(max=limit),
            "^" if bool(curve[-1] > limit) else "D",
            color=MODEL,
            clip_on=False,
        )
        axes.set(xlim=(0, 4), ylim=(0, limit), xlabel="distance", xticks=[0, 2, 4])
        value = "∞" if curve[-1].isinf() else format_number(float(curve[-1]))
        title(axes, f"{name} = {value}")
    panels[0].axhline(log(2), color=INK, linewidth=0.8, linestyle=DASHED_RULE)
    panels[0].text(4.08, log(2), "log 2", va="center", fontsize=8)
    return describe(
        drawing,
        f"Data at 0 and a generator at {distance:g}, both with noise of standard "
        f"deviation {noise_std:g}. Over the distance: JSD is {current[0]:.2f} here, KL "
        f"{current[1]:.2f}, W1 {current[2]:.2f}.",
    )


def _measures(distance: Tensor, sigma: Number) -> tuple[Tensor, Tensor, Tensor]:
    """JSD, KL and W1 of two Gaussians with equal ``sigma``, at each distance."""
    if sigma == 0:
        disjoint = distance > 0
        return disjoint * log(2), torch.where(disjoint, torch.inf, 0.0), distance
    shift = (distance / sigma).unsqueeze(-1)
    weight = torch.exp(-NODES.square() / 2)
    log_ratio = shift * NODES - shift.square() / 2  # log q / p where p is standard
    expected = (softplus(log_ratio) * weight).sum(-1) / weight.sum()
    return log(2) - expected, (distance / sigma).square() / 2, distance


def _draw_densities(axes: Axes, distance: Number, sigma: Number) -> None:
    x = torch.linspace(-1.5, 5.5, 701, dtype=torch.float64)
    for centre, colour, style, marker, name in (
        (0.0, DATA, "-", "o", "data "),
        (distance, FAKE, "--", "D", " generator"),
    ):
        if sigma:
            density = torch.exp(-((x - centre) / sigma).square() / 2)
            axes.plot(x, density, color=colour, linestyle=style)
            axes.fill_between(x, density, color=colour, alpha=0.15, linewidth=0)
        else:
            axes.plot([centre, centre], [0, 1], color=colour, linestyle=style)
            axes.plot(centre, 1, marker, color=colour)
        side = "right" if name == "data " else "left"  # so that labels do not overlap
        axes.text(centre, 1.12, name, color=colour, ha=side)
    axes.set(xlim=(-1.5, 5.5), ylim=(0, 1.4), yticks=[])
    title(axes, _summary(distance, sigma))


def _summary(distance: Number, sigma: Number) -> str:
    if distance == 0:
        return "Equal distributions: all three are 0"
    if sigma == 0:
        return f"Two points at distance {distance:g}: only W1 depends on the distance"
    gaussians = f"Two Gaussians of std {sigma:g} at distance {distance:g}"
    if distance / sigma > 5:  # JSD within 1 % of log 2
        return f"{gaussians}: JSD is flat again"
    return f"{gaussians}: all three have a gradient"


def _draw_measure(axes: Axes, curve: Tensor, limit: Number) -> None:
    jumps = int(curve[1] - curve[0] > limit / 4)
    axes.plot(DISTANCES[jumps:], curve[jumps:], color=ACCENT)
    if jumps:
        axes.plot(0, 0, "o", color=ACCENT, clip_on=False)
    if curve[-1].isinf():
        axes.text(2, 0.9 * limit, "infinite", ha="center", color=ACCENT)
