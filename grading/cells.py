"""Read the cells of an untrusted notebook file."""

import json
import re
from typing import Any, NamedTuple

from grading.limits import LIMITS

FORMAT = 4  # of notebooks since 2015
FUNCTION = re.compile(r"^[ \t]*def (\w+)\(", re.M)


class Unreadable(Exception):
    """The file is no notebook of this course; the message is a sentence."""


class Cell(NamedTuple):
    """A code cell: its id, its nbgrader id (or ""), and its source."""

    id: str
    grade_id: str
    source: str


class Contents(NamedTuple):
    """The content of a notebook.

    Attributes:
        cells: The code cells, in order.
        python: The Python version in its metadata, or "".
        text: The cell type of markdown and raw cells, by cell id and by the names of
            functions that are defined in their text.
    """

    cells: list[Cell]
    python: str
    text: dict[str, str]


def code_cells(raw: bytes) -> list[Cell]:
    """The code cells of a notebook's file, in order.

    Raises:
        Unreadable: see ``contents``.
    """
    return contents(raw).cells


def contents(raw: bytes) -> Contents:
    """The content of a notebook's file.

    Raises:
        Unreadable: if it is empty, not JSON, not a notebook, of another format, or too
            long.
    """
    notebook = _notebook(raw)
    cells = notebook.get("cells")
    if not isinstance(cells, list):
        raise Unreadable("The file is no notebook: it has no list of cells.")
    whole = [cell for cell in cells if isinstance(cell, dict)]
    found = [_cell(cell) for cell in whole if _is_code(cell)]
    text: dict[str, str] = {}
    for cell in whole:
        if cell.get("cell_type") in ("markdown", "raw"):
            id, _, source = _cell(cell)
            for name in (id, *FUNCTION.findall(source)):
                text.setdefault(name, cell["cell_type"])
    result = Contents(found, _python(notebook), text)
    size = len(json.dumps(result))  # as it is sent by the process that reads it
    if size > LIMITS.code:
        raise Unreadable(f"The notebook holds {size:,} characters of code and ids.")
    return result


def _python(notebook: dict[str, Any]) -> str:
    found: Any = notebook
    for name in ("metadata", "language_info", "version"):
        found = found.get(name) if isinstance(found, dict) else None
    return found[:20] if isinstance(found, str) else ""


def _notebook(raw: bytes) -> dict[str, Any]:
    if not raw.strip():
        raise Unreadable("The file is empty.")
    try:
        notebook = json.loads(raw)
    except (ValueError, RecursionError, MemoryError) as error:
        raise Unreadable(f"The file is no notebook: {_short(error)}.") from None
    version = notebook.get("nbformat") if isinstance(notebook, dict) else None
    if not isinstance(version, int):
        raise Unreadable("The file is no notebook: it does not say its nbformat.")
    if version != FORMAT:
        raise Unreadable(
            f"The notebook has nbformat {version}, not {FORMAT}. Opened in JupyterLab "
            f"and saved again, it can be read."
        )
    return notebook


def _is_code(cell: dict[str, Any]) -> bool:
    return cell.get("cell_type") == "code"


def _cell(cell: dict[str, Any]) -> Cell:
    text = cell.get("source")
    if isinstance(text, list):
        text = "".join(line for line in text if isinstance(line, str))
    metadata = cell.get("metadata")
    marks = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    grade_id = marks.get("grade_id") if isinstance(marks, dict) else None
    return Cell(
        *(x if isinstance(x, str) else "" for x in (cell.get("id"), grade_id, text))
    )


def _short(error: Exception) -> str:
    return f"{type(error).__name__}, {str(error)[:80]}"
