"""Compute what is written: a formula, its atoms measured, becomes a number.

``measured`` says what each atom of the formula is. Its keys are a symbol (a tensor, or
whatever the formula's functions take), a Jacobian (a matrix), a function's class (a
callable), the variable of an integral (a Cloud), or the tuple ``(x, p)`` where a mean
draws x ~ p (a Cloud). A sequence counts its first axis from 0; a sum, supremum or
infimum takes the candidates' axis, the first, away.
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

from course_lib.mathematics import notation as sign

Measured = Mapping[Any, Any]
ONE = torch.tensor(1.0, dtype=torch.float64)  # a product of nothing


class Cloud(NamedTuple):
    """Weighted points: nodes of a quadrature, a sample, or all outcomes there are.

    One tensor of points for each variable. The last axis counts the points; an axis
    before it holds independent repetitions, or candidates to choose among.
    """

    points: tuple[Tensor, ...]
    weights: Tensor


@singledispatch
def evaluate(node: sympy.Basic, measured: Measured) -> Any:
    """The value of a formula, given what its atoms are measured to be.

    A derivative is taken symbolically where the formula says what is differentiated,
    and by autograd where a measured function stands in it.

    Raises:
        TypeError: for a kind of expression that has no rule here.
        KeyError: for an atom that nobody measured.
    """
    raise TypeError(
        f"No rule to read {type(node).__name__} as a number, in {node}; "
        "add one to course_lib.mathematics.formula."
    )


@evaluate.register(sympy.Number)
@evaluate.register(sympy.NumberSymbol)
@evaluate.register(sympy.core.numbers.ImaginaryUnit)
def _(node: sympy.Expr, measured: Measured) -> Tensor:
    number = complex(node)
    return torch.tensor(
        number if number.imag else number.real,
        dtype=torch.complex128 if number.imag else torch.float64,
    )


@evaluate.register(sympy.Symbol)
@evaluate.register(sign.Jacobian)
def _(node: sympy.Expr, measured: Measured) -> Any:
    return measured[node]


@evaluate.register(sympy.Indexed)
def _(node: sympy.Expr, measured: Measured) -> Tensor:
    name, *places = node.args
    return measured[name][tuple(int(evaluate(i, measured)) for i in places)]


@evaluate.register(sign.Before)
def _(node: sympy.Expr, measured: Measured) -> Tensor:
    name, time = node.args
    return measured[name][1 : int(evaluate(time, measured))]


@evaluate.register(AppliedUndef)
def _(node: sympy.Expr, measured: Measured) -> Any:
    return measured[node.func](*(evaluate(part, measured) for part in node.args))


@evaluate.register(sign.Apart)
@evaluate.register(sign.Chance)
def _(node: sympy.Expr, measured: Measured) -> Tensor:
    name, *parts = node.args
    return measured[name](*(evaluate(part, measured) for part in parts))


def _fold(kind: type, compute: Callable[..., Tensor]) -> None:
    @evaluate.register(kind)
    def _(node: sympy.Expr, measured: Measured) -> Tensor:
        return reduce(compute, (evaluate(part, measured) for part in node.args))


def _matmul(a: Tensor, b: Tensor) -> Tensor:
    return a @ b if a.ndim and b.ndim else a * b  # a number scales


_fold(sympy.Add, operator.add)
_fold(sympy.Mul, operator.mul)
_fold(sign.Elementwise, operator.mul)
_fold(sign.MatrixProduct, _matmul)
_fold(sign.Convolved, lambda kernel, picture: conv2d(picture, kernel, padding="same"))


def _over_steps(kind: type, compute: Callable[..., Tensor], way: int) -> None:
    @evaluate.register(kind)
    def _(node: sympy.Expr, measured: Measured) -> Tensor:
        body, (index, *bounds) = node.args
        start, end = (int(evaluate(bound, measured)) for bound in bounds)
        steps = range(start, end + way, way)
        factors = (evaluate(body, {**measured, index: step}) for step in steps)
        return reduce(compute, factors, ONE)


_over_steps(sympy.Product, operator.mul, 1)
_over_steps(sign.Backwards, _matmul, -1)


@evaluate.register(sympy.Pow)
def _(node: sympy.Expr, measured: Measured) -> Tensor:
    base, power = evaluate(node.base, measured), node.exp
    # a whole power is a product: exact, also beside the cut of a complex root
    return base ** (int(power) if power.is_Integer else evaluate(power, measured))


def _of_its_body(kind: type, compute: Callable[[Tensor], Tensor]) -> None:
    @evaluate.register(kind)
    def _(node: sympy.Expr, measured: Measured) -> Tensor:
        return compute(evaluate(node.args[0], measured))


_of_its_body(sympy.log, torch.log)
_of_its_body(sympy.tanh, torch.tanh)
_of_its_body(sympy.Abs, torch.abs)
_of_its_body(sign.PositivePart, torch.relu)
_of_its_body(sign.Length, lambda v: torch.linalg.vector_norm(v, dim=0))
_of_its_body(sign.Diagonal, lambda v: v.diag() if v.ndim else v)
_of_its_body(sign.Summed, lambda values: values.sum(0))
_of_its_body(sign.Supremum, lambda values: values.amax(0))
_of_its_body(sign.Infimum, lambda values: values.amin(0))


@evaluate.register(sign.Mean)
def _(node: sympy.Expr, measured: Measured) -> Tensor:
    body, *drawn, law = node.args
    return _weigh(body, drawn, measured[(*drawn, law)], measured)


@evaluate.register(sign.Integrated)
def _(node: sympy.Expr, measured: Measured) -> Tensor:
    body, variable = node.args
    return _weigh(body, [variable], measured[variable], measured)


def _weigh(body: Any, variables: list, cloud: Cloud, measured: Measured) -> Tensor:
    there = {**measured, **dict(zip(variables, cloud.points, strict=True))}
    return (evaluate(body, there) * cloud.weights).sum(-1)


@evaluate.register(sympy.Subs)
def _(node: sympy.Expr, measured: Measured) -> Any:
    point = (evaluate(part, measured) for part in node.point)
    return evaluate(
        node.expr, {**measured, **dict(zip(node.variables, point, strict=True))}
    )


@evaluate.register(sympy.Derivative)
def _(node: sympy.Expr, measured: Measured) -> Tensor:
    if not node.expr.has(AppliedUndef):
        defined = evaluate(node.expr, measured).isfinite()  # log(-y) has no slope
        return evaluate(_slope(node), measured).where(defined, torch.nan)
    place = {v: measured[v].detach().requires_grad_() for v in node.variables}
    slope = evaluate(node.expr, {**measured, **place})
    for variable in node.variables:
        (slope,) = torch.autograd.grad(slope.sum(), place[variable], create_graph=True)
    return slope


@cache
def _slope(node: sympy.Derivative) -> sympy.Expr:
    with sympy.evaluate(True):
        return node.doit()


@evaluate.register(sympy.matrices.MatrixBase)
def _(node: sympy.Basic, measured: Measured) -> Tensor:
    entries = [evaluate(entry, measured) for entry in node]
    return torch.stack(torch.broadcast_tensors(*entries)).view(node.shape)
