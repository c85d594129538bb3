"""Install the course and what it needs into the environment of the Python that runs it.

``make`` calls it; by hand it is ``.venv/bin/python install.py``. Versions are those of
requirements.lock. Words are handed on to pip, as in ``install.py --quiet``. Which build
of PyTorch comes, where the pinned version is not there yet, two variables say:

TORCH        ``auto``, the default: on Linux without an NVIDIA card the CPU build, else
             the registry's, which on Linux brings CUDA. ``cpu``: the CPU build, or an
             error. ``cuda``: the registry's, whatever is here.
TORCH_INDEX  An address that torch is taken from, whatever TORCH says.

The CPU build is looked for where pip is configured to look, then where uv knows PyTorch
to keep it. To change the build, remove .venv first.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib import invalidate_caches, metadata
from pathlib import Path
from tempfile import TemporaryDirectory

LOCK = Path("requirements.lock")
CARD = ("/proc/driver/nvidia/version", "/dev/nvidiactl", "/usr/lib/wsl/lib/nvidia-smi")
BUILDS = ("auto", "cpu", "cuda")


def main(words: Sequence[str], environ: Mapping[str, str] = os.environ) -> None:
    """Install torch first, where its build is chosen here; then all else."""
    build, index = environ.get("TORCH") or "auto", environ.get("TORCH_INDEX")
    if build not in BUILDS:
        sys.exit(f"TORCH is {build!r}; it must be one of {', '.join(BUILDS)}.")
    lock = LOCK.read_text(encoding="utf-8")
    (pin,) = re.findall(r"^torch==\S+$", lock, re.MULTILINE)
    if installed("torch").split("+")[0] != pin.removeprefix("torch=="):
        if index:
            if not pip("--no-deps", "--index-url", index, pin):
                sys.exit(f"{pin} was not to be had from TORCH_INDEX={index}.")
        elif sys.platform == "linux" and build != "cuda":
            if build == "cpu" or not has_card():
                fetch_cpu_build(pin, or_stop=build == "cpu")
    with TemporaryDirectory() as folder:
        pins = Path(folder, LOCK.name)
        pins.write_text(constraints(lock, installed("torch")), encoding="utf-8")
        if not pip(*words, "-c", str(pins), "-e", ".[test]"):
            sys.exit("The course is not installed: see what pip said above.")


def installed(name: str) -> str:
    """The version that this environment has of a package; empty if it has none."""
    invalidate_caches()  # another process installs
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def has_card() -> bool:
    """Whether an NVIDIA driver is here: one that does not work counts too."""
    return bool(shutil.which("nvidia-smi")) or any(map(os.path.exists, CARD))


def fetch_cpu_build(pin: str, *, or_stop: bool) -> None:
    """Install torch's CPU build from pip's own sources or PyTorch's, if one has it."""
    print(f"Fetching the CPU build of {pin}; TORCH=cuda takes the other.", flush=True)
    if pip("--quiet", "--no-deps", f"{pin}+cpu", loud=False) or uv(pin):
        return
    why = f"Neither pip's own sources nor PyTorch's gave the CPU build of {pin}"
    if or_stop:
        sys.exit(
            f"{why}. Name an address that has it in TORCH_INDEX, or say TORCH=cuda."
        )
    print(f"{why}: taking the registry's, which brings CUDA.", flush=True)


def uv(pin: str) -> bool:
    """Whether a uv of its own, thrown away again, could install torch's CPU build."""
    with TemporaryDirectory() as folder:
        own = ("--only-binary=:all:", "--target", folder, "-c", str(LOCK), "uv")
        if not pip("--quiet", *own, loud=False):
            return False
        words = ("--python", sys.executable, "--no-deps", "--no-cache")
        command = (f"{folder}/bin/uv", "pip", "install", *words)
        brief = {"UV_HTTP_RETRIES": "1"} | os.environ  # an address may be blocked
        done = run([*command, "--torch-backend", "cpu", pin], env=brief)
    return done.returncode == 0


def constraints(lock: str, torch: str) -> str:
    """The pins that fit the torch that is installed, if one is.

    Those with a condition belong to the registry's build for Linux. A build with a name
    of its own, as 2.13.0+cpu, needs none of them, or others.
    """
    lines = lock.splitlines(keepends=True)
    return "".join(line for line in lines if ";" not in line or "+" not in torch)


def pip(*words: str, loud: bool = True) -> bool:
    """Whether pip could install it; with its own words on the screen, or without."""
    command = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check"]
    return run([*command, *words], capture_output=not loud).returncode == 0


run = subprocess.run

if __name__ == "__main__":
    os.chdir(Path(__file__).parent)
    main(sys.argv[1:])
