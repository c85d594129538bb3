"""Look at this installation, part by part, also where half of it is broken."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib import import_module, metadata
from importlib.util import find_spec
from pathlib import Path

from command_line.doctor import findings
from command_line.doctor.findings import INSTALL, Finding

COURSE = "video-generation-course"


def examine(root: Path) -> Iterator[Finding]:
    """The findings about this process's environment and the course in ``root``.

    Each is yielded as soon as it is there. An examination that raises because a package
    is missing is a finding too.
    """
    looks: dict[str, Callable[[Path], Finding]] = {
        "python": lambda _: findings.python(sys.version_info[:2]),
        "packages": _packages,
        "torch": lambda _: findings.torch(lambda: import_module("torch")),
        "device": _device,
        "kernel": _kernel,
        "widgets": _widgets,
        "fonts": _fonts,
        "disk": lambda root: findings.disk(shutil.disk_usage(root).free),
        "data": lambda root: findings.data(root / "data"),
        "notebooks": findings.notebooks,
        "browser": lambda _: findings.browser(shutil.which),
        "sandbox": _sandbox,
    }
    for name, look in looks.items():
        yield survive(name, look, root)


def survive(name: str, look: Callable[[Path], Finding], root: Path) -> Finding:
    """What ``look`` finds in ``root``; that it broke, if it does."""
    try:
        return look(root)
    except Exception as error:  # a broken installation breaks in any way
        what = f"Could not look: {type(error).__name__}: {error}"
        return Finding(name, "fail", what, INSTALL)


def _packages(root: Path) -> Finding:
    lock = (root / "requirements.lock").read_text(encoding="utf-8")
    requires = metadata.requires(COURSE) or []
    return findings.packages(lock, requires, metadata.version)


def _device(root: Path) -> Finding:
    import torch

    from course_lib.profile import current

    cuda = torch.cuda.get_device_name() if torch.cuda.is_available() else None
    return findings.device(cuda, [*Path("/dev").glob("nvidia[0-9]*")], current)


def _kernel(root: Path) -> Finding:
    from jupyter_client.kernelspec import KernelSpecManager

    return findings.kernel(KernelSpecManager().get_kernel_spec, Path(sys.prefix))


def _sandbox(root: Path) -> Finding:
    # in a subprocess, so that command_line.doctor does not import grading
    ask = [sys.executable, "-m", "grading.trial"]
    done = subprocess.run(ask, cwd=root, capture_output=True, text=True)
    said = done.stdout or "none it needs Linux"
    return findings.sandbox(said, done.stderr)


def _widgets(root: Path) -> Finding:
    from jupyter_core.paths import jupyter_path

    folders = [*map(Path, jupyter_path("labextensions"))]
    return findings.widgets(folders, metadata.version)


def _fonts(root: Path) -> Finding:
    found = find_spec("matplotlib")  # located, not imported: only plotting draws
    if found is None or found.origin is None:
        raise ModuleNotFoundError("matplotlib is not installed")
    return findings.fonts(Path(found.origin).parent)
