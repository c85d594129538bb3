"""Compute what is written: a formula, its atoms measured, becomes a number.

Home: every lesson.

``measured`` says what each atom of the formula is. Its keys are a symbol (a tensor, or
whatever the formula's functions take), a function's class (a callable), the variable of
an integral (a Cloud), or the tuple ``(x, p)`` where a mean draws x ~ p (a Cloud); a
supremum or infimum takes the candidates' axis, the first, away.
"""

import operator
from collections.abc import Callable, Mapping
from functools import cache, reduce, singledispatch
from typing import Any, NamedTuple

import sympy
import torch
from sympy.core.function import AppliedUndef
from torch import Tensor

from course_lib.teaching.notation import Apart, Infimum, Integrated, Mean, Supremum

Measured = Mapping[Any, Any]


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
        "add one to course_lib.teaching.formula."
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
def _(node: sympy.Expr, measured: Measured) -> Any:
    return measured[node]


@evaluate.register(AppliedUndef)
def _(node: sympy.Expr, measured: Measured) -> Any:
    return measured[node.func](*(evaluate(part, measured) for part in node.args))


@evaluate.register(Apart)
def _(node: sympy.Expr, measured: Measured) -> Tensor:
    name, *laws = node.args
    return measured[name](*(evaluate(law, measured) for law in laws))


def _elementwise(kind: type, compute: Callable[..., Tensor]) -> None:
    @evaluate.register(kind)
    def _(node: sympy.Expr, measured: Measured) -> Tensor:
        return reduce(compute, (evaluate(part, measured) for part in node.args))


_elementwise(sympy.Add, operator.add)
_elementwise(sympy.Mul, operator.mul)


@evaluate.register(sympy.Pow)
def _(node: sympy.Expr, measured: Measured) -> Tensor:
    base, power = evaluate(node.base, measured), node.exp
    # a whole power is a product: exact, also beside the cut of a complex root
    return base ** (int(power) if power.is_Integer else evaluate(power, measured))


@evaluate.register(sympy.log)
def _(node: sympy.Expr, measured: Measured) -> Tensor:
    return torch.log(evaluate(node.args[0], measured))


@evaluate.register(sympy.Abs)
def _(node: sympy.Expr, measured: Measured) -> Tensor:
    return torch.abs(evaluate(node.args[0], measured))


@evaluate.register(Supremum)
def _(node: sympy.Expr, measured: Measured) -> Tensor:
    return evaluate(node.args[0], measured).amax(0)


@evaluate.register(Infimum)
def _(node: sympy.Expr, measured: Measured) -> Tensor:
    return evaluate(node.args[0], measured).amin(0)


@evaluate.register(Mean)
def _(node: sympy.Expr, measured: Measured) -> Tensor:
    body, *drawn, law = node.args
    return _weigh(body, drawn, measured[(*drawn, law)], measured)


@evaluate.register(Integrated)
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
