"""The layout: which package may import which, and what a file must have."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("course_lib", "teaching", "lessons", "grading", "command_line")
MODULES = sorted(
    path
    for package in PACKAGES
    for path in (ROOT / package).rglob("*.py")
    if path.name != "lesson.py"
)
BENCHMARKS = sorted((ROOT / "benchmarks").rglob("*.py"))

# A package imports only from packages with a smaller number; training and evaluation
# share one, because a training measures its model and a table loads trained models.
LAYERS = {
    "course_lib.shapes": 0,
    "course_lib.atomic_write": 0,
    "course_lib.paths": 0,
    "course_lib.allocator": 0,
    "course_lib.initialization": 0,
    "course_lib.downsampling": 0,
    "course_lib.profile": 0,
    "course_lib": 1,
    "course_lib.progress": 1,
    "course_lib.video": 1,
    "course_lib.plotting": 2,
    "course_lib.mathematics": 3,
    "course_lib.data": 3,
    "course_lib.metrics": 4,
    "course_lib.gan": 4,
    "course_lib.predictor": 4,
    "course_lib.vae": 5,  # uses the ConvLSTM of the predictor
    "course_lib.mocogan": 5,
    "course_lib.training": 6,
    "course_lib.evaluation": 6,
    "teaching": 7,
    "lessons": 8,
    "grading": 9,
    "command_line": 10,
}
OUTSIDE = {  # package: where it may be imported; a prefix stands for all below it
    "torch": PACKAGES,
    "jaxtyping": PACKAGES,
    "numpy": PACKAGES,
    "matplotlib": ("course_lib.plotting",),
    "seaborn": ("course_lib.plotting",),
    "IPython": (
        "course_lib.plotting",
        "course_lib.progress",
        "teaching",
        "lessons",
        "grading",
    ),
    "ipywidgets": ("teaching", "command_line"),
    "PIL": ("course_lib.plotting", "course_lib.video", "teaching"),
    "sympy": ("course_lib", "teaching", "lessons"),
    "tqdm": ("course_lib.progress",),
    "safetensors": ("course_lib.training",),
    "typer": ("command_line", "grading"),
    "rich": ("command_line",),
    "packaging": ("command_line",),
    "av": ("course_lib.video",),
    "pooch": ("course_lib.data",),
    "jupyter_client": ("command_line",),
    "jupyter_core": ("command_line", "lessons.build"),
    "jupytext": ("lessons.build",),
    "nbformat": ("lessons.build",),
    "nbclient": ("lessons.build",),
}


def module_name(path: Path) -> str:
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    return name.removesuffix(".__init__")


def package_of(name: str) -> str:
    """The package that the layers know: "course_lib.gan", "teaching"."""
    parts = name.split(".")
    return ".".join(parts[:2]) if parts[0] == "course_lib" else parts[0]


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            if node.module.split(".")[0] in PACKAGES:
                yield from (f"{node.module}.{alias.name}" for alias in node.names)


@cache
def our_imports(path: Path) -> frozenset[str]:
    known = {module_name(p) for p in MODULES}
    return frozenset(name for name in imports(path) if name in known)


def test_packages_import_only_from_the_layers_below_them() -> None:
    shared = {"course_lib.training", "course_lib.evaluation"}
    wrong = []
    for path in MODULES:
        here = package_of(module_name(path))
        for name in our_imports(path):
            there = package_of(name)
            if there not in (here, "course_lib") and not {here, there} == shared:
                if LAYERS[there] >= LAYERS[here]:
                    wrong.append(f"{module_name(path)} imports {name}")
    assert not wrong


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


def test_a_third_party_package_is_imported_only_where_it_belongs() -> None:
    wrong = []
    for path in MODULES:
        here = module_name(path)
        for name in imports(path):
            package = name.partition(".")[0]
            if package in sys.stdlib_module_names or package in PACKAGES:
                continue
            allowed = OUTSIDE.get(package, ())
            if not any(f"{here}.".startswith(f"{prefix}.") for prefix in allowed):
                wrong.append(f"{here} imports {package}")
    assert not wrong


def test_a_module_says_in_one_sentence_what_it_is_for() -> None:
    for path in (*MODULES, *BENCHMARKS):
        first = (ast.get_docstring(tree(path)) or "").partition("\n")[0]
        assert first.endswith((".", "?")), path


def test_a_module_has_its_test_at_the_same_place_below_tests() -> None:
    """Exercises, derivations and quizzes are held by tests over all lessons."""
    pooled = {"exercises", "derivations", "quiz", "build", "__init__", "__main__"}
    wrong = []
    for path in MODULES:
        *packages, name = path.relative_to(ROOT).with_suffix("").parts
        if pooled & {*packages, name} or name == "shapes":
            continue
        names = [Path(*packages, f"test_{name}.py")]
        whole = f"test_{packages[-1]}.py"  # one file for the whole package
        names += [Path(*packages[:-1], whole), Path(*packages, whole)]
        if not any((ROOT / "tests" / place).exists() for place in names):
            wrong.append(module_name(path))
    assert not wrong


def test_the_linter_finds_nothing() -> None:
    command = [sys.executable, "-m", "ruff", "check", *PACKAGES, "benchmarks", "tests"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_no_file_is_named_after_nothing() -> None:
    names = {path.stem for path in MODULES}
    assert not names & {"utils", "helpers", "common", "misc", "tools", "base"}


def test_the_library_sets_no_global_seed_and_no_fixed_device() -> None:
    for path in MODULES:
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                spelled = ast.unparse(node.func)
                assert spelled not in ("torch.manual_seed", "np.random.seed"), path
                assert node.func.attr != "cuda", path


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
