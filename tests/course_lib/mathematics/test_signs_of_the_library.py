"""No plus or minus of the models can be turned without something turning red.

Each sign in the source of the modules that the equations rest on is turned in turn, in
this process: a function keeps its identity and gets the code of its mutated source.
First the equations look at it, then the module's own tests.
"""

import ast
import importlib.util
import inspect
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import NamedTuple

import pytest

from course_lib.gan import (
    densities,
    dirac,
    divergences,
    objectives,
    optimal_discriminator,
    penalties,
)
from course_lib.mathematics.equation import verify
from course_lib.predictor import (
    conv_lstm,
    gradient_flow,
    hidden_markov,
    lstm_cell,
    recurrent_cell,
    squared_error,
    warping,
)
from lessons import EQUATIONS

RESTS_ON = {  # which equations call on a module: the others cannot see it
    objectives: ("E1.4", "E1.2", "E1.5", "E1.7"),
    optimal_discriminator: ("E1.2",),
    divergences: ("E1.6", "E1.5"),
    densities: ("E1.3", "E1.1"),
    dirac: ("E1.7",),
    penalties: ("E1.7",),
    hidden_markov: ("E2.1",),
    recurrent_cell: ("E2.2",),
    gradient_flow: ("E2.2",),
    lstm_cell: ("E2.3", "E2.4"),
    conv_lstm: ("E2.4",),
    squared_error: ("E2.5",),
    warping: ("E2.6",),
}
SAME = {  # turned signs that change no result, and why
    "GaussianMixture.sample: means[component] + scales[component] * noise": "noise is symmetric",
    "quadrature: ceil((right - left) * NODES_PER_SIGMA / float(scales.min())) + 1": (
        "two nodes more or less of hundreds; their weights follow"
    ),
}
TURNED = {ast.Add: ast.Sub, ast.Sub: ast.Add}


class Mutant(NamedTuple):
    """One sign, turned: where it stands, its function, and the code with it turned."""

    place: str
    function: FunctionType
    code: CodeType


@pytest.mark.parametrize("module", RESTS_ON, ids=lambda module: module.__name__[11:])
def test_turning_any_sign_turns_an_equation_or_a_test_red(module):
    calm = {change.partition("  ->  ")[0] for change, red in fates(module) if not red}
    assert calm == {place for place in SAME if module is densities}


def test_the_table_of_turned_signs(capsys):
    lines = ["", "module                 signs  red equation  red unit test  no change"]
    for module in RESTS_ON:
        count = Counter(red[:1] for _, red in fates(module))
        name = module.__name__.rpartition(".")[2]
        lines.append(
            f"{name:22} {count.total():5} {count['E']:13} {count['t']:14}"
            f" {count['']:10}"
        )
    with capsys.disabled():
        print("\n".join(lines))
    assert all(fates(module) for module in RESTS_ON)


@cache
def fates(module: ModuleType) -> list[tuple[str, str]]:
    """Each turned sign, and the name of what it turns red; empty if nothing."""
    return [(mutant.place, first_red(module, mutant)) for mutant in mutants(module)]


def first_red(module: ModuleType, mutant: Mutant) -> str:
    with in_place(mutant):
        for id in RESTS_ON[module]:
            if not verify(EQUATIONS[id]).holds:
                return id
        for test in unit_tests(module):
            try:
                test()
            except Exception:
                return test.__name__
    return ""


def mutants(module: ModuleType) -> Iterator[Mutant]:
    source = inspect.getsource(module)
    n_signs = len(list(signs(ast.parse(source))))
    for i in range(n_signs):
        tree = ast.parse(source)
        name, node = list(signs(tree))[i]
        place = f"{name}: {ast.unparse(node)}"
        turn(node)
        change = f"{place}  ->  {ast.unparse(node)}"
        yield Mutant(change, function_of(module, name), code_of(name, tree))


def signs(tree: ast.Module) -> Iterator[tuple[str, ast.AST]]:
    """Every sign by its function's name, messages of refusals aside."""
    for outer in tree.body:
        inside = outer.body if isinstance(outer, ast.ClassDef) else [outer]
        for function in inside:
            if isinstance(function, ast.FunctionDef):
                prefix = f"{outer.name}." if outer is not function else ""
                for node in computing(function):
                    yield prefix + function.name, node


def computing(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.BinOp) and type(node.op) in TURNED:
        yield node
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        if not isinstance(node.operand, ast.Constant):  # -1 names the last axis
            yield node
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.Raise):
            yield from computing(child)


def turn(node: ast.AST) -> None:
    node.op = TURNED[type(node.op)]() if isinstance(node, ast.BinOp) else ast.UAdd()


def function_of(holder: ModuleType, name: str) -> FunctionType:
    found = holder
    for part in name.split("."):
        found = inspect.getattr_static(found, part)
    return inspect.unwrap(found.fget if isinstance(found, property) else found)


def code_of(name: str, tree: ast.Module) -> CodeType:
    """A function's code in a syntax tree, which is compiled and not run."""
    waiting = [compile(tree, "<turned>", "exec")]
    while waiting:
        code = waiting.pop()
        if code.co_qualname == name:
            return code
        waiting += [part for part in code.co_consts if isinstance(part, CodeType)]
    raise LookupError(name)


@contextmanager
def in_place(mutant: Mutant) -> Iterator[None]:
    """Every reference to the function sees the turned sign while the block lasts."""
    kept = mutant.function.__code__
    mutant.function.__code__ = mutant.code
    try:
        yield
    finally:
        mutant.function.__code__ = kept


@cache
def unit_tests(module: ModuleType) -> list[Callable[[], None]]:
    """The module's own tests, those that need no fixture."""
    name = f"test_{module.__name__.rpartition('.')[2]}"
    *packages, _ = module.__name__.split(".")
    path = Path(__file__).parents[2].joinpath(*packages, f"{name}.py")
    spec = importlib.util.spec_from_file_location(name, path)
    tests = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tests)
    found = [f for n, f in vars(tests).items() if n.startswith("test_")]
    return [test for test in found if not inspect.signature(test).parameters]
