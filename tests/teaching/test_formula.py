"""A formula whose atoms are measured becomes the number that mathematics gives it."""

import math

import pytest
import sympy
import torch
from sympy import Abs, Derivative, Function, I, Subs, log, sqrt, symbols

from course_lib.teaching.formula import Cloud, evaluate
from course_lib.teaching.notation import (
    Apart,
    Infimum,
    Integrated,
    Mean,
    Supremum,
    on_blackboard,
)

x, y, p, q, pi, name, condition = symbols("x y p q pi name condition")
f, g = map(Function, "fg")


def number(value):
    return torch.tensor(value, dtype=torch.float64)


def complex_number(value):
    return torch.tensor(value, dtype=torch.complex128)


def value(expression, **measured):
    return evaluate(expression, {symbols(k): number(v) for k, v in measured.items()})


def test_arithmetic_agrees_with_sympy_s_own():
    with on_blackboard():
        written = (x + 2) ** 3 / (x * y) - log(y) + Abs(-x) * sympy.Rational(1, 3)
    expected = float(written.subs({x: 1.7, y: 2.5}).doit())
    assert math.isclose(value(written, x=1.7, y=2.5).item(), expected, rel_tol=1e-12)


def test_numbers_are_doubles():
    assert value(sympy.pi).dtype == torch.float64
    assert value(sympy.pi) == math.pi
    assert value(I) == 1j


def test_a_root_of_a_negative_number_is_imaginary_if_asked_in_complex():
    with on_blackboard():
        root = sqrt(x**2 - y**2)
    found = evaluate(root, {x: complex_number(-3), y: complex_number(5)})
    assert torch.isclose(found, complex_number(4j))
    assert value(root, x=3.0, y=5.0).isnan()


def test_functions_are_called_where_the_formula_calls_them():
    found = evaluate(f(2 * x) + g(x, y), {x: number(3), y: 4, f: torch.neg, g: max})
    assert found == -6 + 4


def test_a_mean_weighs_the_points_of_its_own_law():
    measured = {
        (x, p): Cloud((number([1.0, 2.0]),), number([0.25, 0.75])),
        (x, q): Cloud((number([10.0]),), number([1.0])),
    }
    assert evaluate(Mean(x**2, x, p) - Mean(x, x, q), measured) == 3.25 - 10


def test_a_mean_over_pairs_draws_both_at_once():
    pairs = Cloud((number([1.0, 5.0]), number([2.0, 3.0])), number([0.5, 0.5]))
    assert evaluate(Mean(Abs(x - y), x, y, pi), {(x, y, pi): pairs}) == 1.5


def test_an_integral_is_a_weighted_sum_over_its_variable():
    points = torch.linspace(0, 1, 10_001, dtype=torch.float64)
    cloud = Cloud((points,), torch.full_like(points, 1 / len(points)))
    found = evaluate(Integrated(3 * x**2, x), {x: cloud})
    assert math.isclose(found.item(), 1.0, rel_tol=1e-3)


def test_suprema_and_infima_choose_along_the_first_axis():
    candidates = {f: lambda at: torch.stack((at, -at, 2 * at))}
    with on_blackboard():
        best, worst = Supremum(f(x), condition), Infimum(f(x), condition)
    assert evaluate(best, {**candidates, x: number(3)}) == 6
    assert evaluate(worst, {**candidates, x: number(3)}) == -3


def test_a_divergence_takes_laws_that_may_be_mixed_on_the_way():
    measured = {name: lambda a, b: (a - b).sum(), p: number([1, 2]), q: number([0, 1])}
    assert evaluate(Apart(name, 2 * p, p + q), measured) == 6 - 4


def test_a_written_function_is_differentiated_symbolically():
    slope = Derivative(x**3, (x, 2))
    assert value(slope, x=2.0) == 12
    assert value(Derivative(log(x), x), x=-2.0).isnan()  # no logarithm, no slope


def test_a_measured_function_is_differentiated_by_autograd():
    for order, expected in ((1, math.cos(0.4)), (2, -math.sin(0.4))):
        slope = Derivative(f(x), (x, order))
        found = evaluate(slope, {f: torch.sin, x: number(0.4)})
        assert math.isclose(found.item(), expected, rel_tol=1e-12)


def test_what_is_held_fixed_has_no_part_in_the_slope():
    product = {f: lambda a, b: a * b, g: torch.square, x: number(3.0)}
    moving = Derivative(f(g(x), x), x)  # x^3
    held = Subs(Derivative(f(y, x), x), y, g(x))  # x^2, taken at y = x^2
    assert evaluate(moving, product) == 27
    assert evaluate(held, product) == 9


def test_a_matrix_is_read_entry_by_entry():
    found = value(sympy.ImmutableMatrix([[0, x], [-x, 1]]), x=3.0)
    assert found.tolist() == [[0, 3], [-3, 1]]


def test_an_atom_that_nobody_measured_is_named():
    with pytest.raises(KeyError, match="y"):
        value(x + y, x=1.0)


def test_a_sign_without_a_rule_is_refused():
    with pytest.raises(TypeError, match="No rule to read"):
        value(sympy.cos(x), x=1.0)
