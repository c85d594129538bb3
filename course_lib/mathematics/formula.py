"""Evaluate a formula numerically, given the values of its atoms.

``values`` maps each atom of the formula to its value. Its keys are

- a symbol: a tensor, or whatever the formula's functions take;
- a Jacobian: a matrix;
- the class of an undefined function: a callable;
- the variable of an integral: WeightedPoints;
- the tuple ``(x, p)``, for an expectation over x ~ p: WeightedPoints.

The first axis of a sequence is time, and index 0 is its first entry. A sum, supremum or
infimum reduces the first axis, which holds the terms or candidates.
"""

import operator
from collections.abc import Callable, Mapping
from functools import cache, reduce, singledispatch
from typing import Any, NamedTuple

import sympy
import torch
from sympy.core.function import AppliedUndef
from torch import Tensor
from torch.nn.functional import conv2d

from course_lib.mathematics import notation

AtomValues = Mapping[Any, Any]
ZERO = torch.tensor(0.0, dtype=torch.float64)  # the empty sum
ONE = torch.tensor(1.0, dtype=torch.float64)  # the empty product


class WeightedPoints(NamedTuple):
    """Points with weights: a quadrature rule, a sample, or all outcomes.

    ``points`` holds one tensor for each variable. Points lie along the last axis; an
    axis before it holds independent repetitions, or candidates.
    """

    points: tuple[Tensor, ...]
    weights: Tensor


@singledispatch
def evaluate(node: sympy.Basic, values: AtomValues) -> Any:
    """The value of a formula, given the values of its atoms.

    A derivative is computed symbolically if its expression has no undefined functions,
    and by autograd otherwise.

    Raises:
        TypeError: if there is no rule for this kind of expression.
        KeyError: if an atom has no value.
    """
    raise TypeError(
        f"There is no rule to evaluate {type(node).__name__}, in {node}; "
        "add one to course_lib.mathematics.formula."
    )


@evaluate.register(sympy.Number)
@evaluate.register(sympy.NumberSymbol)
@evaluate.register(sympy.core.numbers.ImaginaryUnit)
def _(node: sympy.Expr, values: AtomValues) -> Tensor:
    number = complex(node)
    return torch.tensor(
        number if number.imag else number.real,
        dtype=torch.complex128 if number.imag else torch.float64,
    )


@evaluate.register(sympy.Symbol)
@evaluate.register(notation.Jacobian)
def _(node: sympy.Expr, values: AtomValues) -> Any:
    return values[node]


@evaluate.register(sympy.Indexed)
def _(node: sympy.Expr, values: AtomValues) -> Tensor:
    name, *indices = node.args
    return values[name][tuple(int(evaluate(i, values)) for i in indices)]


@evaluate.register(notation.Previous)
def _(node: sympy.Expr, values: AtomValues) -> Tensor:
    name, time = node.args
    return values[name][1 : int(evaluate(time, values))]


@evaluate.register(AppliedUndef)
def _(node: sympy.Expr, values: AtomValues) -> Any:
    return values[node.func](*(evaluate(part, values) for part in node.args))


@evaluate.register(notation.DivergenceBetween)
@evaluate.register(notation.Probability)
def _(node: sympy.Expr, values: AtomValues) -> Tensor:
    name, *parts = node.args
    return values[name](*(evaluate(part, values) for part in parts))


def _register_fold(kind: type, compute: Callable[..., Tensor]) -> None:
    @evaluate.register(kind)
    def _(node: sympy.Expr, values: AtomValues) -> Tensor:
        return reduce(compute, (evaluate(part, values) for part in node.args))


def _matmul(a: Tensor, b: Tensor) -> Tensor:
    return a @ b if a.ndim and b.ndim else a * b  # a scalar multiplies


_register_fold(sympy.Add, operator.add)
_register_fold(sympy.Mul, operator.mul)
_register_fold(notation.ElementwiseProduct, operator.mul)
_register_fold(notation.MatrixProduct, _matmul)
_register_fold(
    notation.Convolution, lambda kernel, image: conv2d(image, kernel, padding="same")
)


def _register_indexed(
    kind: type, compute: Callable[..., Tensor], step: int, empty: Tensor
) -> None:
    @evaluate.register(kind)
    def _(node: sympy.Expr, values: AtomValues) -> Tensor:
        body, (index, *bounds) = node.args
        start, end = (int(evaluate(bound, values)) for bound in bounds)
        indices = range(start, end + step, step)
        parts = (evaluate(body, {**values, index: i}) for i in indices)
        return reduce(compute, parts, empty)


_register_indexed(sympy.Sum, operator.add, 1, ZERO)
_register_indexed(sympy.Product, operator.mul, 1, ONE)
_register_indexed(notation.ReverseProduct, _matmul, -1, ONE)


@evaluate.register(sympy.Pow)
def _(node: sympy.Expr, values: AtomValues) -> Tensor:
    base, power = evaluate(node.base, values), node.exp
    # an integer power is exact, also near the branch cut of a complex root
    return base ** (int(power) if power.is_Integer else evaluate(power, values))


def _register_unary(kind: type, compute: Callable[[Tensor], Tensor]) -> None:
    @evaluate.register(kind)
    def _(node: sympy.Expr, values: AtomValues) -> Tensor:
        return compute(evaluate(node.args[0], values))


_register_unary(sympy.log, torch.log)
_register_unary(sympy.exp, torch.exp)
_register_unary(sympy.tanh, torch.tanh)
_register_unary(sympy.Abs, torch.abs)
_register_unary(notation.PositivePart, torch.relu)
_register_unary(notation.Norm, lambda v: torch.linalg.vector_norm(v, dim=0))
_register_unary(notation.Diagonal, lambda v: v.diag() if v.ndim else v)
_register_unary(notation.SumOver, lambda terms: terms.sum(0))
_register_unary(notation.Supremum, lambda candidates: candidates.amax(0))
_register_unary(notation.Infimum, lambda candidates: candidates.amin(0))


@evaluate.register(notation.Expectation)
def _(node: sympy.Expr, values: AtomValues) -> Tensor:
    body, *variables, distribution = node.args
    points = values[(*variables, distribution)]
    return _weighted_sum(body, variables, points, values)


@evaluate.register(notation.IntegralOver)
def _(node: sympy.Expr, values: AtomValues) -> Tensor:
    body, variable = node.args
    return _weighted_sum(body, [variable], values[variable], values)


def _weighted_sum(
    body: Any, variables: list, points: WeightedPoints, values: AtomValues
) -> Tensor:
    at_points = {**values, **dict(zip(variables, points.points, strict=True))}
    return (evaluate(body, at_points) * points.weights).sum(-1)


@evaluate.register(sympy.Subs)
def _(node: sympy.Expr, values: AtomValues) -> Any:
    point = (evaluate(part, values) for part in node.point)
    return evaluate(
        node.expr, {**values, **dict(zip(node.variables, point, strict=True))}
    )


@evaluate.register(sympy.Derivative)
def _(node: sympy.Expr, values: AtomValues) -> Tensor:
    if not node.expr.has(AppliedUndef):
        defined = evaluate(node.expr, values).isfinite()  # log(-y) has no derivative
        return evaluate(_derivative(node), values).where(defined, torch.nan)
    leaves = {v: values[v].detach().requires_grad_() for v in node.variables}
    result = evaluate(node.expr, {**values, **leaves})
    for variable in node.variables:
        (result,) = torch.autograd.grad(
            result.sum(), leaves[variable], create_graph=True
        )
    return result


@cache
def _derivative(node: sympy.Derivative) -> sympy.Expr:
    with sympy.evaluate(True):
        return node.doit()


@evaluate.register(sympy.matrices.MatrixBase)
def _(node: sympy.Basic, values: AtomValues) -> Tensor:
    entries = [evaluate(entry, values) for entry in node]
    return torch.stack(torch.broadcast_tensors(*entries)).view(node.shape)
