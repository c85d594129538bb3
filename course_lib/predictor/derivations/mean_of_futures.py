"""LSTMState which single frame costs least when several may come: their mean, E2.5."""

from collections.abc import Callable, Sequence

import torch
from sympy import Eq, Function, symbols
from torch import Tensor
from torch.autograd.functional import jacobian

from course_lib.mathematics.equation import Comparison, Equation
from course_lib.mathematics.formula import Cloud, Measured
from course_lib.mathematics.notation import Length, Mean, on_blackboard
from course_lib.predictor.derivations import random_cases as draw
from course_lib.predictor.squared_error import frame_errors

ROWS, COLUMNS = 3, 4

a, b, c, p, x, best = symbols("a b c p x c^*")
futures = symbols(r"\text{futures}")
L = Function("L")

with on_blackboard():
    formula = (
        Eq(L(c), Mean(Length(x - c) ** 2, x, futures)),
        Eq(L(c), Length(c - best) ** 2 + Mean(Length(x - best) ** 2, x, futures)),
        Eq(best, Mean(x, x, futures)),
        Eq(best, p * a + (1 - p) * b),
        Eq(L(best), p * (1 - p) * Length(a - b) ** 2),
    )


def guess(rng: torch.Generator) -> Sequence[Comparison]:
    """Five futures with random chances, then two: frames that the library judges."""
    many, two = ([_futures(rng, n) for _ in range(8)] for n in (5, 2))
    flat, upright = zip(*many, strict=True)
    pairs = [case for case, _ in two]
    return (
        Comparison(upright, 1e-12, "the library's error of any guess, in [0, 1]"),
        Comparison(upright, 1e-12, "the same error in two parts"),
        Comparison(flat, 1e-12, "where the library's error has slope 0, and the mean"),
        Comparison(pairs, 1e-12, "two futures: slope 0 against closed form"),
        Comparison(pairs, 1e-12, "two futures: the error left over, closed form"),
    )


def _futures(rng: torch.Generator, n: int) -> tuple[Measured, Measured]:
    """The same futures twice: guesses as vectors, and as columns beside them all."""
    frames = torch.rand(n, ROWS * COLUMNS, generator=rng, dtype=torch.float64)
    chances = draw.normal(rng, n).softmax(0)

    def error(guess: Tensor) -> Tensor:
        return (
            chances
            @ frame_errors(_clips(guess.expand_as(frames)), _clips(frames))[:, 0]
        )

    guesses = {c: draw.normal(rng, ROWS * COLUMNS), best: _least(error, frames[0])}
    facts = {
        L: lambda guess: error(guess.flatten()),
        (x, futures): Cloud((frames.T,), chances),
        **dict(zip((a, b, p), (*frames[:2], chances[0]), strict=True)),
    }
    columns = {name: guess.unsqueeze(1) for name, guess in guesses.items()}
    return facts | guesses, facts | columns


def _clips(pixels: Tensor) -> Tensor:
    """Pixels in [0, 1] as clips of one frame in [-1, 1]."""
    return (2 * pixels - 1).view(-1, 1, 1, ROWS, COLUMNS)


def _least(error: Callable[[Tensor], Tensor], like: Tensor) -> Tensor:
    """Where a slope that is linear in each pixel alone is 0, told by two guesses."""
    guesses = torch.zeros_like(like), torch.ones_like(like)
    at_0, at_1 = (jacobian(error, guess) for guess in guesses)
    return at_0 / (at_0 - at_1)


FUTURES = Equation(
    "E2.5",
    "Squared error is least at the mean of the futures, and their variance is left; of "
    "two, a with probability p and b otherwise, the best guess is a blend of both.",
    formula,
    "Bishop 2006, section 1.5.5",
    guess,
)
