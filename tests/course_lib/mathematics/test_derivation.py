"""Derivations are checked line by line, and a learner's line against the answer."""

from dataclasses import replace

import pytest
import sympy
import torch
from sympy import Symbol, log, symbols

from course_lib.mathematics.derivation import (
    Derivation,
    OpenLine,
    Step,
    WrongLine,
    assess_line,
    check_derivation,
)
from course_lib.mathematics.notation import unevaluated

a, b = symbols("a b", positive=True)

with unevaluated():
    LINES = (
        Step((a + b) ** 2 - (a - b) ** 2, "the difference of two squares"),
        Step((a + b - (a - b)) * (a + b + (a - b)), "$x^2 - y^2 = (x - y)(x + y)$"),
        Step(2 * b * 2 * a, "collect terms"),
        Step((a + b) ** 2, "$4ab = (a + b)^2 - (a - b)^2$", relation="<="),
    )


def cases(rng):
    pairs = 0.5 + torch.rand(16, 2, generator=rng, dtype=torch.float64)
    return [{a: x, b: y} for x, y in pairs]


SQUARES = Derivation("D9.1", "Four times a product.", LINES, "Euclid, book II", cases)


def test_correct_derivation_holds_with_one_check_per_line():
    found = check_derivation(SQUARES)
    assert found.holds and len(found.checks) == 4
    assert {check.n_cases for check in found.checks} == {16}


@pytest.mark.parametrize("number", range(4))
def test_changed_sign_in_any_line_fails_the_check(number):
    steps = list(LINES)
    steps[number] = steps[number]._replace(expression=-steps[number].expression)
    assert not check_derivation(replace(SQUARES, steps=tuple(steps))).holds


def test_reversed_inequality_does_not_hold():
    steps = (*LINES[:3], LINES[3]._replace(relation=">="))
    assert not check_derivation(replace(SQUARES, steps=steps)).holds


def test_independent_measure_is_compared_too():
    def product(case):
        return 4 * case[a] * case[b]

    right = (*LINES[:2], LINES[2]._replace(measure=product))
    assert check_derivation(replace(SQUARES, steps=right)).holds
    wrong = (LINES[0]._replace(measure=lambda case: product(case) + 1), *LINES[1:])
    assert not check_derivation(replace(SQUARES, steps=wrong)).holds


def test_values_of_different_shapes_fail_instead_of_broadcasting():
    matrix = torch.ones(2, 2, dtype=torch.float64)
    steps = (Step(a, "a matrix of ones"), Step(b, "a scalar one"))
    wrong = replace(SQUARES, steps=steps, cases=lambda rng: [{a: matrix, b: matrix[0]}])
    assert "shapes" in check_derivation(wrong).failure
    right = replace(wrong, cases=lambda rng: [{a: matrix, b: matrix.clone()}])
    assert check_derivation(right).holds


def test_nan_and_unknown_atoms_fail_without_raising():
    undefined = (Step(log(-a), "first"), Step(log(-a), "second"))
    assert not check_derivation(replace(SQUARES, steps=undefined)).holds
    unknown = (LINES[0], Step(Symbol("c"), "an atom that no case measures"))
    found = check_derivation(replace(SQUARES, steps=unknown))
    assert not found.holds and found.failure.startswith("KeyError")


p, q, m = symbols("p q m")
LINE = OpenLine(
    "D9.1b",
    "D9.1",
    p * log(p / m),
    {p: (0.1, 1.0), q: (0.1, 1.0)},
    (WrongLine("the other divergence", m * log(m / p), "The mean is taken under p."),),
    {m: (p + q) / 2},
)


@pytest.mark.parametrize(
    "answer", [p * log(p / m), -p * log((p + q) / (2 * p)), "p*log(2*p/(p + q))"]
)
def test_equivalent_lines_pass(answer):
    assert assess_line(LINE, answer).status == "passed"


def test_symbols_match_by_name_whatever_their_assumptions():
    positive = symbols("p m", positive=True)
    answer = positive[0] * log(positive[0] / positive[1])
    assert assess_line(LINE, answer).status == "passed"


def test_wrong_line_gets_its_mistake_or_a_counterexample():
    named = assess_line(LINE, m * log(m / p))
    assert named.mistake == "the other divergence"
    found = assess_line(LINE, p * log(p))
    assert found.status == "wrong" and found.mistake is None
    p_at, q_at, yours, right = sympy_numbers(found.advice)
    assert yours == pytest.approx(p_at * float(sympy.log(p_at)), rel=0.02, abs=0.02)
    middle = (p_at + q_at) / 2
    assert right == pytest.approx(p_at * float(sympy.log(p_at / middle)), abs=0.02)


def sympy_numbers(text: str) -> list[float]:
    words = text.replace(",", " ").replace(";", " ").split()
    numbers = (word.rstrip(".") for word in words)
    return [float(x) for x in numbers if x.lstrip("-").replace(".", "").isdigit()]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (..., "Write an expression"),
        (None, "Write an expression"),
        (sympy.Eq(p, q), "without an equality sign"),
        (torch.ones(2), "SymPy expression"),
        (p + Symbol("r"), "uses r as well"),
    ],
)
def test_invalid_answers_get_advice(answer, words):
    verdict = assess_line(LINE, answer)
    assert verdict.status in ("not attempted", "unreadable")
    assert words in verdict.advice
