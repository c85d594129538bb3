"""The ELBO of a linear Gaussian model for any q, and the gap to log p(x)."""

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

WEIGHT, BIAS, OBSERVATION = torch.tensor([1.6, 0.0, 2.5], dtype=torch.float64)
LINEAR_MODEL = LinearGaussian(WEIGHT.view(1, 1), BIAS.view(1), 1.2)
LATENTS = torch.linspace(-3, 4, 701, dtype=torch.float64)
LOWEST_NATS = -11.0  # lower end of the axis, unless the ELBO is lower


class BoundTerms(NamedTuple):
    """The terms of log p(x) = log_likelihood - kl + gap, in nats.

    Attributes:
        log_evidence: log p(x).
        log_likelihood: Mean of log p(x | z) under q.
        kl: KL(q || prior).
        gap: KL(q || posterior).
    """

    log_evidence: float
    log_likelihood: float
    kl: float
    gap: float

    @property
    def elbo(self) -> float:
        """The evidence lower bound."""
        return self.log_likelihood - self.kl


@course_style
def bound_gap(mean: Number = 0.0, sigma: Number = 1.2) -> Figure:
    """The ELBO for q = N(mean, sigma^2), beside log p(x).

    The model is z ~ N(0, 1), x ~ N(1.6 z, 1.2^2), with the observation x = 2.5, so the
    posterior is N(1, 0.6^2). Left: the densities of z. Right, in nats: log p(x) as a
    line, the ELBO as a bar below it, and the gap KL(q || posterior) hatched.

    Raises:
        ValueError: if sigma is not positive.
    """
    if not sigma > 0:
        raise ValueError(f"sigma of q is a standard deviation, above 0; got {sigma=}.")
    x = OBSERVATION.view(1, 1)
    true = posterior(LINEAR_MODEL, x)
    q = torch.tensor([[mean], [2 * log(sigma)]], dtype=torch.float64)
    terms = _bound_terms(x, *q.split(1))
    exact = Normal(true.mean.squeeze(), true.covariance.squeeze().sqrt())
    layout = Layout(right=1.35, wspace=1.7, bottom=0.65, width_ratios=(2.6, 1))
    drawing, (densities, bars) = figure(7, 3.3, layout)
    _plot_density(densities, Normal(0.0, 1.0), (FAINT, ":", "prior"))
    _plot_density(densities, exact, (DATA, "-", "posterior"))
    _plot_density(densities, Normal(float(mean), float(sigma)), (MODEL, "--", "$q$"))
    area = {"color": MODEL, "alpha": 0.15, "linewidth": 0}
    densities.fill_between(LATENTS, densities.lines[-1].get_ydata(), **area)
    top = max(
        1.4, 1.06 * max(float(line.get_ydata().max()) for line in densities.lines)
    )
    densities.set(
        xlim=LATENTS[[0, -1]].tolist(),
        ylim=(0, top),
        xlabel="latent z",
        ylabel="density",
    )
    densities.legend(loc="lower left", bbox_to_anchor=(1, 0))
    _plot_bars(bars, terms)
    posterior_text = f"posterior N({exact.mean:g}, {exact.stddev:g}²)"
    title(densities, f"q = N({format_number(mean)}, {sigma:g}²), {posterior_text}")
    log_evidence_text, elbo_text, gap_text = (
        format_number(term) for term in (terms.log_evidence, terms.elbo, terms.gap)
    )
    title(bars, f"{log_evidence_text} = {elbo_text} + {gap_text} nats")
    return describe(
        drawing,
        f"q with mean {mean:g} and sigma {sigma:g} beside the posterior, with mean "
        f"{exact.mean:g} and sigma {exact.stddev:g}. Log p(x) is {log_evidence_text} "
        f"nats: an ELBO of {elbo_text} and a gap of {gap_text}. The ELBO is a log "
        f"likelihood of {format_number(terms.log_likelihood)} minus a KL of "
        f"{format_number(terms.kl)}.",
    )


def _bound_terms(x: Tensor, mu: Tensor, logvar: Tensor) -> BoundTerms:
    """All terms in closed form, with the exact expectation over z."""
    at_mu = elbo(x, decode(LINEAR_MODEL, mu), mu, logvar, LINEAR_MODEL.sigma)
    variance = LINEAR_MODEL.weight.square() * logvar.exp()  # of the decoded z under q
    true = posterior(LINEAR_MODEL, x)
    return BoundTerms(
        log_evidence(LINEAR_MODEL, x).item(),
        (at_mu.log_likelihood - variance / (2 * LINEAR_MODEL.sigma**2)).item(),
        at_mu.kl.item(),
        kl_between(mu, logvar, true.mean, true.covariance.log()).item(),
    )


def _plot_density(axes: Axes, distribution: Normal, look: tuple[str, str, str]) -> None:
    colour, style, name = look
    values = distribution.log_prob(LATENTS).exp()
    axes.plot(LATENTS, values, color=colour, linestyle=style, label=name)


def _plot_bars(axes: Axes, terms: BoundTerms) -> None:
    low = min(LOWEST_NATS, terms.elbo - 1)
    look = {"width": 1, "linewidth": 0}
    axes.bar(0, terms.elbo - low, bottom=low, color=MODEL, alpha=0.35, **look)
    axes.bar(0, terms.gap, bottom=terms.elbo, color="white", hatch="////", **look)
    axes.patches[-1].set_edgecolor(ACCENT)
    axes.set(xlim=(-0.5, 0.5), ylim=(low, -1.5), xticks=[], ylabel="nats")
    middle = terms.elbo + terms.gap / 2
    for height, colour, name, linewidth in (  # from below, the order of the labels
        (terms.elbo, MODEL, f"ELBO {format_number(terms.elbo)}", 1.8),
        (middle, ACCENT, f"gap: KL {format_number(terms.gap)}", 0),
        (
            terms.log_evidence,
            DATA,
            f"log p(x) {format_number(terms.log_evidence)}",
            1.8,
        ),
    ):
        axes.axhline(
            height, color=colour, linewidth=linewidth, linestyle="-", label=name
        )
    label_lines(axes)
    log_likelihood, kl = format_number(terms.log_likelihood), format_number(terms.kl)
    axes.set_xlabel(f"ELBO: likelihood {log_likelihood},\nminus KL {kl}")
