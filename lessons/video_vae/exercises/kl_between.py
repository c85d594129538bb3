"""Ask how far a posterior lies from a prior that is a Gaussian of its own.

In what follows r is the log of the ratio of both variances, d the squared distance of
the means, v the log variance of q and w that of p.
"""

from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor
from torch.distributions import MultivariateNormal, kl_divergence

from course_lib.vae.gaussian import kl_between, kl_to_standard_normal
from teaching.exercise import Answer, Case, Exercise, Mistake

ARGUMENTS = ("mu_q", "logvar_q", "mu_p", "logvar_p")


def _pair_cases(rng: torch.Generator) -> Sequence[Case]:
    draw = partial(torch.randn, generator=rng, dtype=torch.float64)

    def pair(label: str, *shape: int, narrow: float = 0.0, exact: bool = True) -> Case:
        tensors = draw(4, *shape)
        tensors[1::2] -= narrow
        dtype = torch.float64 if exact else torch.float32
        arguments = zip(ARGUMENTS, tensors.to(dtype), strict=True)
        return Case(label, dict(arguments), ARGUMENTS)

    mu, logvar = draw(2, 3, 4)
    same = dict(zip(ARGUMENTS, (mu, logvar, mu, logvar), strict=True))
    return [
        pair("a number for each clip", 5, 3),
        pair("as many clips as axes", 4, 4),
        pair("a single clip", 1, 6),
        pair("variances far below 1e-8", 3, 2, narrow=25.0),
        Case("equal Gaussians are 0 apart", same, ARGUMENTS),
        pair("float32 stays float32", 2, 5, exact=False),
    ]


def _priced(price: Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]) -> Answer:
    """Half the sum of another price for every axis: of r, d, v and w."""

    def answer(mu_q, logvar_q, mu_p, logvar_p):
        apart = (mu_q - mu_p).square()
        return price(logvar_q - logvar_p, apart, logvar_q, logvar_p).sum(1) / 2

    return answer


def _of(change: Callable[[Tensor], Tensor]) -> Answer:
    """Something made of the right divergence."""
    return lambda mu_q, logvar_q, mu_p, logvar_p: change(
        kl_between(mu_q, logvar_q, mu_p, logvar_p)
    )


def _seen_from_the_prior(mu_q, logvar_q, mu_p, logvar_p):
    """In units in which p is standard normal."""
    mu = (mu_q - mu_p) * torch.exp(-0.5 * logvar_p)
    return kl_to_standard_normal(mu, logvar_q - logvar_p)


def _by_distributions(mu_q, logvar_q, mu_p, logvar_p):
    q, p = (
        MultivariateNormal(mu, scale_tril=torch.diag_embed((logvar / 2).exp()))
        for mu, logvar in ((mu_q, logvar_q), (mu_p, logvar_p))
    )
    return kl_divergence(q, p)


KL_BETWEEN = Exercise(
    id="X3.6",
    title="From one Gaussian to another",
    reference=kl_between,
    points=2,
    minutes=10,
    difficulty=2,
    cases=_pair_cases,
    mistakes=(
        Mistake(
            "arguments exchanged",
            lambda mu_q, logvar_q, mu_p, logvar_p: kl_between(
                mu_p, logvar_p, mu_q, logvar_q
            ),
            "This is KL(p || q), and the divergence is not symmetric. The expectation "
            "is taken under q, so distances are measured in widths of p.",
        ),
        Mistake(
            "distance without a unit",
            _priced(lambda r, d, v, w: r.exp() + d - 1 - r),
            "The distance of the means is squared, but not divided by p's variance. "
            "Where the prior is sure, a small distance is dear.",
        ),
        Mistake(
            "distance in widths of q",
            _priced(lambda r, d, v, w: r.exp() + d / v.exp() - 1 - r),
            "The squared distance is divided by q's variance. It is p that finds it "
            "unlikely: p's variance is the unit.",
        ),
        Mistake(
            "ratio turned over",
            _priced(lambda r, d, v, w: (-r).exp() + d / w.exp() - 1 - r),
            "p's variance was divided by q's. Under q the spread of q is measured in "
            "widths of p, so q's variance stands above and p's below.",
        ),
        Mistake(
            "logarithms the wrong way round",
            _priced(lambda r, d, v, w: r.exp() + d / w.exp() - 1 + r),
            "The log ratio is taken away, so a *narrow* q costs: it is added here. "
            "Test yourself with equal means and a q that is nearly a point.",
        ),
        Mistake(
            "logarithms left out",
            _priced(lambda r, d, v, w: r.exp() + d / w.exp() - 1),
            "Without the log ratio a q of width 0 is cheapest, and its price is "
            "negative. One term is missing.",
        ),
        Mistake(
            "log variance read as log sigma",
            lambda mu_q, logvar_q, mu_p, logvar_p: kl_between(
                mu_q, 2 * logvar_q, mu_p, 2 * logvar_p
            ),
            "The formula has sigma^2 and its logarithm; `logvar` is already that "
            "logarithm. No 2 is needed in front of it.",
        ),
        Mistake(
            "half forgotten",
            _of(lambda kl: 2 * kl),
            "Twice the price: log N has a half in front of the square, and another in "
            "log sigma, which is half the log variance. Both stay.",
        ),
        Mistake(
            "1 forgotten",
            _priced(lambda r, d, v, w: r.exp() + d / w.exp() - r),
            "Half a nat too much on every axis. A posterior that equals the prior has "
            "learnt nothing from its frame, and must cost nothing.",
        ),
        Mistake(
            "sign turned",
            _of(lambda kl: -kl),
            "A divergence is never negative. This is what is *added* to a bound; asked "
            "for is the price itself.",
        ),
        Mistake(
            "mean over the axes",
            lambda mu_q, logvar_q, mu_p, logvar_p: (
                kl_between(mu_q, logvar_q, mu_p, logvar_p) / mu_q.shape[1]
            ),
            "Independent axes add up: a code's price is their sum. A mean weighs the "
            "frames more than the bound does.",
        ),
        Mistake(
            "mean over the batch",
            _of(torch.mean),
            "One number came for the whole batch. Each clip pays for its own code: sum "
            "over the latent axes only; whoever trains takes the mean later.",
        ),
        Mistake(
            "prior taken for the standard normal",
            lambda mu_q, logvar_q, mu_p, logvar_p: kl_to_standard_normal(
                mu_q, logvar_q
            ),
            "p does not occur. A learnt prior says what comes next given the past, and "
            "only the rest is paid for.",
        ),
        Mistake(
            "difference of two prices",
            lambda mu_q, logvar_q, mu_p, logvar_p: (
                kl_to_standard_normal(mu_q, logvar_q)
                - kl_to_standard_normal(mu_p, logvar_p)
            ),
            "How far each one lies from N(0, I) does not say how far they are from one "
            "another: two towns, both 100 km from the capital.",
        ),
        Mistake(
            "prior cut loose",
            lambda mu_q, logvar_q, mu_p, logvar_p: kl_between(
                mu_q, logvar_q, mu_p.detach(), logvar_p.detach()
            ),
            "The value is right, but the prior learns nothing: only from this price "
            "can it learn where posteriors will lie. Leave out the `detach`.",
        ),
    ),
    alternatives=(_seen_from_the_prior, _by_distributions),
    hints=(
        "Measure everything in units in which p is standard normal. Where does q lie "
        "then, and how wide is it?",
        "There its mean is the distance of the means over p's sigma, its variance the "
        "ratio of both variances: now it is the price of a code that you know.",
        "Four terms for each axis: the ratio of the variances; the squared distance "
        "over p's variance; a 1 taken away, and the logarithm of the ratio as well. "
        "Ratios are differences of log variances. Sum, then halve.",
    ),
)
