"""The archives of each teaching platform: all students are found."""

import io
import os
import zipfile
from pathlib import Path

import pytest
from classroom import notebook

from grading import platforms
from grading.cells import Unreadable
from grading.submissions import Student, Submissions, read_submissions

FIRST, SECOND = notebook({"X1-4": "pass"}), notebook({"X1-4": "return 0"})
LESSON = "01_gan_math.ipynb"


def packed(names: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in names.items():
            archive.writestr(name, content)
    return file.getvalue()


def as_archive(folder: Path, names: dict[str, bytes]) -> Path:
    (folder / "all.zip").write_bytes(packed(names))
    return folder / "all.zip"


def as_folder(folder: Path, names: dict[str, bytes]) -> Path:
    for name, content in names.items():
        path = folder / "class" / name
        if name.endswith("/"):
            path.mkdir(parents=True, exist_ok=True)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    return folder / "class"


def grades(found: Submissions) -> dict[str, list[str]]:
    return {s.name: [file.name for file in s.files] for s in found.people}


def reasons(found: Submissions) -> dict[str, str]:
    return {left.path: left.why for left in found.left}


def read(student: Student) -> list[bytes]:
    return [file.read() for file in student.files]


both = pytest.mark.parametrize("hand", [as_archive, as_folder])

CLASSES = {
    "gradescope": (
        {
            "assignment_7_export/submission_metadata.yml": b"---\n",
            f"assignment_7_export/submission_1/{LESSON}": FIRST,
            f"assignment_7_export/submission_2/{LESSON}": SECOND,
        },
        {"submission_1", "submission_2"},
    ),
    "one submission of gradescope": (
        {f"assignment_7_export/submission_1/{LESSON}": FIRST},
        {"submission_1"},
    ),
    "finder": (
        {
            f"HW1/Ada/{LESSON}": FIRST,
            f"HW1/Alan/{LESSON}": SECOND,
            "HW1/.DS_Store": b"x",
            "__MACOSX/HW1/._Ada": b"x",
        },
        {"Ada", "Alan"},
    ),
    "folders around folders": (
        {f"a/b/c/Ada/{LESSON}": FIRST, f"a/b/c/Alan/{LESSON}": SECOND},
        {"Ada", "Alan"},
    ),
    "flat in a folder": (
        {"Autumn/ada.ipynb": FIRST, "Autumn/ben.ipynb": SECOND},
        {"ada", "ben"},
    ),
    "nbgrader": (
        {
            f"course/submitted/ada/ps1/{LESSON}": FIRST,
            "course/submitted/ada/ps1/timestamp.txt": b"2026",
            f"course/submitted/alan/ps1/{LESSON}": SECOND,
            f"course/source/ps1/{LESSON}": b"the source",
            f"course/release/ps1/{LESSON}": b"the release",
            "course/gradebook.db": b"SQLite",
        },
        {"ada", "alan"},
    ),
    "nbgrader with one student": ({f"submitted/ada/ps1/{LESSON}": FIRST}, {"ada"}),
    "nbgrader's exchange": (
        {
            f"inbound/ada+ps1+2026-11-30 16:19:22.123 UTC+c8b/{LESSON}": FIRST,
            f"inbound/alan+ps1+2026-11-30 16:19:22.123 UTC/{LESSON}": SECOND,
        },
        {"ada", "alan"},
    ),
    "otter": (
        {
            "subs/ada_01_gan_math_2026_11_30T10_11_12_123456.zip": packed(
                {LESSON: FIRST}
            ),
            "subs/alan.zip": packed({LESSON: SECOND}),
            "subs/zed.ipynb": FIRST,
        },
        {"ada", "alan", "zed"},
    ),
    "canvas in a folder": (
        {
            "submissions/adalove_101_9001_01.ipynb": FIRST,
            "submissions/turing_LATE_102_9002_work.zip": packed({"w/01.ipynb": SECOND}),
        },
        {"adalove", "turing"},
    ),
    "moodle": (
        {
            f"Ada L_101_assignsubmission_file_/{LESSON}": FIRST,
            "Ada L_101_assignsubmission_onlinetext_/onlinetext.html": b"<p>",
            f"Bo_102_assignsubmission_file_{LESSON}": SECOND,
        },
        {"Ada L", "Bo"},
    ),
    "one student of moodle": (
        {f"Ada L_101_assignsubmission_file_/work/{LESSON}": FIRST},
        {"Ada L"},
    ),
    "blackboard": (
        {
            f"HW_1_jdoe_attempt_2026-11-30-16-19-22_{LESSON}": FIRST,
            "HW_1_jdoe_attempt_2026-11-30-16-19-22.txt": b"Name: Jo",
            f"HW_1_asmith_attempt_2026-11-30-16-19-22_{LESSON}": FIRST,
        },
        {"jdoe", "asmith"},
    ),
    "blackboard of numbers": (
        {
            f"gradebook_12345_678_jdoe_attempt_2026-11-30-16-19-22_{LESSON}": FIRST,
            f"gradebook_12345_678_asmith_attempt_2026-11-30-16-19-22_{LESSON}": FIRST,
        },
        {"jdoe", "asmith"},
    ),
    "blackboard of other numbers": (
        {
            f"HW_12345_678_jdoe_attempt_2026-11-30-16-19-22_{LESSON}": FIRST,
            f"HW_12345_678_asmith_attempt_2026-11-30-16-19-22_{LESSON}": FIRST,
        },
        {"jdoe", "asmith"},
    ),
    "blackboard with _ in names": (
        {
            f"HW1_a_doe_attempt_2026-11-30-16-19-22_{LESSON}": FIRST,
            f"HW1_b_doe_attempt_2026-11-30-16-19-22_{LESSON}": SECOND,
        },
        {"a_doe", "b_doe"},
    ),
    "brightspace": (
        {
            "index.html": b"<html>",
            f"10001-2 - Ada L - Nov 30, 2026 419 PM/{LESSON}": FIRST,
            f"10002-2 - Jean-Luc P - Nov 30, 2026 420 PM/{LESSON}": FIRST,
        },
        {"Ada L", "Jean-Luc P"},
    ),
    "classroom": (
        {
            "Ada Lovelace - 01_gan_math.ipynb": FIRST,
            "01_gan_math - Alan Turing.ipynb": SECOND,
            "Copy of 01_gan_math - Bo.ipynb": FIRST,
        },
        {"Ada Lovelace", "Alan Turing", "Bo"},
    ),
    "teams": (
        {
            f"Student Work/Submitted files/Ada/HW/Version 1/{LESSON}": FIRST,
            f"Student Work/Submitted files/Ben/HW/Version 1/{LESSON}": SECOND,
            f"Student Work/Working files/Ada/HW/{LESSON}": FIRST,
        },
        {"Ada", "Ben"},
    ),
    "one student with folders": (
        {f"Ada/gan/{LESSON}": FIRST, "Ada/rnn/02_lstm_predictor.ipynb": SECOND},
        {"Ada"},
    ),
    "one student": ({f"Ada/{LESSON}": FIRST, "Ada/data/x.csv": b"1"}, {"Ada"}),
    "backslashes": ({f"hw\\Ada\\{LESSON}": FIRST, f"hw\\Bo\\{LESSON}": FIRST}, None),
}


@both
@pytest.mark.parametrize("name", CLASSES)
def test_class_of_each_platform_is_recognised(tmp_path: Path, name: str, hand) -> None:
    files, expected = CLASSES[name]
    if expected is None:
        expected, hand = {"Ada", "Bo"}, as_archive
    found = read_submissions(hand(tmp_path, files))
    assert {student.name for student in found.people} == expected
    if name != "one student with folders":
        assert all(len(student.files) == 1 for student in found.people), grades(found)
    for student in found.people:
        assert read(student)[0] in (FIRST, SECOND)


def test_nested_archive_of_a_class_is_recognised(
    tmp_path: Path,
) -> None:
    inner = packed({f"hw/Ada/{LESSON}": FIRST, f"hw/Bo/{LESSON}": SECOND})
    for files in ({"hw1.zip": inner}, {"hw1.zip": packed({"hw1.zip": inner})}):
        place = as_folder(tmp_path / str(len(files["hw1.zip"])), files)
        assert set(grades(read_submissions(place))) == {"Ada", "Bo"}


@both
@pytest.mark.parametrize(
    "name",
    [
        "01_gan_math.ipynb.json",
        "01_gan_math.ipynb.txt",
        "01_gan_math.IPYNB",
        "01_gan_math.ipynb.ipynb",
        "01_gan_math.ipynb (1)",
        "01_gan_math.json",
        "01_gan_math.txt",
        "01_gan_math",
        "work.zip",
        "work.ZIP",
    ],
)
def test_notebook_with_another_suffix_is_found(tmp_path: Path, name: str, hand) -> None:
    content = packed({f"work/{LESSON}": FIRST}) if "zip" in name.lower() else FIRST
    files = {f"Ada/{name}": content, f"ada_7_9_{name}": content, f"B/{LESSON}": FIRST}
    found = read_submissions(hand(tmp_path, files))
    assert [read(student) for student in found.people] == [[FIRST]] * 3, found


@both
def test_other_files_are_left_out_with_reasons(tmp_path: Path, hand) -> None:
    files = {
        f"Ada/{LESSON}": FIRST,
        "Ada/report.pdf": b"%PDF",
        "README.txt": b"hello",
        "grades.csv": b"a,b",
        "Thumbs.db": b"x",
        "Cleo/notes.docx": b"x",
        "Dan/": b"",
        "Eve/.ipynb_checkpoints/01-checkpoint.ipynb": FIRST,
    }
    found = read_submissions(hand(tmp_path, files))
    assert [student.name for student in found.people] == ["Ada", "Cleo", "Dan", "Eve"]
    assert set(reasons(found)) == {
        "Ada/report.pdf",
        "README.txt",
        "grades.csv",
        "Thumbs.db",
        "Cleo/notes.docx",
        "Eve/.ipynb_checkpoints/",
    }
    assert not found.people[2].files, "an empty folder"
    for student in (found.people[1], found.people[3]):
        with pytest.raises(Unreadable, match="No notebook was handed in, only this"):
            student.files[0].read()


def test_newest_attempt_is_graded(
    tmp_path: Path,
) -> None:
    early = f"gradebook_1_2_jo_attempt_2026-11-29-16-19-22_{LESSON}"
    late = f"gradebook_1_2_jo_attempt_2026-11-30-09-19-22_{LESSON}"
    empty = "gradebook_1_2_jo_attempt_2026-12-01-09-19-22.txt"
    other = "gradebook_1_2_jo_attempt_2026-11-28-09-19-22_02_lstm_predictor.ipynb"
    files = {late: SECOND, early: FIRST, empty: b"Name: Jo", other: FIRST}
    found = read_submissions(as_archive(tmp_path, files))
    assert grades(found) == {"jo": [LESSON, "02_lstm_predictor.ipynb"]}
    assert found.people[0].files[0].path == late
    assert "An earlier attempt (2026-11-29-16-19-22)" in reasons(found)[early]
    assert "graded is that of 2026-11-30-09-19-22" in reasons(found)[early]
    assert "newer attempt without a notebook" in reasons(found)[empty]
    assert [left.path for left in found.left if left.look] == [empty]


def test_dates_of_brightspace_are_sorted(tmp_path: Path) -> None:
    times = ("Nov 9, 2026 1159 PM", "Nov 30, 2026 1205 AM", "30 November, 2026 9:30 AM")
    files = {
        f"1-{place} - Al T - {when}/{LESSON}": b"%d" % place
        for place, when in enumerate(times)
    }
    found = read_submissions(as_archive(tmp_path, files))
    assert read(found.people[0]) == [b"2"]
    assert len(found.left) == 2


def test_attempts_with_unknown_order_are_all_kept(tmp_path: Path) -> None:
    """The grader then asks which is meant, by names that differ."""
    files = {f"1-2 - Al - {i} brumaire 2026/{LESSON}": b"%d" % i for i in range(2)}
    found = read_submissions(as_archive(tmp_path, files))
    names = [file.name for file in found.people[0].files]
    assert len(set(names)) == 2
    assert all("brumaire" in name for name in names)


def test_last_upload_to_canvas_is_graded(tmp_path: Path) -> None:
    names = [
        f"ada_1_{i}_01_gan_math{end}.ipynb" for i, end in enumerate(("-1", "", "-10"))
    ]
    found = read_submissions(
        as_archive(tmp_path, {name: name.encode() for name in names})
    )
    assert read(found.people[0]) == [names[2].encode()]
    assert set(reasons(found)) == set(names[:2])


@both
def test_new_edition_next_to_the_students_copy_is_left_out(
    tmp_path: Path, hand
) -> None:
    new = "01_gan_math.new-edition-0a1b2c3d.ipynb"
    files = {
        f"Ada/{LESSON}": FIRST,
        f"Ada/{new}": SECOND,
        f"Ben/{new}": FIRST,
        f"cy_1_2_{LESSON}": FIRST,
        f"cy_1_3_{new}": SECOND,
    }
    found = read_submissions(hand(tmp_path, files))
    assert [read(student) for student in found.people] == [[FIRST]] * 3
    assert set(reasons(found)) == {f"Ada/{new}", f"cy_1_3_{new}"}
    assert "graded is the own copy" in reasons(found)[f"Ada/{new}"]


@both
def test_identical_copies_are_graded_once(tmp_path: Path, hand) -> None:
    files = {
        f"Ada/a/{LESSON}": FIRST,
        f"Ada/b/{LESSON}": SECOND,
        f"Ada/c/{LESSON}": FIRST,
        f"Ben/{LESSON}": FIRST,
        f"Ben/{LESSON}.txt": b"older",
    }
    found = read_submissions(hand(tmp_path, files))
    assert grades(found) == {"Ada": [f"a/{LESSON}", f"b/{LESSON}"], "Ben": [LESSON]}
    assert f"as Ada/a/{LESSON}" in reasons(found)[f"Ada/c/{LESSON}"]


METADATA = """---
submission_11:
  :submitters:
  - :name: Ada Lovelace
    :sid: '101'
    :email: ada@example.org
  :created_at: 2026-11-30 16:19:22.000000000 Z
  :history:
  - :id: 3
    :name: no submitter
submission_12:
  :submitters:
  - :name: "Zo\\xEB \\"Z\\" L"
    :sid:
    :email: zoe@example.org
  - :name: Bo
    :sid:
    :email: bo@example.org
submission_13: !ruby/object {}
"""


def test_names_from_gradescope_metadata(tmp_path: Path) -> None:
    files = {"x/submission_metadata.yml": METADATA.encode()}
    files |= {f"x/submission_{i}/{LESSON}": FIRST for i in (11, 12, 13)}
    found = read_submissions(as_archive(tmp_path, files))
    assert [(student.name, student.id) for student in found.people] == [
        ("Ada Lovelace", "101"),
        ('Zoë "Z" L, Bo', "zoe@example.org, bo@example.org"),
        ("submission_13", ""),
    ]


def test_gradescope_metadata_agrees_with_pyyaml() -> None:
    yaml = pytest.importorskip("yaml")
    text = METADATA.replace(" !ruby/object {}", "")
    known = {
        key.removeprefix("submission_"): [who[":name"] for who in value[":submitters"]]
        for key, value in yaml.safe_load(text).items()
        if value
    }
    found = platforms.submitters(text)
    assert {key: [*found[key].names] for key in known} == known


def test_file_name_without_student_is_a_doubt(tmp_path: Path) -> None:
    files = {
        f"Copy of {LESSON}": FIRST,
        LESSON: SECOND,
        "ada - 01_gan_math.ipynb": FIRST,
    }
    found = read_submissions(as_archive(tmp_path, files))
    assert set(grades(found)) == {"Copy of 01_gan_math", "01_gan_math", "ada"}
    assert len(found.doubts) == 2


def test_names_that_look_the_same_are_a_doubt(tmp_path: Path) -> None:
    files = {f"Zoe\u0308/{LESSON}": FIRST, f"Zo\u00eb/{LESSON}": SECOND}
    found = read_submissions(as_archive(tmp_path, files))
    assert len(found.people) == 2
    assert "look the same" in found.doubts[0]


@both
def test_virtual_environment_is_left_out_as_one_folder(tmp_path: Path, hand) -> None:
    files = {f"Ada/{LESSON}": FIRST, "Ada/venv/pyvenv.cfg": b"", f"B/{LESSON}": FIRST}
    files |= {f"Ada/venv/share/{i}.ipynb": b"%d" % i for i in range(30)}
    found = read_submissions(hand(tmp_path, files))
    assert grades(found) == {"Ada": [LESSON], "B": [LESSON]}
    assert [*reasons(found)] == ["Ada/venv/"]


def test_links_and_unreadable_folders_lose_no_student(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = as_folder(tmp_path, {f"Ada/{LESSON}": FIRST, f"Ben/{LESSON}": FIRST})
    (tmp_path / "elsewhere").mkdir()
    (place / "Cleo").symlink_to(tmp_path / "elsewhere")
    (place / "Dan.ipynb").symlink_to("/etc/passwd")
    scan = os.scandir

    def refusing(path):
        if Path(path).name == "Ben":
            raise PermissionError(13, "Permission denied")
        return scan(path)

    monkeypatch.setattr(os, "scandir", refusing)
    found = read_submissions(place)
    assert [student.name for student in found.people] == ["Ada", "Ben", "Cleo", "Dan"]
    for student, why in zip(
        found.people[1:], ("Permission", "link", "link"), strict=True
    ):
        with pytest.raises(Unreadable, match=why):
            student.files[0].read()


def test_python_file_is_kept_as_a_module(tmp_path: Path) -> None:
    files = {f"Ada/{LESSON}": FIRST, "Ada/helpers.py": b"x = 1", f"B/{LESSON}": FIRST}
    found = read_submissions(as_archive(tmp_path, files))
    (module,) = found.people[0].modules
    assert (module.name, module.read()) == ("helpers.py", b"x = 1")
    assert "Ada/helpers.py" in reasons(found)


def test_class_of_a_thousand_students(tmp_path: Path) -> None:
    files = {f"name{i}_{i}_9_{LESSON}": b"%d" % i for i in range(1000)}
    files |= {f"name{i}_{i}_8_data.csv": b"1" for i in range(1000)}
    found = read_submissions(as_archive(tmp_path, files))
    assert len(found.people) == 1000
    assert len(found.left) == 1000
