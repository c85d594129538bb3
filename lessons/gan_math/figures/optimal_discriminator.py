"""See the best judge answer a forger, and what its verdict measures."""

from math import log

import torch

from course_lib.gan.densities import (
    TWO_HUMPS,
    Mixture,
    best_judge,
    jensen_shannon_between,
    value,
)
from course_lib.gan.optimal_discriminator import optimal_discriminator
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

LINE = torch.linspace(-7, 7, 561, dtype=torch.float64)


@styled
def two_players(mean: Number = 1.0, width: Number = 1.0) -> Figure:
    """Data with two humps, a forger with one; the best judge, V and JSD answer.

    Above: both densities. Middle: D*, near 1 where data prevail, 1/2 where the two are
    alike. Below: one bar with two scales, since V(D*, G) = 2 JSD - log 4.
    """
    forger = Mixture((float(mean),), (float(width),))
    log_p, log_q = TWO_HUMPS.log_density(LINE), forger.log_density(LINE)
    jsd = float(jensen_shannon_between(TWO_HUMPS, forger))
    v = float(value(best_judge(TWO_HUMPS, forger), TWO_HUMPS, forger))
    page = Page(right=0.75, bottom=0.3, top=0.35, below=0.48, heights=(2, 1, 0.2))
    drawing, (densities, verdict, gauge) = figure(7, 4.2, page)
    for log_density, colour, style, name in (
        (log_p, DATA, "-", "$p$ data"),
        (log_q, MODEL, "--", "$q$ forger"),
    ):
        height = log_density.exp()
        densities.fill_between(LINE, height, color=colour, alpha=0.15, linewidth=0)
        densities.plot(LINE, height, color=colour, linestyle=style, label=name)
    densities.set_ylim(0, max(0.42, 1.06 * float(log_q.exp().max())))
    densities.set(ylabel="density", xticklabels=[])
    judged = optimal_discriminator(log_p, log_q)
    verdict.plot(LINE, judged, color=JUDGE, label="$D^*$ judge")
    verdict.axhline(0.5, color=INK, linewidth=0.8, linestyle=(0, (4, 3)), label="_")
    verdict.set(ylim=(-0.03, 1.03), yticks=[0, 0.5, 1], ylabel="$D^*(x)$")
    for axes in (densities, verdict):
        axes.set_xlim(-7, 7)
        name_lines(axes)
    title(densities, f"JSD is {jsd:.2f} nats, of at most log 2 = {log(2):.2f}")
    _two_scales(gauge, jsd, v)
    return describe(
        drawing,
        f"Two-hump data and a forger's Gaussian of mean {mean:g} and width {width:g}. "
        f"Below, the best judge between 0 and 1. The divergence JSD is {jsd:.2f} nats "
        f"and the value V(D*, G) is {v:.2f}.",
    )


@styled
def best_verdict(real: Number = 3.0, fake: Number = 1.0) -> Figure:
    """What a judge earns at one point x for each verdict y: p log y + q log(1 - y).

    ``real`` is p(x), ``fake`` is q(x). Each part falls without end where its side is
    denied; their sum has one top, at p / (p + q).
    """
    y = torch.linspace(0.002, 0.998, 499, dtype=torch.float64)
    best = torch.tensor(real / (real + fake), dtype=torch.float64)
    top = float(torch.special.xlogy(real, best) + torch.special.xlogy(fake, 1 - best))
    for_real, for_fake = real * y.log(), fake * (1 - y).log()
    drawing, (axes,) = figure(7, 3, Page(right=1.0, left=0.65))
    axes.plot(y, for_real, color=DATA, linestyle="--", label="$p\\,\\log\\,y$")
    axes.plot(y, for_fake, color=MODEL, linestyle=":", label="$q\\,\\log(1-y)$")
    axes.plot(y, for_real + for_fake, color=JUDGE, linewidth=2.4, label="their sum")
    axes.plot(best, top, "o", color=JUDGE, label="_")
    floor = 2.5 * top - 0.5
    axes.plot([best, best], [floor, top], ":", color=INK, linewidth=1, label="_")
    axes.set(xlim=(0, 1), ylim=(floor, 0.1), xlabel="verdict $y$ at this point")
    axes.set_ylabel("earned, in nats")
    name_lines(axes)
    title(
        axes,
        f"Where p = {real:g} and q = {fake:g}, the best verdict is {float(best):.2f}",
    )
    return describe(
        drawing,
        f"The judge's gain over its verdict y where p is {real:g} and q is {fake:g}: "
        f"it falls without end at 0 and at 1 and has one top, at y = {best:.2f}.",
    )


def _two_scales(axes: Axes, jsd: float, v: float) -> None:
    axes.barh(0, log(2), color="#EDEDED", height=1)
    axes.barh(0, jsd, color=JUDGE, height=1)
    axes.set(xlim=(0, log(2)), ylim=(-0.5, 0.5), xticks=[], yticks=[])
    axes.spines[:].set_visible(False)
    inside = min(max(jsd, 0.07), log(2) - 0.07)  # no label over the ends
    for y, lowest, highest, now in (
        (0.5, "$-$log 4", "0", f"$V(D^*, G)$ = {written(v)}"),
        (-0.5, "0", "log 2", f"JSD = {written(jsd)}"),
    ):
        axes.text(-0.01, y, lowest, ha="right", va="center", fontsize=8)
        axes.text(log(2) + 0.01, y, highest, ha="left", va="center", fontsize=8)
        axes.text(inside, 2.1 * y, now, ha="center", va="center", color=JUDGE)
