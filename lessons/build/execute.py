"""Execute a notebook, and record the files of the course that its outputs depend on."""

import hashlib
import json
from pathlib import Path
from typing import Any

from jupyter_core.utils import run_sync
from nbclient import NotebookClient
from nbformat import NotebookNode

CELL_SECONDS = 600
RECORDED = ("course_lib", "teaching", "lessons", "data")  # folders of these files
WIDGET = "application/vnd.jupyter.widget-view+json"
START_RECORDING = """
import sys
_opened = set()
sys.addaudithook(lambda event, args: event == "open" and _opened.add(str(args[0])))
"""
PRINT_RECORD = """
import json, sys
_files = {getattr(m, "__file__", None) or "" for m in list(sys.modules.values())}
print(json.dumps(sorted(_files | _opened)))
"""


def execute(notebook: NotebookNode, root: Path) -> None:
    """Run every cell in place; keep the outputs that can be shown without a kernel.

    ``metadata.course.made_from`` then holds the digest of every file in ``RECORDED``
    that was read: the outputs are stale as soon as one of them changes.

    Raises:
        nbclient.exceptions.CellExecutionError: if a cell fails.
    """
    resources = {"metadata": {"path": str(root)}}
    client = NotebookClient(
        notebook, timeout=CELL_SECONDS, record_timing=False, resources=resources
    )
    with client.setup_kernel():
        _run_without_cell(client, START_RECORDING)
        for index, cell in enumerate(notebook.cells):
            client.execute_cell(cell, index)
        files = json.loads(_run_without_cell(client, PRINT_RECORD))
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if _is_static(output)]
    notebook.metadata.pop("widgets", None)
    notebook.metadata.language_info = {"name": "python"}
    notebook.metadata.course.made_from = {
        str(path): digest(root / path) for path in _recorded(files, root)
    }


def digest(path: Path) -> str:
    """A short hash of a file's content; "missing" if there is no file."""
    if not path.is_file():
        return "missing"
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def _recorded(files: list[str], root: Path) -> list[Path]:
    paths = {Path(name) for name in files}
    inside = {p.relative_to(root) for p in paths if p.is_relative_to(root)}
    sources = (p for p in inside if p.parts[0] in RECORDED)
    return sorted(p for p in sources if (root / p).is_file() and p.suffix != ".pyc")


def _run_without_cell(client: NotebookClient, code: str) -> str:
    """Run code in the notebook's kernel outside of its cells; return its output."""
    printed: list[str] = []

    def keep(message: dict[str, Any]) -> None:
        if message["msg_type"] == "stream":
            printed.append(message["content"]["text"])

    assert client.kc is not None
    run_sync(client.kc.execute_interactive)(
        code, store_history=False, output_hook=keep, timeout=60
    )
    return "".join(printed)


def _is_static(output: NotebookNode) -> bool:
    on_stderr = output.output_type == "stream" and output.name == "stderr"
    return not on_stderr and WIDGET not in output.get("data", {})
