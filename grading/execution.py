"""Run the cells of a notebook as IPython would, and note which of them failed.

Of a cell that equals the released edition's only imports and definitions are run, and
assignments whose names the student's own code reads: it trains nothing again. All of
this happens beside the student's code, so that nothing it notes is believed to anyone's
advantage.
"""

import __future__

import ast
import asyncio
import builtins
import importlib.abc
import importlib.util
import inspect
import linecache
import os
import re
import selectors
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from types import ModuleType
from typing import Any, NamedTuple

from grading import ipython_stub, program, silent_lessons
from grading.limits import LIMITS
from grading.overtime import Overtime, stopped_after

AWAIT = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
LATE = __future__.annotations.compiler_flag  # annotations stay text
BRIEF = 3.0  # seconds for a statement of the course's own that a student builds on
# What a statement that may work outside of the sandbox raises here: the cell goes on.
DENIED = (OSError, ImportError, NameError, MemoryError, EOFError)
MISSING = object()
NEWER = re.compile(  # what Python 3.12 to 3.14 added
    r"^\s*(type\s+\w+\s*(\[[^\]]*\])?\s*=|(async\s+)?def\s+\w+\s*\[|class\s+\w+\s*\[)"
    r"|\bt['\"]",
    re.M,
)


class CellError(NamedTuple):
    """What went wrong in a cell.

    Attributes:
        cell: Its place among the code cells, from 0.
        text: The error, in words.
        denied: It may be for lack of something that the notebook had.
        ended: It ended the process, or did so with the time of all.
    """

    cell: int
    text: str
    denied: bool = False
    ended: bool = False


class ExecutionPlan(NamedTuple):
    """What is to be run: see ``Execution``.

    Attributes:
        cells: Each cell's source and what is done with it: "released", "stub" (an
            exercise's cell as released) or "written".
        prelude: Code of the course that comes first, source by source.
        references: By exercise, where the library has what it asks for: "module:name".
        failed: Exercises whose names hold the library's functions, as after a check
            that did not pass.
        helpers: Modules that lay beside the notebook, by file name.
        python: The version that the notebook was run by, as it says; or "".
    """

    cells: Sequence[tuple[str, str]]
    prelude: Sequence[str]
    references: Mapping[str, Sequence[str]]
    failed: Sequence[str] = ()
    helpers: Mapping[str, str] = {}
    python: str = ""


class Execution:
    """One notebook's namespace, and what happened in it so far."""

    def __init__(self, order: ExecutionPlan) -> None:
        self.order, self.at, self.flags = order, 0, 0
        self.module = ModuleType("__main__")
        self.scope: dict[str, Any] = vars(self.module)
        self.stubs: list[Any] = []  # functions that are still to be written
        self.note: Callable[[BaseException], None] | None = None
        self.changed: dict[str, int] = {}  # by name: the cell that bound it last
        self.checked: dict[str, tuple[Any, int]] = {}  # by exercise: answer and cell
        self.given: dict[str, Any] = {}  # the namespace before the first cell
        self.held: dict[str, Any] = {}  # by name: what it held after the last cell
        self.lent: dict[
            str, tuple[Any, ...]
        ] = {}  # by exercise: what a check gave back
        self.judged = ""  # the exercise whose answer is called
        self.left = 2 * BRIEF  # seconds for all statements of the course's own
        self.files = {os.path.normpath(k): v for k, v in order.helpers.items()}
        self.names = {
            name.partition(":")[2]: id
            for id, listed in order.references.items()
            for name in listed
        }
        self._furnish()

    def _furnish(self) -> None:
        """Put the course's names and IPython's into the namespace."""
        sys.modules["__main__"] = self.module
        sys.modules[silent_lessons.NAME] = silent_lessons.SilentLessons(self._check)
        sys.meta_path.insert(0, Beside(self.files))
        explore = sys.modules.get("teaching.explore")
        if explore is not None:
            explore.explore = silent_lessons.nothing  # type: ignore[attr-defined]
        quiet = dict.fromkeys(silent_lessons.QUIET, silent_lessons.nothing)
        self.scope |= {"__builtins__": builtins, "In": [], "Out": {}, **quiet}
        self.scope |= {"_": "", "__": "", "check": self._check, "input": lambda *_: ""}
        self.scope |= {"display": silent_lessons.nothing}
        ipython_stub.install(ipython_stub.Shell(self.scope, self._run_text, self.files))
        for source in self.order.prelude:
            self._run_released(source, frozenset())
        self.given = dict(self.scope)
        self.needed = self._needed()

    def _needed(self) -> frozenset[str]:
        """Names that the student's code reads, and what the course's make them of."""
        written, released = [], []
        for source, kind in self.order.cells:
            target = {"written": written, "released": released}.get(kind)
            if target is not None:
                target += program.statements_or_none(source)
        wanted = program.used(written)
        by_name: dict[str, list[ast.stmt]] = {}
        for statement in released:
            if isinstance(statement, ast.Assign | ast.AnnAssign | ast.AugAssign):
                for name in program.bound(statement):
                    by_name.setdefault(name, []).append(statement)
        left, needed = [*wanted & by_name.keys()], set()
        while left:
            name = left.pop()
            if name not in needed:
                needed.add(name)
                left += program.used(by_name[name]) & by_name.keys()
        return frozenset(needed)

    def run_until(self, place: int, seconds: float) -> CellError | None:
        """Run all cells from where it stands to ``place``; trouble in that last one."""
        trouble = None
        for number in range(self.at, place + 1):
            source, kind = self.order.cells[number]
            self.at = number
            if kind == "released":
                self._run_released(source, self.needed)
            else:
                trouble = self._run_cell(source, seconds)
            self._note_changes()
        self.at = place + 1
        return trouble

    def finish(self) -> None:
        """Let the names of exercises that failed hold the library's functions."""
        for name, id in self.names.items():
            if id in self.order.failed:
                self.scope[name] = self._reference(id)[name]

    def answer(self, id: str, names: Sequence[str]) -> tuple[Any, ...] | None:
        """What the names hold, or else what was handed to the exercise's check."""
        found = tuple(self.scope.get(name, MISSING) for name in names)
        if all(self._is_own(id, part) for part in found):
            return found
        handed = self.checked.get(id, ((), 0))[0]
        parts = handed if isinstance(handed, tuple) else (handed,)
        if len(parts) == len(names) and all(self._is_own(id, part) for part in parts):
            return parts
        return None if any(part is MISSING for part in found) else found

    def untouched(self, id: str, parts: Sequence[Any]) -> bool:
        """Whether these are all functions that still are to be written."""
        return not any(self._is_own(id, part) for part in parts)

    def last_cell(self, id: str, names: Sequence[str]) -> int:
        """The cell after which an answer was complete and checked; -1 if it never was.

        Below it a notebook may give a name that the answer reads to something else.
        """
        if id not in self.checked:
            return -1
        places = [self.changed.get(name, -1) for name in names]
        return max(*places, self.checked[id][1])

    def _is_own(self, id: str, part: Any) -> bool:
        """Whether it is the student's: no stub, and not what a check gave back."""
        others = (MISSING, *self.stubs, *self.lent.get(id, ()))
        return not any(part is other for other in others)

    def _check(self, id: Any = None, answer: Any = None, *_: Any, **__: Any) -> Any:
        """Note an answer, and hand back what the notebook goes on with.

        That is the library's function in place of one that is still to be written.
        """
        if not isinstance(id, str) or id not in self.order.references:
            return answer
        parts = answer if isinstance(answer, tuple) else (answer,)
        open_still = not any(self._is_own(id, part) for part in parts)
        if id not in self.checked or not open_still:
            self.checked[id] = (answer, self.at)
        if not open_still and id not in self.order.failed:
            return answer
        self.lent[id] = tuple(self._loan(id, f) for f in self._reference(id).values())
        return self.lent[id] if isinstance(answer, tuple) else self.lent[id][0]

    def _loan(self, id: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The library's function or class, to be used by every exercise but its own."""

        def refuse_own_exercise() -> None:
            if self.judged == id:
                raise NotImplementedError("This is the library's own answer.")

        def lent(*arguments: Any, **named: Any) -> Any:
            refuse_own_exercise()
            return function(*arguments, **named)

        def construct(self: Any, *arguments: Any, **named: Any) -> None:
            refuse_own_exercise()
            function.__init__(self, *arguments, **named)

        if inspect.isclass(function):
            own = {"__init__": construct, "__signature__": inspect.signature(function)}
            lent = type(function.__name__, (function,), own)
        else:
            vars(lent)["__signature__"] = inspect.signature(function)
        for name in ("__name__", "__qualname__", "__doc__", "__module__"):
            setattr(lent, name, getattr(function, name))
        return lent

    def _reference(self, id: str) -> dict[str, Any]:
        found = {}
        for place in self.order.references[id]:
            module, _, name = place.partition(":")
            found[name] = getattr(import_module(module), name)
        return found

    def _note_changes(self) -> None:
        for name in self.names:
            held = self.scope.get(name, MISSING)
            if held is not self.held.get(name, MISSING):
                self.changed[name], self.held[name] = self.at, held

    def _run_released(self, source: str, needed: frozenset[str]) -> None:
        """Imports and definitions, and what the student's code reads; no trouble."""
        for statement in program.singly(program.statements_or_none(source)):
            kinds = program.Definition | ast.Import | ast.ImportFrom
            try:
                if isinstance(statement, kinds):
                    self._execute(statement, "<course>")
                elif program.bound(statement) & needed and self.left > 0:
                    self._execute_briefly(statement)
            except BaseException:  # it is missed where it is needed
                continue

    def _execute_briefly(self, statement: ast.stmt) -> None:
        began = time.monotonic()
        try:
            with stopped_after(min(BRIEF, self.left)):
                self._execute(statement, "<course>")
        finally:
            self.left -= time.monotonic() - began

    def _run_cell(self, source: str, seconds: float) -> CellError | None:
        trouble: CellError | None = None

        def note(error: BaseException) -> None:
            nonlocal trouble
            denied = isinstance(error, DENIED)
            text = f"{type(error).__name__}: {exception_text(error)}"
            trouble = trouble or CellError(self.at, text, denied)

        self.note = note
        try:
            with stopped_after(seconds):
                self._run_text(source, name=f"<cell {self.at + 1}>")
        except Overtime:
            what = f"Still running after {seconds:.3g} s, so it was stopped."
            trouble = CellError(self.at, what, denied=True)
        except SyntaxError as error:
            trouble = trouble or self._misread(source, error)
        except BaseException as error:
            note(error)
        finally:
            self.note = None
        return trouble

    def _misread(self, source: str, error: SyntaxError) -> CellError:
        """A cell that is no Python, or none of this version."""
        here = sys.version.split()[0]
        newer = _version(self.order.python) > sys.version_info[:2]
        likely = NEWER.search(source) or "f-string" in exception_text(error)
        text = f"{type(error).__name__}: {exception_text(error)}"
        if newer:
            ran = f"The notebook was run by Python {self.order.python}, the grader is"
            text = f"{text}. {ran} Python {here}."
        elif likely and sys.version_info < (3, 14):
            text = f"{text}. The grader is Python {here}; a newer one may read it."
        return CellError(self.at, text, denied=bool(newer or likely))

    def _run_text(
        self,
        source: str,
        local: dict[str, Any] | None = None,
        name: str = "",
    ) -> Any:
        """Run a cell's text; the value of its last line.

        A statement that fails for a reason that may be the sandbox's is noted, and the
        cell goes on.
        """
        text = ipython_stub.python_of(source)
        name = name or f"<cell {self.at + 1}, text {len(linecache.cache)}>"
        lines = text.splitlines(keepends=True)
        linecache.cache[name] = (len(text), None, lines, name)
        value = None
        for statement in program.singly(program.parsed(text)):
            if self._leaves_alone(statement):
                continue
            try:
                value = self._execute(statement, name, local)
            except DENIED as error:
                if self.note is None:
                    raise
                self.note(error)
            self._note_stub(statement)
        if value is not None and local is None:
            self.scope["_"] = value
        return value

    def _leaves_alone(self, statement: ast.stmt) -> bool:
        """Whether it is a released stub below the answer: that stays what it is."""
        if not program.is_stub(statement):
            return False
        held = self.scope.get(statement.name, MISSING)
        given = self.given.get(statement.name)
        return held is not given and self._is_own(
            self.names.get(statement.name, ""), held
        )

    def _note_stub(self, statement: ast.stmt) -> None:
        if program.is_stub(statement) and statement.name in self.scope:
            self.stubs.append(self.scope[statement.name])

    def _execute(
        self, statement: ast.stmt, name: str, local: dict[str, Any] | None = None
    ) -> Any:
        """Run one statement; the value of an expression."""
        try:
            return self._with_flags(statement, name, local, self.flags)
        except NameError:
            if not isinstance(statement, program.Definition | ast.AnnAssign):
                raise
            return self._with_flags(statement, name, local, self.flags | LATE)
        finally:
            if isinstance(statement, ast.ImportFrom):
                if statement.module == "__future__":
                    for alias in statement.names:
                        feature = getattr(__future__, alias.name, None)
                        self.flags |= getattr(feature, "compiler_flag", 0)

    def _with_flags(
        self, statement: ast.stmt, name: str, local: dict[str, Any] | None, flags: int
    ) -> Any:
        expression = isinstance(statement, ast.Expr)
        tree: ast.mod
        if expression:
            tree, mode = ast.Expression(statement.value), "eval"
        else:
            tree, mode = ast.Module([statement], []), "exec"
        code = compile(tree, name, mode, flags | AWAIT, dont_inherit=True)
        inner = self.scope if local is None else local
        value = eval(code, self.scope, inner)
        if code.co_flags & inspect.CO_COROUTINE:
            value = Loop().run_until_complete(value)
        return value


class Beside(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Imports modules from texts, by file name, as from a notebook's own folder."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self.files = files

    def _place(self, name: str) -> str | None:
        stem = name.replace(".", "/")
        places = (f"{stem}.py", f"{stem}/__init__.py")
        return next((place for place in places if place in self.files), None)

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        """Where a module is, if it lay beside the notebook."""
        folder = f"{name.replace('.', '/')}/"
        if self._place(name) is None and not any(
            file.startswith(folder) for file in self.files
        ):
            return None
        return importlib.util.spec_from_loader(name, self)

    def is_package(self, name: str) -> bool:
        """Whether it is a folder."""
        place = self._place(name)
        return place is None or place.endswith("__init__.py")

    def get_source(self, name: str) -> str:
        """Its text."""
        place = self._place(name)
        return self.files[place] if place else ""

    def get_code(self, name: str) -> Any:
        """Its text, compiled; `inspect` finds it too."""
        source, file = self.get_source(name), f"<{self._place(name) or name}>"
        linecache.cache[file] = (len(source), None, source.splitlines(True), file)
        return compile(source, file, "exec", dont_inherit=True)


class Loop(asyncio.SelectorEventLoop):
    """An event loop that needs no descriptor: a worker may open none."""

    def __init__(self) -> None:
        super().__init__(Waiting())

    def _make_self_pipe(self) -> None:
        self._ssock = self._csock = None  # type: ignore[assignment]

    def _close_self_pipe(self) -> None:
        pass

    def _write_to_self(self) -> None:
        pass


class Waiting(selectors.SelectSelector):
    """Waits for nothing but time: threads that finish are found at the next look."""

    def select(self, timeout: float | None = None) -> list[Any]:
        """Let time pass."""
        time.sleep(min(0.05 if timeout is None else max(timeout, 0.0), 0.05))
        return []


def exception_text(error: BaseException) -> str:
    """What an exception says of itself, if it can."""
    try:
        return str(error)[: LIMITS.text]
    except BaseException:
        return "an exception that cannot be told"


def _version(text: str) -> tuple[int, ...]:
    found = re.match(r"(\d+)\.(\d+)", text)
    return tuple(map(int, found.groups())) if found else (0,)


def first_line(source: str) -> str:
    """The first line of a cell that says something, cut short."""
    lines: Iterator[str] = (line.strip() for line in source.splitlines())
    return next((line for line in lines if line and not line.startswith("#")), "")[:60]
