"""Change one thing in a function's source, in every way that a hand slips.

Each mutant differs from the function by one slip: a sign, an operator, a mean for a
sum, a term left out, a constant, a `detach`, two arguments exchanged, a call, argument
or keyword dropped. A check has teeth if it rejects those that change the result.
"""

import ast
import copy
import inspect
import sys
from collections.abc import Callable, Iterator
from itertools import combinations
from typing import Any, NamedTuple, TypeVar

from teaching.source_code import source_of

OPERATORS = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult}
TWINS = {  # a name that is written for another; both are functions and methods
    "mean": "sum",
    "sum": "mean",
    "square": "abs",
    "abs": "square",
    "sigmoid": "tanh",
    "log": "exp",
    "exp": "log",
}


class Mutant(NamedTuple):
    """A function with one slip in it; ``slip`` says which, "before -> after"."""

    slip: str
    function: Callable[..., Any]


def mutants(function: Callable[..., Any]) -> Iterator[Mutant]:
    """Every function that is one slip away from this one, with the same signature."""
    plain = inspect.unwrap(function)
    tree = ast.parse(source_of(plain))
    definition = tree.body[0]
    if isinstance(definition, ast.ClassDef):
        for method in definition.body:
            if isinstance(method, ast.FunctionDef):
                yield from _mutants_of(method, tree, plain)
    else:
        yield from _mutants_of(definition, tree, plain)


def _mutants_of(
    definition: ast.FunctionDef, tree: ast.Module, plain: Callable[..., Any]
) -> Iterator[Mutant]:
    definition.decorator_list = []
    names = _local_names(definition)
    start = 1 if ast.get_docstring(definition) else 0
    places = [place for line in definition.body[start:] for place in _places(line)]
    for put, node in places:
        before = ast.unparse(node)
        for other in _slips(node, names):
            after = ast.unparse(other)
            if after != before:
                put(other)
                yield Mutant(f"{before} -> {after}", _made(tree, plain))
        put(node)
    if definition is not tree.body[0]:
        return  # a method: its first argument is the object
    arguments = [a.arg for a in (*definition.args.args, *definition.args.kwonlyargs)]
    for one, two in combinations(arguments, 2):
        exchanged = _Renamed({one: two, two: one}).visit(copy.deepcopy(tree))
        yield Mutant(f"{one}, {two} -> {two}, {one}", _made(exchanged, plain))


def _made(tree: ast.Module, original: Callable[..., Any]) -> Callable[..., Any]:
    names = dict(vars(sys.modules[original.__module__]))
    code = compile(ast.fix_missing_locations(copy.deepcopy(tree)), "<mutant>", "exec")
    exec(code, names)
    return names[original.__name__]


class _Renamed(ast.NodeTransformer):
    """Exchange names in the body, as if they stood exchanged in the signature."""

    def __init__(self, other: dict[str, str]) -> None:
        self.other = other

    def visit_Name(self, node: ast.Name) -> ast.Name:
        return ast.Name(self.other.get(node.id, node.id), node.ctx)


def _local_names(definition: ast.FunctionDef) -> frozenset[str]:
    nodes = list(ast.walk(definition))
    stored = [n for n in nodes if isinstance(n, ast.Name)]
    assigned = {n.id for n in stored if isinstance(n.ctx, ast.Store)}
    return frozenset(assigned | {n.arg for n in nodes if isinstance(n, ast.arg)})


Put = Callable[[ast.expr], None]


def _places(line: ast.AST) -> Iterator[tuple[Put, ast.expr]]:
    """Every expression below a statement, and how to put another in its place."""
    for owner in ast.walk(line):
        for field, held in ast.iter_fields(owner):
            if isinstance(held, ast.expr):
                yield lambda new, o=owner, f=field: setattr(o, f, new), held
            for i, node in enumerate(held if isinstance(held, list) else ()):
                if isinstance(node, ast.expr):
                    yield lambda new, h=held, i=i: h.__setitem__(i, new), node


def _slips(node: ast.expr, names: frozenset[str]) -> Iterator[ast.expr]:
    if isinstance(node, ast.BinOp):
        yield from _in_an_operation(node)
    elif isinstance(node, ast.UnaryOp):
        yield node.operand
    elif isinstance(node, ast.Call):
        yield from _in_a_call(node, names)
    elif isinstance(node, ast.Constant):
        yield from _in_a_constant(node.value)
    read = isinstance(getattr(node, "ctx", ast.Load()), ast.Load)
    variable = isinstance(node, ast.Name) and node.id in names and read
    if variable or isinstance(node, ast.Call | ast.BinOp):
        yield ast.UnaryOp(ast.USub(), node)
        yield ast.Call(ast.Attribute(node, "detach", ast.Load()), [], [])


def _in_an_operation(node: ast.BinOp) -> Iterator[ast.expr]:
    yield from (node.left, node.right, ast.BinOp(node.right, node.op, node.left))
    if type(node.op) in OPERATORS:
        yield ast.BinOp(node.left, OPERATORS[type(node.op)](), node.right)


def _in_a_constant(value: Any) -> Iterator[ast.expr]:
    if isinstance(value, bool):
        yield ast.Constant(not value)
    elif isinstance(value, int | float):
        yield from (ast.Constant(v) for v in (2 * value, value + 1, 0))


def _in_a_call(node: ast.Call, names: frozenset[str]) -> Iterator[ast.expr]:
    function, given = node.func, node.args
    if isinstance(function, ast.Attribute):
        if function.attr in TWINS:
            twin = ast.Attribute(function.value, TWINS[function.attr], ast.Load())
            yield ast.Call(twin, given, node.keywords)
        if not _is_module(function.value, names):
            yield function.value  # the method is forgotten
    yield from given[:1]  # the function is forgotten
    for other in (*_without_one(given), *_two_exchanged(given)):
        yield ast.Call(function, other, node.keywords)
    for other in (*_without_one(node.keywords), *_values_exchanged(node.keywords)):
        yield ast.Call(function, given, other)


def _values_exchanged(keywords: list[ast.keyword]) -> Iterator[list[ast.keyword]]:
    for values in _two_exchanged([keyword.value for keyword in keywords]):
        pairs = zip(keywords, values, strict=True)
        yield [ast.keyword(keyword.arg, value) for keyword, value in pairs]


def _is_module(node: ast.expr, names: frozenset[str]) -> bool:
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name) and node.id not in names


Item = TypeVar("Item")


def _without_one(items: list[Item]) -> list[list[Item]]:
    return [items[:i] + items[i + 1 :] for i in range(len(items))]


def _two_exchanged(items: list[Item]) -> list[list[Item]]:
    orders = []
    for one, two in combinations(range(len(items)), 2):
        order = list(items)
        order[one], order[two] = order[two], order[one]
        orders.append(order)
    return orders
