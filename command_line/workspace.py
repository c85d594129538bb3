"""Prepare the place where a learner works, and never touch what is theirs.

``work/`` holds the learner's copies of the notebooks. ``work/.editions.json`` remembers
the digest of every edition that was handed out, so each is handed out once.
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
    """One notebook of the learner's, and what became of it.

    ``news`` says whether the copy was ``made`` now, was ``kept`` as it is, or a newer
    edition was put ``beside`` it; ``path`` is then the newer edition's.
    """

    path: Path
    news: Literal["made", "kept", "beside"]


def hand_out(notebooks: Path, work: Path) -> list[Copy]:
    """Give the learner a copy of every notebook; overwrite nothing that exists.

    A missing copy is made. A copy made from another edition than the one that now lies
    in ``notebooks`` stays, and the new edition is put beside it, once.

    Raises:
        FileNotFoundError: if ``notebooks`` holds no notebook.
    """
    editions = sorted(notebooks.glob("*.ipynb"))
    if not editions:
        raise FileNotFoundError(
            f"No notebook lies in {notebooks}. Bring the folder back with "
            "`git checkout -- notebooks`, or build it with `make build`."
        )
    work.mkdir(exist_ok=True)
    handed_out = _read_record(work)
    copies = []
    for edition in editions:
        digest = hashlib.sha256(edition.read_bytes()).hexdigest()
        known = handed_out.setdefault(edition.name, [])
        copies.append(_hand_out_one(edition, work, digest, known))
        if digest not in known:
            known.append(digest)
    write_atomically(work / RECORD, json.dumps(handed_out, indent=1).encode())
    return copies


def _hand_out_one(edition: Path, work: Path, digest: str, known: list[str]) -> Copy:
    copy = work / edition.name
    if not os.path.lexists(copy):
        write_atomically(copy, edition.read_bytes())
        return Copy(copy, "made")
    untouched = copy.is_file() and copy.read_bytes() == edition.read_bytes()
    if digest in known or untouched:
        return Copy(copy, "kept")
    beside = work / f"{edition.stem}.new-edition-{digest[:8]}.ipynb"
    if not os.path.lexists(beside):  # a run that was killed may have put it here
        write_atomically(beside, edition.read_bytes())
    return Copy(beside, "beside")


def _read_record(work: Path) -> dict[str, list[str]]:
    try:
        record = json.loads((work / RECORD).read_text(encoding="utf-8"))
        return {str(name): [*map(str, digests)] for name, digests in record.items()}
    except (FileNotFoundError, ValueError, AttributeError, TypeError):
        return {}  # lost or damaged: at worst an edition is put beside a copy again


def silence_news(prefix: Path) -> None:
    """Switch JupyterLab's news and update pop-ups off for one environment.

    Writes to the environment's own settings, not to the user's home. Every other
    setting stays, and so does a file that is not plain JSON.

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
