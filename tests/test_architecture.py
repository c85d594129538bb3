"""The tree is a promise: floors, rooms, budgets and homes, each kept by a test."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LIBRARY = ROOT / "course_lib"
MODULES = sorted(p for p in LIBRARY.rglob("*.py"))
BENCHMARKS = sorted((ROOT / "benchmarks").rglob("*.py"))

FLOORS = {
    "shapes": 0,
    "whole_file": 0,
    "whereabouts": 0,
    "kept_memory": 0,
    "": 1,  # the package itself: what comes before all else
    "ports": 0,
    "initial_weights": 0,
    "halvings": 0,
    "video": 1,
    "plotting": 2,
    "teaching": 3,
    "data": 3,
    "evaluation": 4,
    "gan": 4,
    "predictor": 4,
    "vae": 5,  # its memory of places is the predictor's
    "mocogan": 5,
    "lessons": 6,
    "runs": 6,
    "grading": 7,
    "doctor": 7,
    "workspace": 7,
    "cli": 8,
}
LESSON_ROOMS = ("evaluation", "gan", "predictor", "vae", "mocogan")
TAUGHT = (  # not models
    "equations",
    "exercises",
    "pictures",
    "quiz",
    "faults",
    "experiments",
)
OUTSIDE = {  # package: rooms that may import it; "" stands for every room
    "torch": ("",),
    "jaxtyping": ("",),
    "numpy": ("plotting", "data", "video", "teaching", "gan"),
    "matplotlib": ("plotting",),
    "seaborn": ("plotting",),
    "IPython": ("plotting", "teaching", "lessons", "grading"),
    "ipywidgets": ("teaching", "doctor"),
    "PIL": ("plotting", "video"),
    "sympy": ("teaching", *LESSON_ROOMS),
    "tqdm": ("teaching", "runs"),
    "safetensors": ("runs",),
    "typer": ("cli", "grading"),
    "rich": ("cli", "doctor"),
    "packaging": ("doctor",),
    "av": ("video",),
    "pooch": ("data",),
    "jupyter_client": ("doctor",),
    "jupyter_core": ("doctor", "workspace"),
}


def module_name(path: Path) -> str:
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    return name.removesuffix(".__init__")


def room(name: str) -> str:
    return name.split(".")[1] if "." in name else ""


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            if node.module.startswith("course_lib"):
                yield from (f"{node.module}.{alias.name}" for alias in node.names)


@cache
def our_imports(path: Path) -> frozenset[str]:
    known = {module_name(p) for p in MODULES}
    return frozenset(name for name in imports(path) if name in known)


by_module = pytest.mark.parametrize("path", MODULES, ids=module_name)


@by_module
def test_imports_point_down_and_rooms_on_one_floor_do_not_meet(path: Path) -> None:
    here = room(module_name(path))
    for name in our_imports(path):
        there = room(name)
        if there and there != here:
            assert FLOORS[there] < FLOORS[here], f"{module_name(path)} imports {name}"


@by_module
def test_only_allowed_packages_come_from_outside(path: Path) -> None:
    here = room(module_name(path))
    for name in imports(path):
        package = name.partition(".")[0]
        if package in sys.stdlib_module_names or package == "course_lib":
            continue
        allowed = OUTSIDE.get(package, ())
        assert "" in allowed or here in allowed, f"{module_name(path)}: {package}"


def test_imports_have_no_cycle() -> None:
    edges = {module_name(p): our_imports(p) for p in MODULES}
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        assert name not in path, " -> ".join([*path, name])
        if name not in done:
            for below in edges.get(name, ()):
                if not name.startswith(below + ".") and below != name:
                    visit(below, (*path, name))
            done.add(name)

    for name in edges:
        visit(name, ())


@by_module
def test_no_model_knows_that_it_is_taught(path: Path) -> None:
    _, *parts = module_name(path).split(".")
    if len(parts) < 2 or parts[0] not in LESSON_ROOMS or parts[1] in TAUGHT:
        return
    for name in our_imports(path):
        _, *target = name.split(".")
        if len(target) > 1 and target[0] in LESSON_ROOMS:
            assert target[1] not in TAUGHT, f"{module_name(path)} imports {name}"
        assert not target or target[0] not in ("data", "lessons", "runs")


@by_module
def test_a_module_makes_one_claim_and_names_its_home(path: Path) -> None:
    docstring = ast.get_docstring(tree(path)) or ""
    claim = docstring.splitlines()[0] if docstring else ""
    assert claim.endswith((".", "?")), "the first docstring line is a sentence"
    if path.name == "__init__.py":
        return
    home = re.search(r"^Home: (.+?)\.$", docstring, re.M | re.S)
    assert home, "a line `Home: 1.5 Other referees.` names the lesson section"
    for section in re.findall(r"\b\d\.\d\b", home.group(1)):
        written = any(known[0] == section[0] for known in sections())
        assert section in sections() or not written, f"no section {section}"


@cache
def sections() -> frozenset[str]:
    text = "".join(p.read_text() for p in (ROOT / "lessons").glob("[0-9][0-9]_*.py"))
    return frozenset(re.findall(r"^# ## (\d\.\d)", text, re.M))


@by_module
def test_a_module_has_a_test_file_of_its_own(path: Path) -> None:
    if path.name == "__init__.py" or path == LIBRARY / "shapes.py":
        return
    *rooms, name = path.relative_to(LIBRARY).with_suffix("").parts
    if {"equations", "exercises", "quiz"} & {*rooms, name}:
        return  # tests/test_{equations,exercises,lessons}.py hold every lesson's
    tests = ROOT / "tests"
    names = [Path(*rooms, f"test_{name}.py")]
    if rooms:  # or one file for the whole room
        names.append(Path(*rooms[:-1], f"test_{rooms[-1]}.py"))
    assert any((tests / place).exists() for place in names), names


@pytest.mark.parametrize("path", BENCHMARKS, ids=lambda p: p.stem)
def test_a_benchmark_makes_one_claim(path: Path) -> None:
    docstring = ast.get_docstring(tree(path)) or ""
    assert docstring.partition("\n")[0].endswith((".", "?"))


def test_the_linter_finds_nothing() -> None:
    rooms = ("course_lib", "lessons", "benchmarks", "tests")
    command = [sys.executable, "-m", "ruff", "check", *rooms]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@by_module
def test_names_come_from_the_idea(path: Path) -> None:
    assert path.stem not in {"utils", "helpers", "common", "misc", "tools", "base"}


@by_module
def test_the_library_touches_no_global_seed_and_no_fixed_device(path: Path) -> None:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            spelled = ast.unparse(node.func)
            assert spelled not in ("torch.manual_seed", "np.random.seed"), spelled
            assert node.func.attr != "cuda", spelled


def test_the_repository_is_light_and_stands_alone() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    files = [ROOT / name for name in listed.stdout.split("\0") if name]
    files = [path for path in files if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 60e6
    text_files = (p for p in files if p.suffix in {".py", ".md", ".toml", ".yml", ""})
    for path in text_files:
        assert "../" + "shared" not in path.read_text(errors="ignore"), path
