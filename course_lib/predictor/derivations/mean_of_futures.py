"""E2.5: squared error is minimal at the mean of the futures."""

from collections.abc import Callable, Sequence

import torch
from sympy import Eq, Function, symbols
from torch import Tensor
from torch.autograd.functional import jacobian

from course_lib.mathematics.equation import Comparison, Equation
from course_lib.mathematics.formula import AtomValues, WeightedPoints
from course_lib.mathematics.notation import Expectation, Norm, unevaluated
from course_lib.predictor.derivations import random_cases as draw
from course_lib.predictor.squared_error import frame_errors

ROWS, COLUMNS = 3, 4

a, b, c, p, x, best = symbols("a b c p x c^*")
futures = symbols(r"\text{futures}")
L = Function("L")

with unevaluated():
    formula = (
        Eq(L(c), Expectation(Norm(x - c) ** 2, x, futures)),
        Eq(L(c), Norm(c - best) ** 2 + Expectation(Norm(x - best) ** 2, x, futures)),
        Eq(best, Expectation(x, x, futures)),
        Eq(best, p * a + (1 - p) * b),
        Eq(L(best), p * (1 - p) * Norm(a - b) ** 2),
    )


def prediction_cases(rng: torch.Generator) -> Sequence[Comparison]:
    """Five random futures, then two, with random probabilities."""
    many, two = ([_case(rng, n) for _ in range(8)] for n in (5, 2))
    vectors, columns = zip(*many, strict=True)
    pairs = [case for case, _ in two]
    return (
        Comparison(columns, 1e-12, "the library's error of any prediction, in [0, 1]"),
        Comparison(columns, 1e-12, "the same error as squared distance plus variance"),
        Comparison(
            vectors, 1e-12, "the zero of the library's gradient against the mean"
        ),
        Comparison(pairs, 1e-12, "two futures: zero gradient against closed form"),
        Comparison(pairs, 1e-12, "two futures: minimal error against closed form"),
    )


def _case(rng: torch.Generator, n: int) -> tuple[AtomValues, AtomValues]:
    """The same n futures twice: predictions as vectors, and as columns."""
    frames = torch.rand(n, ROWS * COLUMNS, generator=rng, dtype=torch.float64)
    probabilities = draw.normal(rng, n).softmax(0)

    def error(prediction: Tensor) -> Tensor:
        predicted = _clips(prediction.expand_as(frames))
        return probabilities @ frame_errors(predicted, _clips(frames))[:, 0]

    predictions = {
        c: draw.normal(rng, ROWS * COLUMNS),
        best: _zero_of_gradient(error, frames[0]),
    }
    shared = {
        L: lambda prediction: error(prediction.flatten()),
        (x, futures): WeightedPoints((frames.T,), probabilities),
        **dict(zip((a, b, p), (*frames[:2], probabilities[0]), strict=True)),
    }
    columns = {name: value.unsqueeze(1) for name, value in predictions.items()}
    return shared | predictions, shared | columns


def _clips(pixels: Tensor) -> Tensor:
    """Pixels in [0, 1] as clips of one frame in [-1, 1]."""
    return (2 * pixels - 1).view(-1, 1, 1, ROWS, COLUMNS)


def _zero_of_gradient(error: Callable[[Tensor], Tensor], like: Tensor) -> Tensor:
    """Where the gradient is 0, if each component is linear in its own pixel alone.

    A linear function is determined by its values at two points, here 0 and 1.
    """
    at_0 = jacobian(error, torch.zeros_like(like))
    at_1 = jacobian(error, torch.ones_like(like))
    return at_0 / (at_0 - at_1)


MEAN_OF_FUTURES = Equation(
    "E2.5",
    "Squared error is minimal at the mean of the futures, and the minimum is their "
    "variance. Of two futures, a with probability p and b otherwise, the best "
    "prediction is the weighted mean of both.",
    formula,
    "Bishop 2006, section 1.5.5",
    prediction_cases,
)
