"""Change one thing in a formula, in every way that a sign or a term can be wrong."""

from collections.abc import Iterator, Sequence

import sympy
from sympy.core.function import AppliedUndef

from course_lib.mathematics.notation import (
    Apart,
    Before,
    Chance,
    Elementwise,
    Infimum,
    Integrated,
    Jacobian,
    MatrixProduct,
    Mean,
    Summed,
    Supremum,
    on_blackboard,
)

BODY_FIRST = (Mean, Integrated, Summed, Supremum, Infimum, sympy.Derivative, sympy.Subs)
NAME_FIRST = (sympy.Indexed, sympy.Tuple, Before, Chance)
OTHER_SIGN = {Elementwise: MatrixProduct, MatrixProduct: Elementwise}


def mutants(node: sympy.Basic) -> Iterator[tuple[str, sympy.Basic]]:
    """The formula with one sign changed, one part dropped or one number raised."""
    for changed in changes(node):
        yield f"{sympy.sstr(node)}  ->  {sympy.sstr(changed)}", changed
    yield from mutants_inside(node)


def mutants_inside(node: sympy.Basic) -> Iterator[tuple[str, sympy.Basic]]:
    # what has a probability is no quantity; the time at which it stands is one
    look = mutants_inside if isinstance(node, Chance) else mutants
    for i in places_of_quantities(node):
        for change, part in look(node.args[i]):
            yield change, written(node.func, *node.args[:i], part, *node.args[i + 1 :])


def changes(node: sympy.Basic) -> Iterator[sympy.Basic]:
    if node.is_Number:
        yield from {-node, node + 1} - {node}
    elif isinstance(node, sympy.Expr):
        yield written(sympy.Mul, sympy.S.NegativeOne, node)
    yield from other_products(node)
    if node.is_Add or node.is_Mul or type(node) in OTHER_SIGN:
        for i in range(len(node.args)):
            rest = node.args[:i] + node.args[i + 1 :]
            yield written(node.func, *rest) if len(rest) > 1 else rest[0]


def other_products(node: sympy.Basic) -> Iterator[sympy.Basic]:
    """What a sloppy hand makes of a product: the other sign, the other order."""
    if type(node) in OTHER_SIGN:
        yield written(OTHER_SIGN[type(node)], *node.args)
    if isinstance(node, MatrixProduct):
        yield written(MatrixProduct, *reversed(node.args))


def written(kind: type, *parts: sympy.Basic) -> sympy.Basic:
    """Put together as on the blackboard; the context must not outlive the building."""
    with on_blackboard():
        return kind(*parts)


def places_of_quantities(node: sympy.Basic) -> Sequence[int]:
    """Which arguments are numbers: not variables, players, laws or conditions."""
    if isinstance(node, BODY_FIRST):
        return (0,)
    if isinstance(node, NAME_FIRST):
        return range(1, len(node.args))
    if isinstance(node, Jacobian):
        return ()
    if isinstance(node, sympy.ImmutableMatrix):
        return (2,)  # after the numbers of rows and columns
    if isinstance(node, Apart | AppliedUndef) and len(node.args) > 1:
        return [i for i, part in enumerate(node.args) if part.is_Add or part.is_Mul]
    return range(len(node.args))
