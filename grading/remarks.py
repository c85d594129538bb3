"""See in an answer's text what a person should look at; no point depends on it."""

import ast
import hashlib
from collections.abc import Iterable, Sequence

from grading.program import Program, is_stub

SHORT = 200  # characters of a syntax tree: right answers so short are alike
PRYING = {"builtins", "ctypes", "gc", "importlib", "inspect", "os", "pathlib", "sys"}
TEACHING = "teaching"
WATCHING = ("grading", f"{TEACHING}.arguments", f"{TEACHING}.settings")
BUILTINS = {"__import__", "eval", "exec", "getattr", "globals", "open", "vars"}
REACHING = {"builtins", "ctypes", "gc", "inspect", "__import__", "globals"}


def remarks(
    program: Program, names: Sequence[str], others: Iterable[ast.stmt] = ()
) -> list[str]:
    """What a person should look at: the answer names the library's own function.

    Or it uses what can find this function without naming it, and what no answer needs.
    ``others`` are the statements of the notebook that the answer does not build on: of
    these it counts only if they reach for the function, or for what runs answers.
    """
    found = []
    for statement in (*program.before, *program.answer):
        for node in ast.walk(statement):
            if _takes_from_course(node, names):
                found.append(f"`{_brief(node)}`: the course's own function?")
            elif _pries(node):
                found.append(f"`{_brief(node)}`: what is this needed for?")
    for statement in others:
        for node in ast.walk(statement):
            if isinstance(node, ast.ImportFrom) and _takes_from_course(node, names):
                found.append(f"`{_brief(node)}`: the course's own function?")
            elif _reaches_in(node):
                found.append(f"`{_brief(node)}`: what is this needed for?")
    return list(dict.fromkeys(found))[:5]


def _brief(node: ast.AST) -> str:
    return ast.unparse(node)[:80]


def _takes_from_course(node: ast.AST, names: Sequence[str]) -> bool:
    if isinstance(node, ast.ImportFrom):
        package = (node.module or "").partition(".")[0]
        ours = package in ("course_lib", "lessons", "teaching")
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


def _reaches_in(node: ast.AST) -> bool:
    """Whether it reaches for other code's names, or for what runs and watches answers.

    A cell may use files and modules without an answer that builds on it.
    """
    if isinstance(node, ast.Import | ast.ImportFrom):
        inside = getattr(node, "module", None) or ""
        names = [inside or alias.name for alias in node.names]
        return any(n.startswith(WATCHING) or n in REACHING for n in names)
    if isinstance(node, ast.Attribute):
        return node.attr in REACHING or node.attr in ("__globals__", "__code__")
    return isinstance(node, ast.Name) and node.id in REACHING


def _is_inside(module: str) -> bool:
    """Whether it is about this machine, or about what runs and watches answers."""
    return module.startswith(WATCHING) or module.partition(".")[0] in PRYING


def fingerprint(statements: Iterable[ast.stmt], names: Sequence[str]) -> str:
    """A short text that is the same for functions that differ in layout only.

    Comments, docstrings and annotations do not count; "" for a stub.
    """
    found = []
    for statement in statements:
        named = isinstance(statement, ast.FunctionDef) and statement.name in names
        if named and not is_stub(statement):
            body = statement.body[ast.get_docstring(statement) is not None :]
            found.append("".join(map(ast.dump, body)))
    written = "".join(found)
    if len(written) < SHORT or "NotImplementedError" in written:
        return ""
    return hashlib.sha256(written.encode("utf-8", "replace")).hexdigest()[:16]
