"""Every numbered equation holds, and every mutant of it is detected.

The displayed formula is the evaluated formula. Each mutant has one sign changed, one
term dropped or one number increased; its check must fail unless the mutant is
equivalent to the original.
"""

from collections import Counter
from dataclasses import replace
from functools import cache

import pytest
import sympy
import torch
from formula_mutants import mutants

from course_lib.mathematics.equation import Comparison, Equation
from course_lib.mathematics.formula import evaluate
from lessons import EQUATIONS
from teaching.receipt import verify

OBJECTIVE = "p*log(y) + q*log(1 - y)"
DERIVATIVE = f"Derivative({OBJECTIVE}, y)"
AT_OPTIMUM = f"Subs({DERIVATIVE}, y, D^*)"
GAP = "Expectation(f(x), x, p) - Expectation(f(x), x, q)"
EVEN = "its square, or its absolute value, is the same"
ZERO_DERIVATIVE = "a derivative of 0 equals its negative"
DIFFERENCES = ("-c + x", "c - c^*", "-c^* + x", "a - b")
SQUARED = {"z": 1, "a": 2, "sigma": 5, "r(mu)": 1}
SIGMAS = ("-r(mu) + r(z)", "-r(mu) + s(z)", "(3*a)*sigma**2 + f(mu)")
RESIDUAL, SHIFT = r"-\hat{x} + x", r"-\mu_{p,i} + \mu_{q,i}"
STDS = (r"\sigma_{q,i}", r"\sigma_{p,i}")
MIRROR = "the 1-Lipschitz functions hold -f with every f"
PRODUCT, CROSS_PRODUCT = "MatrixProduct(A, B)", r"MatrixProduct(X, Y^\top)"
ROOTS = "sqrt(a_i) - sqrt(b_i)"
PLANE = "in a plane, M and -M have one determinant"
CYCLIC = "trace and determinant of A B are those of B A"
SINGULAR = "M and -M have the same singular values"
SAME = {  # equivalent mutants: how many, and why
    ("E1.2", f"{DERIVATIVE}  ->  -{DERIVATIVE}"): (1, ZERO_DERIVATIVE),
    ("E1.2", f"{AT_OPTIMUM}  ->  -{AT_OPTIMUM}"): (1, ZERO_DERIVATIVE),
    ("E1.2", f"{OBJECTIVE}  ->  -({OBJECTIVE})"): (1, ZERO_DERIVATIVE),
    ("E1.5", "-c + D^*(x)  ->  -(-c + D^*(x))"): (4, EVEN),
    ("E1.5", "p(x) - q(x)  ->  -(p(x) - q(x))"): (1, EVEN),
    ("E1.6", "theta  ->  -theta"): (1, EVEN),
    ("E1.6", "x - y  ->  -(x - y)"): (1, EVEN),
    ("E1.6", f"{GAP}  ->  -({GAP})"): (1, MIRROR),
    ("E1.7", "gamma  ->  -gamma"): (2, EVEN),
    ("E1.7", "{f'(0)}  ->  -{f'(0)}"): (2, EVEN),
    ("E2.2", "h[k]  ->  -h[k]"): (1, EVEN),
    ("E2.2", "h[t]  ->  -h[t]"): (1, EVEN),
    ("E2.3", "g_t  ->  -g_t"): (1, EVEN),
    **{("E2.5", f"{gap}  ->  -({gap})"): (1, EVEN) for gap in DIFFERENCES},
    **{("E2.5", f"Norm({g})  ->  -Norm({g})"): (1, EVEN) for g in DIFFERENCES},
    ("E2.6", "-n + v + y  ->  -(-n + v + y)"): (1, EVEN),
    ("E2.6", "-m + u + x  ->  -(-m + u + x)"): (1, EVEN),
    **{("E3.3", f"{part}  ->  -{part}"): (n, EVEN) for part, n in SQUARED.items()},
    **{("E3.3", f"{gap}  ->  -({gap})"): (1, EVEN) for gap in SIGMAS},
    ("E3.4", f"{RESIDUAL}  ->  -({RESIDUAL})"): (1, EVEN),
    ("E3.4", f"Norm({RESIDUAL})  ->  -Norm({RESIDUAL})"): (1, EVEN),
    ("E3.4", "sigma  ->  -sigma"): (3, EVEN),
    ("E3.5", f"{SHIFT}  ->  -({SHIFT})"): (1, EVEN),
    **{("E3.5", f"{std}  ->  -{std}"): (1, EVEN) for std in STDS},
    **{("E5.1", f"{x}  ->  -{x}"): (1, EVEN) for x in ("R", r"\mu_x", r"\mu_y")},
    ("E5.1", "x - y  ->  -(x - y)"): (1, EVEN),
    **{("E5.2", f"{x}  ->  -{x}"): (1, PLANE) for x in ("A", "B", PRODUCT)},
    ("E5.2", f"{PRODUCT}  ->  MatrixProduct(B, A)"): (2, CYCLIC),
    ("E5.2", f"{ROOTS}  ->  -({ROOTS})"): (1, EVEN),
    ("E5.2", "m - n  ->  -(m - n)"): (2, EVEN),
    ("E5.2", "Norm(m - n)  ->  -Norm(m - n)"): (2, EVEN),
    ("E5.3", "m - n  ->  -(m - n)"): (1, EVEN),
    ("E5.3", "Norm(m - n)  ->  -Norm(m - n)"): (1, EVEN),
    ("E5.3", "MatrixProduct(Q, Q)  ->  MatrixProduct(Q, Q)"): (1, "it is the same"),
    **{
        ("E5.3", f"{x}  ->  -{x}"): (2, SINGULAR)
        for x in ("X", r"Y^\top", CROSS_PRODUCT)
    },
    ("E5.6", "v  ->  -v"): (1, EVEN),
}


@pytest.mark.parametrize("id", EQUATIONS)
@pytest.mark.parametrize("seed", range(3))
def test_every_equation_holds(id, seed):
    receipt = verify(EQUATIONS[id], seed=seed)
    assert receipt.holds, receipt


@pytest.mark.parametrize("id", EQUATIONS)
def test_receipt_text_does_not_depend_on_the_random_cases(id):
    receipts = [repr(verify(EQUATIONS[id], seed=seed)) for seed in (0, 1)]
    assert receipts[0] == receipts[1]
    pairs = zip(*(left_sides(id, seed) for seed in (0, 1)), strict=True)
    assert not all(torch.equal(*pair) for pair in pairs)  # the cases did differ


@pytest.mark.parametrize("id", EQUATIONS)
def test_every_mutant_of_the_formula_fails_the_check(id):
    survivors = Counter(
        change for change, outcome in outcomes(id) if outcome == "survived"
    )
    assert survivors == {
        change: count for (of, change), (count, _) in SAME.items() if of == id
    }
    # most failures are numerical; 2q without q and s[T + 1] cannot be evaluated
    assert [outcome for _, outcome in outcomes(id)].count("not evaluated") <= 1


def test_table_of_mutants(capsys):
    lines = ["", "equation  mutants killed  equivalent"]
    for id in EQUATIONS:
        count = Counter(outcome for _, outcome in outcomes(id))
        equivalent = count["survived"]
        lines.append(
            f"{id:8} {count.total():8} {count.total() - equivalent:5} {equivalent:9}"
        )
    with capsys.disabled():
        print("\n".join(lines))
    assert all(
        any(outcome == "killed" for _, outcome in outcomes(id)) for id in EQUATIONS
    )


def left_sides(id: str, seed: int) -> list[torch.Tensor]:
    """The left side of every relation, in the last of its cases."""
    comparisons = EQUATIONS[id].oracle(torch.Generator().manual_seed(seed))
    pairs = zip(EQUATIONS[id].formula, comparisons, strict=True)
    return [evaluate(line.lhs, comparison.cases[-1]) for line, comparison in pairs]


@cache
def outcomes(id: str) -> list[tuple[str, str]]:
    """Each mutant of an equation, with the outcome of its check."""
    equation = EQUATIONS[id]
    comparisons = equation.oracle(torch.Generator().manual_seed(0))
    return [
        (change, outcome(equation, mutant, comparison))
        for relation, comparison in zip(equation.formula, comparisons, strict=True)
        for change, mutant in mutants(relation)
    ]


def outcome(equation: Equation, mutant: sympy.Eq, comparison: Comparison) -> str:
    receipt = verify(
        replace(equation, formula=(mutant,), oracle=lambda rng: [comparison])
    )
    if receipt.failure:
        return "not evaluated"
    return "survived" if receipt.holds else "killed"
