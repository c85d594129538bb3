"""Choose the sandbox that works on this machine, and start a program in it.

`python -m grading.sandbox` prints the choice.
"""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from os import pathsep
from os.path import abspath
from pathlib import Path
from typing import Literal, NamedTuple

from course_lib.paths import CHECKOUT
from grading import landlock, seccomp
from grading.confinement import Confinement
from grading.visible_files import DATA, PACKAGES, ROOT

Kind = Literal["bubblewrap", "landlock", "unsafe"]
SYSTEM = ("/usr", "/bin", "/lib", "/lib64", "/etc/alternatives", "/etc/ld.so.cache")
PROCESSORS = "/sys/devices/system/cpu"  # torch asks what they can do
SCRATCH = 16 << 20  # bytes that imports may write, such as Matplotlib's list of fonts
LIBRARY = "/course"  # where the sandbox shows the course's library


class Choice(NamedTuple):
    """A kind of sandbox, or None, and why the better ones are not it."""

    kind: Kind | None
    why: str


def choose() -> Choice:
    """The first that works, of bubblewrap and Landlock; seccomp belongs to both."""
    if not seccomp.works():
        return Choice(None, "libseccomp is missing: apt-get install libseccomp2")
    trouble = _bubblewrap()
    if not trouble:
        return Choice("bubblewrap", "")
    if landlock.version():
        return Choice("landlock", f"bubblewrap: {trouble}")
    return Choice(None, f"bubblewrap: {trouble}; and this kernel has no Landlock")


def start(
    kind: Kind, library: Path, words: Sequence[str], fd: int
) -> subprocess.Popen[bytes]:
    """Start Python with these words; the descriptor ``fd`` goes with it.

    It sees the system's libraries, its own and ``library``.
    """
    python = [abspath(sys.executable), "-s", "-P", *words]
    return subprocess.Popen(
        [*prefix(kind, library), *python],
        pass_fds=(fd,),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        cwd="/",
        env=_environment(shown(kind, library)),
        start_new_session=True,
    )


def prefix(kind: Kind, library: Path) -> list[str]:
    """The words before a command that put it into bubblewrap; none for the others."""
    if kind != "bubblewrap":
        return []
    binds = [w for p in (*readable(), PROCESSORS) for w in ("--ro-bind-try", p, p)]
    return [
        *("bwrap", "--unshare-all", "--die-with-parent", "--new-session"),
        *("--cap-drop", "ALL", "--proc", "/proc", "--dev", "/dev"),
        *("--size", str(SCRATCH), "--tmpfs", "/tmp"),  # for imports, before workers
        *binds,
        *(word for path in hidden() for word in ("--tmpfs", path)),
        *("--ro-bind-try", str(DATA), str(DATA)),
        *("--ro-bind", str(library), LIBRARY),
        *("--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/"),
    ]


def confinement(kind: Kind, library: Path) -> Confinement:
    """What is left to a worker inside."""
    paths = (*readable(), PROCESSORS, shown(kind, library))
    filtered = kind != "unsafe" or seccomp.works()
    return Confinement(paths, kind == "landlock", filtered, hidden())


def shown(kind: Kind, library: Path) -> str:
    """Where a program inside finds the course's library."""
    return LIBRARY if kind == "bubblewrap" else str(library)


def readable() -> tuple[str, ...]:
    """The system's libraries, Python's, the packages' and the course's data."""
    python = map(abspath, (sys.base_prefix, sys.prefix))  # `..` may lead nowhere inside
    return tuple(dict.fromkeys((*SYSTEM, *python, *packages(), str(DATA))))


def packages() -> tuple[str, ...]:
    """Where packages lie outside of Python's own folders, as this process finds them.

    A .pth file, PYTHONPATH and a user's site lead to such places. The folder that a
    command was called in, a home and a checkout of the course are none: what is handed
    in, and the solutions, may lie there.
    """
    own = [Path(abspath(p)) for p in (sys.base_prefix, sys.prefix)]
    private = [Path.cwd(), Path.home(), ROOT]
    found = []
    for text in filter(None, sys.path):
        path = Path(abspath(text))
        inside = any(path.is_relative_to(folder) for folder in own)
        holds = any(folder.is_relative_to(path) for folder in private)
        if path.exists() and not inside and not holds:
            found.append(str(path))
    return tuple(dict.fromkeys(found))


def hidden() -> tuple[str, ...]:
    """The course's own folders, with checks in them, that are in readable ones."""
    own = [ROOT] if CHECKOUT else [ROOT / package for package in PACKAGES]
    return tuple(
        folder
        for folder in map(abspath, own)
        if any(folder.startswith(f"{path.rstrip('/')}/") for path in readable())
    )


def _environment(library: str) -> dict[str, str]:
    return {
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "PYTHONPATH": pathsep.join((library, *packages())),
        "PYTHONDONTWRITEBYTECODE": "1",
        "OMP_NUM_THREADS": "1",
        "MPLBACKEND": "agg",
        "COURSE_PROFILE": "smoke",  # a lesson's own trainings take seconds
    }


def _bubblewrap() -> str:
    """Why bubblewrap does not work here; nothing if it does."""
    if shutil.which("bwrap") is None:
        return "not installed"
    command = [*prefix("bubblewrap", Path("/usr")), "/bin/true"]
    done = subprocess.run(command, capture_output=True, text=True)
    return done.stderr.strip()[:200] if done.returncode else ""


if __name__ == "__main__":
    kind, why = choose()
    print(kind or "none", why)
