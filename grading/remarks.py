"""Remarks on the source of an answer, for the instructor; they never change points."""

import ast
import hashlib
from collections.abc import Iterable, Sequence

from grading.program import Definition, Function, Program, is_stub

SHORT = 200  # characters of a syntax tree; short correct answers are often identical
SYSTEM_MODULES = {
    *("builtins", "ctypes", "gc", "importlib", "inspect", "os", "pathlib", "sys"),
}
GRADING_MODULES = ("grading", "teaching.argument_copies", "teaching.torch_settings")
BUILTINS = {"__import__", "eval", "exec", "getattr", "globals", "open", "vars"}
INTROSPECTION = {"builtins", "ctypes", "gc", "inspect", "__import__", "globals"}


def remarks(
    program: Program, names: Sequence[str], others: Iterable[ast.stmt] = ()
) -> list[str]:
    """Reasons to review an answer: it names the reference, or uses introspection.

    ``others`` are the statements of the notebook that the answer does not depend on. Of
    these only imports of the reference and introspection are remarked, because a cell
    may use files and modules for other purposes.
    """
    found = []
    for statement in (*program.before, *program.answer):
        for node in ast.walk(statement):
            if _takes_from_course(node, names):
                found.append(f"`{_brief(node)}`: the course's own function?")
            elif _uses_system(node):
                found.append(f"`{_brief(node)}`: what is this needed for?")
    for statement in others:
        for node in ast.walk(statement):
            if isinstance(node, ast.ImportFrom) and _takes_from_course(node, names):
                found.append(f"`{_brief(node)}`: the course's own function?")
            elif _uses_introspection(node):
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


def _uses_system(node: ast.AST) -> bool:
    """Whether it uses files, modules, introspection or code given as text."""
    if isinstance(node, ast.Import):
        return any(_is_system(alias.name) for alias in node.names)
    if isinstance(node, ast.ImportFrom):
        module = node.module or ""
        return any(_is_system(f"{module}.{alias.name}") for alias in node.names)
    if isinstance(node, ast.Attribute):
        special = node.attr.startswith("__") and node.attr != "__init__"
        return special or node.attr in SYSTEM_MODULES
    return isinstance(node, ast.Name) and node.id in SYSTEM_MODULES | BUILTINS


def _uses_introspection(node: ast.AST) -> bool:
    """Whether it uses the names of other code, or the modules of the grader."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        module = getattr(node, "module", None) or ""
        names = [module or alias.name for alias in node.names]
        return any(n.startswith(GRADING_MODULES) or n in INTROSPECTION for n in names)
    if isinstance(node, ast.Attribute):
        return node.attr in INTROSPECTION or node.attr in ("__globals__", "__code__")
    return isinstance(node, ast.Name) and node.id in INTROSPECTION


def _is_system(module: str) -> bool:
    """Whether it is a module of the operating system or of the grader."""
    package = module.partition(".")[0]
    return module.startswith(GRADING_MODULES) or package in SYSTEM_MODULES


def fingerprint(
    statements: Iterable[ast.stmt], names: Sequence[str], methods: Sequence[str] = ()
) -> str:
    """A hash of the definitions of these names that ignores the layout.

    Of a class, it is that of the ``methods``, or of all if none is named. Comments,
    docstrings and annotations are ignored; "" for a stub or short answers.
    """
    found = []
    for statement in statements:
        named = isinstance(statement, Definition) and statement.name in names
        if named and not is_stub(statement):
            parts = [statement]
            if isinstance(statement, ast.ClassDef):
                own = [part for part in statement.body if isinstance(part, Function)]
                parts = [part for part in own if not methods or part.name in methods]
            for part in parts:
                body = part.body[ast.get_docstring(part) is not None :]
                found.append("".join(map(ast.dump, body)))
    written = "".join(found)
    if len(written) < SHORT or "NotImplementedError" in written:
        return ""
    return hashlib.sha256(written.encode("utf-8", "replace")).hexdigest()[:16]
