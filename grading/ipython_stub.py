"""A replacement of IPython's shell for cells that run in a worker.

IPython turns `%time f()`, `!ls` and `x?` into calls of `get_ipython()`. Here a magic
that runs Python code runs it; all others do nothing.
"""

import os
import re
import sys
from collections.abc import Callable, Mapping
from types import ModuleType, SimpleNamespace
from typing import Any

from IPython.core.inputtransformer2 import TransformerManager

Magic = Callable[..., Any]
RUNS_HERE = ("time", "prun", "debug", "memit", "mprun", "lprun", "snakeviz", "scalene")
RUNS_APART = ("timeit",)  # in a separate local scope, as in timeit
NOT_PLAIN = (
    re.compile(  # magics, shell, help, auto-call, prompts, an indented first line
        r"[%!?]|^\s*[,;/]|^\s*(>>>|\.\.\.|In ?\[)|\A\s*[ \t]\S", re.M
    )
)
WRITES = ("writefile", "file")


class Captured:
    """The result of `%%capture name`, without output."""

    stdout = stderr = ""
    outputs: tuple[Any, ...] = ()

    def show(self) -> None:
        """Show nothing."""

    def __str__(self) -> str:
        return ""


class Lines(list[str]):
    """The output lines of a shell command: none."""

    l = list = p = ()  # noqa: E741 (IPython's names)
    s = n = ""


class Shell:
    """The object that `get_ipython()` returns: IPython's methods for one namespace.

    ``run`` executes Python source in the namespace, optionally with local names in a
    dictionary; ``files`` holds the modules next to the notebook, by file name.
    """

    def __init__(
        self,
        scope: dict[str, Any],
        run: Callable[..., Any],
        files: dict[str, str],
    ) -> None:
        self.user_ns = self.user_global_ns = scope
        self.files, self._run = files, run
        self.line_magics: dict[str, Magic] = {}
        self.cell_magics: dict[str, Magic] = {}

    def run_line_magic(self, name: str, line: str, *_: Any, **__: Any) -> Any:
        """Run `%name line`."""
        if name in self.line_magics:
            return self.line_magics[name](line)
        if name in RUNS_HERE:
            return self._run(without_options(line))
        if name in RUNS_APART:
            return self._run(without_options(line), {})
        if name in ("env", "set_env"):
            return _environment(line)
        if name == "run":
            return self._run_file(line)
        return _default_result(name)

    def run_cell_magic(self, name: str, line: str, cell: str) -> Any:
        """Run `%%name line` and the cell under it."""
        if name in self.cell_magics:
            return self.cell_magics[name](line, cell)
        if name == "capture":
            if found := [word for word in line.split() if word.isidentifier()]:
                self.user_ns[found[0]] = Captured()
            return self._run(cell)
        if name in RUNS_HERE:
            return self._run(cell)
        if name in RUNS_APART:
            return self._run(cell, {})
        if name in WRITES and line.split():
            self.files[os.path.normpath(line.split()[-1])] = cell
        return None

    def system(self, command: str) -> None:
        """Do not run a shell command."""

    system_piped = system_raw = system

    def getoutput(self, command: str, *_: Any, **__: Any) -> Lines:
        """The output of a shell command, which is not run: no lines."""
        return Lines()

    getoutput_raw = getoutput

    def magic(self, line: str) -> Any:
        """Run a line magic."""
        name, _, rest = line.lstrip("%").partition(" ")
        return self.run_line_magic(name, rest)

    def run_cell(self, source: str, *_: Any, **__: Any) -> Any:
        """Run the source of a cell."""
        return SimpleNamespace(result=self._run(source), success=True)

    def ex(self, source: str) -> None:
        """Run a statement."""
        self._run(source)

    def ev(self, source: str) -> Any:
        """The value of an expression."""
        return eval(source, self.user_ns)

    def push(self, names: Mapping[str, Any], *_: Any, **__: Any) -> None:
        """Put names into the namespace."""
        if isinstance(names, Mapping):
            self.user_ns.update(names)

    def register_magic_function(
        self, function: Magic, magic_kind: str = "line", magic_name: str | None = None
    ) -> None:
        """Register a function as a magic."""
        name = magic_name or function.__name__
        if "line" in magic_kind:
            self.line_magics[name] = function
        if magic_kind.endswith("cell"):
            self.cell_magics[name] = function

    def transform_cell(self, source: str) -> str:
        """The Python source to which IPython transforms a cell."""
        return python_of(source)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Nothing()

    def _run_file(self, line: str) -> None:
        names = [word for word in line.split() if not word.startswith("-")]
        source = self.files.get(os.path.normpath(names[0])) if names else None
        if source is None:
            raise FileNotFoundError(f"%run {line}: there is no such file")
        self._run(source)


class Nothing:
    """Any other attribute of IPython's shell: it can be read and called, no effect."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Nothing()

    def __call__(self, *_: Any, **__: Any) -> None:
        return None


def python_of(source: str) -> str:
    """The Python source to which IPython transforms a cell.

    Raises:
        SyntaxError: if IPython cannot transform it.
    """
    if not NOT_PLAIN.search(source):
        return source  # IPython would find nothing to transform, but take longer
    try:
        return str(TransformerManager().transform_cell(source))
    except (RecursionError, MemoryError, ValueError):  # Python's parser reports it
        return source


def without_options(line: str) -> str:
    """The statement behind a magic's options, such as `-n1 -r 3`."""
    words = line.strip()
    while words.startswith("-"):
        option, _, words = words.partition(" ")
        words = words.lstrip()
        if len(option) == 2 and option not in ("-o", "-q", "-c", "-p:"):
            number, _, rest = words.partition(" ")
            words = rest.lstrip() if number.isdigit() else words
    return words


def install(shell: Shell) -> None:
    """Let `get_ipython()` return this shell, wherever it is imported from."""
    get = lambda: shell  # noqa: E731
    for name in ("IPython", "IPython.core.getipython", "IPython.core.magic"):
        module = sys.modules.get(name)
        if isinstance(module, ModuleType):
            module.get_ipython = get  # type: ignore[attr-defined]
    shell.user_ns["get_ipython"] = get


def _environment(line: str) -> Any:
    """`%env`, `%env NAME`, `%env NAME=value` and `%env NAME value`."""
    name, separator, value = line.strip().partition("=" if "=" in line else " ")
    if not name:
        return dict(os.environ)
    if not separator:
        return os.environ.get(name)
    os.environ[name.strip()] = value.strip()
    return None


def _default_result(name: str) -> Any:
    """The result of any other magic."""
    if name in ("pwd", "cd"):
        return os.getcwd() if name == "pwd" else None
    if name in ("ls", "sx", "sc", "system", "who_ls", "dhist"):
        return Lines()
    return None
