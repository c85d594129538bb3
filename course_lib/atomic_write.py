"""Write files atomically: a crash leaves the old file or the new one, never a part."""

import csv
import io
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path


def as_csv(rows: Iterable[Iterable[object]]) -> str:
    """Rows of cells as comma-separated values; None becomes an empty cell."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def write_atomically(path: Path, content: bytes) -> None:
    """Write ``content`` to ``path`` atomically, by a temporary file and a rename.

    The temporary file stands in the same folder, and it is synced to disk before the
    rename. Missing folders are created.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)  # mkstemp creates files for the owner only
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
