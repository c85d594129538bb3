"""Say of each part of an installation whether it works, and what mends it if not.

A finding's arguments are the surroundings that it looks at, so that a test can hand it
broken ones.
"""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any, Literal, NamedTuple

PYTHONS = ((3, 11), (3, 13))  # oldest and newest, as in pyproject.toml
OLDEST_TORCH = (2, 6)
FONTS = ("DejaVuSans", "DejaVuSans-Bold", "DejaVuSans-Oblique", "STIXGeneral")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
CRAMPED, FULL = 2e9, 0.2e9  # bytes: a laptop run's checkpoints and clips; one picture
INSTALL = f"{sys.executable} -m pip install -c requirements.lock -e '.[test]'"
REINSTALL = f"{sys.executable} -m pip install --force-reinstall -c requirements.lock"


class Finding(NamedTuple):
    """One part of an installation: how it is, in a sentence, and what mends it."""

    name: str
    status: Literal["ok", "warn", "fail"]
    what: str
    mend: str = ""


def python(version: tuple[int, int]) -> Finding:
    """Whether this Python is one that the course is tested on."""
    found = f"Python {version[0]}.{version[1]}"
    if PYTHONS[0] <= version <= PYTHONS[1]:
        return Finding("python", "ok", found)
    need = "the course needs 3.11, 3.12 or 3.13"
    return Finding("python", "fail", f"{found}; {need}.", "make lab PYTHON=python3.12")


def packages(
    lock: str, requires: Sequence[str], version: Callable[[str], str]
) -> Finding:
    """Whether all that the course requires is installed, in the locked versions."""
    pins = dict(re.findall(r"^([\w.-]+)==(\S+)$", lock, re.MULTILINE))
    found = {name: _version(name, version) for name in pins}
    needed = [re.split(r"[^\w.-]", r)[0] for r in requires if "extra ==" not in r]
    if missing := [n for n in needed if _version(n, version) is None]:
        return Finding("packages", "fail", f"Missing: {', '.join(missing)}.", INSTALL)
    other = [f"{n} {v}" for n, v in found.items() if v and v.split("+")[0] != pins[n]]
    if other:
        what = f"Not in the locked version: {', '.join(other)}."
        return Finding("packages", "warn", what, INSTALL)
    return Finding("packages", "ok", f"{len(pins)} packages as in requirements.lock")


def torch(load: Callable[[], Any]) -> Finding:
    """Whether PyTorch loads and is new enough."""
    try:
        version = str(load().__version__)
    except Exception as error:  # a broken library raises anything
        return Finding(
            "torch", "fail", f"It does not load: {error}", f"{REINSTALL} torch"
        )
    if tuple(map(int, re.findall(r"\d+", version)[:2])) < OLDEST_TORCH:
        return Finding(
            "torch", "fail", f"{version} is too old; 2.6 is needed.", INSTALL
        )
    return Finding("torch", "ok", f"PyTorch {version}")


def device(
    cuda: str | None, cards: Sequence[Path], profile: Callable[[], str]
) -> Finding:
    """Whether torch computes on the best that is here, and on what the profile asks.

    ``cuda`` is the name of the card that torch uses; ``cards`` are the system's.
    """
    try:
        wants_card = profile() == "gpu"
    except ValueError as error:
        return Finding("device", "fail", str(error), "unset COURSE_PROFILE")
    if cuda:
        return Finding("device", "ok", f"torch can use {cuda}")
    if wants_card:
        what = "COURSE_PROFILE is gpu, but torch finds no graphics card."
        return Finding("device", "fail", what, "export COURSE_PROFILE=laptop")
    if cards:
        what = "A graphics card is here that this torch cannot use."
        return Finding("device", "warn", what, f"{REINSTALL} torch")
    return Finding("device", "ok", f"torch computes on {os.cpu_count()} CPU cores")


def kernel(find: Callable[[str], Any], prefix: Path) -> Finding:
    """Whether notebooks start with this environment's Python, and not with another."""
    own = f"{sys.executable} -m ipykernel install --sys-prefix"
    try:
        spec = find("python3")
    except Exception as error:
        return Finding("kernel", "fail", f"No kernel python3: {error}", own)
    program, folder = Path(spec.argv[0]), Path(spec.resource_dir)
    by_name = re.fullmatch(r"python[\d.]*", str(program))  # Jupyter's own interpreter
    if by_name or program.is_relative_to(prefix):
        return Finding("kernel", "ok", "python3 is this environment's")
    what = f"{folder} starts {program}, outside this environment."
    prefer = "unset JUPYTER_PATH; export JUPYTER_PREFER_ENV_PATH=1"
    mend = own if folder.is_relative_to(prefix) else prefer
    return Finding("kernel", "fail", what, mend)


def widgets(extensions: Sequence[Path], version: Callable[[str], str]) -> Finding:
    """Whether sliders can move: ipywidgets in the kernel, its half in JupyterLab."""
    found = _version("ipywidgets", version)
    if found is None or int(found.split(".")[0]) < 8:
        what = f"ipywidgets 8 is needed; found: {found}."
        return Finding("widgets", "fail", what, INSTALL)
    page = Path("@jupyter-widgets", "jupyterlab-manager", "package.json")
    if not any((folder / page).is_file() for folder in extensions):
        what = "JupyterLab lacks its half of ipywidgets: no slider would show."
        return Finding("widgets", "fail", what, f"{REINSTALL} jupyterlab_widgets")
    return Finding("widgets", "ok", f"ipywidgets {found}, in kernel and JupyterLab")


def fonts(matplotlib: Path) -> Finding:
    """Whether the fonts that pictures and their formulas are drawn with are there."""
    folder = matplotlib / "mpl-data" / "fonts" / "ttf"
    if missing := [name for name in FONTS if not (folder / f"{name}.ttf").is_file()]:
        what = f"matplotlib lacks {', '.join(missing)}."
        return Finding("fonts", "fail", what, f"{REINSTALL} matplotlib")
    return Finding("fonts", "ok", "matplotlib has the fonts of the pictures")


def disk(free: float) -> Finding:
    """Whether copies, pictures and checkpoints find room; ``free`` in bytes."""
    what = f"{free / 1e9:.1f} GB free"
    if free >= CRAMPED:
        return Finding("disk", "ok", what)
    status: Literal["warn", "fail"] = "warn" if free >= FULL else "fail"
    return Finding("disk", status, f"{what}; training needs 2 GB.", "du -sh work .venv")


def data(folder: Path) -> Finding:
    """Whether each file that the README of the data names is there and not empty."""
    readme = folder / "README.md"
    text = readme.read_text(encoding="utf-8") if readme.is_file() else ""
    names = ["README.md", *re.findall(r"^\| *`([^`]+)`", text, re.MULTILINE)]
    whole = {n for n in names if any(f.stat().st_size for f in folder.glob(n))}
    if missing := [name for name in names if name not in whole]:
        what = f"Missing or empty in {folder.name}/: {', '.join(missing)}."
        return Finding("data", "fail", what, "git checkout -- data")
    return Finding("data", "ok", f"{len(names) - 1} data sets are in place")


def notebooks(root: Path) -> Finding:
    """Whether the notebooks are there and say what their sources say."""
    if not any((root / "notebooks").glob("*.ipynb")):
        what = "notebooks/ holds no lesson."
        return Finding("notebooks", "fail", what, "git checkout -- notebooks")
    builder = root / "lessons" / "build"
    if not builder.is_dir():
        return Finding("notebooks", "ok", "built; no sources here to compare with")
    check = [sys.executable, "-m", "lessons.build", "--check"]
    done = subprocess.run(check, cwd=root, capture_output=True, text=True)
    if done.returncode == 0:
        return Finding("notebooks", "ok", "as their sources in lessons/")
    if late := re.findall(r"^stale: (\S+)", done.stdout, re.MULTILINE):
        return Finding("notebooks", "warn", f"Stale: {', '.join(late)}.", "make build")
    said = (done.stderr or done.stdout).strip().splitlines()[-1:]
    what = f"The builder stopped: {' '.join(said)}"
    return Finding("notebooks", "fail", what, "git checkout -- lessons")


def browser(find: Callable[[str], str | None]) -> Finding:
    """Whether the tests that move a real browser have one; lessons need none of it."""
    if any(map(find, BROWSERS)):
        return Finding("browser", "ok", "the browser tests can run")
    what = "No chromium: the browser tests are skipped; lessons do not need it."
    return Finding("browser", "warn", what, "apt-get install chromium")


def sandbox(said: str, errors: str = "") -> Finding:
    """Whether `course grade` can hold what it runs, and import what it needs there.

    ``said`` is what holds it, or why nothing does; ``errors`` is what Python said.
    """
    kind, _, why = said.strip().partition(" ")
    if kind == "broken":
        lines = errors.strip().splitlines()
        why = f"{why} {lines[-1]}" if lines else why
        what = f"Python and its packages do not start in the sandbox. {why}"
        return Finding("sandbox", "fail", what, INSTALL)
    if kind != "none":
        return Finding("sandbox", "ok", f"course grade runs answers in {kind}")
    what = f"No sandbox works, so `course grade` refuses: {why}"
    return Finding("sandbox", "warn", what, "apt-get install bubblewrap")


def _version(name: str, version: Callable[[str], str]) -> str | None:
    try:
        return version(name)
    except metadata.PackageNotFoundError:
        return None
