"""Run a notebook in place and write down which of our files its outputs came from."""

import hashlib
import json
from pathlib import Path
from typing import Any

from jupyter_core.utils import run_sync
from nbclient import NotebookClient
from nbformat import NotebookNode

CELL_SECONDS = 600
READ = ("course_lib", "teaching", "lessons", "data")  # folders that outputs come from
WIDGET = "application/vnd.jupyter.widget-view+json"
WATCH = """
import sys
_opened = set()
sys.addaudithook(lambda event, args: event == "open" and _opened.add(str(args[0])))
"""
REPORT = """
import json, sys
_files = {getattr(m, "__file__", None) or "" for m in list(sys.modules.values())}
print(json.dumps(sorted(_files | _opened)))
"""


def execute(notebook: NotebookNode, root: Path) -> None:
    """Run every cell; keep the outputs that a page without a kernel can show.

    ``metadata.course.made_from`` then holds the digest of every file of these folders
    that the run read: outputs are stale as soon as one of them changes.

    Raises:
        nbclient.exceptions.CellExecutionError: if a cell fails.
    """
    resources = {"metadata": {"path": str(root)}}
    client = NotebookClient(
        notebook, timeout=CELL_SECONDS, record_timing=False, resources=resources
    )
    with client.setup_kernel():
        _run_aside(client, WATCH)
        for index, cell in enumerate(notebook.cells):
            client.execute_cell(cell, index)
        read = json.loads(_run_aside(client, REPORT))
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if _stands_alone(output)]
    notebook.metadata.pop("widgets", None)
    notebook.metadata.language_info = {"name": "python"}
    notebook.metadata.course.made_from = {
        str(path): digest(root / path) for path in _ours(read, root)
    }


def digest(path: Path) -> str:
    """A short fingerprint of a file's bytes; "missing" where there is none."""
    if not path.is_file():
        return "missing"
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def _ours(read: list[str], root: Path) -> list[Path]:
    paths = {Path(name) for name in read}
    inside = {p.relative_to(root) for p in paths if p.is_relative_to(root)}
    kept = (p for p in inside if p.parts[0] in READ)
    return sorted(p for p in kept if (root / p).is_file() and p.suffix != ".pyc")


def _run_aside(client: NotebookClient, code: str) -> str:
    """Run code in the notebook's kernel without a cell; return what it printed."""
    printed: list[str] = []

    def keep(message: dict[str, Any]) -> None:
        if message["msg_type"] == "stream":
            printed.append(message["content"]["text"])

    assert client.kc is not None
    run_sync(client.kc.execute_interactive)(
        code, store_history=False, output_hook=keep, timeout=60
    )
    return "".join(printed)


def _stands_alone(output: NotebookNode) -> bool:
    on_stderr = output.output_type == "stream" and output.name == "stderr"
    return not on_stderr and WIDGET not in output.get("data", {})
