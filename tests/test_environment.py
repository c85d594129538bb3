"""Three files describe one environment, and they agree."""

import re
import sys
import tomllib
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from command_line.doctor import findings

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
LOCK = (ROOT / "requirements.lock").read_text()
CONDA = yaml.safe_load((ROOT / "environment.yml").read_text())


def pins(lock: str) -> list[tuple[str, Version]]:
    return [
        (canonicalize_name(line.name), Version(str(line.specifier).removeprefix("==")))
        for line in lines(lock)
    ]


def lines(lock: str) -> list[Requirement]:
    written = lock.splitlines()
    return [Requirement(line) for line in written if line and not line.startswith("#")]


def declared(project: dict[str, Any]) -> list[Requirement]:
    lists = [project["dependencies"], *project["optional-dependencies"].values()]
    return [Requirement(line) for lines in lists for line in lines]


def disagreements(
    project: dict[str, Any], lock: str, conda: dict[str, Any]
) -> set[str]:
    """Every point on which the three files do not say the same."""
    found = set()
    for need in declared(project):
        own = [
            number
            for name, number in pins(lock)
            if name == canonicalize_name(need.name)
        ]
        if len(own) != 1:
            found.add(f"{need.name} has {len(own)} pins")
        elif own[0] not in need.specifier:
            found.add(f"{need.name} {own[0]} is not {need.specifier}")
    python, pip, doors = conda["dependencies"]
    if SpecifierSet(python.removeprefix("python")) != SpecifierSet(
        project["requires-python"]
    ):
        found.add("conda has another Python")
    if pip != "pip" or doors != {"pip": ["-c requirements.lock", "-e .[test]"]}:
        found.add("conda does not take the lock")
    return found


def test_pyproject_the_lock_and_conda_agree() -> None:
    assert disagreements(PROJECT, LOCK, CONDA) == set()


@pytest.mark.parametrize(
    ("project", "lock", "conda", "complaint"),
    [
        ({}, re.sub(r"tqdm==.*\n", "", LOCK), {}, "tqdm has 0 pins"),
        ({}, f"{LOCK}tqdm==4.0\n", {}, "tqdm has 2 pins"),
        ({}, re.sub("torch==.*", "torch==2.5.1", LOCK), {}, "torch 2.5.1 is not >=2.6"),
        ({"requires-python": ">=3.10"}, LOCK, {}, "conda has another Python"),
        ({}, LOCK, {"pip": ["-e .[test]"]}, "conda does not take the lock"),
    ],
)
def test_each_disagreement_is_seen(
    project: dict[str, Any], lock: str, conda: dict[str, Any], complaint: str
) -> None:
    dependencies = [*CONDA["dependencies"][:2], conda or CONDA["dependencies"][2]]
    found = disagreements({**PROJECT, **project}, lock, {"dependencies": dependencies})
    assert found == {complaint}


def test_the_lock_holds_plain_pins_that_any_registry_can_serve() -> None:
    names = [name for name, _ in pins(LOCK)]
    assert sorted(set(names)) == sorted(names)
    assert not [str(number) for _, number in pins(LOCK) if number.local]
    assert not {"pip", "setuptools", canonicalize_name(PROJECT["name"])} & {*names}
    assert "uv" in names  # install.py takes it for a moment


def test_what_cuda_alone_needs_is_pinned_under_a_condition() -> None:
    """So that install.py can leave it out for another build of torch."""
    for line in lines(LOCK):
        of_cuda = line.name.startswith(("cuda-", "nvidia-")) or line.name == "triton"
        assert str(line.marker) == ('sys_platform == "linux"' if of_cuda else "None")


def test_this_environment_has_the_locked_versions() -> None:
    """Whichever build of torch is here: +cpu and the like are no other version."""
    found = {name: installed(name) for name, _ in pins(LOCK)}
    assert all(found[canonicalize_name(need.name)] for need in declared(PROJECT))
    other = {n: found[n] for n, v in pins(LOCK) if found[n] not in (None, v.public)}
    assert other == {}, "make test brings the locked versions"


def installed(name: str) -> str | None:
    try:
        return Version(metadata.version(name)).public
    except metadata.PackageNotFoundError:
        return None


@pytest.mark.skipif(sys.platform != "linux", reason="other systems need a few more")
def test_the_lock_leaves_no_version_to_chance() -> None:
    """All that is required here, directly or not, is pinned, but for setuptools.

    Where torch's build with CUDA is installed, that is all of CUDA too.
    """
    waiting, seen = {(need.name, *need.extras) for need in declared(PROJECT)}, set()
    while waiting:
        name, *extras = wanted = waiting.pop()
        seen.add(wanted)
        for line in metadata.requires(name) or []:
            need = Requirement(line)
            chosen = [{"extra": extra} for extra in ("", *extras)]
            if not need.marker or any(map(need.marker.evaluate, chosen)):
                waiting |= {(need.name, *need.extras)} - seen
    names = {canonicalize_name(name) for name, *_ in seen}
    assert names - {name for name, _ in pins(LOCK)} - {"setuptools"} == set()


def test_the_doctor_knows_the_range_of_pythons_and_the_oldest_torch() -> None:
    oldest, newest = (Version(f"{a}.{b}") for a, b in findings.PYTHONS)
    accepted = SpecifierSet(PROJECT["requires-python"])
    for minor in range(9, 17):
        version = Version(f"3.{minor}")
        assert (version in accepted) == (oldest <= version <= newest)
    assert (
        f"torch>={'.'.join(map(str, findings.OLDEST_TORCH))}" in PROJECT["dependencies"]
    )


def test_the_citation_names_this_version() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert citation["version"] == PROJECT["version"]
    assert " AND ".join(citation["license"]) == PROJECT["license"]
