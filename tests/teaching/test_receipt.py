"""A receipt shows whether an equation holds, or its error; a check never raises."""

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


def test_receipt_of_a_true_equation_shows_cases_bound_and_methods():
    receipt = verify(RIGHT)
    assert receipt.holds
    assert "E9.1 holds. Twice is twice." in repr(receipt)
    line = "holds in 8 random cases: largest error below 1e-9 | a sum against a product"
    assert line in repr(receipt)
    assert "Source: Nobody 1999." in repr(receipt)


def test_receipt_of_a_wrong_equation_shows_the_error():
    receipt = verify(WRONG)
    assert not receipt.holds
    assert "E9.1 does not hold" in repr(receipt)
    assert "fails: largest error 0." in repr(receipt)
    assert "allowed is largest error below 1e-9" in repr(receipt)
    assert receipt._repr_html_() != verify(RIGHT)._repr_html_()


def test_sampled_comparison_counts_standard_errors():
    receipt = verify(SAMPLED)
    assert receipt.holds and "within 6 standard errors" in repr(receipt)
    with unevaluated():
        off = replace(SAMPLED, formula=(Eq(y + 0.1, Expectation(x, x, p)),))
    assert not verify(off).holds  # 0.1 is 13 standard errors of 16,000 draws
    assert "fails: off by" in repr(verify(off))


def test_nan_never_holds():
    with unevaluated():
        undefined = replace(RIGHT, formula=(Eq(f(x), log(-x)),))
    assert not verify(undefined).holds
    assert "nan" in repr(verify(undefined))


def test_receipt_is_reproducible_and_its_text_independent_of_the_seed():
    assert verify(RIGHT, seed=3) == verify(RIGHT, seed=3)
    assert repr(verify(SAMPLED, seed=3)) == repr(verify(SAMPLED, seed=4))
    assert verify(SAMPLED, seed=3).checks != verify(SAMPLED, seed=4).checks


@pytest.mark.parametrize("oracle", [lambda rng: 1 / 0, lambda rng: []])
def test_failing_oracle_gives_a_failed_receipt(oracle):
    receipt = verify(replace(RIGHT, oracle=oracle))
    assert not receipt.holds
    assert "could not be evaluated" in repr(receipt)


def test_html_keeps_the_formula_and_escapes_the_rest():
    page = verify(replace(RIGHT, statement="a < b & c"))._repr_html_()
    assert "$$\\begin{aligned}" in page and "\\end{aligned}$$" in page
    assert "a &lt; b &amp; c" in page
    assert "&amp;= 2 x" in page  # the browser hands MathJax a plain &
    assert "\n" not in page.partition("$$")[2].partition("$$")[0]


def test_receipt_as_plain_text():
    assert pretty(verify(RIGHT)) == repr(verify(RIGHT))
