"""`make` brings the environment about, whatever it finds, and cuts the network off."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LOOPBACK_ONLY = "import socket; print([name for _, name in socket.if_nameindex()])"


@pytest.mark.skipif(os.environ.get("COURSE_OFFLINE") != "1", reason="not cut off")
def test_the_suite_runs_with_no_network_but_loopback() -> None:
    done = subprocess.run([sys.executable, "-c", LOOPBACK_ONLY], capture_output=True)
    assert done.stdout.decode().strip() == "['lo']"


def test_where_the_network_cannot_be_cut_the_suite_says_so_and_runs() -> None:
    script, program = str(ROOT / "tests" / "offline.sh"), "print('it ran')"
    done = subprocess.run(
        ["/bin/sh", script, sys.executable, "-c", program],
        env={"PATH": "/nowhere"},  # there is no `unshare`
        capture_output=True,
        text=True,
    )
    assert done.stdout == "it ran\n"
    assert "cannot cut the network off" in done.stderr


FAKE_PYTHON = """#!/bin/sh
case "$*" in
    "-m venv --clear .venv")
        rm -rf .venv; mkdir -p .venv/bin; cp "$0" .venv/bin/python; echo made >> log ;;
    install.py*)
        echo installed >> log
        echo "torch: $TORCH, from $TORCH_INDEX"
        [ ! -e no-network ] || exit 1
        printf '#!/bin/sh\\necho "served $*"\\n' > .venv/bin/course
        chmod +x .venv/bin/course ;;
    -V) echo "Python 3.12.1" ;;
    -c*) [ ! -e too-old ] ;;
esac
"""


MAKES = ("pyproject.toml", "requirements.lock", "install.py")


class Sandbox:
    """A folder with the real Makefile and a Python that only writes down its tasks."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.bin = folder / "course", folder / "bin"
        for path in (self.folder, self.bin):
            path.mkdir()
        for name in ("Makefile", *MAKES):
            (self.folder / name).write_text((ROOT / name).read_text())
            os.utime(self.folder / name, (1, 1))
        for name in ("python3", "python3.11", "python3.12", "python3.13"):
            (self.bin / name).write_text(FAKE_PYTHON)
            (self.bin / name).chmod(0o755)

    def make(self, *words: str) -> subprocess.CompletedProcess[str]:
        path = f"{self.bin}:/usr/bin:/bin"
        return subprocess.run(
            ["make", *words],
            cwd=self.folder,
            env={"PATH": path},
            capture_output=True,
            text=True,
        )

    def tasks(self) -> list[str]:
        """What the Python did since the last question."""
        log = self.folder / "log"
        done = log.read_text().split() if log.exists() else []
        log.write_text("")
        return done


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    return Sandbox(tmp_path)


def test_make_lab_makes_the_environment_once(sandbox: Sandbox) -> None:
    done = sandbox.make("lab", "ARGS=--no-browser --port 9")
    assert "served lab --no-browser --port 9" in done.stdout
    assert sandbox.tasks() == ["made", "installed"]
    sandbox.make("lab")
    assert sandbox.tasks() == []


@pytest.mark.parametrize("name", MAKES)
def test_a_newer_pin_is_installed_into_the_environment(
    sandbox: Sandbox, name: str
) -> None:
    sandbox.make("lab")
    sandbox.tasks()
    later = (sandbox.folder / ".venv" / ".made-for").stat().st_mtime + 5
    os.utime(sandbox.folder / name, (later, later))
    sandbox.make("lab")
    assert sandbox.tasks() == ["installed"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "torch: , from \n"),
        (("TORCH=cpu",), "torch: cpu, from \n"),
        (("TORCH_INDEX=a",), "torch: , from a\n"),
    ],
)
def test_the_build_of_torch_is_chosen_on_the_command_line(
    sandbox: Sandbox, words: tuple[str, ...], told: str
) -> None:
    assert told in sandbox.make("lab", *words).stdout


def test_a_half_made_environment_is_made_anew(sandbox: Sandbox) -> None:
    (sandbox.folder / "no-network").touch()
    assert sandbox.make("lab").returncode != 0
    (sandbox.folder / "no-network").unlink()
    sandbox.tasks()
    assert sandbox.make("lab").returncode == 0
    assert sandbox.tasks() == ["made", "installed"]


def test_a_broken_environment_is_made_anew(sandbox: Sandbox) -> None:
    sandbox.make("lab")
    sandbox.tasks()
    (sandbox.folder / ".venv" / "bin" / "python").unlink()
    assert sandbox.make("lab").returncode == 0
    assert sandbox.tasks() == ["made", "installed"]


def test_a_moved_environment_is_made_anew(sandbox: Sandbox) -> None:
    sandbox.make("lab")
    sandbox.folder = sandbox.folder.rename(sandbox.folder.with_name("elsewhere"))
    sandbox.tasks()
    assert sandbox.make("lab").returncode == 0
    assert sandbox.tasks() == ["made", "installed"]


def test_somebodys_own_environment_is_completed_and_kept(sandbox: Sandbox) -> None:
    sandbox.make("lab")
    (sandbox.folder / ".venv" / ".made-for").unlink()
    sandbox.tasks()
    sandbox.make("lab")
    assert sandbox.tasks() == ["installed"]


def test_without_a_fitting_python_make_says_what_to_install(sandbox: Sandbox) -> None:
    (sandbox.folder / "too-old").touch()
    done = sandbox.make("lab")
    assert done.returncode != 0
    assert "apt-get install python3-venv" in done.stderr
    assert sandbox.tasks() == []


def test_plain_make_lists_the_commands_and_makes_nothing(sandbox: Sandbox) -> None:
    listed = re.findall(r"^  make (\w+) +\S", sandbox.make().stdout, re.MULTILINE)
    assert listed == [
        "help",
        "lab",
        "test",
        "check",
        "claims",
        "table",
        "bench",
        "build",
    ]
    assert sandbox.tasks() == []
