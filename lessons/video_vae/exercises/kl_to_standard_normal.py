"""Ask for the price of a code: how far its Gaussian lies from the standard normal."""

from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor
from torch.distributions import Normal, kl_divergence

from course_lib.vae.gaussian import kl_between, kl_to_standard_normal
from teaching.exercise import Answer, Case, Exercise, Mistake


def _code_cases(rng: torch.Generator) -> Sequence[Case]:
    draw = partial(torch.randn, generator=rng, dtype=torch.float64)
    prior = torch.zeros(2, 3, dtype=torch.float64)
    questions = (
        ("a number for each clip", draw(5, 3), draw(5, 3)),
        ("as many clips as axes", draw(4, 4), draw(4, 4)),
        ("a single clip", draw(1, 6), draw(1, 6)),
        ("variances far below 1e-8", draw(3, 5), draw(3, 5) - 30),
        ("variances of 10 to 100", draw(2, 4), 2 + 2.5 * draw(2, 4).sigmoid()),
        ("a code that is the prior costs nothing", prior, prior),
        ("float32 stays float32", draw(3, 2).float(), draw(3, 2).float()),
    )
    both = ("mu", "logvar")
    return [Case(x[0], dict(zip(both, x[1:], strict=True)), both) for x in questions]


def _axes(mu: Tensor, logvar: Tensor) -> Tensor:
    return (mu**2 + logvar.exp() - 1 - logvar) / 2


def _priced(price: Callable[[Tensor, Tensor], Tensor]) -> Answer:
    """Half the sum of another price for every axis."""
    return lambda mu, logvar: price(mu, logvar).sum(1) / 2


def _by_distributions(mu, logvar):
    code = Normal(mu, (logvar / 2).exp())
    return kl_divergence(code, Normal(0.0, 1.0)).sum(-1)


def _axis_by_axis(mu, logvar):
    """A squared mean, and what a width other than 1 costs, one axis after the other."""
    total = 0
    for m, v in zip(mu.unbind(1), logvar.unbind(1), strict=True):
        total = total + 0.5 * (m * m + torch.expm1(v) - v)
    return total


KL_TO_STANDARD_NORMAL = Exercise(
    id="X3.1",
    title="The price of a code",
    reference=kl_to_standard_normal,
    points=2,
    minutes=8,
    difficulty=1,
    cases=_code_cases,
    mistakes=(
        Mistake(
            "mean over the axes",
            lambda mu, logvar: _axes(mu, logvar).mean(1),
            "A code's price is what its axes cost together: independent axes add up. "
            "The mean makes a code of 64 axes look 64 times cheaper.",
        ),
        Mistake(
            "mean over the batch",
            lambda mu, logvar: kl_to_standard_normal(mu, logvar).mean(),
            "One number came for the whole batch. Each clip pays for its own code: sum "
            "over the latent axes only; whoever trains takes the mean later.",
        ),
        Mistake(
            "sum over the clips",
            lambda mu, logvar: _axes(mu, logvar).sum(0),
            "This is a number for each latent axis. With as many clips as axes even "
            "the shape looks right. The axes of a code come last: sum over these.",
        ),
        Mistake(
            "log variance read as log sigma",
            lambda mu, logvar: kl_to_standard_normal(mu, 2 * logvar),
            "The formula has sigma^2 and its logarithm; `logvar` is already that "
            "logarithm. No 2 is needed in front of it.",
        ),
        Mistake(
            "sigma where its square belongs",
            _priced(lambda mu, logvar: mu**2 + (logvar / 2).exp() - 1 - logvar),
            "One term is the variance, and exp(logvar / 2) is its root. At the prior, "
            "where both are 1, the two look alike.",
        ),
        Mistake(
            "exp forgotten",
            _priced(lambda mu, logvar: mu**2 + logvar - 1 - logvar),
            "The variance itself is one of the terms, and `logvar` is its logarithm. "
            "Here both cancel, and the width of a code costs nothing.",
        ),
        Mistake(
            "epsilon inside the logarithm",
            _priced(
                lambda mu, logvar: (
                    mu**2 + logvar.exp() - 1 - torch.log(logvar.exp() + 1e-8)
                )
            ),
            "exp and log undo each other; the small constant between them makes very "
            "narrow codes too cheap. The logarithm is given: use it as it is.",
        ),
        Mistake(
            "sign turned",
            lambda mu, logvar: -kl_to_standard_normal(mu, logvar),
            "A divergence is never negative. Many papers print its negative, which is "
            "*added* to a bound: asked for is the price itself.",
        ),
        Mistake(
            "half forgotten",
            lambda mu, logvar: 2 * kl_to_standard_normal(mu, logvar),
            "Twice the price: log N has a half in front of the square, and another in "
            "log sigma = logvar / 2. Both stay.",
        ),
        Mistake(
            "mu not squared",
            _priced(lambda mu, logvar: mu + logvar.exp() - 1 - logvar),
            "A mean of -2 would earn money here. Only the distance from 0 counts, and "
            "a Gaussian measures it by its square.",
        ),
        Mistake(
            "1 forgotten",
            _priced(lambda mu, logvar: mu**2 + logvar.exp() - logvar),
            "Half a nat too much on every axis. A code that says nothing, mu = 0 and "
            "variance 1, must cost nothing.",
        ),
        Mistake(
            "the other way round",
            lambda mu, logvar: kl_between(mu * 0, logvar * 0, mu, logvar),
            "This is KL(N(0, I) || q), and the divergence is not symmetric: the "
            "expectation is taken where the code is, under q.",
        ),
        Mistake(
            "only the means are paid for",
            _priced(lambda mu, logvar: mu**2),
            "Without a price on the width, codes shrink to points: an autoencoder with "
            "weight decay. What does a variance other than 1 cost?",
        ),
    ),
    alternatives=(_by_distributions, _axis_by_axis),
    hints=(
        "The price is the mean of log q(z) - log p(z), for z drawn from q. Take one "
        "axis: which two means of a square do you need?",
        "For z ~ N(mu, s), with s the variance, the mean of (z - mu)^2 is s and that "
        "of z^2 is mu^2 + s. The constants with pi cancel; one half goes in front.",
        "Four terms for each axis: two pull the code to 0 and to a small variance, a 1 "
        "and the log variance are taken away. Sum over axis 1, then halve.",
    ),
)
