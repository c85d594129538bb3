"""Read in a notebook's text which cells an answer stands in, and on which it builds.

Nothing is run for this, and no grade depends on it: it says where a person should look,
and which cell that failed may be why an answer does not work.
"""

import ast
import builtins
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import NamedTuple, TypeGuard

from grading import ipython_stub
from grading.cells import Cell
from grading.limits import LIMITS

Function = ast.FunctionDef | ast.AsyncFunctionDef
Definition = Function | ast.ClassDef
SCOPES = (*Definition.__args__, ast.Lambda)
LOOPS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
WORD = re.compile(r"[^\W\d]\w*")
YOUR_TURN = "Your turn."  # in the stubs of exercises


class TooDeep(SyntaxError):
    """The text is nested too deeply to be read."""


class Reading(NamedTuple):
    """What the text of a cell says.

    Attributes:
        statements: Those that it has; none if it is no Python.
        bound: The names that it binds, stubs aside; ``touched``: those whose objects it
            may change.
        used: All names that it reads.
    """

    statements: Sequence[ast.stmt]
    bound: frozenset[str]
    touched: frozenset[str]
    used: frozenset[str]


class Program(NamedTuple):
    """An answer's statements, those it builds on, and the places of their cells.

    ``own`` are the cells that bear the answer's id or bind one of its names.
    """

    before: list[ast.stmt]
    answer: list[ast.stmt]
    own: list[int]
    cells: list[int]


def read(source: str) -> Reading:
    """What a cell says. Of one that is no Python, every word counts as touched."""
    try:
        statements = statements_of(source)
        stubs = {s.name for s in statements if is_stub(s)}
        kept = [s for s in statements if not is_stub(s) and not _checks(s, stubs)]
        names = [frozenset().union(*map(f, kept)) for f in (bound, touched)]
        return Reading(statements, *names, frozenset(used(kept)))
    except (SyntaxError, RecursionError):
        words = frozenset(WORD.findall(source))
        return Reading([], frozenset(), words, words)


@lru_cache(maxsize=256)
def statements_of(source: str) -> list[ast.stmt]:
    """The statements of a cell, also of one for IPython.

    What a line magic runs, as in `%time x = f()`, comes after them. The body of a cell
    magic, such as `%%time`, is read like a cell.

    Raises:
        SyntaxError: if it is no Python.
    """
    found = parsed(ipython_stub.python_of(source))
    if len(found) == 1 and source.lstrip().startswith("%%"):
        body = source.lstrip().partition("\n")[2]
        try:
            return statements_of(body)
        except SyntaxError:  # of another language
            return found
    return [*found, *(s for statement in found for s in _run_by_magic(statement))]


def _run_by_magic(statement: ast.stmt) -> Iterator[ast.stmt]:
    """What the line magics in a statement run."""
    for node in ast.walk(statement):
        if not isinstance(node, ast.Call) or len(node.args) != 2:
            continue
        name, line = node.args
        if (
            getattr(node.func, "attr", "") == "run_line_magic"
            and getattr(name, "value", "")
            in (*ipython_stub.RUNS_HERE, *ipython_stub.RUNS_APART)
            and isinstance(line, ast.Constant)
        ):
            with suppress(SyntaxError):
                yield from parsed(ipython_stub.without_options(str(line.value)))


def statements_or_none(source: str) -> list[ast.stmt]:
    """The statements of a cell; none if it is no Python."""
    try:
        return statements_of(source)
    except SyntaxError:
        return []


def parsed(source: str) -> list[ast.stmt]:
    """The statements of a text.

    Raises:
        SyntaxError: if it is no Python, or nested too deeply to be read.
    """
    try:
        return ast.parse(source).body
    except (RecursionError, MemoryError):
        raise TooDeep("The cell is nested too deeply.") from None
    except ValueError as error:
        raise SyntaxError(str(error)) from None


def compose(
    cells: Sequence[Cell],
    readings: Sequence[Reading],
    slug: str,
    names: Sequence[str],
) -> Program:
    """The answer of this id and these names, and what it builds on.

    ``readings`` are those of the cells that a student wrote; of others, empty ones.
    """
    own = [
        place
        for place, (cell, reading) in enumerate(zip(cells, readings, strict=True))
        if slug in (cell.id, cell.grade_id) or reading.bound & {*names}
    ]
    answer = [statement for i in own for statement in readings[i].statements]
    wanted, places = used(answer) | {*names}, {*own}
    left = {i for i, r in enumerate(readings) if r.bound or r.touched} - places
    while found := {i for i in left if _concerns(readings[i], wanted)}:
        left -= found
        places |= found
        for i in found:
            wanted |= readings[i].used | readings[i].bound
    others = sorted(places - {*own})
    before = [statement for i in others for statement in readings[i].statements]
    return Program(before, answer, own, sorted(places))


def source(cells: Sequence[Cell], program: Program, names: Sequence[str]) -> str:
    """The text that gives these names to an answer, cut to a limit."""
    found = []
    for place in program.own:
        text = cells[place].source.lstrip()
        if text.startswith("%%"):  # a cell magic, such as %%time
            text = text.partition("\n")[2]
        with suppress(SyntaxError, RecursionError):
            lines = ipython_stub.python_of(text).splitlines()
            for statement in parsed(ipython_stub.python_of(text)):
                if _gives(statement, {*names}):
                    marks = getattr(statement, "decorator_list", [])
                    first = min(node.lineno for node in (statement, *marks))
                    found.append("\n".join(lines[first - 1 : statement.end_lineno]))
    return "\n\n".join(found)[: LIMITS.source]


def _gives(statement: ast.stmt, names: set[str]) -> bool:
    """Whether it binds one of the names, other than to a stub or by a check."""
    written = not is_stub(statement) and not _checks(statement, names)
    return written and bool(bound(statement) & names)


def _concerns(reading: Reading, wanted: set[str]) -> bool:
    return bool(reading.bound & wanted or reading.touched & wanted)


def is_stub(statement: ast.stmt) -> TypeGuard[Definition]:
    """Whether it defines a function that only says that it is still to be written.

    A class is a stub if the exercise's words still stand in one of its methods. Other
    methods that are not implemented belong to abstract classes.
    """
    if isinstance(statement, ast.ClassDef):
        return any(
            YOUR_TURN in ast.unparse(raised)
            for part in statement.body
            if (raised := _not_implemented(part)) is not None
        )
    return _not_implemented(statement) is not None


def _not_implemented(statement: ast.stmt) -> ast.expr | None:
    """The NotImplementedError that is all that a function does; else None."""
    if not isinstance(statement, Function):
        return None
    body = statement.body[ast.get_docstring(statement) is not None :]
    if statement.name == "__init__" and len(body) == 2:  # after super().__init__()
        body = body[1:]
    raised = body[0].exc if len(body) == 1 and isinstance(body[0], ast.Raise) else None
    error = raised.func if isinstance(raised, ast.Call) else raised
    found = isinstance(error, ast.Name) and error.id == "NotImplementedError"
    return raised if found else None


def _checks(statement: ast.stmt, names: set[str]) -> bool:
    """Whether it hands functions of these names to a check, and takes them back."""
    if not isinstance(statement, ast.Assign) or not bound(statement) <= names:
        return False
    call = statement.value
    return isinstance(call, ast.Call) and getattr(call.func, "id", "") == "check"


def bound(statement: ast.AST) -> set[str]:
    """The names that a statement binds where it stands, also deep inside of it."""
    return {name for node in _here(statement) for name in _bound_by(node)}


def _bound_by(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import | ast.ImportFrom):
        yield from (a.asname or a.name.partition(".")[0] for a in node.names)
    elif isinstance(node, Definition):
        yield node.name
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store | ast.Del):
        yield node.id
    elif (
        isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name
    ):
        yield node.name
    elif isinstance(node, ast.MatchMapping) and node.rest:
        yield node.rest


def _here(node: ast.AST) -> Iterator[ast.AST]:
    """A node and all in it that is not in a scope of its own."""
    yield node
    if isinstance(node, SCOPES):
        return
    for child in ast.iter_child_nodes(node):
        if isinstance(node, LOOPS) and isinstance(child, ast.comprehension):
            yield from (n for n in ast.walk(child) if isinstance(n, ast.NamedExpr))
            continue
        yield from _here(child)


def touched(statement: ast.AST) -> set[str]:
    """The names whose objects a statement may change: `w.append(1)`, `c["k"] = 1`."""
    found = set()
    for node in ast.walk(statement):
        stored = isinstance(getattr(node, "ctx", None), ast.Store | ast.Del)
        if isinstance(node, ast.Attribute | ast.Subscript) and stored:
            found.add(_root(node))
        elif isinstance(node, ast.Call):
            found.add(_root(node.func))
            found |= {_root(argument) for argument in node.args}
        elif isinstance(node, ast.Global):
            found |= {*node.names}
    return found - {""}


def _root(node: ast.AST) -> str:
    """The name that `name.a[0].b` begins with."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call | ast.Starred):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def used(statements: Iterable[ast.stmt]) -> set[str]:
    """The names that statements read, those of Python itself aside."""
    nodes = (node for statement in statements for node in ast.walk(statement))
    names = {n.id for n in nodes if isinstance(n, ast.Name)}
    return {name for name in names if not hasattr(builtins, name)}


def singly(statements: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Imports name by name: one that fails takes no other with it."""
    for statement in statements:
        if not isinstance(statement, ast.Import | ast.ImportFrom):
            yield statement
            continue
        for alias in statement.names:
            one = type(statement)(**{**vars(statement), "names": [alias]})
            yield ast.copy_location(one, statement)
