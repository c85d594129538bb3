"""Derivations as data: lines with reasons, each compared numerically with the previous.

The lines are SymPy expressions, built as they are written (``with unevaluated()``).
Every displayed line is evaluated in random cases and compared with the line above it,
so that a changed sign makes the check fail. Some lines are left to the learner; they
are compared with the expected line at random points.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
import sympy
import torch
from torch import Tensor

from course_lib.mathematics.formula import AtomValues, evaluate
from course_lib.mathematics.notation import latex

Relation = Literal["=", "<=", ">="]
SIGNS = {"=": "=", "<=": r"\le", ">=": r"\ge"}


class Step(NamedTuple):
    """One line of a derivation.

    Attributes:
        expression: The line, a SymPy expression.
        reason: Why it follows from the line above, in words; LaTeX between ``$``.
        relation: Its relation to the line above: "=", "<=" or ">=".
        measure: An independent computation of the line's value, for a line that does
            not follow by algebra. It takes a case and returns a number, which is
            compared with the line as well.
    """

    expression: sympy.Basic
    reason: str
    relation: Relation = "="
    measure: Callable[[AtomValues], Tensor] | None = None


@dataclass(frozen=True)
class Derivation:
    """A theorem, derived line by line.

    Attributes:
        id: As in the lesson, "D1.3".
        title: One sentence that says what is derived.
        steps: The lines in order.
        source: Paper and equation or theorem number.
        cases: Draws random cases: for each, the values of the atoms of all lines.
        tolerance: The largest difference allowed between two lines, relative to the
            larger side where that exceeds 1.
        proves: The lines of numbered equations that it derives: "E1.3.2" is the second
            line of E1.3.
    """

    id: str
    title: str
    steps: tuple[Step, ...]
    source: str
    cases: Callable[[torch.Generator], Sequence[AtomValues]]
    tolerance: float = 1e-9
    proves: tuple[str, ...] = ()

    def latex(self, number: int) -> str:
        """Line ``number``, from 0, as LaTeX; from line 1 on with the relation sign."""
        step = self.steps[number]
        sign = f"{SIGNS[step.relation]} " if number else ""
        return sign + latex(step.expression)


class LineCheck(NamedTuple):
    """The comparison of a line with the line above it.

    Attributes:
        n_cases: The number of random cases.
        error: The largest error of all cases: for "=" the difference, for "<=" and
            ">=" the amount by which the relation is violated. NaN if a value is NaN.
        tolerance: The largest error allowed.
    """

    n_cases: int
    error: float
    tolerance: float

    @property
    def holds(self) -> bool:
        """Whether the error is within the tolerance; False for NaN."""
        return self.error <= self.tolerance


class CheckedDerivation(NamedTuple):
    """A derivation with one check for each line.

    The first line has no line above it and is compared only with its ``measure``, if it
    has one. ``failure`` says why a line could not be evaluated; it is empty otherwise.
    """

    derivation: Derivation
    checks: tuple[LineCheck, ...]
    failure: str = ""

    @property
    def holds(self) -> bool:
        """Whether every line follows from the line above it."""
        complete = len(self.checks) == len(self.derivation.steps)
        return complete and all(check.holds for check in self.checks)


def check_derivation(derivation: Derivation, *, seed: int = 0) -> CheckedDerivation:
    """Compare every line of a derivation with the line above it in random cases.

    Never raises: a line that cannot be evaluated gives a check that fails.
    """
    rng = torch.Generator().manual_seed(seed)
    checks: list[LineCheck] = []
    try:
        cases = derivation.cases(rng)
        above = None
        for step in derivation.steps:
            values = [_value(step, case) for case in cases]
            error = max(_errors(step, above or values, values, cases), key=_nan_first)
            checks.append(LineCheck(len(cases), error, derivation.tolerance))
            above = values
    except Exception as error:  # a failing check must not stop the notebook
        reason = str(error).partition("\n")[0]
        failure = f"{type(error).__name__}: {reason}"
        return CheckedDerivation(derivation, tuple(checks), failure)
    return CheckedDerivation(derivation, tuple(checks))


def _nan_first(error: float) -> float:
    return float("inf") if error != error else error


def _value(step: Step, case: AtomValues) -> Tensor:
    value = torch.as_tensor(evaluate(step.expression, case)).detach().squeeze()
    return value.to(torch.complex128 if value.is_complex() else torch.float64)


def _errors(
    step: Step,
    above: Sequence[Tensor],
    values: Sequence[Tensor],
    cases: Sequence[AtomValues],
) -> list[float]:
    errors = [
        _violation(step.relation, a, b) for a, b in zip(above, values, strict=True)
    ]
    if step.measure is not None:
        measure = step.measure
        measured = (torch.as_tensor(measure(case)).double().squeeze() for case in cases)
        errors += [_violation("=", a, b) for a, b in zip(values, measured, strict=True)]
    return errors


def _violation(relation: Relation, above: Tensor, value: Tensor) -> float:
    if above.shape != value.shape:  # broadcasting would hide a forgotten sum
        shapes = f"{tuple(above.shape)} and {tuple(value.shape)}"
        raise ValueError(f"Two values that are compared have the shapes {shapes}.")
    size = torch.maximum(above.abs(), value.abs()).clamp(min=1)
    gap = (value - above) / size
    if relation == "=":
        return float(gap.abs().max())
    # "<=" says that the line above is at most this one
    return float((gap if relation == ">=" else -gap).clamp(min=0).max())


class WrongLine(NamedTuple):
    """A wrong line that learners write, with the name of the mistake and advice."""

    name: str
    expression: sympy.Expr
    advice: str


@dataclass(frozen=True)
class OpenLine:
    """A line that the learner writes.

    Attributes:
        id: As in the lesson, "D1.3b".
        derivation: The id of the derivation it belongs to.
        expected: The correct line, an expression in ``symbols``.
        symbols: For each symbol the interval in which random values are drawn.
        mistakes: Known wrong lines.
        dependent: Symbols that are computed from the others, e.g. ``m = (p + q) / 2``.
    """

    id: str
    derivation: str
    expected: sympy.Expr
    symbols: Mapping[sympy.Symbol, tuple[float, float]]
    mistakes: tuple[WrongLine, ...] = ()
    dependent: Mapping[sympy.Symbol, sympy.Expr] = ()


class LineVerdict(NamedTuple):
    """Whether a learner's line equals the expected one.

    Attributes:
        status: "passed", "wrong", "not attempted" or "unreadable".
        mistake: The name of the known wrong line that equals this one, if any.
        advice: For the learner: the advice of that mistake, or a counterexample.
    """

    status: Literal["passed", "wrong", "not attempted", "unreadable"]
    mistake: str | None
    advice: str


N_POINTS, LINE_TOLERANCE = 64, 1e-9


def assess_line(line: OpenLine, answer: Any, *, seed: int = 0) -> LineVerdict:
    """Compare a learner's expression with the expected line at random points."""
    if answer is ... or answer is None:
        return LineVerdict("not attempted", None, "Write an expression instead of ....")
    try:
        expression = sympy.sympify(answer)
    except (sympy.SympifyError, TypeError, ValueError, AttributeError):
        kind = type(answer).__name__
        advice = (
            f"A SymPy expression is needed, for example p * log(p / m); got {kind}."
        )
        return LineVerdict("unreadable", None, advice)
    if not isinstance(expression, sympy.Expr):
        kind = type(expression).__name__
        advice = f"An expression without an equality sign is needed; got {kind}."
        return LineVerdict("unreadable", None, advice)
    known = {*line.symbols, *dict(line.dependent)}
    names = {symbol.name: symbol for symbol in known}
    expression = expression.subs(
        {s: names.get(s.name, s) for s in expression.free_symbols}
    )
    unknown = sorted(s.name for s in expression.free_symbols - known)
    if unknown:
        listed = ", ".join(sorted(names))
        advice = f"The line may use {listed}; yours uses {', '.join(unknown)} as well."
        return LineVerdict("unreadable", None, advice)
    points = _points(line, seed)
    expected, got = _at(line.expected, points), _at(expression, points)
    wrong = _differ(got, expected)
    if not wrong.any():
        return LineVerdict("passed", None, "")
    for mistake in line.mistakes:
        if not _differ(got, _at(mistake.expression, points)).any():
            return LineVerdict("wrong", mistake.name, mistake.advice)
    advice = _counterexample(line, points, got, expected, wrong)
    return LineVerdict("wrong", None, advice)


def _points(line: OpenLine, seed: int) -> dict[sympy.Symbol, Tensor]:
    rng = torch.Generator().manual_seed(seed)
    points = {
        symbol: low + (high - low) * torch.rand(N_POINTS, generator=rng).double()
        for symbol, (low, high) in line.symbols.items()
    }
    for symbol, expression in dict(line.dependent).items():
        points[symbol] = _at(expression, points)
    return points


def _at(expression: sympy.Expr, points: Mapping[sympy.Symbol, Tensor]) -> Tensor:
    symbols = list(points)
    arrays = [points[symbol].numpy() for symbol in symbols]
    with np.errstate(all="ignore"):  # a wrong line may be undefined at a point
        value = sympy.lambdify(symbols, expression, "numpy")(*arrays)
    value = torch.as_tensor(value)
    value = value.real if value.is_complex() else value
    return value.double().expand(N_POINTS)


def _differ(a: Tensor, b: Tensor) -> Tensor:
    size = torch.maximum(a.abs(), b.abs()).clamp(min=1)
    return ~((a - b).abs() <= LINE_TOLERANCE * size)  # NaN differs from everything


def _counterexample(
    line: OpenLine,
    points: Mapping[sympy.Symbol, Tensor],
    got: Tensor,
    expected: Tensor,
    wrong: Tensor,
) -> str:
    errors = torch.where(wrong, (got - expected).abs().nan_to_num(torch.inf), 0.0)
    worst = int(errors.argmax())
    where = ", ".join(
        f"{symbol.name} = {float(points[symbol][worst]):.3g}" for symbol in line.symbols
    )
    yours, right = float(got[worst]), float(expected[worst])
    return f"At {where} your line is {yours:.6g}; it should be {right:.6g}."
