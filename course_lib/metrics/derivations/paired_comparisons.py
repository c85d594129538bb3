"""D5.15: the gradient of the Bradley-Terry log likelihood."""

from collections.abc import Sequence

import torch
from sympy import Derivative as D
from sympy import Function, Symbol, symbols
from torch import Tensor

from course_lib.mathematics.derivation import Derivation, OpenLine, Step, WrongLine
from course_lib.mathematics.formula import AtomValues
from course_lib.mathematics.notation import SumOver, unevaluated

PLAYERS, N_CASES = 4, 16

theta, s, s_j, j, W = symbols("theta_i s_i s_j j W_i")
w_ij, w_ji, n_ij, P_ij = map(Symbol, ("w_{ij}", "w_{ji}", "n_{ij}", "P_{ij}"))
likelihood = Function(r"\ell")

with unevaluated():
    gradient_steps = (
        Step(
            D(likelihood(theta), theta),
            r"The derivative of the log likelihood by $\theta_i = \log s_i$, the "
            r"logarithm of one strength. $w_{ij}$ counts how often $i$ was chosen over "
            r"$j$, which has the probability $P_{ij} = s_i / (s_i + s_j)$.",
        ),
        Step(
            SumOver(w_ij * (1 - P_ij) - w_ji * P_ij, j),
            r"$P_{ij} = \sigma(\theta_i - \theta_j)$. The derivative of $\log \sigma$ "
            r"is $1 - \sigma$ (D1.13). In $\log P_{ji}$, $P_{ji} = 1 - P_{ij}$, "
            r"$\theta_i$ has a minus sign.",
        ),
        Step(
            SumOver(w_ij - (w_ij + w_ji) * P_ij, j),
            "Multiply out and collect $P_{ij}$.",
        ),
        Step(
            W - SumOver(n_ij * P_ij, j),
            "$W_i$ is the number of all choices of $i$, and $n_{ij} = w_{ij} + w_{ji}$ "
            "that of all comparisons with $j$: observed minus expected choices.",
        ),
        Step(
            W - s * SumOver(n_ij / (s + s_j), j),
            r"Insert $P_{ij}$. At the maximum the derivative is 0, so "
            r"$s_i = W_i / \sum_j n_{ij} / (s_i + s_j)$: each iteration of the "
            "algorithm sets $s_i$ to the right side.",
        ),
    )


def study_cases(rng: torch.Generator) -> Sequence[AtomValues]:
    """Random counts and strengths; the comparisons of one player with the others."""
    return [_study_case(rng) for _ in range(N_CASES)]


def _study_case(rng: torch.Generator) -> AtomValues:
    won, lost = torch.randint(1, 20, (2, PLAYERS - 1), generator=rng).double()
    own, *others = torch.randn(PLAYERS, generator=rng, dtype=torch.float64)
    others = torch.stack(others)

    def log_likelihood(value: Tensor) -> Tensor:
        total = torch.logaddexp(value, others)
        return (won * (value - total) + lost * (others - total)).sum()

    return {
        **{theta: own, s: own.exp(), s_j: others.exp(), likelihood: log_likelihood},
        **{w_ij: won, w_ji: lost, n_ij: won + lost, W: won.sum()},
        P_ij: own.exp() / (own.exp() + others.exp()),
    }


BRADLEY_TERRY = Derivation(
    "D5.15",
    "The gradient of the Bradley-Terry log likelihood: observed minus expected "
    "choices.",
    gradient_steps,
    "Bradley and Terry 1952; Hunter 2004, equation 3",
    study_cases,
)

w, n, s_i, t = symbols("w n s t")
GRADIENT_LINE = OpenLine(
    "D5.15b",
    "D5.15",
    w - n * s_i / (s_i + t),
    {w: (0.0, 20.0), n: (20.0, 40.0), s_i: (0.1, 2.0), t: (0.1, 2.0)},
    (
        WrongLine(
            "the derivative by the strength itself",
            w / s_i - n / (s_i + t),
            "That is the derivative by s. By theta = log s the chain rule multiplies "
            "it by s.",
        ),
        WrongLine(
            "only the choices of i are counted",
            w * t / (s_i + t),
            "The n - w comparisons that i lost contribute too: their term is "
            "-(n - w) s / (s + t).",
        ),
        WrongLine(
            "the probability of the other",
            w - n * t / (s_i + t),
            "i is chosen with the probability s / (s + t); t / (s + t) belongs to the "
            "other.",
        ),
        WrongLine(
            "the sign is reversed",
            n * s_i / (s_i + t) - w,
            "That is the derivative of the negative log likelihood.",
        ),
    ),
)
