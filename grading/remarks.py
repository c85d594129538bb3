"""See in an answer's text what a person should look at; no point depends on it."""

import ast
import hashlib
from collections.abc import Iterable, Sequence

from grading.program import Program

SHORT = 200  # characters of a syntax tree: right answers so short are alike
PRYING = {"builtins", "ctypes", "gc", "importlib", "inspect", "os", "pathlib", "sys"}
TEACHING = "teaching"
WATCHING = ("grading", f"{TEACHING}.arguments", f"{TEACHING}.settings")
BUILTINS = {"__import__", "eval", "exec", "getattr", "globals", "open", "vars"}


def remarks(program: Program, names: Sequence[str]) -> list[str]:
    """What a person should look at: the answer names the library's own function.

    Or it uses what can find this function without naming it, and what no answer needs.
    """
    found = []
    for statement in (*program.before, *program.answer):
        for node in ast.walk(statement):
            if _takes_from_course(node, names):
                found.append(f"`{ast.unparse(node)[:80]}`: the course's own function?")
            elif _pries(node):
                found.append(f"`{ast.unparse(node)[:80]}`: what is this needed for?")
    return list(dict.fromkeys(found))[:5]


def _takes_from_course(node: ast.AST, names: Sequence[str]) -> bool:
    if isinstance(node, ast.ImportFrom):
        ours = (node.module or "").startswith("course_lib")
        return ours and any(alias.name in names for alias in node.names)
    if isinstance(node, ast.Attribute):
        return node.attr in names
    text = node.value if isinstance(node, ast.Constant) else None
    return isinstance(text, str) and text in names


def _pries(node: ast.AST) -> bool:
    """Whether it reaches for files, modules, other objects or code given as text."""
    if isinstance(node, ast.Import):
        return any(_is_inside(alias.name) for alias in node.names)
    if isinstance(node, ast.ImportFrom):
        module = node.module or ""
        return any(_is_inside(f"{module}.{alias.name}") for alias in node.names)
    if isinstance(node, ast.Attribute):
        inner = node.attr.startswith("__") and node.attr != "__init__"
        return inner or node.attr in PRYING
    return isinstance(node, ast.Name) and node.id in PRYING | BUILTINS


def _is_inside(module: str) -> bool:
    """Whether it is about this machine, or about what runs and watches answers."""
    return module.startswith(WATCHING) or module.partition(".")[0] in PRYING


def fingerprint(statements: Iterable[ast.stmt], names: Sequence[str]) -> str:
    """A short text that is the same for functions that differ in layout only.

    Comments, docstrings and annotations do not count; "" for a stub.
    """
    found = []
    for statement in statements:
        if isinstance(statement, ast.FunctionDef) and statement.name in names:
            body = statement.body[ast.get_docstring(statement) is not None :]
            found.append("".join(map(ast.dump, body)))
    written = "".join(found)
    if len(written) < SHORT or "NotImplementedError" in written:
        return ""
    return hashlib.sha256(written.encode("utf-8", "replace")).hexdigest()[:16]
