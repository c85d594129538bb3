"""X3.6: the KL divergence between two diagonal Gaussians, posterior and learned prior.

In the mistakes below, r is the log ratio of the variances, d the squared distance of
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

    def pair(label: str, *shape: int, shift: float = 0.0, double: bool = True) -> Case:
        tensors = draw(4, *shape)
        tensors[1::2] -= shift
        dtype = torch.float64 if double else torch.float32
        arguments = zip(ARGUMENTS, tensors.to(dtype), strict=True)
        return Case(label, dict(arguments), ARGUMENTS)

    tiny = draw(4, 3, 4)
    tiny[1::2] -= torch.tensor([30, 45, 60, 80])
    large = draw(4, 2, 3)
    large[1] += torch.tensor([5, 12, 24])
    extremes = [
        Case(label, dict(zip(ARGUMENTS, tensors, strict=True)), ARGUMENTS)
        for label, tensors in (
            ("a posterior and a prior of tiny variance", tiny),
            ("a posterior of large variance", large),
        )
    ]
    mu, logvar = draw(2, 3, 4)
    equal = dict(zip(ARGUMENTS, (mu, logvar, mu, logvar), strict=True))
    return [
        pair("one number for each clip", 5, 3),
        pair("as many clips as axes", 4, 4),
        pair("a single clip", 1, 6),
        pair("a single axis", 4, 1),
        pair("variances far below 1e-8", 3, 2, shift=25.0),
        *extremes,
        Case("equal Gaussians have KL 0", equal, ARGUMENTS),
        pair("float32 stays float32", 2, 5, double=False),
        pair("small variances in float32", 3, 3, shift=25.0, double=False),
    ]


def _half_sum(term: Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]) -> Answer:
    """Half the sum over the axes of another term of r, d, v and w."""

    def answer(mu_q, logvar_q, mu_p, logvar_p):
        distance = (mu_q - mu_p).square()
        return term(logvar_q - logvar_p, distance, logvar_q, logvar_p).sum(1) / 2

    return answer


def _transformed(change: Callable[[Tensor], Tensor]) -> Answer:
    """A function of the correct KL."""
    return lambda mu_q, logvar_q, mu_p, logvar_p: change(
        kl_between(mu_q, logvar_q, mu_p, logvar_p)
    )


def _of_parameters(change: Callable[..., tuple[Tensor, ...]]) -> Answer:
    """The correct KL of other parameters."""
    return lambda mu_q, logvar_q, mu_p, logvar_p: kl_between(
        *change(mu_q, logvar_q, mu_p, logvar_p)
    )


def _with_difference(change: Callable[[Tensor], Tensor]) -> Answer:
    """The KL with a function of the means' difference in place of its square."""

    def answer(mu_q, logvar_q, mu_p, logvar_p):
        ratio = logvar_q - logvar_p
        distance = change(mu_q - mu_p) * torch.exp(-logvar_p)
        return (ratio.exp() + distance - 1 - ratio).sum(1) / 2

    return answer


def _symmetrized(mu_q, logvar_q, mu_p, logvar_p):
    q, p = (mu_q, logvar_q), (mu_p, logvar_p)
    return (kl_between(*q, *p) + kl_between(*p, *q)) / 2


def _per_axis(mu_q, logvar_q, mu_p, logvar_p):
    columns = (x.T.unsqueeze(2) for x in (mu_q, logvar_q, mu_p, logvar_p))
    return torch.stack([kl_between(*axis) for axis in zip(*columns, strict=True)], 1)


def _with_epsilon(mu_q, logvar_q, mu_p, logvar_p):
    variance_q, variance_p = logvar_q.exp() + 1e-8, logvar_p.exp() + 1e-8
    return kl_between(mu_q, variance_q.log(), mu_p, variance_p.log())


def _standardized_by_p(mu_q, logvar_q, mu_p, logvar_p):
    """In coordinates in which p is standard normal."""
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
    title="KL between two Gaussians",
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
            "This is KL(p || q), and the KL divergence is not symmetric. The "
            "expectation is under q, so distances are measured in units of p's sigma.",
        ),
        Mistake(
            "distance not divided by the variance of p",
            _half_sum(lambda r, d, v, w: r.exp() + d - 1 - r),
            "The distance of the means is squared, but not divided by p's variance. "
            "The narrower the prior, the more nats the same distance costs.",
        ),
        Mistake(
            "distance divided by the variance of q",
            _half_sum(lambda r, d, v, w: r.exp() + d / v.exp() - 1 - r),
            "The squared distance is divided by q's variance. It comes from log p(z), "
            "so p's variance is the right one.",
        ),
        Mistake(
            "ratio of the variances inverted",
            _half_sum(lambda r, d, v, w: (-r).exp() + d / w.exp() - 1 - r),
            "Here p's variance is divided by q's. The expectation of (z - mu_q)^2 "
            "under q is q's variance, and log p(z) divides it by p's variance.",
        ),
        Mistake(
            "distance not squared",
            _with_difference(torch.abs),
            "The distance of the means is not squared, though it is divided by a "
            "variance. A Gaussian's log density contains the *squared* distance.",
        ),
        Mistake(
            "signed difference of the means",
            _with_difference(torch.clone),
            "The difference of the means enters with its sign, so the KL depends on "
            "which mean is larger. A Gaussian's log density contains its square.",
        ),
        Mistake(
            "distance divided by the standard deviation",
            _half_sum(lambda r, d, v, w: r.exp() + d / (w / 2).exp() - 1 - r),
            "The squared distance is divided by sigma of p, exp(logvar_p / 2). A "
            "squared distance belongs over a variance.",
        ),
        Mistake(
            "ratio of the standard deviations",
            _half_sum(lambda r, d, v, w: (r / 2).exp() + d / w.exp() - 1 - r),
            "This is the ratio of the standard deviations. The term is the mean of a "
            "squared distance, q's *variance* over p's.",
        ),
        Mistake(
            "exponential of the log ratio missing",
            _half_sum(lambda r, d, v, w: r + d / w.exp() - 1 - r),
            "Here the log ratio is added and subtracted, so that the variance of q "
            "has no effect. One of the two terms is the ratio itself.",
        ),
        Mistake(
            "log ratio not halved",
            _half_sum(lambda r, d, v, w: r.exp() + d / w.exp() - 1 - 2 * r),
            "The log ratio of the *standard deviations* belongs into the KL, which is "
            "half the difference of the log variances.",
        ),
        Mistake(
            "sign of the log ratio reversed",
            _half_sum(lambda r, d, v, w: r.exp() + d / w.exp() - 1 + r),
            "The log ratio is subtracted, so that a *narrow* q has a large KL; here it "
            "is added. Test equal means with a very narrow q.",
        ),
        Mistake(
            "log ratio forgotten",
            _half_sum(lambda r, d, v, w: r.exp() + d / w.exp() - 1),
            "Without the log ratio the KL is smallest, and negative, for a q of "
            "variance 0. One term is missing.",
        ),
        Mistake(
            "log variance read as log sigma",
            lambda mu_q, logvar_q, mu_p, logvar_p: kl_between(
                mu_q, 2 * logvar_q, mu_p, 2 * logvar_p
            ),
            "The formula contains sigma^2 and its logarithm; `logvar` is already that "
            "logarithm. It needs no factor 2.",
        ),
        Mistake(
            "factor 1/2 missing",
            _transformed(lambda kl: 2 * kl),
            "This is twice the KL: the log density has a factor 1/2 before the square, "
            "and log sigma, half the log variance, has another one.",
        ),
        Mistake(
            "1 forgotten",
            _half_sum(lambda r, d, v, w: r.exp() + d / w.exp() - r),
            "This is half a nat too much for every axis. If the posterior equals the "
            "prior, the KL must be 0.",
        ),
        Mistake(
            "sign reversed",
            _transformed(lambda kl: -kl),
            "A KL divergence is never negative. Its negative is what is *added* to the "
            "ELBO; the exercise asks for the KL itself.",
        ),
        Mistake(
            "mean over the axes",
            lambda mu_q, logvar_q, mu_p, logvar_p: (
                kl_between(mu_q, logvar_q, mu_p, logvar_p) / mu_q.shape[1]
            ),
            "The axes are independent, so their KLs add up. With a mean the KL has "
            "less weight than in the ELBO.",
        ),
        Mistake(
            "sum over the batch",
            _transformed(torch.sum),
            "This is one number for the whole batch. Each clip has a KL of its own: "
            "sum over the latent axes only.",
        ),
        Mistake(
            "one number for each axis",
            _per_axis,
            "These are the KLs of the single latent axes. They are independent, so the "
            "KL of a clip is the sum over its axes.",
        ),
        Mistake(
            "sum over the clips",
            lambda *q, **p: _per_axis(*q, **p).sum(0),
            "The sum runs over the clips, and one number for each latent axis is left. "
            "The latent axes come last: sum over these.",
        ),
        Mistake(
            "mean over the batch",
            _transformed(torch.mean),
            "This is one number for the whole batch. Each clip has a KL of its own: "
            "sum over the latent axes only. The training loss takes the mean later.",
        ),
        Mistake(
            "standard normal in place of the prior",
            lambda mu_q, logvar_q, mu_p, logvar_p: kl_to_standard_normal(
                mu_q, logvar_q
            ),
            "The parameters of p do not occur. The learned prior predicts z from the "
            "past; only the divergence from that prediction counts.",
        ),
        Mistake(
            "difference of two KLs",
            lambda mu_q, logvar_q, mu_p, logvar_p: (
                kl_to_standard_normal(mu_q, logvar_q)
                - kl_to_standard_normal(mu_p, logvar_p)
            ),
            "The KLs of q and p to N(0, I) do not determine the KL between q and p: "
            "two towns, both 100 km from the capital, can be far from each other.",
        ),
        Mistake(
            "both directions averaged",
            _symmetrized,
            "This is the mean of KL(q || p) and KL(p || q), a symmetric distance. The "
            "bound contains KL(q || p) alone: the expectation is under q.",
        ),
        Mistake(
            "epsilon added to the variances",
            _with_epsilon,
            "A small constant is added to the variances, so the KL of narrow "
            "Gaussians is wrong. Their logarithms are given: no division by 0 and no "
            "log of 0 can occur.",
        ),
        *(
            Mistake(
                f"log variances clamped to [{low}, {high}]",
                _of_parameters(
                    lambda mu_q, logvar_q, mu_p, logvar_p, low=low, high=high: (
                        mu_q,
                        logvar_q.clamp(low, high),
                        mu_p,
                        logvar_p.clamp(low, high),
                    )
                ),
                "The log variances are clamped here, so the KL of narrower and of "
                "wider Gaussians is wrong, and they get no gradient. If a network "
                "needs a bound, it belongs into the network.",
            )
            for low, high in ((-10, 10), (-20, 20))
        ),
        Mistake(
            "posterior detached",
            _of_parameters(
                lambda mu_q, logvar_q, mu_p, logvar_p: (
                    mu_q.detach(),
                    logvar_q.detach(),
                    mu_p,
                    logvar_p,
                )
            ),
            "The value is correct, but the posterior gets no gradient, so nothing "
            "keeps it near the prior. Leave out the `detach`.",
        ),
        Mistake(
            "prior detached",
            lambda mu_q, logvar_q, mu_p, logvar_p: kl_between(
                mu_q, logvar_q, mu_p.detach(), logvar_p.detach()
            ),
            "The value is correct, but the prior gets no gradient, and this term is "
            "the only one that trains it. Leave out the `detach`.",
        ),
    ),
    alternatives=(_standardized_by_p, _by_distributions),
    hints=(
        "Change to coordinates in which p is standard normal. What are the mean and "
        "the standard deviation of q in them?",
        "There the mean of q is the distance of the means over p's sigma, and its "
        "variance is the ratio of both variances. For p = N(0, I) you know the KL.",
        "There are four terms for each axis: add the ratio of the variances and the "
        "squared distance over p's variance; subtract 1 and the log of the ratio. "
        "Ratios are differences of log variances. Sum, then halve.",
    ),
)
