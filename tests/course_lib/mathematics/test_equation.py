"""Checking an equation: whether it holds, and its error; a check never raises."""

import math
from dataclasses import replace

import torch
from sympy import Eq, Function, log, symbols

from course_lib.mathematics.equation import Comparison, Equation, verify
from course_lib.mathematics.formula import WeightedPoints
from course_lib.mathematics.notation import Expectation, unevaluated

x, y, p = symbols("x y p")
f = Function("f")

with unevaluated():
    doubling = Eq(f(x), 2 * x + log(4))
    halving = Eq(f(x), 3 * x + log(4))
    mean = Eq(y, Expectation(x, x, p))


def measure(rng):
    points = torch.rand(8, generator=rng, dtype=torch.float64)
    cases = [{x: point, f: lambda at: at + at + math.log(4)} for point in points]
    return [Comparison(cases, 1e-9, "a sum against a product")]


def sample(rng):
    draws = torch.randn(32, 500, generator=rng, dtype=torch.float64)
    cloud = WeightedPoints((draws,), torch.full((500,), 1 / 500, dtype=torch.float64))
    cases = [{y: torch.tensor(0.0).double(), (x, p): cloud}]
    return [Comparison(cases, 6, "0 against a mean", sampled=True)]


RIGHT = Equation("E9.1", "Twice is twice.", (doubling,), "Nobody 1999", measure)
WRONG = replace(RIGHT, formula=(halving,))
SAMPLED = Equation("E9.2", "Noise has mean 0.", (mean,), "Nobody 1999", sample)


def test_displayed_formula_is_the_evaluated_formula():
    shown = r"f{\left(x \right)} &= 2 x + \log{\left(4 \right)}"
    assert RIGHT.latex == rf"\begin{{aligned}} {shown} \end{{aligned}}"
    assert replace(RIGHT, formula=(halving,)).latex == RIGHT.latex.replace("2 x", "3 x")


def test_chained_relations_print_the_left_side_once():
    chained = replace(RIGHT, formula=(doubling, halving))
    assert chained.latex.count(r"f{\left(x \right)}") == 1
    assert chained.latex.count("&=") == 2


def test_sampled_comparison_without_repetitions_fails():
    with unevaluated():
        constant = replace(SAMPLED, formula=(Eq(y, y),))
    assert not verify(constant).holds


def test_error_is_relative_for_large_sides():
    def large(rng):
        cases = [{x: torch.tensor(1e12).double(), f: lambda at: 2 * at + 1}]
        return [Comparison(cases, 1e-9, "a rounded sum")]

    assert verify(replace(RIGHT, oracle=large)).holds


def test_wrong_equation_fails_and_reports_its_error():
    found = verify(WRONG)
    assert not found.holds and verify(RIGHT).holds
    assert found.checks[0].error > 0.01


def test_failing_oracle_does_not_raise():
    found = verify(replace(RIGHT, oracle=lambda rng: 1 / 0))
    assert not found.holds and found.failure.startswith("ZeroDivisionError")
