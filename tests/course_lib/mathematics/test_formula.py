"""A formula is evaluated to its mathematical value, given the values of its atoms."""

import math

import pytest
import sympy
import torch
from sympy import (
    Abs,
    Derivative,
    Function,
    I,
    IndexedBase,
    Product,
    Subs,
    Tuple,
    log,
    sqrt,
    symbols,
    tanh,
)

from course_lib.mathematics.formula import WeightedPoints, evaluate
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
    unevaluated,
)

x, y, p, q, pi, name, condition = symbols("x y p q pi name condition")
f, g = map(Function, "fg")
s = IndexedBase("s")


def number(value):
    return torch.tensor(value, dtype=torch.float64)


def complex_number(value):
    return torch.tensor(value, dtype=torch.complex128)


def value(expression, **atoms):
    return evaluate(expression, {symbols(k): number(v) for k, v in atoms.items()})


def test_arithmetic_agrees_with_sympy():
    with unevaluated():
        written = (x + 2) ** 3 / (x * y) - log(y) + Abs(-x) * sympy.Rational(1, 3)
    expected = float(written.subs({x: 1.7, y: 2.5}).doit())
    assert math.isclose(value(written, x=1.7, y=2.5).item(), expected, rel_tol=1e-12)


def test_numbers_are_doubles():
    assert value(sympy.pi).dtype == torch.float64
    assert value(sympy.pi) == math.pi
    assert value(I) == 1j


def test_root_of_a_negative_complex_number_is_imaginary():
    with unevaluated():
        root = sqrt(x**2 - y**2)
    found = evaluate(root, {x: complex_number(-3), y: complex_number(5)})
    assert torch.isclose(found, complex_number(4j))
    assert value(root, x=3.0, y=5.0).isnan()


def test_undefined_functions_are_called():
    found = evaluate(f(2 * x) + g(x, y), {x: number(3), y: 4, f: torch.neg, g: max})
    assert found == -6 + 4


def test_expectation_uses_the_points_of_its_distribution():
    measured = {
        (x, p): WeightedPoints((number([1.0, 2.0]),), number([0.25, 0.75])),
        (x, q): WeightedPoints((number([10.0]),), number([1.0])),
    }
    assert (
        evaluate(Expectation(x**2, x, p) - Expectation(x, x, q), measured) == 3.25 - 10
    )


def test_expectation_over_a_joint_distribution():
    pairs = WeightedPoints((number([1.0, 5.0]), number([2.0, 3.0])), number([0.5, 0.5]))
    assert evaluate(Expectation(Abs(x - y), x, y, pi), {(x, y, pi): pairs}) == 1.5


def test_integral_is_a_weighted_sum():
    points = torch.linspace(0, 1, 10_001, dtype=torch.float64)
    cloud = WeightedPoints((points,), torch.full_like(points, 1 / len(points)))
    found = evaluate(IntegralOver(3 * x**2, x), {x: cloud})
    assert math.isclose(found.item(), 1.0, rel_tol=1e-3)


def test_sum_supremum_and_infimum_reduce_the_first_axis():
    candidates = {f: lambda at: torch.stack((at, -at, 2 * at))}
    with unevaluated():
        best, worst = Supremum(f(x), condition), Infimum(f(x), condition)
        total = SumOver(f(x), condition)
    assert evaluate(best, {**candidates, x: number(3)}) == 6
    assert evaluate(worst, {**candidates, x: number(3)}) == -3
    assert evaluate(total, {**candidates, x: number(3)}) == 3 - 3 + 6


def test_divergence_accepts_mixtures_of_distributions():
    measured = {name: lambda a, b: (a - b).sum(), p: number([1, 2]), q: number([0, 1])}
    assert evaluate(DivergenceBetween(name, 2 * p, p + q), measured) == 6 - 4


def test_probability_takes_outcome_and_condition():
    measured = {name: lambda a, b: a - b, x: number(3), y: number(1)}
    assert evaluate(Probability(name, x, y), measured) == 2


def test_sequence_is_indexed_by_time_or_sliced_before_it():
    sequence = {s: number([9, 1, 2, 3]), x: 3}
    with unevaluated():
        assert evaluate(s[x], sequence) == 3
        assert evaluate(s[x - 1], sequence) == 2
    assert evaluate(Previous(s, x), sequence).tolist() == [1, 2]  # time starts at 1
    assert evaluate(Previous(s, sympy.Integer(1)), sequence).tolist() == []


def test_time_after_the_last_raises():
    with pytest.raises(IndexError):
        evaluate(s[x], {s: number([9, 1, 2]), x: 3})


def test_product_includes_both_bounds():
    sequence = {s: number([9, 2, 3, 5]), y: 3}
    assert evaluate(Product(s[x], (x, 2, y)), sequence) == 3 * 5
    assert evaluate(Product(s[x], (x, 1, 1)), sequence) == 2
    assert evaluate(Product(s[x], (x, 2, 1)), sequence) == 1  # of nothing
    assert evaluate(sympy.Sum(s[x], (x, 2, y)), sequence) == 3 + 5
    assert evaluate(sympy.Sum(s[x], (x, 2, 1)), sequence) == 0  # of nothing


def test_matrix_product_keeps_the_order():
    a, b, v = number([[1, 2], [3, 4]]), number([[0, 1], [5, 0]]), number([1, 10])
    measured = {x: a, y: b, p: v}
    assert torch.equal(evaluate(MatrixProduct(x, y, p), measured), a @ b @ v)
    assert torch.equal(evaluate(MatrixProduct(y, x, p), measured), b @ a @ v)
    with unevaluated():
        doubled = MatrixProduct(sympy.Integer(2), x, p)
    assert torch.equal(evaluate(doubled, measured), 2 * a @ v)


def test_reverse_product_has_the_last_step_on_the_left():
    matrices = number([[[i, 1], [2, i * i]] for i in range(4)])
    product = ReverseProduct(s[x], Tuple(x, y, 1))
    found = evaluate(product, {s: matrices, y: 3})
    assert torch.equal(found, matrices[3] @ matrices[2] @ matrices[1])
    assert evaluate(product, {s: matrices, y: 0}) == 1  # of nothing


def test_elementwise_product_is_not_the_matrix_product():
    a, v = number([[1, 2], [3, 4]]), number([1, 10])
    assert evaluate(ElementwiseProduct(x, y), {x: a, y: v}).tolist() == [
        [1, 20],
        [3, 40],
    ]
    assert evaluate(MatrixProduct(x, y), {x: a, y: v}).tolist() == [21, 43]


def test_diagonal_matrix_scales_each_entry():
    v, w = number([2, 3]), number([5, 7])
    assert evaluate(Diagonal(x), {x: v}).tolist() == [[2, 0], [0, 3]]
    scaled = MatrixProduct(Diagonal(x), y)
    assert torch.equal(evaluate(scaled, {x: v, y: w}), v * w)
    assert torch.equal(evaluate(scaled, {x: number(2), y: w}), 2 * w)


def test_convolution_pads_with_zeros():
    kernel, image = torch.zeros(1, 1, 3, 3), torch.arange(6.0).view(1, 1, 2, 3)
    kernel[0, 0, 1, 2] = 1  # the neighbour on the right
    found = evaluate(Convolution(x, y), {x: kernel, y: image})
    assert found[0, 0].tolist() == [[1, 2, 0], [4, 5, 0]]


def test_jacobian_is_an_atom():
    derivative = number([[1, 2], [3, 4]])
    product = MatrixProduct(Jacobian(s[x], s[y]), p)
    found = evaluate(product, {Jacobian(s[x], s[y]): derivative, p: number([1, 1])})
    assert found.tolist() == [3, 7]


def test_norm_reduces_the_first_axis():
    columns = number([[3, 0], [4, 1]])
    assert evaluate(Norm(x), {x: columns}).tolist() == [5, 1]
    assert evaluate(Norm(x) ** 2, {x: number([3, 4])}) == 25


def test_positive_part_sets_negative_entries_to_zero():
    found = evaluate(PositivePart(x), {x: number([-2, 0, 3])})
    assert found.tolist() == [0, 0, 3]


def test_tanh_is_elementwise():
    v = number([-1.0, 0.5])
    assert torch.equal(evaluate(tanh(x), {x: v}), v.tanh())


def test_expressions_are_differentiated_symbolically():
    derivative = Derivative(x**3, (x, 2))
    assert value(derivative, x=2.0) == 12
    assert value(Derivative(log(x), x), x=-2.0).isnan()  # log is undefined there


def test_undefined_functions_are_differentiated_by_autograd():
    for order, expected in ((1, math.cos(0.4)), (2, -math.sin(0.4))):
        derivative = Derivative(f(x), (x, order))
        found = evaluate(derivative, {f: torch.sin, x: number(0.4)})
        assert math.isclose(found.item(), expected, rel_tol=1e-12)


def test_substituted_variable_is_constant_in_the_derivative():
    product = {f: lambda a, b: a * b, g: torch.square, x: number(3.0)}
    moving = Derivative(f(g(x), x), x)  # x^3
    held = Subs(Derivative(f(y, x), x), y, g(x))  # x^2, taken at y = x^2
    assert evaluate(moving, product) == 27
    assert evaluate(held, product) == 9


def test_matrix_is_evaluated_entry_by_entry():
    found = value(sympy.ImmutableMatrix([[0, x], [-x, 1]]), x=3.0)
    assert found.tolist() == [[0, 3], [-3, 1]]


def test_atom_without_value_is_named_in_the_error():
    with pytest.raises(KeyError, match="y"):
        value(x + y, x=1.0)


def test_expression_without_rule_raises():
    with pytest.raises(TypeError, match="no rule to evaluate"):
        value(sympy.cos(x), x=1.0)
