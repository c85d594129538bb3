"""Equations that are checked numerically: both sides, computed by independent methods.

An equation is written once, as SymPy relations. The lesson shows their LaTeX, and the
check evaluates the same relations in random cases: a changed sign in the displayed
formula makes the check fail. The result of a check is a *receipt*.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import sympy
import torch
from torch import Tensor

from course_lib.mathematics.formula import AtomValues, evaluate
from course_lib.mathematics.notation import latex


class Comparison(NamedTuple):
    """The random cases in which the two sides of one relation are compared.

    Attributes:
        cases: For each case, the values of the relation's atoms.
        tolerance: The largest error allowed, relative to the larger side where that
            exceeds 1. For a ``sampled`` comparison: a number of standard errors.
        methods: How the left and the right side are computed, in words.
        sampled: Whether one side is a Monte Carlo estimate. Axis 0 of its values then
            holds independent repetitions, which give the standard error of their mean.
    """

    cases: Sequence[AtomValues]
    tolerance: float
    methods: str
    sampled: bool = False


Oracle = Callable[[torch.Generator], Sequence[Comparison]]


@dataclass(frozen=True)
class Equation:
    """A numbered equation of a lesson.

    Attributes:
        id: As in the lesson, "E1.3".
        statement: The equation as one plain sentence.
        formula: Relations, built unevaluated. A relation with the same left side as
            the previous one continues its chain of equalities.
        source: Paper and equation number.
        oracle: Draws the random cases: one Comparison for each relation.
    """

    id: str
    statement: str
    formula: tuple[sympy.Eq, ...]
    source: str
    oracle: Oracle

    @property
    def latex(self) -> str:
        """The formula as LaTeX, in the order in which it was written."""
        lines, previous = [], None
        for relation in self.formula:
            left = "" if relation.lhs == previous else latex(relation.lhs)
            lines.append(f"{left} &= {latex(relation.rhs)}")
            previous = relation.lhs
        body = r" \\ ".join(lines)
        return rf"\begin{{aligned}} {body} \end{{aligned}}"


class Check(NamedTuple):
    """The check of one relation; ``error`` is the largest of all cases, or NaN."""

    n_cases: int
    error: float
    tolerance: float
    methods: str
    sampled: bool

    @property
    def holds(self) -> bool:
        """Whether the error is within the tolerance; False for NaN."""
        return self.error <= self.tolerance

    def __str__(self) -> str:
        """One line of the receipt: the same on every machine while the check holds."""
        if self.sampled:
            bound = f"within {self.tolerance:g} standard errors"
            excess = f"off by {self.error:.3g} standard errors"
        else:
            bound = f"largest error below {_power(self.tolerance)}"
            excess = f"largest error {self.error:.3g}"
        if self.holds:
            return f"holds in {self.n_cases} random cases: {bound} | {self.methods}"
        return f"fails: {excess}, allowed is {bound} | {self.methods}"


@dataclass(frozen=True)
class Receipt:
    """An equation with the results of its checks, one for each relation.

    ``failure`` says why the equation could not be evaluated; it is empty otherwise.
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
    """Compare both sides of every relation of an equation in random cases.

    Never raises: a formula that cannot be evaluated gives a receipt that fails.
    """
    rng = torch.Generator().manual_seed(seed)
    try:
        pairs = zip(equation.formula, equation.oracle(rng), strict=True)
        return Receipt(equation, tuple(_check(*pair) for pair in pairs))
    except Exception as error:  # a failing check must not stop the notebook
        reason = str(error).partition("\n")[0]
        return Receipt(equation, (), f"{type(error).__name__}: {reason}")


def _check(relation: sympy.Eq, comparison: Comparison) -> Check:
    measure = _standard_errors if comparison.sampled else _largest_error
    errors = [
        measure(evaluate(relation.lhs, case), evaluate(relation.rhs, case))
        for case in comparison.cases
    ]
    error = float(torch.stack(errors).max())  # torch.max propagates NaN
    return Check(len(errors), error, *comparison[1:])


def _largest_error(left: Tensor, right: Tensor) -> Tensor:
    size = torch.maximum(left.abs(), right.abs()).clamp(min=1)
    return ((left - right).abs() / size).max().detach()


def _standard_errors(left: Tensor, right: Tensor) -> Tensor:
    gap = left - right
    if gap.ndim == 0:
        return torch.tensor(torch.nan)  # without repetitions there is no standard error
    return (gap.mean(0).abs() / (gap.std(0) / len(gap) ** 0.5)).max().detach()


def _power(tolerance: float) -> str:
    return f"{tolerance:.0e}".replace("e-0", "e-")
