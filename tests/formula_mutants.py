"""Mutants of a formula: one sign changed, one term dropped, or one number increased."""

from collections.abc import Iterator, Sequence

import sympy
from sympy.core.function import AppliedUndef

from course_lib.mathematics.notation import (
    DivergenceBetween,
    ElementwiseProduct,
    Expectation,
    Infimum,
    IntegralOver,
    Jacobian,
    MatrixProduct,
    Previous,
    Probability,
    SumOver,
    Supremum,
    unevaluated,
)

BODY_FIRST = (
    Expectation,
    IntegralOver,
    SumOver,
    Supremum,
    Infimum,
    sympy.Derivative,
    sympy.Subs,
)
NAME_FIRST = (sympy.Indexed, sympy.Tuple, Previous, Probability)
OTHER_OPERATOR = {ElementwiseProduct: MatrixProduct, MatrixProduct: ElementwiseProduct}


def mutants(node: sympy.Basic) -> Iterator[tuple[str, sympy.Basic]]:
    """All mutants of a formula, each with a description of the change."""
    for changed in changes(node):
        yield f"{sympy.sstr(node)}  ->  {sympy.sstr(changed)}", changed
    yield from mutants_inside(node)


def mutants_inside(node: sympy.Basic) -> Iterator[tuple[str, sympy.Basic]]:
    # the arguments of a probability are events, but their time indices are numbers
    mutate = mutants_inside if isinstance(node, Probability) else mutants
    for i in numeric_arguments(node):
        for change, part in mutate(node.args[i]):
            args = (*node.args[:i], part, *node.args[i + 1 :])
            yield change, build(node.func, *args)


def changes(node: sympy.Basic) -> Iterator[sympy.Basic]:
    if node.is_Number:
        yield from {-node, node + 1} - {node}
    elif isinstance(node, sympy.Expr):
        yield build(sympy.Mul, sympy.S.NegativeOne, node)
    yield from other_products(node)
    if node.is_Add or node.is_Mul or type(node) in OTHER_OPERATOR:
        for i in range(len(node.args)):
            rest = node.args[:i] + node.args[i + 1 :]
            yield build(node.func, *rest) if len(rest) > 1 else rest[0]


def other_products(node: sympy.Basic) -> Iterator[sympy.Basic]:
    """The product with the other operator, or with its factors in reverse order."""
    if type(node) in OTHER_OPERATOR:
        yield build(OTHER_OPERATOR[type(node)], *node.args)
    if isinstance(node, MatrixProduct):
        yield build(MatrixProduct, *reversed(node.args))


def build(kind: type, *parts: sympy.Basic) -> sympy.Basic:
    """An unevaluated expression of this class."""
    with unevaluated():
        return kind(*parts)


def numeric_arguments(node: sympy.Basic) -> Sequence[int]:
    """Indices of the arguments that are numbers, not variables or distributions."""
    if isinstance(node, BODY_FIRST):
        return (0,)
    if isinstance(node, NAME_FIRST):
        return range(1, len(node.args))
    if isinstance(node, Jacobian):
        return ()
    if isinstance(node, sympy.ImmutableMatrix):
        return (2,)  # after the numbers of rows and columns
    if isinstance(node, DivergenceBetween | AppliedUndef) and len(node.args) > 1:
        return [i for i, part in enumerate(node.args) if part.is_Add or part.is_Mul]
    return range(len(node.args))
