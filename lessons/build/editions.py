"""The two editions of every lesson: which notebooks are stale, and how to build them.

A lesson is written in `lessons/NAME/lesson.py` only. The learner's edition
(`notebooks/`) has stubs in place of answers and no outputs. The edition in `solutions/`
has the references, is executed, and keeps its outputs.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from course_lib.atomic_write import write_atomically
from lessons import LESSONS
from lessons.build.compose import Edition, compose
from lessons.build.execute import digest, execute

ROOT = Path(__file__).resolve().parents[2]
FOLDERS: dict[Edition, str] = {"learner": "notebooks", "solutions": "solutions"}
NOTEBOOKS = {lesson.name: lesson.notebook for lesson in LESSONS}


def build(
    root: Path = ROOT, *, names: Sequence[str] = (), force: bool = False
) -> list[Path]:
    """Write every edition that is stale, or all if forced; return the paths written.

    ``names`` are the folders of the lessons to build; without names all are built.
    Notebooks are written atomically.
    """
    written = []
    for source, edition in editions(root):
        if names and source.parent.name not in names:
            continue
        if not force and not is_stale(root, source, edition):
            continue
        notebook = compose(source, edition)
        target = path_of(root, source, edition)
        if edition == "solutions" and (force or not _reuse_outputs(target, notebook)):
            execute(notebook, root)
        _write(target, notebook)
        written.append(target)
    return written


def stale(root: Path = ROOT) -> list[Path]:
    """The notebooks that do not agree with their sources."""
    return [
        path_of(root, source, edition)
        for source, edition in editions(root)
        if is_stale(root, source, edition)
    ]


def editions(root: Path) -> Iterator[tuple[Path, Edition]]:
    """Every lesson's source, paired with each edition."""
    for lesson in LESSONS:
        source = root / "lessons" / lesson.name / "lesson.py"
        if source.exists():
            for edition in FOLDERS:
                yield source, edition


def path_of(root: Path, source: Path, edition: Edition) -> Path:
    """The path of an edition of a lesson."""
    return root / FOLDERS[edition] / f"{NOTEBOOKS[source.parent.name]}.ipynb"


def is_stale(root: Path, source: Path, edition: Edition) -> bool:
    """Whether a notebook is missing, was edited, or was built from older files."""
    target = path_of(root, source, edition)
    if not target.exists():
        return True
    built, fresh = nbformat.read(target, as_version=4), compose(source, edition)
    if [_content(c) for c in built.cells] != [_content(c) for c in fresh.cells]:
        return True
    made_from = built.metadata.get("course", {}).get("made_from", {})
    if edition == "solutions" and not made_from:
        return True
    return any(digest(root / name) != known for name, known in made_from.items())


def _reuse_outputs(target: Path, fresh: NotebookNode) -> bool:
    """Copy the stored outputs if only text has changed; return whether this was so."""
    if not target.exists():
        return False
    built = nbformat.read(target, as_version=4)
    made_from = built.metadata.get("course", {}).get("made_from", {})
    root = target.parents[1]
    if not made_from or any(digest(root / n) != d for n, d in made_from.items()):
        return False
    old, new = (
        [cell for cell in notebook.cells if cell.cell_type == "code"]
        for notebook in (built, fresh)
    )
    if [cell.source for cell in old] != [cell.source for cell in new]:
        return False
    for stored, cell in zip(old, new, strict=True):
        cell.outputs, cell.execution_count = stored.outputs, stored.execution_count
    fresh.metadata = built.metadata
    return True


def _content(cell: NotebookNode) -> tuple[str, str, str, str]:
    metadata = json.dumps(cell.metadata, sort_keys=True)
    return cell.id, cell.cell_type, cell.source, metadata


def _write(path: Path, notebook: NotebookNode) -> None:
    nbformat.validate(notebook)
    text = json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    write_atomically(path, text.encode())
