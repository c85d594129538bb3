"""Write a whole file or nothing: a kill at any moment leaves the old one or the new."""

import csv
import io
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path


def as_csv(lines: Iterable[Iterable[object]]) -> str:
    """Lines of cells as comma-separated values; None is an empty cell."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(lines)
    return text.getvalue()


def write_atomically(path: Path, content: bytes) -> None:
    """Write a whole file or nothing: beside its name, synced, then renamed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, beside = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(beside, 0o644)  # mkstemp lets nobody else read
        os.replace(beside, path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise
