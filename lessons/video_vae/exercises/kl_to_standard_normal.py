"""X3.1: the KL divergence from a diagonal Gaussian to the standard normal."""

from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor
from torch.distributions import Normal, kl_divergence

from course_lib.vae.gaussian import kl_between, kl_to_standard_normal
from teaching.exercise import Answer, Case, Exercise, Mistake


def _posterior_cases(rng: torch.Generator) -> Sequence[Case]:
    draw = partial(torch.randn, generator=rng, dtype=torch.float64)
    prior = torch.zeros(2, 3, dtype=torch.float64)
    small = draw(3, 5) - torch.tensor([20, 30, 45, 70, 90])
    large = draw(2, 4) + torch.tensor([3, 8, 15, 24])
    labelled = (
        ("one number for each clip", draw(5, 3), draw(5, 3)),
        ("as many clips as axes", draw(4, 4), draw(4, 4)),
        ("a single clip", draw(1, 6), draw(1, 6)),
        ("a single axis", draw(4, 1), draw(4, 1)),
        ("variances far below 1e-8", draw(3, 5), small),
        ("variances of 10 to 1e10", draw(2, 4), large),
        ("a posterior equal to the prior has KL 0", prior, prior),
        ("float32 stays float32", draw(3, 2).float(), draw(3, 2).float()),
        ("small variances in float32", draw(3, 3).float(), small[:, :3].float()),
    )
    names = ("mu", "logvar")
    return [
        Case(label, dict(zip(names, parameters, strict=True)), names)
        for label, *parameters in labelled
    ]


def _per_axis(mu: Tensor, logvar: Tensor) -> Tensor:
    return (mu**2 + logvar.exp() - 1 - logvar) / 2


def _half_sum(term: Callable[[Tensor, Tensor], Tensor]) -> Answer:
    """Half the sum over the axes of another term."""
    return lambda mu, logvar: term(mu, logvar).sum(1) / 2


def _with_clamp(low: float, high: float) -> Answer:
    return lambda mu, logvar: kl_to_standard_normal(mu, logvar.clamp(low, high))


def _by_distributions(mu, logvar):
    posterior = Normal(mu, (logvar / 2).exp())
    return kl_divergence(posterior, Normal(0.0, 1.0)).sum(-1)


def _axis_by_axis(mu, logvar):
    """The terms of mean and variance, one axis after the other."""
    total = 0
    for m, v in zip(mu.unbind(1), logvar.unbind(1), strict=True):
        total = total + 0.5 * (m * m + torch.expm1(v) - v)
    return total


KL_TO_STANDARD_NORMAL = Exercise(
    id="X3.1",
    title="KL to the standard normal",
    reference=kl_to_standard_normal,
    points=2,
    minutes=8,
    difficulty=1,
    cases=_posterior_cases,
    mistakes=(
        Mistake(
            "mean over the axes",
            lambda mu, logvar: _per_axis(mu, logvar).mean(1),
            "The axes are independent, so their KLs add up. A mean makes the KL of a "
            "code with 64 axes 64 times smaller.",
        ),
        Mistake(
            "mean over the batch",
            lambda mu, logvar: kl_to_standard_normal(mu, logvar).mean(),
            "This is one number for the whole batch. Each clip has a KL of its own: "
            "sum over the latent axes only. The training loss takes the mean later.",
        ),
        Mistake(
            "sum over the batch",
            lambda mu, logvar: kl_to_standard_normal(mu, logvar).sum(),
            "This is one number for the whole batch, as in many training scripts. Each "
            "clip has a KL of its own: sum over the latent axes only.",
        ),
        Mistake(
            "one number for each axis",
            _per_axis,
            "These are the KLs of the single latent axes. They are independent, so the "
            "KL of a clip is the sum over its axes.",
        ),
        Mistake(
            "latent axis kept",
            lambda mu, logvar: kl_to_standard_normal(mu, logvar)[:, None],
            "The numbers are correct, but the latent axis is still there, with length "
            "1. Together with a tensor of shape (batch,) it would be broadcast to "
            "(batch, batch). Leave out `keepdim`.",
        ),
        Mistake(
            "sum over the clips",
            lambda mu, logvar: _per_axis(mu, logvar).sum(0),
            "This is one number for each latent axis. With as many clips as axes even "
            "the shape is right. The latent axes come last: sum over these.",
        ),
        Mistake(
            "log variance read as log sigma",
            lambda mu, logvar: kl_to_standard_normal(mu, 2 * logvar),
            "The formula contains sigma^2 and its logarithm; `logvar` is already that "
            "logarithm. It needs no factor 2.",
        ),
        Mistake(
            "sigma in place of sigma squared",
            _half_sum(lambda mu, logvar: mu**2 + (logvar / 2).exp() - 1 - logvar),
            "One term is the variance, and exp(logvar / 2) is its root, the standard "
            "deviation. At the prior, where both are 1, the two agree.",
        ),
        Mistake(
            "exp forgotten",
            _half_sum(lambda mu, logvar: mu**2 + logvar - 1 - logvar),
            "One term is the variance itself, and `logvar` is its logarithm. Here the "
            "two terms cancel, and the variance has no effect on the KL.",
        ),
        Mistake(
            "epsilon inside the logarithm",
            _half_sum(
                lambda mu, logvar: (
                    mu**2 + logvar.exp() - 1 - torch.log(logvar.exp() + 1e-8)
                )
            ),
            "exp and log cancel; the small constant between them makes the KL of very "
            "narrow posteriors too small. The logarithm is given: use `logvar` itself.",
        ),
        Mistake(
            "sign reversed",
            lambda mu, logvar: -kl_to_standard_normal(mu, logvar),
            "A KL divergence is never negative. Many papers print its negative, which "
            "is *added* to the ELBO; the exercise asks for the KL itself.",
        ),
        Mistake(
            "factor 1/2 missing",
            lambda mu, logvar: 2 * kl_to_standard_normal(mu, logvar),
            "This is twice the KL: the log density has a factor 1/2 before the square, "
            "and log sigma = logvar / 2 has another one.",
        ),
        Mistake(
            "factor 1/2 on the terms of the variance only",
            lambda mu, logvar: kl_to_standard_normal(mu, logvar) + (mu**2).sum(1) / 2,
            "The factor 1/2 belongs to all four terms, also to the squared mean: both "
            "log densities have it before the square.",
        ),
        Mistake(
            "factor 1/2 on the squared mean only",
            lambda mu, logvar: (
                2 * kl_to_standard_normal(mu, logvar) - (mu**2).sum(1) / 2
            ),
            "The factor 1/2 belongs to all four terms, also to the variance, to 1 and "
            "to the log variance: log sigma is half the log variance.",
        ),
        Mistake(
            "log variance subtracted twice",
            _half_sum(lambda mu, logvar: mu**2 + logvar.exp() - 1 - 2 * logvar),
            "The log term counts twice here. It is log sigma for each axis, and "
            "log sigma is *half* of `logvar`.",
        ),
        Mistake(
            "log variance added",
            _half_sum(lambda mu, logvar: mu**2 + logvar.exp() - 1 + logvar),
            "The log variance is added, so a posterior of variance 0 has the smallest "
            "KL, minus infinity. The log of the density of q contains *minus* log "
            "sigma.",
        ),
        Mistake(
            "mu not squared",
            _half_sum(lambda mu, logvar: mu + logvar.exp() - 1 - logvar),
            "Here a mean of -2 would lower the KL. Only the distance from 0 matters, "
            "and it enters the log density of a Gaussian as a square.",
        ),
        Mistake(
            "1 forgotten",
            _half_sum(lambda mu, logvar: mu**2 + logvar.exp() - logvar),
            "This is half a nat too much for every axis. With mean 0 and variance 1, "
            "the posterior equals the prior, and the KL must be 0.",
        ),
        Mistake(
            "1 subtracted once",
            lambda mu, logvar: (
                kl_to_standard_normal(mu, logvar) + (mu.shape[1] - 1) / 2
            ),
            "The 1 is subtracted once for each clip. Every latent axis has its own: "
            "subtract it before you sum over the axes.",
        ),
        *(
            Mistake(
                f"log variance clamped to [{low:g}, {high:g}]",
                _with_clamp(low, high),
                "The log variance is clamped here, so the KL of narrower and of wider "
                "posteriors is wrong, and they get no gradient. If a network needs a "
                "bound, it belongs into the network.",
            )
            for low, high in ((-10.0, 10.0), (-20.0, 20.0), (-30.0, 20.0))
        ),
        Mistake(
            "KL in the other direction",
            lambda mu, logvar: kl_between(mu * 0, logvar * 0, mu, logvar),
            "This is KL(N(0, I) || q). The KL divergence is not symmetric: here the "
            "expectation is taken under q.",
        ),
        Mistake(
            "terms of the variance missing",
            _half_sum(lambda mu, logvar: mu**2),
            "Without terms for the variance the posteriors shrink to points, and the "
            "VAE becomes an autoencoder with an L2 penalty. What does a variance other "
            "than 1 contribute?",
        ),
    ),
    alternatives=(_by_distributions, _axis_by_axis),
    hints=(
        "The KL is the mean of log q(z) - log p(z) for z from q. Take one axis: which "
        "two means of a square do you need?",
        "For z ~ N(mu, s), with s the variance, the mean of (z - mu)^2 is s and that "
        "of z^2 is mu^2 + s. The constants with pi cancel; a factor 1/2 stays.",
        "There are four terms for each axis: add the squared mean and the variance, "
        "subtract 1 and the log variance. Sum over axis 1, then halve.",
    ),
)
