"""A receipt says whether an equation holds, or how far it is off, and never raises."""

import math
from dataclasses import replace

import pytest
import torch
from IPython.lib.pretty import pretty
from sympy import Eq, Function, log, symbols

from course_lib.mathematics.equation import Comparison, Equation
from course_lib.mathematics.formula import WeightedPoints
from course_lib.mathematics.notation import Expectation, unevaluated
from teaching.receipt import verify

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


def test_a_true_equation_gets_a_receipt_with_cases_bound_and_routes():
    receipt = verify(RIGHT)
    assert receipt.holds
    assert "E9.1 holds. Twice is twice." in repr(receipt)
    line = "holds in 8 random cases: largest error below 1e-9 | a sum against a product"
    assert line in repr(receipt)
    assert "Source: Nobody 1999." in repr(receipt)


def test_a_wrong_equation_gets_a_red_receipt_that_says_by_how_much():
    receipt = verify(WRONG)
    assert not receipt.holds
    assert "E9.1 does not hold" in repr(receipt)
    assert "fails: largest error 0." in repr(receipt)
    assert "allowed is largest error below 1e-9" in repr(receipt)
    assert receipt._repr_html_() != verify(RIGHT)._repr_html_()


def test_a_sampled_side_is_measured_in_its_own_standard_errors():
    receipt = verify(SAMPLED)
    assert receipt.holds and "within 6 standard errors" in repr(receipt)
    with unevaluated():
        off = replace(SAMPLED, formula=(Eq(y + 0.1, Expectation(x, x, p)),))
    assert not verify(off).holds  # 0.1 is 13 standard errors of 16,000 draws
    assert "fails: off by" in repr(verify(off))


def test_nan_is_never_within_a_tolerance():
    with unevaluated():
        undefined = replace(RIGHT, formula=(Eq(f(x), log(-x)),))
    assert not verify(undefined).holds
    assert "nan" in repr(verify(undefined))


def test_the_same_seed_measures_the_same_and_another_reads_the_same():
    assert verify(RIGHT, seed=3) == verify(RIGHT, seed=3)
    assert repr(verify(SAMPLED, seed=3)) == repr(verify(SAMPLED, seed=4))
    assert verify(SAMPLED, seed=3).checks != verify(SAMPLED, seed=4).checks


@pytest.mark.parametrize("oracle", [lambda rng: 1 / 0, lambda rng: []])
def test_an_oracle_that_breaks_makes_a_red_receipt_and_no_traceback(oracle):
    receipt = verify(replace(RIGHT, oracle=oracle))
    assert not receipt.holds
    assert "could not be evaluated" in repr(receipt)


def test_a_notebook_shows_the_formula_between_dollars_and_escapes_the_rest():
    page = verify(replace(RIGHT, statement="a < b & c"))._repr_html_()
    assert "$$\\begin{aligned}" in page and "\\end{aligned}$$" in page
    assert "a &lt; b &amp; c" in page
    assert "&amp;= 2 x" in page  # the browser hands MathJax a plain &
    assert "\n" not in page.partition("$$")[2].partition("$$")[0]


def test_a_terminal_shows_the_receipt_as_text():
    assert pretty(verify(RIGHT)) == repr(verify(RIGHT))
