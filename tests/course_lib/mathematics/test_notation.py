"""Notation prints the expected LaTeX and keeps the order in which it is written."""

import sympy
from sympy import Dummy, Function, IndexedBase, Symbol, Tuple, log, symbols

from course_lib.mathematics.notation import (
    Convolution,
    Diagonal,
    DivergenceBetween,
    ElementwiseProduct,
    Expectation,
    Infimum,
    IntegralOver,
    Jacobian,
    MatrixProduct,
    Norm,
    PositivePart,
    Previous,
    Probability,
    ReverseProduct,
    SumOver,
    Supremum,
    latex,
    unevaluated,
)

x, y, p, q, pi = symbols("x y p q pi")
f = Function("f")


def plain(expression):
    return latex(expression).replace(r"\left", "").replace(r"\right", "")


def test_log_4_is_kept_and_terms_keep_their_order():
    with unevaluated():
        written = 2 * x - log(4)
        swapped = -log(4) + 2 * x
    assert plain(written) == r"2 x - \log{(4 )}"
    assert plain(swapped) == r"- \log{(4 )} + 2 x"
    assert plain(sympy.log(4) * 1) != plain(2 * sympy.log(2))


def test_expectation_prints_variable_and_distribution():
    assert plain(Expectation(f(x), x, p)) == r"\mathbb{E}_{x \sim p}[f{(x )}]"
    assert plain(Expectation(x * y, x, y, pi)) == r"\mathbb{E}_{(x, y) \sim \pi}[x y]"


def test_sums_in_the_body_are_parenthesized():
    with unevaluated():
        total = x + y
    condition = Symbol("c")
    assert plain(IntegralOver(total, x)) == r"\int (x + y) \, dx"
    assert plain(IntegralOver(x * y, x)) == r"\int x y \, dx"
    assert plain(SumOver(total, condition)) == r"\sum_{c} (x + y)"
    assert plain(Supremum(total, condition)) == r"\sup_{c} (x + y)"
    assert plain(Infimum(total, condition)) == r"\inf_{c} (x + y)"


def test_divergence_in_a_product_has_no_parentheses():
    KL = Symbol(r"\operatorname{KL}")
    assert plain(2 * DivergenceBetween(KL, p, q)) == r"2 \operatorname{KL}(p \,\|\, q)"


def test_probability_prints_its_conditions():
    s = IndexedBase("s")
    assert plain(Probability(Dummy("p"), x)) == "p(x)"
    assert plain(Probability(p, s[x], s[y], q)) == r"p({s}_{x} \mid {s}_{y} \mid q)"
    assert plain(Probability(p, s[x], Previous(s, x))) == r"p({s}_{x} \mid s_{<x})"


def test_distributions_with_the_same_letter_differ():
    assert Probability(Dummy("p"), x) != Probability(Dummy("p"), x)


def test_each_product_has_its_own_operator():
    assert plain(MatrixProduct(x, y)) == "x y"
    assert plain(ElementwiseProduct(x, y)) == r"x \odot y"
    assert plain(Convolution(x, y)) == r"x \ast y"


def test_factors_are_parenthesized_where_needed():
    with unevaluated():
        product = ElementwiseProduct(x, 1 - y, -p)
        mixed = MatrixProduct(x, ElementwiseProduct(p, q), y)
        total = ElementwiseProduct(x, y) + ElementwiseProduct(p, q)
        square = MatrixProduct(x, y) ** 2
    assert plain(product) == r"x \odot (1 - y) \odot (- p)"
    assert plain(mixed) == r"x (p \odot q) y"
    assert plain(total) == r"x \odot y + p \odot q"
    assert plain(square) == "(x y)^{2}"


def test_reverse_product_prints_descending_bounds():
    h = IndexedBase("h")
    with unevaluated():
        product = ReverseProduct(
            MatrixProduct(Diagonal(1 - h[x] ** 2), q), Tuple(x, y, p)
        )
        total = ReverseProduct(p + q, Tuple(x, y, 2))
    body = r"\operatorname{diag}(1 - {h}_{x}^{2}) q"
    assert plain(product) == rf"\prod_{{x=y}}^{{p}} {body}"
    assert plain(total) == r"\prod_{x=y}^{2} (p + q)"


def test_jacobian_prints_as_a_fraction():
    assert plain(Jacobian(x, y)) == r"\frac{\partial x}{\partial y}"


def test_norm_and_positive_part_enclose_their_argument():
    with unevaluated():
        square, positive = Norm(x - y) ** 2, PositivePart(1 - x)
    assert plain(square) == r"\|x - y\|^{2}"
    assert plain(positive) == r"\max(0, 1 - x)"


def test_unevaluated_ends_with_its_block():
    with unevaluated():
        kept = sympy.Add(1, 1)
    assert kept.args == (1, 1)
    assert sympy.Add(1, 1) == 2


def test_latex_fits_on_one_line():
    with unevaluated():
        matrix = sympy.Eq(f(x), sympy.ImmutableMatrix([[0, x], [-x, 1]]))
    assert "\n" not in latex(matrix)
    assert r"- x & 1" in latex(matrix)
