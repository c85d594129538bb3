"""The lessons as sources and notebooks: completeness, and no answer is given away."""

import io
import re
import shutil
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from importlib import import_module
from inspect import isclass, isfunction
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat import NotebookNode

from lessons import EQUATIONS, EXERCISES, LESSONS, Lesson
from lessons.build.compose import CHECKED, compose
from lessons.build.editions import NOTEBOOKS, editions, is_stale
from teaching.exercise import Exercise, parts
from teaching.quiz import quiz as quiz_of
from teaching.source_code import body_of

ROOT = Path(__file__).parents[2]
SOURCES = [source for source, edition in editions(ROOT) if edition == "learner"]
by_lesson = pytest.mark.parametrize("source", SOURCES, ids=lambda p: p.parent.name)


def stem(source: Path) -> str:
    return NOTEBOOKS[source.parent.name]


def built(folder: str, source: Path) -> NotebookNode:
    return nbformat.read(ROOT / folder / f"{stem(source)}.ipynb", as_version=4)


@by_lesson
def test_every_equation_and_exercise_occurs_once(source: Path) -> None:
    text, number = source.read_text(), stem(source)[:2].lstrip("0")
    verified = re.findall(r'^verify\("(E\d\.\d)"\)', text, re.M)
    asked = re.findall(r'^# %% exercise="(X\d\.\d+)"', text, re.M)
    assert verified == [id for id in EQUATIONS if id[1] == number]
    assert asked == [id for id in EXERCISES if id[1] == number]


@by_lesson
def test_lesson_has_widgets_lab_quiz_and_references(source: Path) -> None:
    text = source.read_text()
    assert len(re.findall(r"\bexplore\(", text)) >= 2
    assert re.search(r'^# %% lab="', text, re.M)
    assert re.search(r"^quiz\(", text, re.M)
    references = text.partition("## Further reading")[2]
    assert len(re.findall(r"arXiv:\d{4}\.\d{4,5}", references)) >= 4


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.name)
def test_quiz_has_six_valid_questions(
    lesson: Lesson,
) -> None:
    questions = import_module(f"{lesson.package}.quiz").QUIZ
    assert len(questions) == 6
    assert len(quiz_of(questions).questions) == 6  # validates every option


def tokens(code: str) -> list[str]:
    skipped = {
        tokenize.COMMENT,
        tokenize.NL,
        tokenize.NEWLINE,
        tokenize.INDENT,
        tokenize.DEDENT,
        tokenize.ENDMARKER,
    }
    stream = tokenize.generate_tokens(io.StringIO(code).readline)
    return [token.string for token in stream if token.type not in skipped]


def contains(haystack: list[str], needle: list[str]) -> bool:
    joined = "\0" + "\0".join(haystack) + "\0"
    return "\0" + "\0".join(needle) + "\0" in joined


@by_lesson
def test_learners_edition_contains_no_answer(source: Path) -> None:
    number = stem(source)[:2].lstrip("0")
    cells = [c.source for c in built("notebooks", source).cells]
    shown = [tokens(c.source) for c in built("notebooks", source).cells if is_code(c)]
    for id, exercise in EXERCISES.items():
        if id[1] != number:
            continue
        for needle in answers_of(exercise):
            assert len(needle) >= 5
            assert not any(contains(code, needle) for code in shown), id
            bare = "".join(needle)
            assert not any(bare in re.sub(r"\s", "", text) for text in cells), id


def is_code(cell: NotebookNode) -> bool:
    return cell.cell_type == "code"


@by_lesson
def test_search_for_answers_finds_them_in_the_solutions(source: Path) -> None:
    number = stem(source)[:2].lstrip("0")
    shown = [tokens(c.source) for c in built("solutions", source).cells if is_code(c)]
    for id, exercise in EXERCISES.items():
        if id[1] == number:
            for needle in answers_of(exercise):
                assert any(contains(code, needle) for code in shown), id


def answers_of(exercise: Exercise) -> Iterator[list[str]]:
    """The tokens of each function or method that the learner writes."""
    for part in parts(exercise.reference):
        methods: list[tuple[str, ...]] = [()]
        if isclass(part):
            own = (name for name, x in vars(part).items() if isfunction(x))
            methods = [(name,) for name in exercise.methods or own]
        for names in methods:
            yield tokens("def answer():\n" + body_of(part, names))[5:]


@by_lesson
def test_learners_edition_has_no_outputs_and_solutions_all(
    source: Path,
) -> None:
    for cell in filter(is_code, built("notebooks", source).cells):
        assert not cell.outputs and cell.execution_count is None
    checked = [
        cell
        for cell in built("solutions", source).cells
        if CHECKED in cell.metadata.get("tags", [])
    ]
    assert len(checked) >= 10
    assert all(cell.outputs for cell in checked), "nbval would compare nothing"


@by_lesson
def test_solutions_pass_every_exercise_and_equation(
    source: Path,
) -> None:
    shown = "".join(plain_output(c) for c in built("solutions", source).cells)
    number = stem(source)[:2].lstrip("0")
    for id, exercise in EXERCISES.items():
        if id[1] == number:
            assert f"✓ {id} · {exercise.title}: passed" in shown
    assert "✗" not in shown


def plain_output(cell: NotebookNode) -> str:
    outputs = cell.get("outputs", [])
    plain = (o.get("data", {}).get("text/plain", o.get("text", "")) for o in outputs)
    return "".join(plain)


@by_lesson
def test_every_image_has_alt_text(source: Path) -> None:
    for cell in filter(is_code, built("solutions", source).cells):
        for output in cell.outputs:
            data = output.get("data", {})
            assert "image/png" not in data, "show(figure, alt=...) instead"
            for tag in re.findall(r"<img\b[^>]*>", str(data.get("text/html", ""))):
                assert re.search(r'alt="[^"]{15,}', tag), tag[:200]


@by_lesson
def test_compose_is_deterministic(source: Path) -> None:
    for edition in ("learner", "solutions"):
        first, second = compose(source, edition), compose(source, edition)
        assert nbformat.writes(first) == nbformat.writes(second)


def test_nothing_is_stale() -> None:
    done = check_stale(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


def check_stale(root: Path) -> subprocess.CompletedProcess[str]:
    return run_builder(root, "--check")


def run_builder(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "lessons.build", *arguments]
    environment = {"PYTHONPATH": str(root), "PATH": "/usr/bin:/bin"}
    return subprocess.run(
        command, cwd=root, capture_output=True, text=True, env=environment
    )


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("course")
    for name in ("course_lib", "teaching", "lessons", "notebooks", "solutions", "data"):
        shutil.copytree(ROOT / name, root / name)
    return root


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("gan/objectives.py", "relu(1 - scores_real)", "relu(1.0 - scores_real)"),
        ("gan/dirac.py", '"""', '"""Another claim. '),
        ("plotting/style.py", '"""', '"""Another claim. '),
    ],
)
def test_editing_a_used_file_makes_the_solutions_stale(
    copy: Path, file: str, old: str, new: str
) -> None:
    source = copy / SOURCES[0].relative_to(ROOT)
    assert not is_stale(copy, source, "solutions")
    path = copy / "course_lib" / file
    text = path.read_text()
    path.write_text(text.replace(old, new, 1))
    found = is_stale(copy, source, "solutions")
    path.write_text(text)
    assert old in text and found


def test_check_lists_stale_notebooks(copy: Path) -> None:
    path = copy / "course_lib" / "gan" / "dirac.py"
    text = path.read_text()
    path.write_text(f"{text}\n")
    done = check_stale(copy)
    path.write_text(text)
    assert done.returncode == 1
    assert f"stale: solutions/{stem(SOURCES[0])}.ipynb" in done.stdout


def test_rebuild_without_changes_writes_nothing(copy: Path) -> None:
    files = sorted(copy.glob("*/*.ipynb"))
    before = [path.read_bytes() for path in files]
    done = run_builder(copy)
    assert (done.returncode, done.stdout) == (0, "")
    assert before == [path.read_bytes() for path in files]


def test_change_of_text_keeps_the_outputs(copy: Path) -> None:
    source = copy / SOURCES[0].relative_to(ROOT)
    target = copy / "solutions" / f"{stem(source)}.ipynb"
    text, before = source.read_text(), nbformat.read(target, as_version=4)
    source.write_text(text.replace("## 1.1 Two players", "## 1.1 Both players"))
    done = run_builder(copy)
    source.write_text(text)
    assert done.returncode == 0, done.stderr
    after = nbformat.read(target, as_version=4)
    assert any("1.1 Both players" in cell.source for cell in after.cells)
    assert [c.outputs for c in before.cells if is_code(c)] == [
        c.outputs for c in after.cells if is_code(c)
    ]


@pytest.mark.slow
def test_lesson_runs_with_a_wrong_answer() -> None:
    notebook = compose(SOURCES[0], "learner")
    (place,) = (i for i, c in enumerate(notebook.cells) if c.id == "X1-4")
    cell = notebook.cells[place]
    notebook.cells = notebook.cells[: place + 8]  # the rest takes a minute
    cell.source = cell.source.replace(
        'raise NotImplementedError("Your turn.")',
        "return -softplus(logits_fake).mean()",
    )
    resources = {"metadata": {"path": str(ROOT)}}
    NotebookClient(notebook, timeout=200, resources=resources).execute()
    (mistake,) = (m for m in EXERCISES["X1.4"].mistakes if "saturating" in m.name)
    assert mistake.name in plain_output(cell)
    assert mistake.advice in plain_output(cell)
    assert list(filter(is_code, notebook.cells))[-1].execution_count
