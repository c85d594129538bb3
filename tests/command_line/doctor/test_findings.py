"""A doctor is worth asking only if every finding can fail, and says what mends it."""

import inspect
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import pytest

from command_line.doctor import findings
from command_line.doctor.findings import Finding

FINDINGS = {
    name
    for name, made in inspect.getmembers(findings, inspect.isfunction)
    if made.__module__ == findings.__name__ and not name.startswith("_")
}


def nothing_installed(name: str) -> str:
    raise metadata.PackageNotFoundError(name)


def no_kernel(name: str) -> object:
    raise LookupError(f"No such kernel named {name}")


def kernel_in(folder: Path, program: str) -> Callable[[str], object]:
    return lambda _: SimpleNamespace(argv=[program], resource_dir=str(folder))


def torch_that_does_not_load() -> object:
    raise OSError("libtorch_cpu.so: cannot open shared object file")


def unknown_profile() -> str:
    raise ValueError("COURSE_PROFILE is 'fast'; it must be smoke, laptop or gpu.")


def course(root: Path, builder: str | None = None) -> Path:
    """A course with one notebook and, if there is one, a builder that says this."""
    (root / "notebooks").mkdir()
    (root / "notebooks" / "01.ipynb").write_text("{}")
    if builder is not None:
        (root / "lessons" / "build").mkdir(parents=True)
        for package in ("lessons", "lessons/build"):
            (root / package / "__init__.py").touch()
        (root / "lessons" / "build" / "__main__.py").write_text(builder)
    return root


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
        "starts /usr/bin/python3, outside",
        lambda p: findings.kernel(kernel_in(p, "/usr/bin/python3"), p),
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
    (
        "sandbox",
        "warn",
        "refuses: no bwrap",
        lambda _: findings.sandbox("none no bwrap"),
    ),
    (
        "sandbox",
        "fail",
        "No module named 'torch'",
        lambda _: findings.sandbox(
            "broken bubblewrap: It did not start.",
            "Traceback\nModuleNotFoundError: No module named 'torch'\n",
        ),
    ),
]


@pytest.mark.parametrize(("name", "status", "words", "look"), BROKEN)
def test_what_is_broken_is_named_with_what_mends_it(
    tmp_path: Path, name: str, status: str, words: str, look: Look
) -> None:
    found = look(tmp_path)
    assert (found.name, found.status) == (name, status)
    assert words in found.what
    assert found.mend


def test_a_foreign_kernel_is_repaired_in_the_environment_and_passed_by_elsewhere(
    tmp_path: Path,
) -> None:
    inside = findings.kernel(kernel_in(tmp_path / "share", "/opt/python"), tmp_path)
    outside = findings.kernel(kernel_in(Path("/home/me"), "/opt/python"), tmp_path)
    assert "ipykernel install --sys-prefix" in inside.mend
    assert "JUPYTER_PREFER_ENV_PATH=1" in outside.mend


def test_every_finding_can_fail() -> None:
    assert {name for name, *_ in BROKEN} == FINDINGS


HEALTHY: list[Look] = [
    lambda _: findings.python((3, 13)),
    lambda _: findings.packages("a==1", ["a>=1", 'b; extra == "x"'], lambda _: "1+cpu"),
    lambda _: findings.torch(lambda: SimpleNamespace(__version__="2.13.0+cpu")),
    lambda _: findings.device("H200", [card], lambda: "gpu"),
    lambda _: findings.device(None, [], lambda: "laptop"),
    lambda p: findings.kernel(kernel_in(p, str(p / "python")), p),
    lambda p: findings.kernel(kernel_in(p, "python3.12"), p),
    lambda _: findings.disk(2e9),
    lambda p: findings.data(data_card(p, size=1)),
    lambda p: findings.notebooks(course(p)),
    lambda p: findings.notebooks(course(p, "pass")),
    lambda _: findings.browser(lambda name: "/bin/c" if name == "chromium" else None),
    lambda _: findings.sandbox("bubblewrap \n"),
]


@pytest.mark.parametrize("look", HEALTHY)
def test_what_works_needs_no_mending(tmp_path: Path, look: Look) -> None:
    found = look(tmp_path)
    assert (found.status, found.mend) == ("ok", "")
