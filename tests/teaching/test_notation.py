"""The blackboard keeps what is written, in the order in which it is written."""

import sympy
from sympy import Function, Symbol, log, symbols

from course_lib.teaching.notation import (
    Apart,
    Infimum,
    Integrated,
    Mean,
    Supremum,
    latex,
    on_blackboard,
)

x, y, p, q, pi = symbols("x y p q pi")
f = Function("f")


def plain(expression):
    return latex(expression).replace(r"\left", "").replace(r"\right", "")


def test_log_4_stays_log_4_and_terms_keep_their_order():
    with on_blackboard():
        written = 2 * x - log(4)
        swapped = -log(4) + 2 * x
    assert plain(written) == r"2 x - \log{(4 )}"
    assert plain(swapped) == r"- \log{(4 )} + 2 x"
    assert plain(sympy.log(4) * 1) != plain(2 * sympy.log(2))


def test_a_mean_names_what_is_drawn_and_from_where():
    assert plain(Mean(f(x), x, p)) == r"\mathbb{E}_{x \sim p}[f{(x )}]"
    assert plain(Mean(x * y, x, y, pi)) == r"\mathbb{E}_{(x, y) \sim \pi}[x y]"


def test_sums_under_an_integral_or_a_supremum_stand_in_brackets():
    with on_blackboard():
        total = x + y
    condition = Symbol("c")
    assert plain(Integrated(total, x)) == r"\int (x + y) \, dx"
    assert plain(Integrated(x * y, x)) == r"\int x y \, dx"
    assert plain(Supremum(total, condition)) == r"\sup_{c} (x + y)"
    assert plain(Infimum(total, condition)) == r"\inf_{c} (x + y)"


def test_a_divergence_needs_no_brackets_in_a_product():
    KL = Symbol(r"\operatorname{KL}")
    assert plain(2 * Apart(KL, p, q)) == r"2 \operatorname{KL}(p \,\|\, q)"


def test_the_blackboard_ends_with_its_block():
    with on_blackboard():
        kept = sympy.Add(1, 1)
    assert kept.args == (1, 1)
    assert sympy.Add(1, 1) == 2


def test_latex_fits_on_one_line():
    with on_blackboard():
        matrix = sympy.Eq(f(x), sympy.ImmutableMatrix([[0, x], [-x, 1]]))
    assert "\n" not in latex(matrix)
    assert r"- x & 1" in latex(matrix)
