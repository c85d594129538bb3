"""Every numbered equation holds, and no sign of it can be changed unnoticed.

The formula on the blackboard is the formula that is computed. So each mutant below is
what a reader would see with one sign changed, one term dropped or one number raised,
and its receipt must turn red unless the mutant says the same in other words.
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

BET = "p*log(y) + q*log(1 - y)"
SLOPE = f"Derivative({BET}, y)"
AT_BEST = f"Subs({SLOPE}, y, D^*)"
GAP = "Mean(f(x), x, p) - Mean(f(x), x, q)"
EVEN = "its square, or its absolute value, is the same"
SLOPE_0 = "where a slope is 0, its negative is 0"
GAPS = ("-c + x", "c - c^*", "-c^* + x", "a - b")
SQUARED = {"z": 1, "a": 2, "sigma": 5, "r(mu)": 1}
SPREADS = ("-r(mu) + r(z)", "-r(mu) + s(z)", "(3*a)*sigma**2 + f(mu)")
MISS, SHIFT = r"-\hat{x} + x", r"-\mu_{p,i} + \mu_{q,i}"
WIDTHS = (r"\sigma_{q,i}", r"\sigma_{p,i}")
MIRROR = "the 1-Lipschitz functions hold -f with every f"
PRODUCT, CROSSED = "MatrixProduct(A, B)", r"MatrixProduct(X, Y^\top)"
ROOTS = "sqrt(a_i) - sqrt(b_i)"
PLANE = "in a plane, M and -M have one determinant"
TURNED = "trace and determinant of A B are those of B A"
SINGULAR = "M and -M have the same singular values"
SAME = {  # changes that say the same in other words: how often, and why
    ("E1.2", f"{SLOPE}  ->  -{SLOPE}"): (1, SLOPE_0),
    ("E1.2", f"{AT_BEST}  ->  -{AT_BEST}"): (1, SLOPE_0),
    ("E1.2", f"{BET}  ->  -({BET})"): (1, SLOPE_0),
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
    **{("E2.5", f"{gap}  ->  -({gap})"): (1, EVEN) for gap in GAPS},
    **{("E2.5", f"Length({g})  ->  -Length({g})"): (1, EVEN) for g in GAPS},
    ("E2.6", "-n + v + y  ->  -(-n + v + y)"): (1, EVEN),
    ("E2.6", "-m + u + x  ->  -(-m + u + x)"): (1, EVEN),
    **{("E3.3", f"{part}  ->  -{part}"): (n, EVEN) for part, n in SQUARED.items()},
    **{("E3.3", f"{gap}  ->  -({gap})"): (1, EVEN) for gap in SPREADS},
    ("E3.4", f"{MISS}  ->  -({MISS})"): (1, EVEN),
    ("E3.4", f"Length({MISS})  ->  -Length({MISS})"): (1, EVEN),
    ("E3.4", "sigma  ->  -sigma"): (3, EVEN),
    ("E3.5", f"{SHIFT}  ->  -({SHIFT})"): (1, EVEN),
    **{("E3.5", f"{width}  ->  -{width}"): (1, EVEN) for width in WIDTHS},
    **{("E5.1", f"{x}  ->  -{x}"): (1, EVEN) for x in ("R", r"\mu_x", r"\mu_y")},
    ("E5.1", "x - y  ->  -(x - y)"): (1, EVEN),
    **{("E5.2", f"{x}  ->  -{x}"): (1, PLANE) for x in ("A", "B", PRODUCT)},
    ("E5.2", f"{PRODUCT}  ->  MatrixProduct(B, A)"): (2, TURNED),
    ("E5.2", f"{ROOTS}  ->  -({ROOTS})"): (1, EVEN),
    ("E5.2", "m - n  ->  -(m - n)"): (2, EVEN),
    ("E5.2", "Length(m - n)  ->  -Length(m - n)"): (2, EVEN),
    ("E5.3", "m - n  ->  -(m - n)"): (1, EVEN),
    ("E5.3", "Length(m - n)  ->  -Length(m - n)"): (1, EVEN),
    ("E5.3", "MatrixProduct(Q, Q)  ->  MatrixProduct(Q, Q)"): (1, "it is the same"),
    **{("E5.3", f"{x}  ->  -{x}"): (2, SINGULAR) for x in ("X", r"Y^\top", CROSSED)},
    ("E5.6", "v  ->  -v"): (1, EVEN),
}


@pytest.mark.parametrize("id", EQUATIONS)
@pytest.mark.parametrize("seed", range(3))
def test_every_equation_holds(id, seed):
    receipt = verify(EQUATIONS[id], seed=seed)
    assert receipt.holds, receipt


@pytest.mark.parametrize("id", EQUATIONS)
def test_a_receipt_reads_the_same_for_every_draw_of_cases(id):
    receipts = [repr(verify(EQUATIONS[id], seed=seed)) for seed in (0, 1)]
    assert receipts[0] == receipts[1]
    pairs = zip(*(left_sides(id, seed) for seed in (0, 1)), strict=True)
    assert not all(torch.equal(*pair) for pair in pairs)  # other cases were measured


@pytest.mark.parametrize("id", EQUATIONS)
def test_changing_anything_in_the_formula_turns_the_receipt_red(id):
    survivors = Counter(change for change, fate in fates(id) if fate == "survived")
    assert survivors == {
        change: count for (of, change), (count, _) in SAME.items() if of == id
    }
    # a red receipt should come from numbers; 2q without q has none, nor has s[T + 1]
    assert [fate for _, fate in fates(id)].count("not evaluated") <= 1


def test_the_table_of_mutants(capsys):
    lines = ["", "equation  changes   red  the same in other words"]
    for id in EQUATIONS:
        count = Counter(fate for _, fate in fates(id))
        calm = count["survived"]
        lines.append(f"{id:8} {count.total():8} {count.total() - calm:5} {calm:9}")
    with capsys.disabled():
        print("\n".join(lines))
    assert all(any(fate == "killed" for _, fate in fates(id)) for id in EQUATIONS)


def left_sides(id: str, seed: int) -> list[torch.Tensor]:
    """The left side of every relation, in the last of its cases."""
    comparisons = EQUATIONS[id].oracle(torch.Generator().manual_seed(seed))
    pairs = zip(EQUATIONS[id].formula, comparisons, strict=True)
    return [evaluate(line.lhs, comparison.cases[-1]) for line, comparison in pairs]


@cache
def fates(id: str) -> list[tuple[str, str]]:
    """Each change of an equation, and what became of its receipt."""
    equation = EQUATIONS[id]
    comparisons = equation.oracle(torch.Generator().manual_seed(0))
    return [
        (change, fate(equation, mutant, comparison))
        for relation, comparison in zip(equation.formula, comparisons, strict=True)
        for change, mutant in mutants(relation)
    ]


def fate(equation: Equation, mutant: sympy.Eq, comparison: Comparison) -> str:
    receipt = verify(
        replace(equation, formula=(mutant,), oracle=lambda rng: [comparison])
    )
    if receipt.failure:
        return "not evaluated"
    return "survived" if receipt.holds else "killed"
