"""The learner's folder ``work/``: copies of the notebooks that are never overwritten.

``work/.editions.json`` records the hash of every edition that was copied there, so that
each edition is copied once.
"""

import hashlib
import json
import os
from pathlib import Path
from typing import Literal, NamedTuple

from course_lib.atomic_write import write_atomically

RECORD = ".editions.json"
NEWS = "@jupyterlab/apputils-extension:notification"
QUIET = {"fetchNews": "false", "checkForUpdates": False}
SETTINGS = Path("share", "jupyter", "lab", "settings", "overrides.json")


class Copy(NamedTuple):
    """The copy of one notebook, and what was done with it.

    ``news`` is "made" if the copy was created, "kept" if it already existed, or
    "beside" if a newer edition was written next to it; ``path`` is then the path of the
    newer edition.
    """

    path: Path
    news: Literal["made", "kept", "beside"]


def copy_notebooks(notebooks: Path, work: Path) -> list[Copy]:
    """Copy every notebook to ``work`` without overwriting any file.

    A missing copy is created. If a copy was made from another edition than the current
    one in ``notebooks``, it stays, and the current edition is written next to it, once.

    Raises:
        FileNotFoundError: if ``notebooks`` holds no notebook.
    """
    editions = sorted(notebooks.glob("*.ipynb"))
    if not editions:
        raise FileNotFoundError(
            f"There is no notebook in {notebooks}. Restore the folder with "
            "`git checkout -- notebooks`, or build it with `make build`."
        )
    work.mkdir(exist_ok=True)
    record = _read_record(work)
    copies = []
    for edition in editions:
        digest = hashlib.sha256(edition.read_bytes()).hexdigest()
        known = record.setdefault(edition.name, [])
        copies.append(_copy_notebook(edition, work, digest, known))
        if digest not in known:
            known.append(digest)
    write_atomically(work / RECORD, json.dumps(record, indent=1).encode())
    return copies


def _copy_notebook(edition: Path, work: Path, digest: str, known: list[str]) -> Copy:
    copy = work / edition.name
    if not os.path.lexists(copy):
        write_atomically(copy, edition.read_bytes())
        return Copy(copy, "made")
    untouched = copy.is_file() and copy.read_bytes() == edition.read_bytes()
    if digest in known or untouched:
        return Copy(copy, "kept")
    beside = work / f"{edition.stem}.new-edition-{digest[:8]}.ipynb"
    if not os.path.lexists(beside):  # an interrupted run may have written it
        write_atomically(beside, edition.read_bytes())
    return Copy(beside, "beside")


def _read_record(work: Path) -> dict[str, list[str]]:
    try:
        record = json.loads((work / RECORD).read_text(encoding="utf-8"))
        return {str(name): [*map(str, digests)] for name, digests in record.items()}
    except (FileNotFoundError, ValueError, AttributeError, TypeError):
        return {}  # missing or damaged: at worst an edition is copied a second time


def disable_news(prefix: Path) -> None:
    """Disable JupyterLab's news and update notifications for one environment.

    Writes to the settings of the environment, not to the user's home. All other
    settings are kept, and a file that is not valid JSON is not modified.

    Raises:
        OSError: if the environment cannot be written to.
    """
    path = prefix / SETTINGS
    try:
        settings = json.loads(path.read_text(encoding="utf-8"))
        quiet = settings.get(NEWS, {}) | QUIET
    except FileNotFoundError:
        settings, quiet = {}, QUIET
    except (ValueError, AttributeError, TypeError):
        return
    if settings.get(NEWS) != quiet:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, json.dumps(settings | {NEWS: quiet}, indent=1).encode())
