"""D3.15: the ELBO of a sequence with one latent vector for each frame."""

from collections.abc import Callable, Sequence

import torch
from sympy import Dummy, Symbol, log
from torch import Tensor

from course_lib.mathematics.derivation import Derivation, Step
from course_lib.mathematics.formula import AtomValues, WeightedPoints
from course_lib.mathematics.notation import (
    DivergenceBetween,
    Expectation,
    Probability,
    SumOver,
    unevaluated,
)
from course_lib.vae.derivations import random_cases as draw

VALUES, N_CASES = 3, 16  # of each latent

x_1, x_2, z_1, z_2, q = map(Symbol, ("x_1", "x_2", "z_1", "z_2", "q"))
frames, both, past = map(Symbol, (r"x_1,\,x_2", r"z_1,\,z_2", r"x_1,\,z_1,\,z_2"))
KL = Symbol(r"\operatorname{KL}")
posteriors = map(Symbol, (r"q(z_1 \mid x_1)", r"q(z_2 \mid x_1,\,x_2)"))
priors = map(Symbol, ("p(z_1)", r"p(z_2 \mid x_1)"))
(posterior_1, posterior_2), (prior_1, prior_2) = posteriors, priors
p_frames, p_1, p_2, likelihood_1, likelihood_2 = (Dummy("p") for _ in range(5))
q_1, q_2 = (Dummy("q") for _ in range(2))

with unevaluated():
    decoded_1 = Probability(likelihood_1, x_1, z_1)
    decoded_2 = Probability(likelihood_2, x_2, past)
    of_prior_1, of_prior_2 = Probability(p_1, z_1), Probability(p_2, z_2, x_1)
    of_posterior_1 = Probability(q_1, z_1, x_1)
    of_posterior_2 = Probability(q_2, z_2, frames)
    joint = of_prior_1 * decoded_1 * of_prior_2 * decoded_2
    approximate = of_posterior_1 * of_posterior_2
    expected_likelihood = Expectation(log(decoded_1), z_1, z_2, q) + Expectation(
        log(decoded_2), z_1, z_2, q
    )
    sequence_steps = (
        Step(
            log(Probability(p_frames, frames)),
            "The log evidence of two frames; longer sequences have more factors of the "
            "same kind.",
        ),
        Step(
            log(SumOver(joint, both)),
            "The law of total probability. Each frame depends on the frames before it "
            "and on the latents so far; the learned prior of a latent has read the "
            "frames before. The latents are discrete here; otherwise the sum is an "
            "integral.",
        ),
        Step(
            log(Expectation(joint / approximate, z_1, z_2, q)),
            "Multiply and divide by the posteriors, each of which has read its own "
            "frame as well. A sum with the factor $q$ is an expectation.",
        ),
        Step(
            Expectation(log(joint / approximate), z_1, z_2, q),
            "Jensen's inequality, as in D3.2: the logarithm is concave.",
            relation=">=",
        ),
        Step(
            expected_likelihood
            - Expectation(log(of_posterior_1 / of_prior_1), z_1, z_2, q)
            - Expectation(log(of_posterior_2 / of_prior_2), z_1, z_2, q),
            r"The logarithm of a product is a sum, and $\log(1 / u) = -\log u$.",
        ),
        Step(
            expected_likelihood
            - DivergenceBetween(KL, posterior_1, prior_1)
            - DivergenceBetween(KL, posterior_2, prior_2),
            "The definition of the Kullback-Leibler divergence: each frame has one "
            "log likelihood and one divergence of posterior from learned prior.",
        ),
    )


def sequence_cases(rng: torch.Generator) -> Sequence[AtomValues]:
    """Random tables of priors, posteriors and likelihoods."""
    return [_sequence_case(rng) for _ in range(N_CASES)]


def _sequence_case(rng: torch.Generator) -> AtomValues:
    tables = [draw.normal(rng, VALUES).softmax(0) for _ in range(4)]
    first, second = draw.normal(rng, VALUES), draw.normal(rng, VALUES, VALUES)
    likelihoods = first.sigmoid(), second.sigmoid()
    values = torch.arange(VALUES)
    one, two = torch.cartesian_prod(values, values).T
    prior_table_1, prior_table_2, table_1, table_2 = tables
    along = {
        p_1: prior_table_1[one],
        p_2: prior_table_2[two],
        q_1: table_1[one],
        q_2: table_2[two],
        likelihood_1: likelihoods[0][one],
        likelihood_2: likelihoods[1][one, two],
    }
    evidence = torch.einsum(
        "i,i,j,ij->", prior_table_1, likelihoods[0], prior_table_2, likelihoods[1]
    )
    names = posterior_1, posterior_2, prior_1, prior_2
    return {
        **dict.fromkeys((x_1, x_2, z_1, z_2, frames, both, past)),
        **{name: _fixed(value) for name, value in along.items()},
        **dict(
            zip(names, (table_1, table_2, prior_table_1, prior_table_2), strict=True)
        ),
        p_frames: _fixed(evidence),
        KL: lambda one, other: (one * (one / other).log()).sum(),
        (z_1, z_2, q): WeightedPoints((one, two), table_1[one] * table_2[two]),
    }


def _fixed(value: Tensor) -> Callable[..., Tensor]:
    """A probability of fixed events, for every pair of latents."""
    return lambda *events: value


SEQUENTIAL_ELBO = Derivation(
    "D3.15",
    "The ELBO of a sequence: for each frame a log likelihood, and the divergence of "
    "the posterior from the learned prior.",
    sequence_steps,
    "Denton and Fergus 2018, equation 4, with a learned prior",
    sequence_cases,
)
