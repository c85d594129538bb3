"""The subcommands of ``course``: their output, exit status and error messages."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from typer.testing import CliRunner, Result

from command_line import cli
from command_line.doctor import examination
from command_line.doctor.findings import Finding
from command_line.ports import free_port

LESSON = "01_gan_math.ipynb"
LONG = "python -m pip install -c requirements.lock -e '.[test]' " + "x" * 200


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A course with one lesson in a folder and an environment of its own."""
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / LESSON).write_text("first edition")
    monkeypatch.setattr(cli, "ROOT", tmp_path)
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "environment"))
    return tmp_path


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The command lines that `course lab` would have executed."""
    commands: list[list[str]] = []
    monkeypatch.setattr(os, "execv", lambda _, command: commands.append(command))
    return commands


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def say(*words: str) -> Result:
    return CliRunner(env={"FORCE_COLOR": None}).invoke(cli.app, words)


def test_version_is_that_of_the_package() -> None:
    assert say("--version").output == "course 0.1.0\n"


def test_help_lists_the_commands_without_slow_imports() -> None:
    heavy = "{'torch', 'numpy', 'matplotlib', 'jupyterlab', 'IPython'}"
    program = f"import sys, command_line.cli; print({heavy} & {{*sys.modules}})"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True
    )
    assert done.stdout == "set()\n"
    listed = say("--help").output
    for command in ("lab", "doctor", "train", "evaluate", "grade", "data"):
        assert command in listed


def test_lab_serves_the_learners_copy(course: Path, served: list[list[str]]) -> None:
    done = say("lab", "--no-browser", "--ServerApp.ip=0.0.0.0")
    assert done.exit_code == 0
    assert (course / "work" / LESSON).read_text() == "first edition"
    ((*_, last),) = served
    assert f"--LabApp.default_url=/lab/tree/work/{LESSON}" in served[0]
    assert "--no-browser" in served[0]
    assert last == "--ServerApp.ip=0.0.0.0"  # JupyterLab's own option


def test_lab_mentions_a_new_edition(course: Path, served: list[list[str]]) -> None:
    assert "New edition" not in say("lab").output
    (course / "notebooks" / LESSON).write_text("second edition")
    said = say("lab").output
    (beside,) = (course / "work").glob("*new-edition*")
    assert f"New edition: work/{beside.name}." in said
    assert len(served) == 2


@pytest.mark.parametrize(("screen", "opens"), [({}, False), ({"DISPLAY": ":0"}, True)])
def test_browser_is_opened_only_with_a_display(
    course: Path,
    served: list[list[str]],
    monkeypatch: pytest.MonkeyPatch,
    screen: dict[str, str],
    opens: bool,
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in screen.items():
        monkeypatch.setenv(name, value)
    say("lab")
    assert ("--no-browser" not in served[0]) == opens


def test_lab_without_notebooks_says_how_to_restore_them(
    course: Path, served: list[list[str]]
) -> None:
    (course / "notebooks" / LESSON).unlink()
    done = say("lab")
    assert (done.exit_code, served) == (1, [])
    assert "make build" in done.output


def test_lab_on_a_taken_port_names_a_free_one(
    course: Path, served: list[list[str]], taken_port: int
) -> None:
    done = say("lab", "--port", str(taken_port))
    assert (done.exit_code, served) == (1, [])
    assert f"Port {taken_port} is taken" in done.output
    offered = re.search(r'make lab ARGS="--port (\d+)"', done.output)
    assert offered
    assert int(offered[1]) != taken_port


def test_lab_runs_in_an_environment_that_is_not_writable(
    course: Path, served: list[list[str]]
) -> None:
    (course / "environment").write_text("not a folder")
    assert "may ask about news" in say("lab").output
    assert len(served) == 1


def test_jupyterlab_serves_the_lesson(course: Path, tmp_path: Path) -> None:
    """A real JupyterLab answers on the address that it prints."""
    command = cli.jupyter_command(LESSON, free_port(), browser=False)
    home = {"HOME": str(tmp_path), "JUPYTER_CONFIG_DIR": str(tmp_path / "none")}
    with (tmp_path / "log").open("w") as log:
        lab = subprocess.Popen(command, env={**os.environ, **home}, stderr=log)
    try:
        found, until = None, time.monotonic() + 240  # guards against hanging
        while not found and time.monotonic() < until and lab.poll() is None:
            time.sleep(0.1)
            found = re.search(r"http://127\S+", (tmp_path / "log").read_text())
        assert found, (tmp_path / "log").read_text()
        assert f"/lab/tree/work/{LESSON}?token=" in found[0]
        assert b"jupyter-config-data" in page_at(found[0], until)
    finally:
        lab.terminate()
        lab.wait(60)


def page_at(address: str, until: float) -> bytes:
    """The page at an address; the server may print it before it listens."""
    while True:
        try:
            with urlopen(address, timeout=60) as page:
                return page.read()
        except URLError:
            assert time.monotonic() < until, f"{address} does not answer"
            time.sleep(0.1)


@pytest.mark.parametrize(("status", "code"), [("ok", 0), ("warn", 0), ("fail", 1)])
def test_doctor_fails_if_a_finding_fails(
    monkeypatch: pytest.MonkeyPatch, status: str, code: int
) -> None:
    findings = [Finding("disk", status, "Full.", LONG), Finding("data", "ok", "Here.")]
    monkeypatch.setattr(examination, "examine", lambda root: iter(findings))
    done = say("doctor")
    assert done.exit_code == code
    assert f"mend: {LONG}\n" in done.output  # in one piece, brackets included
    assert re.search(rf"^{status} +disk +Full\.$", done.output, re.MULTILINE)
    assert re.search(r"^ok +data +Here\.$", done.output, re.MULTILINE)


def test_train_writes_a_checkpoint(tmp_path: Path) -> None:
    done = say("train", "digits_gan", "--preset", "smoke", "--out", str(tmp_path))
    assert done.exit_code == 0, done.output
    assert "step 20," in done.output and "label_agreement" in done.output
    assert (tmp_path / "digits_gan.safetensors").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("train", "digits"), "There is no training 'digits'"),
        (("train", "predictor", "--preset", "huge"), "predictor: smoke, laptop, gpu"),
        (("evaluate", "digits_gan"), "There is no predictor 'digits_gan'"),
        (("evaluate", "predictor", "--folder", "/nowhere"), "no checkpoint named"),
        (("data", "imagenet"), "there is moving-mnist"),
    ],
)
def test_unknown_name_gives_an_error_message(
    words: tuple[str, ...], message: str
) -> None:
    done = say(*words)
    assert done.exit_code == 1
    assert message in done.output
    assert "Traceback" not in done.output
