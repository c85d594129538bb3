"""A doctor is worth asking only if every finding can fail, and says what mends it."""

import inspect
import sys
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import pytest

from course_lib.doctor import examination, findings
from course_lib.doctor.findings import Finding

ROOT = Path(__file__).parents[1]
FINDINGS = {
    name
    for name, made in inspect.getmembers(findings, inspect.isfunction)
    if made.__module__ == findings.__name__ and not name.startswith("_")
}


def nothing_installed(name: str) -> str:
    raise metadata.PackageNotFoundError(name)


def no_kernel(name: str) -> object:
    raise LookupError(f"No such kernel named {name}")


def foreign_kernel(name: str) -> object:
    return SimpleNamespace(argv=["/usr/bin/python3", "-m", "ipykernel_launcher"])


def torch_that_does_not_load() -> object:
    raise OSError("libtorch_cpu.so: cannot open shared object file")


def unknown_profile() -> str:
    raise ValueError("COURSE_PROFILE is 'fast'; it must be smoke, laptop or gpu.")


def written(root: Path, **texts: str) -> Path:
    """A tree with these files: a__b stands for a/b."""
    for name, text in texts.items():
        path = root.joinpath(*name.split("__")).with_suffix(
            ".ipynb" if name.startswith("notebooks") else ".py"
        )
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def course(root: Path, builder: str) -> Path:
    return written(root, notebooks__01="{}", lessons__build=builder)


def data_card(folder: Path, *, size: int) -> Path:
    (folder / "README.md").write_text("| file | what |\n| `digits.npz` | digits |\n")
    (folder / "digits.npz").write_bytes(bytes(size))
    return folder


Look = Callable[[Path], Finding]
card = Path("/dev/nvidia0")
BROKEN: list[tuple[str, str, str, Look]] = [  # name, status, words, look
    ("python", "fail", "Python 3.10; the course", lambda _: findings.python((3, 10))),
    ("python", "fail", "Python 3.14; the course", lambda _: findings.python((3, 14))),
    (
        "packages",
        "fail",
        "Missing: tqdm.",
        lambda _: findings.packages("tqdm==4.1", ["tqdm>=4"], nothing_installed),
    ),
    (
        "packages",
        "warn",
        "Not in the locked version: tqdm 4.0.",
        lambda _: findings.packages("tqdm==4.1", ["tqdm>=4"], lambda _: "4.0"),
    ),
    (
        "torch",
        "fail",
        "It does not load: libtorch_cpu.so",
        lambda _: findings.torch(torch_that_does_not_load),
    ),
    (
        "torch",
        "fail",
        "2.5.1+cu121 is too old",
        lambda _: findings.torch(lambda: SimpleNamespace(__version__="2.5.1+cu121")),
    ),
    (
        "device",
        "fail",
        "finds no graphics card",
        lambda _: findings.device(None, [], lambda: "gpu"),
    ),
    (
        "device",
        "warn",
        "this torch cannot use",
        lambda _: findings.device(None, [card], lambda: "laptop"),
    ),
    (
        "device",
        "fail",
        "COURSE_PROFILE is 'fast'",
        lambda _: findings.device(None, [], unknown_profile),
    ),
    ("kernel", "fail", "No such kernel", lambda p: findings.kernel(no_kernel, p)),
    (
        "kernel",
        "fail",
        "/usr/bin/python3, outside",
        lambda p: findings.kernel(foreign_kernel, p),
    ),
    (
        "widgets",
        "fail",
        "found: None",
        lambda p: findings.widgets([p], nothing_installed),
    ),
    ("widgets", "fail", "found: 7.8", lambda p: findings.widgets([p], lambda _: "7.8")),
    (
        "widgets",
        "fail",
        "lacks its half",
        lambda p: findings.widgets([p], lambda _: "8.1.9"),
    ),
    ("fonts", "fail", "matplotlib lacks DejaVuSans,", findings.fonts),
    ("disk", "warn", "1.5 GB free", lambda _: findings.disk(1.5e9)),
    ("disk", "fail", "0.1 GB free", lambda _: findings.disk(0.1e9)),
    ("data", "fail", "in data/: README.md", lambda p: findings.data(p / "data")),
    ("data", "fail", "digits.npz", lambda p: findings.data(data_card(p, size=0))),
    ("notebooks", "fail", "holds no lesson", findings.notebooks),
    (
        "notebooks",
        "warn",
        "Stale: notebooks/01.ipynb.",
        lambda p: findings.notebooks(
            course(p, "print('stale: notebooks/01.ipynb (mend: make build)'); exit(1)")
        ),
    ),
    (
        "notebooks",
        "fail",
        "KeyError: 'X1.9'",
        lambda p: findings.notebooks(course(p, "raise KeyError('X1.9')")),
    ),
    ("browser", "warn", "No chromium", lambda _: findings.browser(lambda _: None)),
]


@pytest.mark.parametrize(("name", "status", "words", "look"), BROKEN)
def test_what_is_broken_is_named_with_what_mends_it(
    tmp_path: Path, name: str, status: str, words: str, look: Look
) -> None:
    found = look(tmp_path)
    assert (found.name, found.status) == (name, status)
    assert words in found.what
    assert found.mend


def test_every_finding_can_fail() -> None:
    assert {name for name, *_ in BROKEN} == FINDINGS


HEALTHY: list[Look] = [
    lambda _: findings.python((3, 13)),
    lambda _: findings.packages("a==1", ["a>=1", 'b; extra == "x"'], lambda _: "1+cpu"),
    lambda _: findings.torch(lambda: SimpleNamespace(__version__="2.13.0+cpu")),
    lambda _: findings.device("H200", [card], lambda: "gpu"),
    lambda _: findings.device(None, [], lambda: "laptop"),
    lambda _: findings.kernel(foreign_kernel, Path("/usr/bin")),
    lambda _: findings.kernel(lambda _: SimpleNamespace(argv=["python"]), Path("/env")),
    lambda _: findings.disk(2e9),
    lambda p: findings.data(data_card(p, size=1)),
    lambda p: findings.notebooks(written(p, notebooks__01="{}")),
    lambda p: findings.notebooks(course(p, "pass")),
    lambda _: findings.browser(lambda name: "/bin/c" if name == "chromium" else None),
]


@pytest.mark.parametrize("look", HEALTHY)
def test_what_works_needs_no_mending(tmp_path: Path, look: Look) -> None:
    found = look(tmp_path)
    assert (found.status, found.mend) == ("ok", "")


def test_a_look_that_breaks_is_a_finding(tmp_path: Path) -> None:
    def look(root: Path) -> Finding:
        raise ModuleNotFoundError("No module named 'jupyter_client'")

    found = examination.survive("kernel", look, tmp_path)
    assert (found.name, found.status) == ("kernel", "fail")
    assert "jupyter_client" in found.what
    assert "-c requirements.lock" in found.mend


def test_a_healthy_installation_is_found_healthy() -> None:
    found = {each.name: each for each in examination.examine(ROOT)}
    assert set(found) == FINDINGS
    for name in ("python", "packages", "torch", "kernel", "widgets", "fonts"):
        assert found[name].status == "ok", found[name]


def test_an_empty_folder_is_examined_to_the_end(tmp_path: Path) -> None:
    found = {each.name: each.status for each in examination.examine(tmp_path)}
    assert set(found) == FINDINGS
    assert {found[name] for name in ("packages", "data", "notebooks")} == {"fail"}


def test_the_doctor_looks_at_the_environment_that_runs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kernel that the user once installed for another Python is caught."""
    spec = tmp_path / "kernels" / "python3"
    spec.mkdir(parents=True)
    (spec / "kernel.json").write_text(
        '{"argv": ["/opt/other/bin/python", "-m", "ipykernel_launcher"],'
        ' "display_name": "Other", "language": "python"}'
    )
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    found = {each.name: each for each in examination.examine(tmp_path)}
    assert "/opt/other/bin/python" in found["kernel"].what
    assert sys.executable in found["kernel"].mend
