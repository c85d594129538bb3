"""Property test: every submitted file is graded, assigned to a student or left out."""

import io
import tempfile
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from classroom import notebook
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grading import tables
from grading.archives import Broken
from grading.cells import Unreadable
from grading.submissions import Submissions, read_submissions

NOTEBOOK = notebook({"X1-4": "pass"})
FOLDERS = (
    "Ada",
    "Bo Li",
    "submissions",
    "submitted",
    "HW1",
    "ps1",
    "assignment_7_export",
    "submission_1",
    "submission_2",
    "Ada L_101_assignsubmission_file_",
    "Ada L_101_assignsubmission_onlinetext_",
    "10001-2 - Ada L - Nov 30, 2026 419 PM",
    "10001-2 - Ada L - Nov 30, 2026 519 PM",
    "ada+ps1+2026-11-30 16:19:22 UTC",
    "Version 1",
    "__MACOSX",
    ".ipynb_checkpoints",
    ".venv",
    "venv",
    "site-packages",
    "source",
    "Zoë",
)
FILES = (
    "01_gan_math.ipynb",
    "02_lstm_predictor.ipynb",
    "01_gan_math.ipynb.txt",
    "01_gan_math.IPYNB",
    "01_gan_math-1.ipynb",
    "01_gan_math.new-edition-0a1b2c3d.ipynb",
    "Copy of 01_gan_math.ipynb",
    "ada - 01_gan_math.ipynb",
    "adalove_101_9001_01_gan_math.ipynb",
    "adalove_101_9002_01_gan_math-1.ipynb",
    "adalove_101_9003_text.html",
    "bo_LATE_102_9001_x.pdf",
    "gradebook_1_2_jo_attempt_2026-11-30-16-19-22_01_gan_math.ipynb",
    "gradebook_1_2_jo_attempt_2026-11-29-16-19-22_01_gan_math.ipynb",
    "gradebook_1_2_jo_attempt_2026-12-29-16-19-22.txt",
    "Cy_103_assignsubmission_file_01_gan_math.ipynb",
    "notes.docx",
    "helpers.py",
    "README.txt",
    "pyvenv.cfg",
    "timestamp.txt",
    "submission_metadata.yml",
    ".DS_Store",
    "._01_gan_math.ipynb",
    "Thumbs.db",
    "index.html",
    "ada",
    "work.7z",
    "01.ipynb~",
)
ARCHIVES = ("all.zip", "work.zip", "ada_1_9_work.zip", "Bo.zip", "01_gan_math.zip")
CONTENTS = (NOTEBOOK, NOTEBOOK.replace(b"pass", b"return"), b"", b"{", b"words")

files = st.dictionaries(st.sampled_from(FILES), st.sampled_from(CONTENTS), max_size=4)


def with_folders(inner: st.SearchStrategy) -> st.SearchStrategy:
    folders = st.dictionaries(st.sampled_from(FOLDERS), inner, max_size=4)
    damaged = st.builds(lambda tree: ("half", tree), inner)
    zipped = st.builds(lambda tree: ("zip", tree), inner)
    packed = st.dictionaries(
        st.sampled_from(ARCHIVES), st.one_of(zipped, zipped, damaged), max_size=2
    )
    return st.builds(lambda a, b, c: a | b | c, files, folders, packed)


trees = st.recursive(files, with_folders, max_leaves=8)


def as_zip(tree: dict) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        put_in(archive, tree, "")
    return file.getvalue()


def put_in(archive: zipfile.ZipFile, tree: dict, prefix: str) -> None:
    for name, what in tree.items():
        if isinstance(what, dict):
            archive.writestr(f"{prefix}{name}/", b"")
            put_in(archive, what, f"{prefix}{name}/")
        else:
            archive.writestr(prefix + name, content(what))


def content(what: bytes | tuple[str, dict]) -> bytes:
    if isinstance(what, bytes):
        return what
    whole = as_zip(what[1])
    return whole if what[0] == "zip" else whole[: len(whole) // 2]


def put_on_disk(folder: Path, tree: dict) -> None:
    folder.mkdir()
    for name, what in tree.items():
        if isinstance(what, dict):
            put_on_disk(folder / name, what)
        else:
            (folder / name).write_bytes(content(what))


def paths(tree: dict, prefix: str = "") -> Iterator[tuple[str, bool]]:
    """Every path in a tree, and whether something lies in it."""
    for name, what in tree.items():
        inside = what if isinstance(what, dict) else {}
        if isinstance(what, tuple) and what[0] == "zip" and prefix.count(".zip") < 3:
            inside = what[1]
        yield prefix + name, bool(inside)
        yield from paths(inside, f"{prefix}{name}/")


def lost(found: Submissions, tree: dict) -> list[str]:
    """The paths that are neither graded, nor a student's folder, nor left out."""
    graded = {file.path for student in found.people for file in student.files}
    places = {place for student in found.people for place in student.paths}
    left = {one.path.rstrip("/") for one in found.left}
    vanished = []
    for path, has_inside in paths(tree):
        above = {path[:i] for i in range(len(path)) if path[i] == "/"} | {path}
        is_container = has_inside or any(isinstance(at(tree, path), t) for t in (dict,))
        if above & left or path in graded:
            continue
        below = any(known.startswith(path + "/") for known in graded | left | places)
        if is_container and (below or above & places):
            continue  # a folder of what is told of, or an empty one of a student
        vanished.append(path)
    return vanished


def at(tree: dict, path: str) -> object:
    for name in path.split("/"):
        tree = tree[1] if isinstance(tree, tuple) else tree
        tree = tree[name]
    return tree


def hand_in(tree: dict, *, archive: bool) -> Submissions | None:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder, "class")
        if archive:
            place.write_bytes(as_zip(tree))
        else:
            put_on_disk(place, tree)
        try:
            found = read_submissions(place)
        except Broken as error:
            assert len(str(error)) > 30
            return None
        for student in found.people:
            for file in student.files:
                try:
                    file.read()
                except Unreadable as error:
                    assert str(error).endswith(".")
        return found


@pytest.mark.parametrize("archive", [True, False], ids=["archive", "folder"])
@settings(
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
@given(trees)
def test_every_entry_is_graded_or_left_out(archive: bool, tree: dict) -> None:
    found = hand_in(tree, archive=archive)
    if found is None:
        return
    assert not lost(found, tree), found
    names = [student.name for student in found.people]
    assert len(set(names)) == len(names)
    paths_graded = [f.path for s in found.people for f in s.files if f.path]
    assert len(set(paths_graded)) == len(paths_graded)
    table = tables.complete({}, found.people, [])._replace(left=found.left)
    assert tables.left_out(table).count(b"\r\n") == len(found.left) + 1
    for left in found.left:
        assert left.why.endswith(".")
        assert left.path


@settings(max_examples=20, deadline=None)
@given(trees)
def test_archive_and_folder_give_the_same_result(tree: dict) -> None:
    """But for hidden folders, whose files only an archive lists one by one."""
    packed, unpacked = (hand_in(tree, archive=kind) for kind in (True, False))
    if packed is None or unpacked is None:
        assert packed is unpacked
        return
    for found in (packed, unpacked):
        found.people.sort()
    assert [(s.name, s.id, [f.name for f in s.files]) for s in packed.people] == [
        (s.name, s.id, [f.name for f in s.files]) for s in unpacked.people
    ]
