"""Carry a function's source from the library: whole, or as a stub to be filled in.

Everything is read from the file's syntax tree, so that nothing is copied by hand and
wrappers set around a function at run time do not matter.
"""

import ast
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

STUB = 'raise NotImplementedError("Your turn.")'


def source_of(function: Callable[..., Any]) -> str:
    """The text of a function as it stands in its file, comments included."""
    text, node = _locate(function)
    lines = text.splitlines()[node.lineno - 1 : node.end_lineno]
    return "\n".join(lines)


def stub_of(function: Callable[..., Any]) -> str:
    """Signature and docstring as they stand in the file, and a body still to write."""
    text, node = _locate(function)
    docstring = node.body[0]
    if not ast.get_docstring(node):
        raise ValueError(
            f"{node.name} has no docstring to tell the learner what to do."
        )
    lines = text.splitlines()[node.lineno - 1 : docstring.end_lineno]
    indent = " " * docstring.col_offset
    return "\n".join([*lines, f"{indent}{STUB}"])


def body_of(function: Callable[..., Any]) -> str:
    """The statements after the docstring: what the learner's edition must not show."""
    text, node = _locate(function)
    first = node.body[1].lineno - 1
    return "\n".join(text.splitlines()[first : node.end_lineno])


def _locate(function: Callable[..., Any]) -> tuple[str, ast.FunctionDef]:
    path = inspect.getsourcefile(inspect.unwrap(function))
    if path is None:
        raise ValueError(f"{function!r} was not defined in a file.")
    text = Path(path).read_text()
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef) and node.name == function.__name__:
            return text, node
    raise ValueError(f"{path} has no function {function.__name__} at its top level.")
