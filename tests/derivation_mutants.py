"""Mutants of the lines of a derivation, and which of them the check does not notice.

A mutant of a line is compared with the line above and the line below it alone; the
values of these two are computed once. Of the few cases the later ones are evaluated
only while the mutant holds in the earlier ones.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import NamedTuple

import sympy
import torch
from formula_mutants import mutants
from sympy import Dummy

from course_lib.mathematics.derivation import Derivation, Step, check_derivation
from course_lib.mathematics.formula import AtomValues, evaluate
from course_lib.mathematics.notation import Norm

FEW = 3  # random cases in which a changed line is evaluated
ABOVE, BELOW = Dummy("above"), Dummy("below")


class Outcome(NamedTuple):
    """A mutant of a line, counted from 1, and what became of it.

    Attributes:
        line: The number of the line.
        change: The change in words, "before -> after".
        sign: Whether the change is a sign alone.
        survived: Whether the check holds with the changed line.
        same: Whether SymPy simplifies the change to the original.
    """

    line: int
    change: str
    sign: bool
    survived: bool
    same: bool


def outcomes(derivation: Derivation, *, seed: int = 0) -> Iterator[Outcome]:
    """Every mutant of every line of a derivation."""
    cases = derivation.cases(torch.Generator().manual_seed(seed))[:FEW]
    steps = derivation.steps
    values = [[evaluate(step.expression, case) for case in cases] for step in steps]
    for number, step in enumerate(steps):
        neighbours: list[AtomValues] = [dict(case) for case in cases]
        lines = [step]
        if number > 0:
            lines = [Step(ABOVE, ""), step]
            for case, value in zip(neighbours, values[number - 1], strict=True):
                case[ABOVE] = value
        if number + 1 < len(steps):
            lines.append(steps[number + 1]._replace(expression=BELOW, measure=None))
            for case, value in zip(neighbours, values[number + 1], strict=True):
                case[BELOW] = value
        for change, mutant in mutants(step.expression):
            changed = [
                line._replace(expression=mutant) if line is step else line
                for line in lines
            ]
            survived = all(_holds(derivation, changed, case) for case in neighbours)
            yield Outcome(
                number + 1,
                change,
                is_sign(change),
                survived,
                survived and equivalent(step.expression, mutant),
            )


def _holds(derivation: Derivation, steps: list[Step], case: AtomValues) -> bool:
    part = replace(derivation, steps=tuple(steps), cases=lambda rng: [case])
    return check_derivation(part).holds


def is_sign(change: str) -> bool:
    """Whether a description says that a part became its negative."""
    before, _, after = change.partition("  ->  ")
    return after in (f"-{before}", f"-({before})", f"-(-1)*{before.removeprefix('-')}")


def equivalent(one: sympy.Basic, other: sympy.Basic) -> bool:
    """Whether SymPy reduces two lines to the same expression."""
    return canonical(one) == canonical(other)


@cache
def canonical(node: sympy.Basic) -> sympy.Basic:
    """A line, and the argument of each function, as one fraction of polynomials."""
    rebuilt = _rebuilt(node)
    return sympy.cancel(rebuilt) if isinstance(rebuilt, sympy.Expr) else rebuilt


@cache
def _rebuilt(node: sympy.Basic) -> sympy.Basic:
    if not node.args:
        return node
    is_root = node.is_Pow and not node.exp.is_Integer
    is_function = is_root or not (node.is_Add or node.is_Mul or node.is_Pow)
    args = [(canonical if is_function else _rebuilt)(part) for part in node.args]
    if isinstance(node, Norm) and args[0].could_extract_minus_sign():
        args = [-args[0]]  # a vector and its negative have the same norm
    return node.func(*args)
