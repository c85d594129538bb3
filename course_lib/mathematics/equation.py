"""Print a receipt with every equation: both of its sides, measured on separate routes.

An equation is written once, as SymPy relations. The blackboard shows their LaTeX, and
the numbers that are compared are computed from the same relations: change a sign in
the formula that is seen, and the receipt turns red.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import sympy
import torch
from torch import Tensor

from course_lib.mathematics.formula import Measured, evaluate
from course_lib.mathematics.notation import latex


class Comparison(NamedTuple):
    """What an oracle hands over for one relation: its atoms, measured in random cases.

    Attributes:
        cases: For each case, what the atoms of the relation are.
        tolerance: The largest error allowed. It is relative to the larger side where
            that exceeds 1; for a ``sampled`` comparison it counts standard errors.
        routes: How the left and the right side come about, in words.
        sampled: One side is Monte Carlo: axis 0 of its values holds independent
            repetitions, whose spread gives the standard error of their mean.
    """

    cases: Sequence[Measured]
    tolerance: float
    routes: str
    sampled: bool = False


Oracle = Callable[[torch.Generator], Sequence[Comparison]]


@dataclass(frozen=True)
class Equation:
    """A numbered equation of a lesson.

    Attributes:
        id: As in the lesson, "E1.3".
        statement: One plain sentence that says the same.
        formula: Relations, built unevaluated; one that begins with the left side of
            the one before continues its chain.
        source: Paper and equation number.
        oracle: Measures the atoms, one Comparison for each relation.
    """

    id: str
    statement: str
    formula: tuple[sympy.Eq, ...]
    source: str
    oracle: Oracle

    @property
    def latex(self) -> str:
        """The formula as LaTeX, in the order in which it was written."""
        lines, before = [], None
        for relation in self.formula:
            left = "" if relation.lhs == before else latex(relation.lhs)
            lines.append(f"{left} &= {latex(relation.rhs)}")
            before = relation.lhs
        body = r" \\ ".join(lines)
        return rf"\begin{{aligned}} {body} \end{{aligned}}"


class Check(NamedTuple):
    """One relation, checked; ``error`` is the largest of all cases, NaN included."""

    n_cases: int
    error: float
    tolerance: float
    routes: str
    sampled: bool

    @property
    def holds(self) -> bool:
        """Whether the error is within the tolerance; NaN is not."""
        return self.error <= self.tolerance

    def __str__(self) -> str:
        """The receipt's line: the same on every machine as long as the check holds."""
        if self.sampled:
            bound = f"within {self.tolerance:g} standard errors"
            excess = f"off by {self.error:.3g} standard errors"
        else:
            bound = f"largest error below {_power(self.tolerance)}"
            excess = f"largest error {self.error:.3g}"
        if self.holds:
            return f"holds in {self.n_cases} random cases: {bound} | {self.routes}"
        return f"fails: {excess}, allowed is {bound} | {self.routes}"


@dataclass(frozen=True)
class Receipt:
    """An equation with the result of checking it.

    ``failure`` says why an equation could not be evaluated at all; empty if it could.
    """

    equation: Equation
    checks: tuple[Check, ...]
    failure: str = ""

    @property
    def holds(self) -> bool:
        """Whether every relation of the equation was checked and holds."""
        complete = len(self.checks) == len(self.equation.formula)
        return complete and all(check.holds for check in self.checks)


def verify(equation: Equation, *, seed: int = 0) -> Receipt:
    """Measure both sides of every relation of an equation in random cases.

    Never raises on a wrong formula: what cannot be evaluated is a receipt that fails.
    """
    rng = torch.Generator().manual_seed(seed)
    try:
        pairs = zip(equation.formula, equation.oracle(rng), strict=True)
        return Receipt(equation, tuple(_check(*pair) for pair in pairs))
    except Exception as error:  # a notebook runs on, whatever the formula says
        reason = str(error).partition("\n")[0]
        return Receipt(equation, (), f"{type(error).__name__}: {reason}")


def _check(relation: sympy.Eq, comparison: Comparison) -> Check:
    measure = _standard_errors if comparison.sampled else _largest_error
    errors = [
        measure(evaluate(relation.lhs, case), evaluate(relation.rhs, case))
        for case in comparison.cases
    ]
    error = float(torch.stack(errors).max())  # a NaN anywhere is the largest
    return Check(len(errors), error, *comparison[1:])


def _largest_error(left: Tensor, right: Tensor) -> Tensor:
    size = torch.maximum(left.abs(), right.abs()).clamp(min=1)
    return ((left - right).abs() / size).max().detach()


def _standard_errors(left: Tensor, right: Tensor) -> Tensor:
    gap = left - right
    if gap.ndim == 0:
        return torch.tensor(torch.nan)  # nothing was sampled: no error can be told
    return (gap.mean(0).abs() / (gap.std(0) / len(gap) ** 0.5)).max().detach()


def _power(tolerance: float) -> str:
    return f"{tolerance:.0e}".replace("e-0", "e-")
