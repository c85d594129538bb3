"""The blackboard keeps what is written, in the order in which it is written."""

import sympy
from sympy import Dummy, Function, IndexedBase, Symbol, Tuple, log, symbols

from course_lib.mathematics.notation import (
    Apart,
    Backwards,
    Before,
    Chance,
    Convolved,
    Diagonal,
    Elementwise,
    Infimum,
    Integrated,
    Jacobian,
    Length,
    MatrixProduct,
    Mean,
    PositivePart,
    Summed,
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


def test_sums_under_an_integral_a_sum_or_a_supremum_stand_in_brackets():
    with on_blackboard():
        total = x + y
    condition = Symbol("c")
    assert plain(Integrated(total, x)) == r"\int (x + y) \, dx"
    assert plain(Integrated(x * y, x)) == r"\int x y \, dx"
    assert plain(Summed(total, condition)) == r"\sum_{c} (x + y)"
    assert plain(Supremum(total, condition)) == r"\sup_{c} (x + y)"
    assert plain(Infimum(total, condition)) == r"\inf_{c} (x + y)"


def test_a_divergence_needs_no_brackets_in_a_product():
    KL = Symbol(r"\operatorname{KL}")
    assert plain(2 * Apart(KL, p, q)) == r"2 \operatorname{KL}(p \,\|\, q)"


def test_a_probability_names_what_it_is_given():
    s = IndexedBase("s")
    assert plain(Chance(Dummy("p"), x)) == "p(x)"
    assert plain(Chance(p, s[x], s[y], q)) == r"p({s}_{x} \mid {s}_{y} \mid q)"
    assert plain(Chance(p, s[x], Before(s, x))) == r"p({s}_{x} \mid s_{<x})"


def test_laws_that_are_all_written_p_are_not_one():
    assert Chance(Dummy("p"), x) != Chance(Dummy("p"), x)


def test_each_product_has_a_sign_of_its_own():
    assert plain(MatrixProduct(x, y)) == "x y"
    assert plain(Elementwise(x, y)) == r"x \odot y"
    assert plain(Convolved(x, y)) == r"x \ast y"


def test_sums_products_and_negatives_stand_in_brackets_under_a_product_s_sign():
    with on_blackboard():
        product = Elementwise(x, 1 - y, -p)
        mixed = MatrixProduct(x, Elementwise(p, q), y)
        total = Elementwise(x, y) + Elementwise(p, q)
        square = MatrixProduct(x, y) ** 2
    assert plain(product) == r"x \odot (1 - y) \odot (- p)"
    assert plain(mixed) == r"x (p \odot q) y"
    assert plain(total) == r"x \odot y + p \odot q"
    assert plain(square) == "(x y)^{2}"


def test_a_product_over_steps_may_run_backwards():
    h = IndexedBase("h")
    with on_blackboard():
        product = Backwards(MatrixProduct(Diagonal(1 - h[x] ** 2), q), Tuple(x, y, p))
        total = Backwards(p + q, Tuple(x, y, 2))
    body = r"\operatorname{diag}(1 - {h}_{x}^{2}) q"
    assert plain(product) == rf"\prod_{{x=y}}^{{p}} {body}"
    assert plain(total) == r"\prod_{x=y}^{2} (p + q)"


def test_a_jacobian_is_a_fraction():
    assert plain(Jacobian(x, y)) == r"\frac{\partial x}{\partial y}"


def test_lengths_and_positive_parts_hold_what_they_measure():
    with on_blackboard():
        square, positive = Length(x - y) ** 2, PositivePart(1 - x)
    assert plain(square) == r"\|x - y\|^{2}"
    assert plain(positive) == r"\max(0, 1 - x)"


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
