"""A sandbox shows what Python imports from, wherever that lies, and nothing private."""

import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from classroom import KINDS, skip_what_is_not_there

from grading import landlock, sandbox, trial, visible_files
from grading.connection import ForkServer
from grading.sandbox import Kind

ROOT = visible_files.ROOT
HIDDEN = """
import sys
from pathlib import Path
from grading import landlock
landlock.read_only(("/usr", "/lib", sys.argv[1]), sys.argv[2:])
def seen(path):
    try: return path.read_text()
    except OSError: return "-"
site = Path(sys.argv[1])
print(seen(site / "a.py"), seen(site / "own" / "checks.py"), len([*site.iterdir()]))
"""


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of packages that a .pth file, say, has put on the path."""
    folder = tmp_path / "packages"
    folder.mkdir()
    (folder / "from_elsewhere.py").write_text("HERE = __file__")
    monkeypatch.setattr(sys, "path", [*sys.path, str(folder)])
    return folder


@pytest.mark.parametrize("kind", KINDS)
def test_packages_outside_of_python_s_own_folders_are_imported(
    outside: Path, kind: Kind
) -> None:
    skip_what_is_not_there(kind)
    with closing(ForkServer(kind, ROOT, ["from_elsewhere"])) as fork_server:
        with fork_server.worker() as link:
            assert "unreadable" in link.ask({"do": "read"})[0]


def test_only_places_of_packages_are_shown(
    outside: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert str(outside) in sandbox.readable()
    private = ["", ".", str(ROOT), "/", str(Path.home()), str(tmp_path / "none")]
    monkeypatch.setattr(sys, "path", private)
    assert sandbox.packages() == ()
    monkeypatch.chdir(outside)
    monkeypatch.setattr(sys, "path", [str(outside)])
    assert sandbox.packages() == ()  # what a class handed in may lie here


def test_the_course_s_own_folder_is_hidden_where_packages_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sandbox.hidden() == ()
    site = tmp_path / "site"
    monkeypatch.setattr(sandbox, "ROOT", site)
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    assert sandbox.hidden() == (str(site),)  # a checkout
    monkeypatch.setattr(sandbox, "CHECKOUT", None)  # site-packages, which stay readable
    packages = ("course_lib", "teaching", "lessons", "grading")
    assert sandbox.hidden() == tuple(str(site / name) for name in packages)
    words = sandbox.prefix("bubblewrap", tmp_path)
    for path in sandbox.hidden():
        assert words[words.index(path) - 1] == "--tmpfs"
        assert words.index(path) > words.index(str(tmp_path))


def test_landlock_hides_a_folder_within_one_that_is_shown(tmp_path: Path) -> None:
    if not landlock.version():
        pytest.skip("this kernel has no Landlock")
    own = tmp_path / "own"
    own.mkdir()
    (own / "checks.py").write_text("checks")
    (tmp_path / "a.py").write_text("a")
    for hidden, found in (([str(own)], "a - 2"), ([], "a checks 2")):
        command = [sys.executable, "-c", HIDDEN, str(tmp_path), *hidden]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        assert done.stdout.strip() == found, done.stderr


@pytest.mark.parametrize("kind", KINDS)
def test_the_sandbox_is_tried_with_the_packages_that_it_needs(
    kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    skip_what_is_not_there(kind)
    assert trial.trouble(kind) == ""
    monkeypatch.setattr(trial, "MODULES", ("no_such_package",))
    assert "did not start" in trial.trouble(kind)
