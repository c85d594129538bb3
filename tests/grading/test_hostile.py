"""Attacks: no answer sets its own grade or harms anything; each gets a true reason."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from attacks import WIRE, attacks
from classroom import (
    ASKED,
    KINDS,
    NAME,
    cell,
    graded_rows,
    grader,
    notebook,
    only,
    skip_what_is_not_there,
    within,
)

from grading.grader import Grader, Row
from grading.limits import LIMITS
from lessons import EXERCISES


def asks(name: str) -> str:
    """The exercise that an attack is an answer to: its name may begin with it."""
    return name.partition(": ")[0] if re.match(r"X\d\.\d+: ", name) else ASKED


ATTACKS = attacks(Path(__file__).with_name("hostile.txt"))
IDS = {asks(name) for name in ATTACKS}
WHOLE_FRAME = 2 * (LIMITS.numbers + LIMITS.structure) // 1024  # kB of one reply
STATUS = Path("/proc/self/status")
REACHING = "delete or fork or kill or namespace or passwords or ptrace or socket"
SPARE = 0.5  # of what a process takes that does nothing, what judging may add to it


@pytest.fixture(scope="module", params=KINDS)
def attacked(request, tmp_path_factory) -> Iterator[tuple[Grader, Path]]:
    """A grader, and a folder with what is to be stolen or harmed."""
    skip_what_is_not_there(request.param)
    folder = tmp_path_factory.mktemp("class")
    (folder / "canary").write_text("whole")
    (folder / "run.json").write_text("stolen")
    questions = [question for id in sorted(IDS) for question in only(id)]
    with grader(request.param, questions, folder / "library") as judge:
        Path("/proc/self/clear_refs").write_text("5")  # forget the peak before
        folder.with_name(f"{folder.name} began").write_text(str(memory("VmRSS")))
        yield judge, folder
    assert {path.name for path in folder.iterdir()} == {"canary", "run.json", "library"}


def written(code: str, folder: Path, id: str) -> bytes:
    names = " = ".join(EXERCISES[id].names)
    text = f"{code}\n{names} = answer\n".replace("WIRE", WIRE)
    for name, file in (("CANARY", "canary"), ("SECRET", "run.json")):
        text = text.replace(name, str(folder / file))
    *above, last = ["import torch", *text.split("CELL\n")]
    marked = cell(last, id.replace(".", "-"))
    return notebook([*map(cell, above), marked])


@pytest.mark.slow
@pytest.mark.parametrize("name", ATTACKS)
def test_attack_earns_nothing_and_harms_nothing(attacked, name: str) -> None:
    judge, folder = attacked
    statuses, word, code = ATTACKS[name]
    row = asked(judge, name, written(code, folder, asks(name)))
    assert row.points == 0
    assert row.status.replace(" ", "-") in statuses.split(), row
    assert word in row.advice
    assert len(row.advice.split()) > 3
    assert len(row.advice) <= LIMITS.text
    assert "stolen" not in row.advice
    assert (folder / "canary").read_text() == "whole"
    assert not list(Path("/tmp").glob("from_a_student*"))
    assert len(started(judge)) <= 3, "a worker is still running"


@pytest.mark.slow
def test_next_student_is_graded_after_all_attacks(
    attacked,
) -> None:
    """Judging adds a part of what a process takes that only imports what judges.

    That part is what counts: how large torch itself is differs from build to build.
    """
    judge, folder = attacked
    right = f"import torch\ndef {NAME}(x):\n    pass"
    judge.questions = only()
    assert graded_rows(judge, notebook({"X1-4": right}))[ASKED].status == "wrong"
    began = int(folder.with_name(f"{folder.name} began").read_text())
    alone = "import grading.run; print(open('/proc/self/status').read())"
    done = subprocess.run([sys.executable, "-c", alone], capture_output=True, text=True)
    imported = memory("VmHWM", done.stdout)
    added = memory("VmHWM") - began
    assert added < SPARE * imported + WHOLE_FRAME


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.skipif(os.geteuid() != 0, reason="the suite is a normal user's already")
def test_attacks_fail_for_an_unprivileged_user(tmp_path: Path) -> None:
    """A part of them, by a grader that owns its files and has no other right."""
    user = ["unshare", "--map-user=65534", "--map-group=65534"]
    if subprocess.run([*user, "true"], capture_output=True).returncode:
        pytest.skip("this system lets nobody change to another user")
    words = ("-m", "pytest", "-q", "-p", "no:cacheprovider", __file__, "-k", REACHING)
    done = subprocess.run(
        [*user, sys.executable, *words, f"--basetemp={tmp_path / 'theirs'}"],
        env={k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-2000:]
    counts = re.findall(r"(\d+) (?:passed|skipped)", done.stdout)
    assert sum(map(int, counts)) >= 2 * len(REACHING.split(" or "))


def memory(field: str, status: str = "") -> int:
    """Of a process's status, by default this one's: kB now (VmRSS), at most (VmHWM)."""
    found = re.search(rf"{field}:\s+(\d+)", status or STATUS.read_text())
    assert found
    return int(found[1])


def test_there_are_at_least_sixty_attacks() -> None:
    assert len(ATTACKS) >= 60
    assert {id[1] for id in IDS} >= set("1345")


def asked(judge: Grader, name: str, raw: bytes) -> Row:
    """The row of an answer; one that may hang is not waited for long."""
    hangs = "timed-out" in ATTACKS[name][0]
    judge.questions = only(asks(name), seconds=1.0 if hangs else 90.0)
    with within(3.0 if name.endswith("at once") else 90.0):
        return graded_rows(judge, raw)[asks(name)]


def started(judge: Grader) -> list[str]:
    """All processes below a grader's: bubblewrap's own, and the fork_server."""
    left, found = [str(judge.fork_server.process.pid)], []
    while left:
        here = left.pop()
        children = Path("/proc", here, "task", here, "children")
        left += children.read_text().split() if children.exists() else []
        found.append(here)
    return found
