"""Checking an equation: whether it holds, how far it is off; it never raises."""

import math
from dataclasses import replace

import torch
from sympy import Eq, Function, log, symbols

from course_lib.mathematics.equation import Comparison, Equation, verify
from course_lib.mathematics.formula import Cloud
from course_lib.mathematics.notation import Mean, on_blackboard

x, y, p = symbols("x y p")
f = Function("f")

with on_blackboard():
    doubling = Eq(f(x), 2 * x + log(4))
    halving = Eq(f(x), 3 * x + log(4))
    mean = Eq(y, Mean(x, x, p))


def measure(rng):
    places = torch.rand(8, generator=rng, dtype=torch.float64)
    cases = [{x: place, f: lambda at: at + at + math.log(4)} for place in places]
    return [Comparison(cases, 1e-9, "a sum against a product")]


def sample(rng):
    draws = torch.randn(32, 500, generator=rng, dtype=torch.float64)
    cloud = Cloud((draws,), torch.full((500,), 1 / 500, dtype=torch.float64))
    cases = [{y: torch.tensor(0.0).double(), (x, p): cloud}]
    return [Comparison(cases, 6, "0 against a mean", sampled=True)]


RIGHT = Equation("E9.1", "Twice is twice.", (doubling,), "Nobody 1999", measure)
WRONG = replace(RIGHT, formula=(halving,))
SAMPLED = Equation("E9.2", "Noise has mean 0.", (mean,), "Nobody 1999", sample)


def test_the_formula_that_is_shown_is_the_one_that_is_computed():
    shown = r"f{\left(x \right)} &= 2 x + \log{\left(4 \right)}"
    assert RIGHT.latex == rf"\begin{{aligned}} {shown} \end{{aligned}}"
    assert replace(RIGHT, formula=(halving,)).latex == RIGHT.latex.replace("2 x", "3 x")


def test_a_chain_does_not_repeat_its_left_side():
    chained = replace(RIGHT, formula=(doubling, halving))
    assert chained.latex.count(r"f{\left(x \right)}") == 1
    assert chained.latex.count("&=") == 2


def test_a_sampled_comparison_without_samples_fails():
    with on_blackboard():
        constant = replace(SAMPLED, formula=(Eq(y, y),))
    assert not verify(constant).holds


def test_large_sides_are_compared_relative_to_their_size():
    def large(rng):
        cases = [{x: torch.tensor(1e12).double(), f: lambda at: 2 * at + 1}]
        return [Comparison(cases, 1e-9, "a rounded sum")]

    assert verify(replace(RIGHT, oracle=large)).holds


def test_a_wrong_equation_does_not_hold_and_says_how_far_it_is_off():
    found = verify(WRONG)
    assert not found.holds and verify(RIGHT).holds
    assert found.checks[0].error > 0.01


def test_an_oracle_that_breaks_does_not_raise():
    found = verify(replace(RIGHT, oracle=lambda rng: 1 / 0))
    assert not found.holds and found.failure.startswith("ZeroDivisionError")
