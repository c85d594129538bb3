"""Read the blackboard as numbers: the formula that is seen is the one that is computed.

Home: every lesson.

A formula is a SymPy expression built with ``on_blackboard()``, so that nothing in it is
simplified or reordered. ``evaluate`` walks over it and asks ``measured`` what each of
its atoms is: a symbol's value, a function, the points of an integral or of a law.
"""

import operator
from collections.abc import Callable, Mapping
from functools import reduce, singledispatch
from typing import Any, NamedTuple

import sympy
import torch
from sympy.core.function import AppliedUndef
from torch import Tensor

Measured = Mapping[Any, Any]

on_blackboard = sympy.evaluate  # `with on_blackboard(False):` keeps log(4) as log(4)


class Cloud(NamedTuple):
    """Weighted points: nodes of a quadrature, a sample, or all outcomes there are.

    One tensor of points for each variable. The last axis counts the points; an axis
    before it holds independent repetitions, or candidates to choose among.
    """

    points: tuple[Tensor, ...]
    weights: Tensor


class Mean(sympy.Expr):
    """The expectation of a body: ``Mean(log(D(x)), x, p)`` is E_{x ~ p} [log D(x)].

    Several variables may be drawn together: ``Mean(Abs(x - y), x, y, pi)``.
    ``measured`` holds a Cloud under ``(x, p)``, or under ``(x, y, pi)``.
    """

    is_commutative = True

    def _latex(self, printer: Any) -> str:
        body, *drawn, law = (printer.doprint(part) for part in self.args)
        names = drawn[0] if len(drawn) == 1 else f"({', '.join(drawn)})"
        return rf"\mathbb{{E}}_{{{names} \sim {law}}}\left[{body}\right]"


class Supremum(sympy.Expr):
    """The largest value of a body over candidates: ``Supremum(body, condition)``.

    The condition is only shown; the candidates are an axis of the body's values.
    """

    is_commutative = True

    def _latex(self, printer: Any) -> str:
        body, condition = (printer.doprint(part) for part in self.args)
        return rf"\sup_{{{condition}}} \left({body}\right)"


class Infimum(sympy.Expr):
    """The smallest value of a body over candidates; otherwise like a Supremum."""

    is_commutative = True

    def _latex(self, printer: Any) -> str:
        body, condition = (printer.doprint(part) for part in self.args)
        return rf"\inf_{{{condition}}} {body}"


class Divergence(sympy.Expr):
    """A distance with a direction: ``Divergence(KL, p, q)`` is KL(p || q)."""

    is_commutative = True

    def _latex(self, printer: Any) -> str:
        name, p, q = (printer.doprint(part) for part in self.args)
        return rf"{name}\left({p} \,\|\, {q}\right)"


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


@evaluate.register
def _(node: sympy.Symbol, measured: Measured) -> Any:
    return measured[node]


@evaluate.register
def _(node: AppliedUndef, measured: Measured) -> Any:
    return measured[node.func](*(evaluate(part, measured) for part in node.args))


@evaluate.register
def _(node: Divergence, measured: Measured) -> Tensor:
    name, *laws = node.args
    return measured[name](*(evaluate(law, measured) for law in laws))


def _elementwise(kind: type, compute: Callable[..., Tensor]) -> None:
    @evaluate.register(kind)
    def _(node: sympy.Expr, measured: Measured) -> Tensor:
        return reduce(compute, (evaluate(part, measured) for part in node.args))


_elementwise(sympy.Add, operator.add)
_elementwise(sympy.Mul, operator.mul)
_elementwise(sympy.Pow, operator.pow)


@evaluate.register
def _(node: sympy.log, measured: Measured) -> Tensor:
    return torch.log(evaluate(node.args[0], measured))


@evaluate.register
def _(node: sympy.Abs, measured: Measured) -> Tensor:
    return torch.abs(evaluate(node.args[0], measured))


@evaluate.register
def _(node: Supremum, measured: Measured) -> Tensor:
    return evaluate(node.args[0], measured).amax(0)


@evaluate.register
def _(node: Infimum, measured: Measured) -> Tensor:
    return evaluate(node.args[0], measured).amin(0)


@evaluate.register
def _(node: Mean, measured: Measured) -> Tensor:
    body, *key = node.args
    return _weigh(body, tuple(key[:-1]), measured[tuple(key)], measured)


@evaluate.register
def _(node: sympy.Integral, measured: Measured) -> Tensor:
    (variable,) = node.variables
    return _weigh(node.function, (variable,), measured[variable], measured)


def _weigh(body: Any, variables: tuple, cloud: Cloud, measured: Measured) -> Tensor:
    there = {**measured, **dict(zip(variables, cloud.points, strict=True))}
    return (evaluate(body, there) * cloud.weights).sum(-1)


@evaluate.register
def _(node: sympy.Subs, measured: Measured) -> Any:
    point = (evaluate(part, measured) for part in node.point)
    return evaluate(node.expr, {**measured, **dict(zip(node.variables, point))})


@evaluate.register
def _(node: sympy.Derivative, measured: Measured) -> Tensor:
    if not node.expr.has(AppliedUndef):
        return evaluate(node.doit(), measured)
    place = {v: measured[v].detach().requires_grad_() for v in node.variables}
    slope = evaluate(node.expr, {**measured, **place})
    for variable in node.variables:
        (slope,) = torch.autograd.grad(slope.sum(), place[variable], create_graph=True)
    return slope


@evaluate.register(sympy.matrices.MatrixBase)
def _(node: Any, measured: Measured) -> Tensor:
    entries = [evaluate(entry, measured) for entry in node]
    return torch.stack(torch.broadcast_tensors(*entries)).view(node.shape)
