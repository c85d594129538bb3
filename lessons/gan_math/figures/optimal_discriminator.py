"""The optimal discriminator for given densities, and the value that it reaches."""

from math import log

import torch

from course_lib.gan import optimal_discriminator as d_star
from course_lib.gan.densities import (
    BIMODAL_DATA,
    GaussianMixture,
    mixture_jensen_shannon,
    optimal_logits,
    value,
)
from course_lib.plotting import (
    DASHED_RULE,
    DATA,
    DISCRIMINATOR,
    FAKE,
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

LINE = torch.linspace(-7, 7, 561, dtype=torch.float64)


@course_style
def optimal_discriminator(mean: Number = 1.0, sigma: Number = 1.0) -> Figure:
    """Bimodal data and a Gaussian generator: densities, D*, JSD and V(D*, G).

    Top: both densities. Middle: D*, close to 1 where the density of the data is larger,
    and 1/2 where both are equal. Bottom: one bar with two scales, because
    V(D*, G) = 2 JSD - log 4.
    """
    generator = GaussianMixture((float(mean),), (float(sigma),))
    log_p, log_q = BIMODAL_DATA.log_density(LINE), generator.log_density(LINE)
    jsd = float(mixture_jensen_shannon(BIMODAL_DATA, generator))
    v = float(value(optimal_logits(BIMODAL_DATA, generator), BIMODAL_DATA, generator))
    layout = Layout(
        right=0.95, bottom=0.3, top=0.35, hspace=0.48, height_ratios=(2, 1, 0.2)
    )
    drawing, (densities, output, gauge) = figure(7, 4.2, layout)
    for log_density, colour, style, name in (
        (log_p, REAL, "-", "$p$ data"),
        (log_q, FAKE, "--", "$q$ generator"),
    ):
        density = log_density.exp()
        densities.fill_between(LINE, density, color=colour, alpha=0.15, linewidth=0)
        densities.plot(LINE, density, color=colour, linestyle=style, label=name)
    densities.set_ylim(0, max(0.42, 1.06 * float(log_q.exp().max())))
    densities.set(ylabel="density", xticklabels=[])
    probability = d_star.optimal_discriminator(log_p, log_q)
    output.plot(LINE, probability, color=DISCRIMINATOR, label="$D^*$")
    output.axhline(0.5, color=INK, linewidth=0.8, linestyle=DASHED_RULE, label="_")
    output.set(ylim=(-0.03, 1.03), yticks=[0, 0.5, 1], ylabel="$D^*(x)$")
    for axes in (densities, output):
        axes.set_xlim(-7, 7)
        label_lines(axes)
    title(densities, f"JSD is {jsd:.2f} nats, of at most log 2 = {log(2):.2f}")
    _draw_two_scales(gauge, jsd, v)
    return describe(
        drawing,
        f"Bimodal data and a Gaussian generator of mean {mean:g} and standard "
        f"deviation {sigma:g}. Below, the optimal discriminator between 0 and 1. The "
        f"divergence JSD is {jsd:.2f} nats and the value V(D*, G) is {v:.2f}.",
    )


@course_style
def pointwise_value(real: Number = 3.0, fake: Number = 1.0) -> Figure:
    """The integrand of V(D, G) at one point x, as a function of y = D(x).

    It is p log y + q log(1 - y), where ``real`` is p(x) and ``fake`` is q(x). Each term
    is unbounded below at one end, and the sum has its maximum at p / (p + q).
    """
    y = torch.linspace(0.002, 0.998, 499, dtype=torch.float64)
    best = torch.tensor(real / (real + fake), dtype=torch.float64)
    top = float(torch.special.xlogy(real, best) + torch.special.xlogy(fake, 1 - best))
    on_real, on_fake = real * y.log(), fake * (1 - y).log()
    drawing, (axes,) = figure(7, 3, Layout(right=1.0, left=0.65))
    axes.plot(y, on_real, color=DATA, linestyle="--", label="$p\\,\\log\\,y$")
    axes.plot(y, on_fake, color=MODEL, linestyle=":", label="$q\\,\\log(1-y)$")
    axes.plot(y, on_real + on_fake, color=DISCRIMINATOR, linewidth=2.4, label="sum")
    axes.plot(best, top, "o", color=DISCRIMINATOR, label="_")
    lowest = 2.5 * top - 0.5
    axes.plot([best, best], [lowest, top], ":", color=INK, linewidth=1, label="_")
    axes.set(xlim=(0, 1), ylim=(lowest, 0.1), xlabel="output $y = D(x)$ at this point")
    axes.set_ylabel("value, in nats")
    label_lines(axes)
    title(
        axes,
        f"Where p = {real:g} and q = {fake:g}, the optimal output is {float(best):.2f}",
    )
    return describe(
        drawing,
        f"The value at one point over the discriminator's output y, where p is "
        f"{real:g} and q is {fake:g}: unbounded below at 0 and at 1, with one maximum "
        f"at y = {best:.2f}.",
    )


def _draw_two_scales(axes: Axes, jsd: float, v: float) -> None:
    axes.barh(0, log(2), color="#EDEDED", height=1)
    axes.barh(0, jsd, color=DISCRIMINATOR, height=1)
    axes.set(xlim=(0, log(2)), ylim=(-0.5, 0.5), xticks=[], yticks=[])
    axes.spines[:].set_visible(False)
    inside = min(max(jsd, 0.07), log(2) - 0.07)  # so that no label leaves the bar
    for y, lowest, highest, current in (
        (0.5, "$-$log 4", "0", f"$V(D^*, G)$ = {format_number(v)}"),
        (-0.5, "0", "log 2", f"JSD = {format_number(jsd)}"),
    ):
        axes.text(-0.01, y, lowest, ha="right", va="center", fontsize=8)
        axes.text(log(2) + 0.01, y, highest, ha="left", va="center", fontsize=8)
        axes.text(
            inside, 2.1 * y, current, ha="center", va="center", color=DISCRIMINATOR
        )
