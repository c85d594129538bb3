"""Find an answer in a notebook, with the names it needs from the cells before it.

Whole notebooks are never run. An answer's own cell is, after those imports and
definitions before it whose names it uses: the learner's edition's, the learner's own.
Of other exercises' functions it gets the library's, as in the notebook.
"""

import ast
import builtins
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from grading.cells import Cell

CHECKS = "lessons"  # what is imported from here judges, and does not answer
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


class NoAnswer(Exception):
    """There is no answer to be run; ``status`` and the text say why."""

    def __init__(self, status: str, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class Program(NamedTuple):
    """Statements to run before the answer, and the answer's own."""

    before: list[ast.stmt]
    answer: list[ast.stmt]


def find(cells: Sequence[Cell], slug: str, names: Sequence[str]) -> list[int]:
    """The places of the cells that define an answer: by the cell's id, else by name.

    Raises:
        NoAnswer: if no cell defines it, or several bear its id.
        SyntaxError: if the cell of that id is no Python.
    """
    places = _marked(cells, slug)
    written = {name for i in places for name in defined(parsed(cells[i].source))}
    for name in names:
        if name not in written:
            places |= _last_that_defines(cells, name)
    if not places:
        listed = " and ".join(names)
        what = f"No cell has the id {slug}, and none defines {listed}."
        raise NoAnswer("missing", what)
    return sorted(places)


def _marked(cells: Sequence[Cell], slug: str) -> set[int]:
    """The cell of this id, else of this id for nbgrader, which copies of it share."""
    for field in ("id", "grade_id"):
        marked = [i for i, cell in enumerate(cells) if getattr(cell, field) == slug]
        if len(marked) > 1:
            what = f"{len(marked)} cells have the id {slug}: which one is the answer?"
            raise NoAnswer("ambiguous", what)
        if marked:
            return {*marked}
    return set()


def _last_that_defines(cells: Sequence[Cell], name: str) -> set[int]:
    for place in range(len(cells) - 1, -1, -1):
        if name in cells[place].source and name in defined(_leniently(cells[place])):
            return {place}
    return set()


class Given(NamedTuple):
    """Code of the course: what stands before a learner's cells, and what wins."""

    first: Sequence[str]
    last: str


def compose(cells: Sequence[Cell], places: Sequence[int], given: Given) -> Program:
    """The answer in these cells, and what of the cells before them it needs.

    A learner's own definition takes the place of one ``given`` first, and is replaced
    by one given last.
    """
    answer = [s for i in places for s in parsed(cells[i].source) if not _checks(s)]
    mine = [cell for i, cell in enumerate(cells[: places[-1]]) if i not in places]
    first, last = ([Cell("", "", t) for t in x] for x in (given.first, [given.last]))
    everything = (s for cell in (*first, *mine, *last) for s in _leniently(cell))
    known: dict[str, tuple[int, ast.stmt]] = {}
    for order, statement in enumerate(_singly(everything)):
        for name in bound(statement):
            known[name] = (order, statement)
    needed, wanted = {}, used(answer) | {"*"}
    while wanted:
        name = wanted.pop()
        if name in known and name not in needed:
            needed[name] = known[name]
            wanted |= used([known[name][1]])
    unique = {order: statement for order, statement in needed.values()}
    return Program([unique[order] for order in sorted(unique)], answer)


def parsed(source: str) -> list[ast.stmt]:
    """The statements of a cell; lines for IPython or a shell stand empty.

    Raises:
        SyntaxError: if it is no Python.
        NoAnswer: if it is too deeply nested to be read.
    """
    try:
        return _parse(source)
    except SyntaxError:
        lines = [
            " " * (len(line) - len(line.lstrip())) + "pass"
            if line.lstrip().startswith(("%", "!"))
            else line
            for line in source.splitlines()
        ]
        return _parse("\n".join(lines))


def _parse(source: str) -> list[ast.stmt]:
    try:
        return ast.parse(source).body
    except (RecursionError, MemoryError):
        raise NoAnswer("unreadable", "The cell is nested too deeply.") from None
    except ValueError as error:
        raise SyntaxError(str(error)) from None


def _leniently(cell: Cell) -> list[ast.stmt]:
    try:
        return parsed(cell.source)
    except (SyntaxError, NoAnswer):
        return []


def defined(statements: Iterable[ast.stmt]) -> set[str]:
    """The names of the functions that statements define, or assign to."""
    kinds = Definition | ast.Assign | ast.AnnAssign
    chosen = [s for s in statements if isinstance(s, kinds) and not _checks(s)]
    return {name for statement in chosen for name in bound(statement)}


def bound(statement: ast.stmt) -> set[str]:
    """The names that an import, a definition or an assignment binds."""
    if isinstance(statement, ast.Import | ast.ImportFrom):
        aliases = statement.names
        return {a.asname or a.name.partition(".")[0] for a in aliases}
    if isinstance(statement, Definition):
        return {statement.name}
    if isinstance(statement, ast.Assign | ast.AnnAssign):
        names = (n for n in ast.walk(statement) if isinstance(n, ast.Name))
        return {n.id for n in names if isinstance(n.ctx, ast.Store)}
    return set()


def used(statements: Iterable[ast.stmt]) -> set[str]:
    """The names that statements read, those of Python itself aside."""
    nodes = (node for statement in statements for node in ast.walk(statement))
    names = {n.id for n in nodes if isinstance(n, ast.Name)}
    return {name for name in names if not hasattr(builtins, name)}


def _singly(statements: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Imports name by name: one that fails takes no other with it."""
    for statement in statements:
        if _checks(statement):
            continue
        if not isinstance(statement, ast.Import | ast.ImportFrom):
            yield statement
            continue
        for alias in statement.names:
            one = type(statement)(**{**vars(statement), "names": [alias]})
            yield ast.copy_location(one, statement)


def _checks(statement: ast.stmt) -> bool:
    """Whether a statement belongs to the checks of the notebook."""
    if isinstance(statement, ast.ImportFrom):
        return statement.module == CHECKS
    value = getattr(statement, "value", None)
    called = value.func if isinstance(value, ast.Call) else None
    return isinstance(called, ast.Name) and called.id == "check"
