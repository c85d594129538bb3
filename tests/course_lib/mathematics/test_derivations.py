"""Every derivation of the course holds, and every mutant of a line is detected."""

from collections import Counter
from dataclasses import replace

import pytest
import sympy
import torch
from formula_mutants import mutants

from course_lib.mathematics.derivation import (
    Derivation,
    assess_line,
    check_derivation,
)
from lessons import DERIVATIONS, OPEN_LINES

EVEN = "its square is the same"
ZERO = "the bracket is 0 at the best discriminator"
BRACKET = "p(x)/D^*(x) - q(x)/(1 - D^*(x))"
BY_D = f"IntegralOver(({BRACKET})*h(x), x)"
BY_Q = "IntegralOver(g(x)*log(1 - D^*(x)), x)"
BOTH, MEAN = f"{BY_D} + {BY_Q}", "(a*q + b*p)/(p + q)"
DENSITIES, GAP, TWICE = "p(x) + q(x)", "p(x) - q(x)", "-(p(x) + q(x)) + 2*q(x)"
SAME = {  # equivalent mutants, by derivation, line and change: why
    ("D1.5", 1, "D^*(x)  ->  -D^*(x)"): EVEN,
    ("D1.5", 2, f"({GAP})/({DENSITIES})  ->  -({GAP})/({DENSITIES})"): EVEN,
    ("D1.5", 2, f"{GAP}  ->  -({GAP})"): EVEN,
    ("D1.5", 2, f"1/({DENSITIES})  ->  -1/({DENSITIES})"): EVEN,
    ("D1.5", 2, f"{DENSITIES}  ->  -({DENSITIES})"): EVEN,
    ("D1.5", 3, f"{GAP}  ->  -({GAP})"): EVEN,
    ("D1.5", 4, f"{TWICE}  ->  -({TWICE})"): EVEN,
    ("D1.7", 3, "gamma/2 + lambda  ->  -(gamma/2 + lambda)"): EVEN,
    ("D1.7", 3, "gamma  ->  -gamma"): EVEN,
    ("D1.7", 3, "f'(0)  ->  -f'(0)"): EVEN,
    ("D1.7", 4, "gamma  ->  -gamma"): EVEN,
    ("D1.7", 4, "f'(0)  ->  -f'(0)"): EVEN,
    ("D1.8", 2, f"{BOTH}  ->  {BY_Q}"): ZERO,
    ("D1.8", 2, f"{BY_D}  ->  -{BY_D}"): ZERO,
    ("D1.8", 2, f"({BRACKET})*h(x)  ->  -({BRACKET})*h(x)"): ZERO,
    ("D1.8", 2, f"({BRACKET})*h(x)  ->  {BRACKET}"): ZERO,
    ("D1.8", 2, f"{BRACKET}  ->  -({BRACKET})"): ZERO,
    ("D1.8", 2, "h(x)  ->  -h(x)"): ZERO,
    ("D1.8", 2, "x  ->  -x"): ZERO,  # in h(x)
    ("D1.8", 2, "1 - D^*(x)  ->  -D^*(x)"): "leaves the integral of g, which is 0",
    ("D1.9", 1, "-b + y  ->  -(-b + y)"): EVEN,
    ("D1.9", 1, "-a + y  ->  -(-a + y)"): EVEN,
    ("D1.9", 2, f"y - {MEAN}  ->  -(y - {MEAN})"): EVEN,
    ("D1.9", 2, "-a + b  ->  -(-a + b)"): EVEN,
    ("D1.9", 3, "-a + b  ->  -(-a + b)"): EVEN,
    ("D1.11", 3, "x - y  ->  -(x - y)"): "its absolute value is the same",
    ("D1.12", 2, "psi  ->  -psi"): EVEN,
    ("D1.12", 2, "theta  ->  -theta"): EVEN,
    ("D1.13", 2, f"({GAP})/({DENSITIES})  ->  -({GAP})/({DENSITIES})"): EVEN,
    ("D1.13", 2, f"{GAP}  ->  -({GAP})"): EVEN,
    ("D1.13", 2, f"1/({DENSITIES})  ->  -1/({DENSITIES})"): EVEN,
    ("D1.13", 2, f"{DENSITIES}  ->  -({DENSITIES})"): EVEN,
    ("D1.13", 3, "D^*(x)  ->  -D^*(x)"): EVEN,
}
FEW = 3  # random cases in which a changed line is evaluated


@pytest.mark.parametrize("id", DERIVATIONS)
@pytest.mark.parametrize("seed", range(3))
def test_every_line_follows_from_the_line_above(id, seed):
    found = check_derivation(DERIVATIONS[id], seed=seed)
    assert found.holds, (found.failure, found.checks)


@pytest.mark.parametrize("id", DERIVATIONS)
def test_every_mutant_of_a_line_fails_the_check(id):
    derivation = frozen(DERIVATIONS[id])
    survived: Counter[tuple[str, int, str]] = Counter()
    for number, step in enumerate(derivation.steps):
        for change, mutant in mutants(step.expression):
            steps = list(derivation.steps)
            steps[number] = step._replace(expression=mutant)
            if check_derivation(replace(derivation, steps=tuple(steps))).holds:
                survived[id, number + 1, change] += 1
    assert not [change for change in survived if change not in SAME]


def frozen(derivation: Derivation) -> Derivation:
    """The same derivation on a few fixed cases."""
    cases = derivation.cases(torch.Generator().manual_seed(0))[:FEW]
    return replace(derivation, cases=lambda rng: cases)


@pytest.mark.parametrize("id", OPEN_LINES)
def test_open_line_accepts_its_answer_and_names_its_mistakes(id):
    line = OPEN_LINES[id]
    assert line.derivation in DERIVATIONS
    for seed in range(5):
        assert assess_line(line, line.expected, seed=seed).status == "passed"
        negative = sympy.Mul(-1, line.expected)
        assert assess_line(line, negative, seed=seed).status == "wrong"
        for mistake in line.mistakes:
            verdict = assess_line(line, mistake.expression, seed=seed)
            assert (verdict.mistake, verdict.advice) == (mistake.name, mistake.advice)
