"""`install.py` takes the small PyTorch where no card is, if it can be had."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

import install

PIN = "torch==2.13.0"
COURSE = "-e .[test]"


class World:
    """What pip and uv are asked for, and what they can serve."""

    def __init__(self) -> None:
        self.served, self.torch = {COURSE}, ""
        self.asked: list[str] = []
        self.pins = ""

    def run(self, command: Sequence[str], **_: Any) -> subprocess.CompletedProcess[str]:
        program, words = command[0], " ".join(command[1:])
        if program == sys.executable:
            assert words.startswith("-m pip install --disable-pip-version-check ")
        for thing in ("--torch-backend cpu", "--target", "--index-url", "+cpu", COURSE):
            if thing in words:
                break
        if thing == COURSE:
            self.pins = Path(command[command.index("-c") + 1]).read_text()
        self.asked.append(thing)
        done = thing in self.served
        if done and thing in ("--torch-backend cpu", "+cpu"):
            self.torch = "2.13.0+cpu"
        return subprocess.CompletedProcess(command, 0 if done else 1)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """Linux with no card and no torch; its registry has the course alone."""
    world = World()
    monkeypatch.chdir(Path(install.__file__).parent)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(install, "run", world.run)
    monkeypatch.setattr(install, "has_card", lambda: False)
    monkeypatch.setattr(install, "installed", lambda name: world.torch)
    return world


def test_what_pip_is_configured_with_comes_first(world: World) -> None:
    world.served |= {"+cpu", "--target", "--torch-backend cpu"}
    install.main([], {})
    assert world.asked == ["+cpu", COURSE]


def test_else_uv_fetches_the_cpu_build(world: World) -> None:
    world.served |= {"--target", "--torch-backend cpu"}
    install.main([], {})
    assert world.asked == ["+cpu", "--target", "--torch-backend cpu", COURSE]
    assert "nvidia" not in world.pins and "torch==" in world.pins


@pytest.mark.parametrize("have", [set(), {"--target"}])
def test_where_neither_has_it_one_line_says_so_and_the_registry_serves(
    world: World, have: set[str], capsys: pytest.CaptureFixture[str]
) -> None:
    world.served |= have
    install.main([], {})
    assert world.asked[-1] == COURSE
    *_, last = capsys.readouterr().out.strip().splitlines()
    assert last.startswith("Neither pip's own sources nor PyTorch's gave the CPU build")
    assert "nvidia" in world.pins


def test_who_wants_the_cpu_build_never_gets_gigabytes(world: World) -> None:
    with pytest.raises(SystemExit, match="TORCH_INDEX"):
        install.main([], {"TORCH": "cpu"})
    assert COURSE not in world.asked


@pytest.mark.parametrize(
    ("card", "build", "system"),
    [
        (True, "", "linux"),
        (False, "cuda", "linux"),
        (False, "", "darwin"),
        (False, "cpu", "win32"),
    ],
)
def test_elsewhere_the_registry_has_the_right_build(
    world: World, monkeypatch: pytest.MonkeyPatch, card: bool, build: str, system: str
) -> None:
    monkeypatch.setattr(install, "has_card", lambda: card)
    monkeypatch.setattr(sys, "platform", system)
    install.main(["--quiet"], {"TORCH": build})
    assert world.asked == [COURSE]


def test_a_card_is_no_reason_against_the_cpu_build(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(install, "has_card", lambda: True)
    world.served |= {"+cpu"}
    install.main([], {"TORCH": "cpu"})
    assert world.asked == ["+cpu", COURSE]


def test_an_address_of_ones_own_comes_before_all(world: World) -> None:
    address = {"TORCH_INDEX": "file:///mirror"}
    with pytest.raises(SystemExit, match="TORCH_INDEX=file:///mirror"):
        install.main([], address)
    assert world.asked == ["--index-url"]
    world.served |= {"--index-url"}
    install.main([], address)
    assert world.asked[1:] == ["--index-url", COURSE]


@pytest.mark.parametrize("build", ["2.13.0", "2.13.0+cpu", "2.13.0+cu126"])
def test_a_torch_that_is_here_stays(world: World, build: str) -> None:
    """Without CUDA's pins, where it is not the registry's: others are needed then."""
    world.torch = build
    install.main([], {})
    assert world.asked == [COURSE]
    assert ("cuda-bindings" in world.pins) == ("+" not in build)


def test_a_torch_of_another_version_gives_way(world: World) -> None:
    world.torch = "2.12.0+cpu"
    world.served |= {"+cpu"}
    install.main([], {})
    assert world.asked == ["+cpu", COURSE]


def test_a_registry_that_does_not_answer_is_an_error(world: World) -> None:
    world.served.clear()
    with pytest.raises(SystemExit, match="not installed"):
        install.main([], {})


def test_an_unknown_build_is_refused_by_name(world: World) -> None:
    with pytest.raises(SystemExit, match="'gpu'; it must be one of auto, cpu, cuda"):
        install.main([], {"TORCH": "gpu"})
    assert world.asked == []


def test_the_lock_pins_the_torch_of_these_tests() -> None:
    assert f"\n{PIN}\n" in install.LOCK.read_text()


def test_a_driver_is_seen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(install, "CARD", (str(tmp_path / "version"),))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not install.has_card()
    (tmp_path / "version").touch()
    assert install.has_card()
    (tmp_path / "version").unlink()
    (tmp_path / "nvidia-smi").write_text("#!/bin/sh\n")
    (tmp_path / "nvidia-smi").chmod(0o755)
    assert install.has_card()
