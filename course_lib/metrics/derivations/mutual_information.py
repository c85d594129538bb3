"""D5.18: the logarithm of the inception score is a mutual information."""

from collections.abc import Sequence

import torch
from sympy import Symbol, log

from course_lib.mathematics.derivation import Derivation, Step
from course_lib.mathematics.formula import AtomValues, WeightedPoints
from course_lib.mathematics.notation import (
    DivergenceBetween,
    Expectation,
    SumOver,
    unevaluated,
)

CLASSES, N_SAMPLES, N_CASES = 4, 6, 16

conditional, marginal = map(Symbol, (r"p(y \mid x)", "p(y)"))
y, data = Symbol("y"), Symbol(r"\text{samples}")
KL = Symbol(r"\operatorname{KL}")

with unevaluated():
    score_steps = (
        Step(
            Expectation(
                DivergenceBetween(KL, conditional, marginal), conditional, data
            ),
            "The logarithm of the inception score: the mean divergence of the "
            r"prediction $p(y \mid x)$ for a sample from the mean prediction $p(y)$.",
        ),
        Step(
            Expectation(
                SumOver(conditional * log(conditional / marginal), y), conditional, data
            ),
            "The definition of the Kullback-Leibler divergence.",
        ),
        Step(
            Expectation(SumOver(conditional * log(conditional), y), conditional, data)
            - Expectation(SumOver(conditional * log(marginal), y), conditional, data),
            "The logarithm of a quotient is a difference.",
        ),
        Step(
            Expectation(SumOver(conditional * log(conditional), y), conditional, data)
            - SumOver(marginal * log(marginal), y),
            r"$\log p(y)$ does not depend on the sample, and the mean of "
            r"$p(y \mid x)$ is $p(y)$. The entropy of the mean prediction (diversity) "
            "minus the mean entropy of the predictions (certainty) is the mutual "
            "information of class and sample.",
        ),
    )


def prediction_cases(rng: torch.Generator) -> Sequence[AtomValues]:
    """Random predictions for a few samples."""
    return [_prediction_case(rng) for _ in range(N_CASES)]


def _prediction_case(rng: torch.Generator) -> AtomValues:
    logits = torch.randn(CLASSES, N_SAMPLES, generator=rng, dtype=torch.float64)
    predictions = (2 * logits).softmax(0)
    weights = torch.full((N_SAMPLES,), 1 / N_SAMPLES, dtype=torch.float64)
    return {
        (conditional, data): WeightedPoints((predictions,), weights),
        marginal: predictions.mean(1, keepdim=True),
        KL: lambda one, other: (one * (one.log() - other.log())).sum(0),
    }


INCEPTION_SCORE = Derivation(
    "D5.18",
    "The logarithm of the inception score is the mutual information of class and "
    "sample.",
    score_steps,
    "Barratt and Sharma 2018, section 2.1",
    prediction_cases,
)
