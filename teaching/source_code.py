"""The source of a function or class of the library, in full or as a stub.

Sources are read from the file's syntax tree, so that decorators applied at run time do
not matter.
"""

import ast
import builtins
import inspect
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

STUB = 'raise NotImplementedError("Your turn.")'
Definition = ast.FunctionDef | ast.ClassDef


def source_of(answer: Callable[..., Any]) -> str:
    """The text of a function or class as it stands in its file, comments included."""
    text, node = _locate(answer)
    lines = text.splitlines()[node.lineno - 1 : node.end_lineno]
    return "\n".join(lines)


def stub_of(answer: Callable[..., Any], methods: Sequence[str] = ()) -> str:
    """The source, with ``raise NotImplementedError`` in place of the learner's part.

    Of a function, the signature and the docstring stay. Of a class, the bodies of
    ``methods`` are replaced, or of all methods if none is named.

    Raises:
        ValueError: if a function to write has no docstring, or a method is missing.
    """
    text, node = _locate(answer)
    lines = text.splitlines()
    first = node.lineno
    for part in reversed(_written_by_learner(node, methods)):
        docstring = part.body[0]
        if ast.get_docstring(part) is None:
            if part.name != "__init__":
                raise ValueError(
                    f"{part.name} has no docstring to tell the learner what to do."
                )
            kept = part.body[0].lineno - 1
        else:
            kept = docstring.end_lineno or 0
        indent = " " * docstring.col_offset
        body = [f"{indent}super().__init__()"] * (part.name == "__init__")
        lines[kept : part.end_lineno] = [*body, f"{indent}{STUB}"]
    shortened = len(text.splitlines()) - len(lines)
    return "\n".join(lines[first - 1 : (node.end_lineno or 0) - shortened])


def body_of(answer: Callable[..., Any], methods: Sequence[str] = ()) -> str:
    """The statements that ``stub_of`` removes."""
    text, node = _locate(answer)
    lines, bodies = text.splitlines(), []
    for part in _written_by_learner(node, methods):
        documented = ast.get_docstring(part) is not None
        first = part.body[1 if documented and len(part.body) > 1 else 0].lineno - 1
        bodies.append("\n".join(lines[first : part.end_lineno]))
    return "\n".join(bodies)


def imports_of(answer: Callable[..., Any], known: Collection[str]) -> list[str]:
    """Import statements for the names that a source uses, except ``known`` ones.

    Names defined in the same file are imported from its module.
    """
    text, node = _locate(answer)
    module = inspect.unwrap(answer).__module__
    used = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
    used -= {*known, node.name, *vars(builtins)}
    lines = []
    for statement in ast.parse(text).body:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            for alias in statement.names:
                if (alias.asname or alias.name.partition(".")[0]) in used:
                    one = type(statement)(**{**vars(statement), "names": [alias]})
                    lines.append(ast.unparse(one))
        elif isinstance(statement, Definition) and statement.name in used:
            lines.append(f"from {module} import {statement.name}")
        elif isinstance(statement, ast.Assign | ast.AnnAssign):
            targets = [n for n in ast.walk(statement) if isinstance(n, ast.Name)]
            names = {n.id for n in targets if isinstance(n.ctx, ast.Store)} & used
            lines += [f"from {module} import {name}" for name in sorted(names)]
    return lines


def _written_by_learner(
    node: Definition, methods: Sequence[str]
) -> list[ast.FunctionDef]:
    if isinstance(node, ast.FunctionDef):
        return [node]
    own = {part.name: part for part in node.body if isinstance(part, ast.FunctionDef)}
    missing = [name for name in methods if name not in own]
    if missing:
        raise ValueError(f"{node.name} has no method {', '.join(missing)}.")
    return [own[name] for name in own if not methods or name in methods]


def _locate(function: Callable[..., Any]) -> tuple[str, Definition]:
    path = inspect.getsourcefile(inspect.unwrap(function))
    if path is None:
        raise ValueError(f"{function!r} was not defined in a file.")
    text = Path(path).read_text()
    for node in ast.parse(text).body:
        if isinstance(node, Definition) and node.name == function.__name__:
            return text, node
    raise ValueError(f"{path} defines no {function.__name__} at its top level.")
