"""Whole runs: rows are neither lost nor duplicated by a kill, and can be replayed."""

import csv
import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from unittest.mock import patch

import pytest
from classroom import ASKED, NAME, RIGHT, SECRET, cell, notebook
from typer.testing import CliRunner, Result

from command_line import cli
from grading import journal, run, sandbox
from grading.cases import questions
from grading.grader import WHOLE, Grader, Row
from grading.submissions import Student
from grading.worker_pool import FORK, _grade_students, grade_in_processes

WRONG = RIGHT.replace("(-logits", "(logits")


def say(*words: object) -> Result:
    return CliRunner(env={"FORCE_COLOR": None}).invoke(cli.app, [*map(str, words)])


def handed_in(folder: Path, answers: dict[str, bytes]) -> Path:
    for name, content in answers.items():
        (folder / name).mkdir(parents=True)
        (folder / name / "01_gan_math.ipynb").write_bytes(content)
    return folder


def rows(out: Path) -> list[dict[str, str]]:
    with (out / "grades.csv").open(newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


REASONS = {  # by student: what stands in the reason
    "<b>Cleo": "exit code 0",
    "Dan": "The file is empty",
    "Eve": "they have the label 1",
    "Finn": f"No cell has the id X1-4, and none defines {NAME}",
    "Gus": "The file is no notebook: JSONDecodeError",
    "Hal": "nbformat 3, not 4",
    "Ida": "larger than 20 MB",
}


@pytest.fixture(scope="module")
def graded(tmp_path_factory) -> tuple[Path, Path, Result]:
    """A class of nine, graded once."""
    folder = tmp_path_factory.mktemp("graded")
    place = handed_in(
        folder / "class",
        {
            "Ada": notebook({"X1-4": RIGHT}),
            "Ben": notebook({"X1-4": WRONG}),
            "<b>Cleo": notebook({"X1-4": f"import os\nos._exit(0)\n{RIGHT}"}),
            "Dan": b"",
            "Eve": notebook([cell(RIGHT, "X1-4"), cell(WRONG, "X1-4")]),
            "Finn": notebook({"a": "x = 1"}),
            "Gus": notebook({"X1-4": RIGHT})[:-9],
            "Hal": notebook({"X1-4": RIGHT}, nbformat=3),
            "Ida": notebook({"X1-4": RIGHT}) + b" " * 50_000_000,
        },
    )
    out = folder / "grades"
    return place, out, say("grade", place, "--out", out, "--lesson", "01")


def test_class_is_graded_with_a_reason_in_each_row(graded) -> None:
    _, out, done = graded
    found = {row["student"]: row for row in rows(out) if row["exercise"] == ASKED}
    assert {name: row["status"] for name, row in found.items()} == {
        "<b>Cleo": "died",
        "Ada": "passed",
        "Ben": "wrong",
        "Dan": "unreadable",
        "Eve": "wrong",
        "Finn": "missing",
        "Gus": "unreadable",
        "Hal": "unreadable",
        "Ida": "unreadable",
    }
    assert found["Ben"]["misconception"]
    reasons = {name: found[name]["advice"] for name in REASONS}
    assert all(word in reasons[name] for name, word in REASONS.items()), reasons
    assert len(rows(out)) == 9 * 8
    assert done.exit_code == 3
    assert "A person should look" in done.output


def test_record_of_a_run(graded) -> None:
    place, out, _ = graded
    found = json.loads((out / "run.json").read_text())
    assert re.fullmatch("[0-9a-f]{64}", found["seed"])
    assert found["submissions"] == str(place)
    assert found["sandbox"] in ("bubblewrap", "landlock")
    assert found["finished"] >= found["started"]
    assert len([*(out / "feedback").iterdir()]) == 9
    assert not (out / ".library").exists()


def test_repeated_run_grades_nothing_twice(graded) -> None:
    place, out, _ = graded
    before, lines = rows(out), (out / journal.NAME).read_bytes()
    say("grade", place, "--out", out, "--lesson", "01")
    assert rows(out) == before
    assert (out / journal.NAME).read_bytes() == lines


def test_terminal_escapes_are_removed() -> None:
    row = Row("Jo", ASKED, "raised", advice="\x1b]0;graded\x07\x1b[2J")
    with patch.object(run, "replay", lambda *_, **__: [(row, row)]):
        done = say("grade", "--replay", "run.json", "Jo")
    assert "graded" in done.output
    assert not set(done.output) & {"\x1b", "\x07"}


def test_grade_can_be_replayed(graded) -> None:
    _, out, _ = graded
    done = say("grade", "--replay", out / "run.json", "Ben")
    assert done.exit_code == 0, done.output
    assert "The same as before." in done.output
    assert "X1.4  0 points" in done.output
    assert (
        "nothing of 'Nobody'"
        in say("grade", "--replay", out / "run.json", "Nobody").output
    )


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("{place}", "--lesson", "9"), "There is no lesson '9'"),
        (("/nowhere",), "neither a folder nor"),
        (("{place}", "--out", "{out}"), "differs in its lessons"),
        (
            ("{place}", "--out", "{out}", "--lesson", "1", "--seed-file", "{seed}"),
            "differs in its seed",
        ),
        (("Ada", "--replay", "/nowhere/run.json"), "no record of a run"),
    ],
)
def test_invalid_options_give_an_error_message(
    graded, tmp_path: Path, words: tuple[str, ...], told: str
) -> None:
    place, out, _ = graded
    (tmp_path / "seed").write_text("another")
    names = {"place": place, "out": out, "seed": tmp_path / "seed"}
    said = ["grade", *(word.format(**names) for word in words)]
    done = say(*said, *([] if "--out" in words else ["--out", tmp_path / "out"]))
    assert done.exit_code == 1
    assert told in done.output
    assert "Traceback" not in done.output


def test_nothing_is_run_without_a_sandbox(graded, tmp_path: Path) -> None:
    none = sandbox.Choice(None, "no bwrap")
    with patch.object(run, "choose", lambda: none):
        done = say("grade", graded[0], "--out", tmp_path)
    assert done.exit_code == 1
    assert "apt-get install bubblewrap" in done.output


def test_path_of_python_is_normalized(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Inside bubblewrap the folders that `..` goes back from are not there."""
    monkeypatch.setattr(sys, "prefix", "/srv/nowhere/../course/.venv")
    assert "/srv/course/.venv" in sandbox.readable()
    assert not any(".." in path for path in sandbox.readable())


def test_two_runs_cannot_share_a_folder(graded, tmp_path: Path) -> None:
    with journal.locked(tmp_path):
        done = say("grade", graded[0], "--out", tmp_path)
    assert done.exit_code == 1
    assert "Another run is writing" in done.output


def test_incomplete_last_line_of_the_journal_is_dropped(tmp_path: Path) -> None:
    whole = Row("Ada", "X1.4", "passed", 1, remarks=("a",))
    journal.append(tmp_path, whole)
    with (tmp_path / journal.NAME).open("a") as file:
        file.write('{"student": "Be')
    assert journal.read(tmp_path) == [whole]
    journal.append(tmp_path, whole._replace(student="Ben"))
    assert [row.student for row in journal.read(tmp_path)] == ["Ada", "Ben"]


class Brittle(Grader):
    """A grader that needs no sandbox, and breaks down on request."""

    def __init__(self) -> None:
        pass

    def rows(self, student, have=()):
        yield Row(student.name, "X1.4", "passed", 1)
        if student.name.startswith("break"):
            os._exit(9)
        yield Row(student.name, WHOLE, "done")


def people(*names: str) -> list[Student]:
    return [Student(name, "", ()) for name in names]


def test_crashed_process_does_not_affect_other_students() -> None:
    found = list(grade_in_processes(people("a", "break", "c", "d"), {}, Brittle, 2))
    ended = Counter((row.student, row.status) for row in found if row.exercise == WHOLE)
    expected = {(name, "done"): 1 for name in "acd"} | {("break", "error"): 1}
    assert ended == expected


def test_repeated_crashes_end_the_run() -> None:
    with pytest.raises(ValueError, match="So did those before"):
        list(
            grade_in_processes(
                people("break1", "break2", "break3", "d"), {}, Brittle, 1
            )
        )


@pytest.mark.slow
def test_killed_run_continues_and_leaves_no_process(tmp_path: Path) -> None:
    """The whole program, killed once; more kills follow below, without a sandbox."""
    slow = f"import time\ntime.sleep(0.2)\n{RIGHT}"
    answers = {f"student {i}": notebook({"X1-4": slow}) for i in range(4)}
    place, out = handed_in(tmp_path / "class", answers), tmp_path / "out"
    program = "from command_line.cli import app; app()"
    words = ["-c", program, "grade", str(place), "--out", str(out), "--lesson", "1"]
    for kept in (random.Random(7).randrange(4 * 9), 10**6):
        process = subprocess.Popen([sys.executable, *words])
        while process.poll() is None and kept > lines(out):
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        process.wait()
    time.sleep(1)
    assert process.returncode == 0
    found = [(row.student, row.exercise) for row in journal.read(out)]
    assert len(found) == len(set(found)) == 4 * 9
    assert len(rows(out)) == 4 * 8
    assert not left_behind(str(out))


def test_process_forked_while_its_parent_dies_ends(
    tmp_path: Path,
) -> None:
    """The kernel ends it with its parent only once it was asked to: here too late."""
    here, there = FORK.Pipe()

    def judge(parent: int) -> None:
        while os.getppid() == parent:
            time.sleep(0.01)
        _grade_students(there, people("Ada"), {}, lambda: (tmp_path / "alive").touch())

    def grade() -> None:
        FORK.Process(target=judge, args=(os.getpid(),)).start()
        os.kill(os.getpid(), signal.SIGKILL)

    parent = FORK.Process(target=grade)
    parent.start()
    parent.join()
    there.close()
    assert here.poll(10), "the judge still holds its end of the line"
    assert not (tmp_path / "alive").exists()


class Quick(Grader):
    """A grader that needs no sandbox, and finds every answer right after a while."""

    def __init__(self, kind, folder, asked) -> None:
        self.questions = asked

    def _read(self, student):
        return {"1": []}, []

    def _grade_lesson(self, questions, found):
        for question in questions:
            time.sleep(0.002)
            yield Row("", question.exercise.id, "passed", question.exercise.points)


@pytest.mark.parametrize("seed", range(4))
def test_a_run_killed_at_any_moment_loses_no_row_and_doubles_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Killed at eight random moments, between rows and in the middle of one."""
    asked, moments = questions(("1",), SECRET), random.Random(seed)
    monkeypatch.setattr(run, "questions", lambda numbers, secret: asked)
    monkeypatch.setattr(run, "_make_grader", Quick)
    place = handed_in(tmp_path / "class", {f"student {i}": b"" for i in range(12)})
    order, kills = run.GradeOptions(place, tmp_path / "out", "1"), 0
    for kept in sorted(moments.sample(range(12 * 9), 8)):
        process = FORK.Process(target=until_it_may, args=(order,))
        process.start()
        while process.is_alive() and kept > lines(order.out):
            time.sleep(0.001)
        time.sleep(moments.uniform(0, 0.01))
        process.kill()
        process.join()
        kills += process.exitcode == -signal.SIGKILL
    until_it_may(order)
    found = Counter((row.student, row.exercise) for row in journal.read(order.out))
    assert len(found) == 12 * 9
    assert set(found.values()) == {1}
    assert {row["status"] for row in rows(order.out)} == {"passed"}
    assert kills >= 6


def until_it_may(order: run.GradeOptions) -> None:
    """Grade; the processes of a run that was just killed hold its folder till gone."""
    while True:
        try:
            run.grade(order)
            return
        except ValueError as error:
            assert "Another run" in str(error)
            time.sleep(0.01)


def lines(out: Path) -> int:
    path = out / journal.NAME
    return path.read_bytes().count(b"\n") if path.exists() else 0


def left_behind(mark: str) -> list[str]:
    """Processes whose command line names this folder."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            text = path.read_bytes().decode(errors="replace")
        except OSError:
            continue
        found += [text] * (mark in text)
    return found
