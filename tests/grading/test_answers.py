"""An answer gets the same result in the sandbox as in the notebook."""

from collections.abc import Callable, Iterator, Sequence

import pytest
from classroom import (
    ASKED,
    KINDS,
    NAME,
    RIGHT,
    SECRET,
    answered,
    cell,
    filled,
    graded_rows,
    grader,
    notebook,
    skip_what_is_not_there,
    solved,
)
from jaxtyping import config

from grading import visible_files
from grading.cases import questions
from grading.cells import Cell
from grading.connection import ForkServer
from grading.grader import WHOLE, Grader
from grading.handed_in import Notebook
from lessons import EXERCISES, LESSONS
from teaching import assessment
from teaching.exercise import Answer, Case
from teaching.observation import Observation

WRITTEN = [
    lesson
    for lesson in LESSONS
    if (visible_files.ROOT / "notebooks" / f"{lesson.notebook}.ipynb").exists()
]
NUMBERS = [lesson.number for lesson in WRITTEN]
ASKED_FOR = [id for id in EXERCISES if id[1] in NUMBERS]


@pytest.fixture(scope="module", params=KINDS)
def judge(request, tmp_path_factory) -> Iterator[Grader]:
    skip_what_is_not_there(request.param)
    asked = questions(NUMBERS, SECRET)
    with grader(request.param, asked, tmp_path_factory.mktemp("library")) as judge:
        yield judge


@pytest.fixture(scope="module")
def open_grader() -> Iterator[Grader]:
    """One whose workers see the exercises too, so that any answer of theirs runs."""
    skip_what_is_not_there("landlock")
    packages = [f"{lesson.package}.exercises" for lesson in WRITTEN]
    modules = ["lessons", *packages]
    fork_server = ForkServer("landlock", visible_files.ROOT, modules)
    yield Grader(fork_server, questions(NUMBERS, SECRET))
    fork_server.close()


@pytest.mark.slow
@pytest.mark.parametrize("handed", [solved, filled])
@pytest.mark.parametrize("number", NUMBERS)
def test_solutions_get_full_points(
    judge: Grader, number: str, handed: Callable[[str], bytes]
) -> None:
    rows = graded_rows(judge, handed(number))
    assert rows.pop(WHOLE).status == "done"
    mine = {id: EXERCISES[id].points for id in EXERCISES if id[1] == number}
    assert {id: row.points for id, row in rows.items()} == mine
    assert {row.status for row in rows.values()} == {"passed"}
    remarks = {remark for row in rows.values() for remark in row.remarks}
    assert remarks <= {"word for word the course's own solution"}


@pytest.mark.slow
@pytest.mark.parametrize("id", ASKED_FOR)
def test_mistakes_and_alternatives_are_graded_as_in_the_notebook(
    open_grader: Grader, id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The suite enforces types here, but not in workers: a mistake that breaks one would
    # raise another error on this side. An instructor's process enforces none either.
    monkeypatch.setattr(config, "jaxtyping_disable", True)
    monkeypatch.setattr(assessment, "observe_case", once(assessment.observe_case))
    (asked,) = [q for q in open_grader.questions if q.exercise.id == id]
    exercise = asked.exercise
    package = next(f"{x.package}.exercises" for x in LESSONS if x.number == id[1])
    right = [f"alternatives[{i}]" for i in range(len(exercise.alternatives))]
    wrong = {f"mistakes[{i}].answer": m.name for i, m in enumerate(exercise.mistakes)}
    for where, name in ({place: "" for place in right} | wrong).items():
        names = ", ".join(exercise.names)
        text = f"from {package} import EXERCISES\n{names} = EXERCISES['{id}'].{where}"
        handed = Notebook("", [Cell(asked.slug, "", text)])
        (row,) = open_grader._grade_lesson([asked], [handed])
        points = 0 if name else exercise.points
        assert (row.misconception, row.points) == (name, points), row.advice


def once(observe: Callable) -> Callable:
    """Observe each answer of the catalogue once, not for every mistake anew."""
    known: dict[tuple[int, int], Observation] = {}

    def remembered(answer: Answer, cases: Sequence[Case], index: int) -> Observation:
        if (id(answer), index) not in known:
            known[id(answer), index] = observe(answer, cases, index)
        return known[id(answer), index]

    return remembered


CELLS = {
    "prints and warns": RIGHT
    + f"""
import warnings
def {NAME}(logits_fake):
    print("here I am")
    warnings.warn("careful")
    return softplus(-logits_fake).mean()
""",
    "ends with its check and a test of one's own": RIGHT
    + f"""
{NAME} = check("X1.4", {NAME})
print({NAME}(torch.zeros(3)))
show(figures.generator_loss_gradients(logit=-8.0))
loss = of_another_cell
""",
    "uses magics": "%matplotlib inline\n!ls\n" + RIGHT,
    "takes its names from the learner's edition": f"""
def {NAME}(logits_fake: Logits) -> Scalar:
    return softplus(-logits_fake).mean()
""",
    "is a callable object": """
from torch.nn.functional import softplus
class Loss:
    def __call__(self, logits_fake):
        return softplus(-logits_fake).mean()
nonsaturating_generator_loss = Loss()
""",
    "returns a parameter's own type": f"""
import torch
def {NAME}(logits_fake):
    return torch.nn.functional.softplus(-logits_fake).mean() * torch.nn.Parameter(
        torch.ones((), dtype=logits_fake.dtype)
    )
""",
}


@pytest.mark.parametrize("text", CELLS.values(), ids=list(CELLS))
def test_correct_answer_passes(judge: Grader, text: str) -> None:
    row = graded_rows(judge, notebook({"X1-4": text}))[ASKED]
    assert (row.status, row.points) == ("passed", 1), row.advice


@pytest.mark.slow
def test_answer_may_use_what_the_released_cells_make(judge: Grader) -> None:
    built = f"""
def {NAME}(logits_fake):
    return len(real) / 10 * softplus(-logits_fake).mean()

{NAME} = check("X1.4", {NAME})
"""
    rows = graded_rows(judge, filled("1", X1_4=built))
    assert {row.status for row in rows.values()} == {"passed", "done"}


def test_answer_is_found_by_name_and_uses_earlier_cells(
    judge: Grader,
) -> None:
    cells = [
        cell("import nothing_such, math\nHALF = math.log(2) / math.log(4)"),
        cell("def twice(x):\n    return 2 * x"),
        cell("raise RuntimeError('a cell that fails')"),
        cell(
            [
                "from torch.nn.functional import softplus\n",
                f"def {NAME}(logits_fake):",
                "\n    return HALF * twice(softplus(-logits_fake).mean())",
            ]
        ),
    ]
    assert graded_rows(judge, notebook(cells))[ASKED].status == "passed"


def test_other_answers_are_replaced_by_the_reference(judge: Grader) -> None:
    """As in the notebook, where a check hands back something that works."""
    other = "def apply_gates(pre_activations, c):\n    "
    other += "raise NotImplementedError('Your turn.')"
    cells = {"X2-3": other, "X2-5": answered(EXERCISES["X2.5"])}
    rows = graded_rows(judge, notebook(cells))
    assert rows["X2.3"].status == "raised"
    assert rows["X2.5"].status == "passed"


def test_answers_that_cannot_be_graded_get_advice(judge: Grader) -> None:
    def told(text: str) -> tuple[str, str]:
        row = graded_rows(judge, notebook({"X1-4": text}))[ASKED]
        return row.status, row.advice

    stub = f"def {NAME}(logits_fake):\n    raise NotImplementedError('Your turn.')"
    assert told(stub)[0] == "not attempted"
    assert told("# YOUR CODE HERE\nraise NotImplementedError()")[0] == "not attempted"
    assert "SyntaxError" in told(f"def {NAME}(:")[1]
    assert f"defines no {NAME}" in told("pass")[1]
    assert "the answer is an int object" in told(f"{NAME} = 3")[1]
    assert "by these names" in told(f"def {NAME}(x):\n    return x")[1]
    assert "logits_nobody" in told(f"def {NAME}(logits_fake):\n    logits_nobody")[1]


@pytest.mark.parametrize(
    ("text", "remark"),
    [
        (f"from course_lib.gan.objectives import {NAME}", "the course's own function?"),
        (
            f"{NAME} = vars(__import__('sys').modules['course_lib.gan.objectives'])["
            f"'{NAME[:3]}' + '{NAME[3:]}']",
            "what is this needed for?",
        ),
    ],
)
def test_use_of_the_reference_is_remarked_without_loss_of_points(
    judge: Grader, text: str, remark: str
) -> None:
    row = graded_rows(judge, notebook({"X1-4": f"import torch\n{text}"}))[ASKED]
    assert (row.status, row.points) == ("passed", 1)
    assert remark in row.remarks[0]
