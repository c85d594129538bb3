"""The library finds its data in a checkout and where pip installed it."""

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from command_line import cli
from course_lib.paths import CHECKOUT, DATA, find_paths

ROOT = Path(__file__).parents[2]


def test_a_checkout_has_its_data_beside_the_library(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").touch()
    assert find_paths(tmp_path / "course_lib") == (tmp_path, tmp_path / "data")
    assert (CHECKOUT, DATA) == (ROOT, ROOT / "data")


def test_what_pip_installed_has_its_data_inside(tmp_path: Path) -> None:
    library = tmp_path / "course_lib"
    assert find_paths(library) == (None, library / "shipped")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what a wheel holds, made by setuptools as pip has it made."""
    folder = tmp_path_factory.mktemp("installed")
    words = ("build_py", "--build-lib", str(folder), "egg_info", "--egg-base")
    own = tmp_path_factory.mktemp("egg")
    done = subprocess.run(
        [sys.executable, "setup.py", "--quiet", *words, str(own)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return folder


def elsewhere(installed: Path, folder: Path, *words: str) -> str:
    """What ``course`` says in a folder, when the library is not a checkout's."""
    program = "import sys; sys.path.insert(0, sys.argv.pop(1)); sys.argv[0] = 'course'"
    program += "; from command_line.cli import app; app()"
    done = subprocess.run(
        [sys.executable, "-c", program, str(installed), *words],
        cwd=folder,
        capture_output=True,
        text=True,
    )
    assert "Traceback" not in done.stderr
    return f"{done.returncode}: {done.stdout}{done.stderr}"


def test_a_wheel_holds_all_data_and_no_unfinished_training(installed: Path) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "data"], cwd=ROOT, capture_output=True, text=True
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    for name in listed.stdout.split():
        inside = installed / "course_lib" / "shipped" / Path(name).relative_to("data")
        assert inside.read_bytes() == (ROOT / name).read_bytes()
    assert not (installed / "course_lib/shipped/checkpoints/unfinished").exists()


def test_what_pip_installed_trains_into_the_folder_where_one_stands(
    installed: Path, tmp_path: Path
) -> None:
    program = (
        f"import sys, inspect; sys.path.insert(0, {str(installed)!r});"
        "from command_line import cli;"
        "print(inspect.signature(cli.train).parameters['out'].default)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.stdout == f"{tmp_path / 'work' / 'checkpoints'}\n", done.stderr


def test_what_pip_installed_judges_a_shipped_model(
    installed: Path, tmp_path: Path
) -> None:
    said = elsewhere(installed, tmp_path, "evaluate", "clip_vae", "--clips", "4")
    assert said.startswith("0: ") and "distance" in said, said


def test_what_pip_installed_has_no_lessons_and_says_where_they_are(
    installed: Path, tmp_path: Path
) -> None:
    said = elsewhere(installed, tmp_path, "lab")
    assert said.startswith("1: ") and "with git" in said
    assert list(tmp_path.iterdir()) == []


def test_the_doctor_looks_at_no_checkout_where_there_is_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cli, "CHECKOUT", None)
    done = CliRunner().invoke(cli.app, ["doctor"])
    assert "ok    torch" in done.output
    assert "packages" not in done.output and "notebooks" not in done.output
    assert "with git" in " ".join(done.output.split())


def test_commands_answer_where_the_system_has_no_file_locks(tmp_path: Path) -> None:
    """As on Windows, where fcntl and resource are missing."""
    program = (
        "import sys; sys.modules.update(dict.fromkeys(('fcntl', 'resource', 'pwd')));"
        "import course_lib; from command_line.cli import app; app(['--help'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "doctor" in done.stdout
