"""Submissions with any names, archives and links are only read."""

import os
import stat
import zipfile
from pathlib import Path

import pytest
from classroom import cell, notebook

from grading.archives import Broken
from grading.cells import Unreadable, code_cells
from grading.limits import LIMITS
from grading.submissions import Student, read_submissions, students

NOTEBOOK = notebook({"X1-4": "pass"})


def packed(place: Path, names: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(place, "w") as archive:
        for name, content in names.items():
            archive.writestr(name, content)
    return place


def names(found: list[Student]) -> dict[str, list[str]]:
    return {student.name: [file.name for file in student.files] for student in found}


def refusal(student: Student) -> str:
    with pytest.raises(Unreadable) as refused:
        student.files[0].read()
    return str(refused.value)


def test_folder_or_single_file_is_a_student(tmp_path: Path) -> None:
    (tmp_path / "Ada" / "deep").mkdir(parents=True)
    (tmp_path / "Ada" / "deep" / "01.ipynb").write_bytes(NOTEBOOK)
    (tmp_path / "Ada" / ".ipynb_checkpoints").mkdir()
    (tmp_path / "Ada" / ".ipynb_checkpoints" / "01.ipynb").write_bytes(b"older")
    (tmp_path / "Ben.ipynb").write_bytes(NOTEBOOK)
    (tmp_path / "Cleo").mkdir()
    (tmp_path / "notes.txt").write_text("no notebook")
    assert names(students(tmp_path)) == {
        "Ada": ["deep/01.ipynb"],
        "Ben": ["Ben.ipynb"],
        "Cleo": [],
    }
    assert students(tmp_path)[0].files[0].read() == NOTEBOOK


@pytest.mark.parametrize(
    ("path", "who", "id", "file"),
    [
        ("Ada L_7_assignsubmission_file_/01.ipynb", "Ada L", "7", "01.ipynb"),
        ("Ada L_7_assignsubmission_file_01.ipynb", "Ada L", "7", "01.ipynb"),
        ("lovelaceada_LATE_7_99_01.ipynb", "lovelaceada", "7", "01.ipynb"),
        ("lovelaceada_7_99_01_gan-2.ipynb", "lovelaceada", "7", "01_gan-2.ipynb"),
        ("Ada L/work/01.ipynb", "Ada L", "", "work/01.ipynb"),
    ],
)
def test_students_of_platforms_archives(
    tmp_path: Path, path: str, who: str, id: str, file: str
) -> None:
    (found,) = students(packed(tmp_path / "all.zip", {path: NOTEBOOK}))
    assert (found.name, found.id, found.files[0].name) == (who, id, file)
    assert found.files[0].read() == NOTEBOOK


def test_equal_names_get_numbers(tmp_path: Path) -> None:
    """All of them, for somebody may be called what another becomes."""
    both = {f"ada_{i}_9_01.ipynb": NOTEBOOK for i in (1, 2)}
    both["ada (1)_3_9_01.ipynb"] = NOTEBOOK
    assert [*names(students(packed(tmp_path / "a.zip", both)))] == [
        "ada (1)",
        "ada (2)",
        "ada (1) (3)",
    ]


@pytest.mark.parametrize(
    "path",
    [
        "mallory_5_99_x_7_assignsubmission_file_01.ipynb",
        "mallory_5_99_ada_7_99_01.ipynb",
        "mallory_5_assignsubmission_file_ada_7_assignsubmission_file_01.ipynb",
        "mallory_5_assignsubmission_file_/ada_7_assignsubmission_file_01.ipynb",
        "mallory_5_assignsubmission_file_/ada_7_99_01.ipynb",
        "mallory_5_assignsubmission_file_/../ada_7_99_01.ipynb",
    ],
)
def test_file_name_cannot_claim_another_number(tmp_path: Path, path: str) -> None:
    """Of a file's name only the beginning is the platform's, the rest its student's."""
    (found,) = students(packed(tmp_path / "all.zip", {path: NOTEBOOK}))
    assert (found.name, found.id) == ("mallory", "5")


def test_folder_name_with_two_platform_patterns(tmp_path: Path) -> None:
    mine = "ada_7_assignsubmission_file_9_assignsubmission_file_/01.ipynb"
    found = students(packed(tmp_path / "all.zip", {mine: NOTEBOOK}))
    assert [student.id for student in found] == ["9"]


@pytest.mark.parametrize(
    "path", ["../../evil.ipynb", "/etc/evil.ipynb", "a/../../evil.ipynb", "C:\\e.ipynb"]
)
def test_path_out_of_the_archive_is_left_out(tmp_path: Path, path: str) -> None:
    files = {path: NOTEBOOK, "Ada/01.ipynb": NOTEBOOK}
    found = read_submissions(packed(tmp_path / "all.zip", files))
    assert names(found.people) == {"Ada": ["01.ipynb"]}
    (left,) = found.left
    assert "leads out of the archive" in left.why
    assert path in left.why
    assert left.look
    assert [file.name for file in tmp_path.iterdir()] == ["all.zip"]


def test_links_pipes_and_large_files_are_unreadable(tmp_path: Path) -> None:
    for name in ("link", "pipe", "folder", "large", "packed"):
        (tmp_path / name).mkdir()
    (tmp_path / "link" / "a.ipynb").symlink_to("/etc/passwd")
    os.mkfifo(tmp_path / "pipe" / "a.ipynb")
    (tmp_path / "folder" / "a.ipynb").mkdir()
    with (tmp_path / "large" / "a.ipynb").open("wb") as file:
        file.truncate(50_000_000)
    found = {student.name: student for student in students(tmp_path)}
    assert "a link" in refusal(found["link"])
    assert "no ordinary file" in refusal(found["pipe"])
    assert not found["folder"].files
    assert "larger than 20 MB" in refusal(found["large"])


def test_bomb_and_link_in_an_archive_are_unreadable(tmp_path: Path) -> None:
    bomb = zipfile.ZipInfo("bomb/a.ipynb")
    link = zipfile.ZipInfo("link/a.ipynb")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(bomb, b"0" * (LIMITS.notebook + 1), zipfile.ZIP_DEFLATED)
        archive.writestr(link, "/etc/passwd")
    found = students(tmp_path / "a.zip")
    assert "larger than" in refusal(found[0])
    assert "a link" in refusal(found[1])


def test_number_of_files_of_a_student_is_limited(tmp_path: Path) -> None:
    many = {f"Ada/{i}.ipynb": NOTEBOOK for i in range(200)}
    many = {path: b"%d" % i for i, path in enumerate(many)} | {"Ben/1.ipynb": NOTEBOOK}
    found = read_submissions(packed(tmp_path / "all.zip", many))
    assert len(found.people[0].files) == LIMITS.files
    assert len(found.left) == 200 - LIMITS.files
    assert all("More than" in left.why and left.look for left in found.left)


@pytest.mark.parametrize("place", ["nowhere", "text.txt"])
def test_path_without_submissions_raises(tmp_path: Path, place: str) -> None:
    (tmp_path / "text.txt").write_text("words")
    with pytest.raises(ValueError, match="neither a folder nor"):
        students(tmp_path / place)
    with pytest.raises(Broken, match="nothing in"):
        students(packed(tmp_path / "empty.zip", {}))


def test_code_cells_have_both_ids() -> None:
    raw = notebook([cell(["a = 1\n", "b = 2"], "X1-4", "X1-4"), {"cell_type": "raw"}])
    assert code_cells(raw) == [("X1-4", "X1-4", "a = 1\nb = 2")]


def test_cells_with_wrong_types_are_read_partially() -> None:
    odd = [cell(7, "a"), 3, None, cell(None), {"cell_type": "code", "metadata": []}]
    odd += [cell("x", "b") | {"id": 5}, cell(["y", 4], "c")]
    sources = [found.source for found in code_cells(notebook(odd))]
    assert sources == ["", "", "", "x", "y"]


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b"PK\x03\x04", "no notebook"),
        (NOTEBOOK[:-9], "no notebook"),
        (b"[" * 10**6, "no notebook"),
        (b"\xff\xfe", "no notebook"),
        (b"[]", "does not say its nbformat"),
        (b'{"nbformat": "4"}', "does not say its nbformat"),
        (b'{"nbformat": 4, "cells": 3}', "no list of cells"),
        (notebook({}, nbformat=3), "nbformat 3, not 4"),
        (notebook({}, nbformat=9), "nbformat 9, not 4"),
        (notebook({"a": "#" * (LIMITS.code + 1)}), "characters of code"),
        (notebook({"a": "\u00e9" * (LIMITS.code // 6)}), "characters of code"),
        (notebook({"x" * LIMITS.code: "pass"}), "characters of code and ids"),
    ],
)
def test_invalid_notebook_raises_with_a_reason(raw: bytes, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        code_cells(raw)


def test_class_folders_side_by_side_are_doubted_and_folders_of_students_are_not(
    tmp_path: Path,
) -> None:
    def submit(*paths: str) -> None:
        for path in paths:
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_bytes(NOTEBOOK)

    submit("Ada/lesson 1/01.ipynb", "Ada/lesson 2/02.ipynb")
    submit("Ben/first try/01.ipynb", "Ben/second try/01.ipynb", "Cleo/work/01.ipynb")
    assert not read_submissions(tmp_path).doubts
    submit("Monday/Dan/01.ipynb", "Monday/Eve/01.ipynb")
    assert not read_submissions(tmp_path).doubts
    submit("Tuesday/Finn/01.ipynb", "Tuesday/Gus/01.ipynb")
    (doubt,) = read_submissions(tmp_path).doubts
    assert "several folders: Monday, Tuesday. Each was graded as one" in doubt
    assert "grade them one by one, with an --out folder for each" in doubt
