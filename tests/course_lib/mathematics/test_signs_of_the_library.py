"""Mutation test: flipping any plus or minus of the models fails an equation or a test.

Each sign in the source of the modules that the equations use is flipped, one at a time,
in this process: the function object stays and gets the code of its mutated source. The
equations are checked first, then the module's own unit tests are run.
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

USED_BY = {  # the equations that use each module
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
SAME = {  # equivalent mutants: flipped signs that change no result, and why
    "GaussianMixture.sample: means[component] + scales[component] * noise": (
        "noise is symmetric"
    ),
    "quadrature: ceil((right - left) * NODES_PER_SIGMA / float(scales.min())) + 1": (
        "two nodes more or less of hundreds; their weights follow"
    ),
}
FLIPPED = {ast.Add: ast.Sub, ast.Sub: ast.Add}


class Mutant(NamedTuple):
    """One flipped sign: its location, its function, and the mutated code."""

    location: str
    function: FunctionType
    code: CodeType


@pytest.mark.parametrize("module", USED_BY, ids=lambda module: module.__name__[11:])
def test_flipping_any_sign_fails_an_equation_or_a_unit_test(module):
    undetected = {
        change.partition("  ->  ")[0]
        for change, failure in outcomes(module)
        if not failure
    }
    assert undetected == {location for location in SAME if module is densities}


def test_table_of_flipped_signs(capsys):
    lines = ["", "module                 signs  by equation   by unit test  no change"]
    for module in USED_BY:
        count = Counter(failure[:1] for _, failure in outcomes(module))
        name = module.__name__.rpartition(".")[2]
        lines.append(
            f"{name:22} {count.total():5} {count['E']:13} {count['t']:14}"
            f" {count['']:10}"
        )
    with capsys.disabled():
        print("\n".join(lines))
    assert all(outcomes(module) for module in USED_BY)


@cache
def outcomes(module: ModuleType) -> list[tuple[str, str]]:
    """Each flipped sign, and the first equation or test that fails; empty if none."""
    return [
        (mutant.location, first_failure(module, mutant)) for mutant in mutants(module)
    ]


def first_failure(module: ModuleType, mutant: Mutant) -> str:
    with applied(mutant):
        for id in USED_BY[module]:
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
        location = f"{name}: {ast.unparse(node)}"
        flip(node)
        change = f"{location}  ->  {ast.unparse(node)}"
        yield Mutant(change, function_of(module, name), code_of(name, tree))


def signs(tree: ast.Module) -> Iterator[tuple[str, ast.AST]]:
    """Every sign with the name of its function; raise statements are skipped."""
    for outer in tree.body:
        inside = outer.body if isinstance(outer, ast.ClassDef) else [outer]
        for function in inside:
            if isinstance(function, ast.FunctionDef):
                prefix = f"{outer.name}." if outer is not function else ""
                for node in sign_nodes(function):
                    yield prefix + function.name, node


def sign_nodes(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.BinOp) and type(node.op) in FLIPPED:
        yield node
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        if not isinstance(node.operand, ast.Constant):  # -1 names the last axis
            yield node
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.Raise):
            yield from sign_nodes(child)


def flip(node: ast.AST) -> None:
    node.op = FLIPPED[type(node.op)]() if isinstance(node, ast.BinOp) else ast.UAdd()


def function_of(module: ModuleType, name: str) -> FunctionType:
    found = module
    for part in name.split("."):
        found = inspect.getattr_static(found, part)
    return inspect.unwrap(found.fget if isinstance(found, property) else found)


def code_of(name: str, tree: ast.Module) -> CodeType:
    """A function's code in a syntax tree, which is compiled and not run."""
    stack = [compile(tree, "<mutant>", "exec")]
    while stack:
        code = stack.pop()
        if code.co_qualname == name:
            return code
        stack += [part for part in code.co_consts if isinstance(part, CodeType)]
    raise LookupError(name)


@contextmanager
def applied(mutant: Mutant) -> Iterator[None]:
    """Within the block, the function runs the mutated code."""
    original = mutant.function.__code__
    mutant.function.__code__ = mutant.code
    try:
        yield
    finally:
        mutant.function.__code__ = original


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
