"""Move a guess q onto the posterior, and see the bound rise until no gap is left."""

from math import log
from typing import NamedTuple

import torch
from torch import Tensor
from torch.distributions import Normal

from course_lib.plotting import (
    ACCENT,
    DATA,
    FAINT,
    MODEL,
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
from course_lib.vae.elbo import elbo
from course_lib.vae.gaussian import kl_between
from course_lib.vae.linear_gaussian import (
    LinearGaussian,
    decode,
    log_evidence,
    posterior,
)

WEIGHT, BIAS, SEEN = torch.tensor([1.6, 0.0, 2.5], dtype=torch.float64)
LINE = LinearGaussian(WEIGHT.view(1, 1), BIAS.view(1), 1.2)
CODES = torch.linspace(-3, 4, 701, dtype=torch.float64)
FLOOR = -11.0  # nats, where the axis ends unless the bound is lower


class Nats(NamedTuple):
    """What log p(x) is made of: ELBO = explained - cost, and the gap above it."""

    evidence: float
    explained: float
    cost: float
    gap: float

    @property
    def elbo(self) -> float:
        """What is left of what q explains when its cost is paid."""
        return self.explained - self.cost


@course_style
def bound_gap(mean: Number = 0.0, width: Number = 1.2) -> Figure:
    """A guess q = N(mean, width^2) of one code, and what it leaves of log p(x).

    The model is z ~ N(0, 1), x ~ N(1.6 z, 1.2^2). Seen was x = 2.5, so the posterior
    is N(1, 0.6^2). Left: the densities over z. Right, in nats: log p(x) is a line, the
    ELBO a bar below it, and KL(q || posterior) is the hatched piece between them.

    Raises:
        ValueError: if the width is not positive.
    """
    if not width > 0:
        raise ValueError(f"The width of q is a standard deviation, above 0; {width=}.")
    x = SEEN.view(1, 1)
    true = posterior(LINE, x)
    q = torch.tensor([[mean], [2 * log(width)]], dtype=torch.float64)
    parts = _nats(x, *q.split(1))
    best = Normal(true.mean.squeeze(), true.covariance.squeeze().sqrt())
    layout = Layout(right=1.35, wspace=1.7, bottom=0.65, width_ratios=(2.6, 1))
    drawing, (densities, bars) = figure(7, 3.3, layout)
    _density(densities, Normal(0.0, 1.0), (FAINT, ":", "prior"))
    _density(densities, best, (DATA, "-", "posterior"))
    _density(densities, Normal(float(mean), float(width)), (MODEL, "--", "$q$"))
    hill = {"color": MODEL, "alpha": 0.15, "linewidth": 0}
    densities.fill_between(CODES, densities.lines[-1].get_ydata(), **hill)
    top = max(
        1.4, 1.06 * max(float(line.get_ydata().max()) for line in densities.lines)
    )
    densities.set(
        xlim=CODES[[0, -1]].tolist(), ylim=(0, top), xlabel="code z", ylabel="density"
    )
    densities.legend(loc="lower left", bbox_to_anchor=(1, 0))
    _bars(bars, parts)
    found = f"posterior N({best.mean:g}, {best.stddev:g}²)"
    title(densities, f"q = N({format_number(mean)}, {width:g}²), {found}")
    in_words = [format_number(part) for part in (parts.evidence, parts.elbo, parts.gap)]
    title(bars, "{} = {} + {} nats".format(*in_words))
    return describe(
        drawing,
        f"A guess q with mean {mean:g} and width {width:g} beside the posterior, mean "
        f"{best.mean:g} and width {best.stddev:g}. Log p(x) is {in_words[0]} nats: an "
        f"ELBO of {in_words[1]} and a gap of {in_words[2]}. The ELBO is "
        f"{format_number(parts.explained)} explained less a cost of {format_number(parts.cost)}.",
    )


def _nats(x: Tensor, mu: Tensor, logvar: Tensor) -> Nats:
    """All parts in closed form: the mean over z in place of one draw."""
    at_mu = elbo(x, decode(LINE, mu), mu, logvar, LINE.sigma)
    blur = LINE.weight.square() * logvar.exp() / (2 * LINE.sigma**2)  # of z about mu
    true = posterior(LINE, x)
    return Nats(
        log_evidence(LINE, x).item(),
        (at_mu.log_likelihood - blur).item(),
        at_mu.kl.item(),
        kl_between(mu, logvar, true.mean, true.covariance.log()).item(),
    )


def _density(axes: Axes, law: Normal, look: tuple[str, str, str]) -> None:
    colour, style, name = look
    height = law.log_prob(CODES).exp()
    axes.plot(CODES, height, color=colour, linestyle=style, label=name)


def _bars(axes: Axes, parts: Nats) -> None:
    low = min(FLOOR, parts.elbo - 1)
    look = {"width": 1, "linewidth": 0}
    axes.bar(0, parts.elbo - low, bottom=low, color=MODEL, alpha=0.35, **look)
    axes.bar(0, parts.gap, bottom=parts.elbo, color="white", hatch="////", **look)
    axes.patches[-1].set_edgecolor(ACCENT)
    axes.set(xlim=(-0.5, 0.5), ylim=(low, -1.5), xticks=[], ylabel="nats")
    for height, colour, name, wide in (  # from below, as their names are to stand
        (parts.elbo, MODEL, f"ELBO {format_number(parts.elbo)}", 1.8),
        (parts.elbo + parts.gap / 2, ACCENT, f"gap: KL {format_number(parts.gap)}", 0),
        (parts.evidence, DATA, f"log p(x) {format_number(parts.evidence)}", 1.8),
    ):
        axes.axhline(height, color=colour, linewidth=wide, linestyle="-", label=name)
    label_lines(axes)
    explained, cost = format_number(parts.explained), format_number(parts.cost)
    axes.set_xlabel(f"ELBO: {explained} explained,\nless {cost} for the code")
