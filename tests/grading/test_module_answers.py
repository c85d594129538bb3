"""Modules and training steps get the same result in the sandbox as in the notebook."""

from collections.abc import Iterator

import pytest
from classroom import KINDS, SECRET, graded_rows, grader, skip_what_is_not_there
from module_answers import HONEST, IMPORTS, notebook_of, written
from module_exercises import CRITIC, EMBEDDING, EXERCISES, LESSON, STEP

from grading import tables
from grading.cases import questions_of
from grading.feedback import feedback
from grading.grader import Grader
from grading.program import is_stub, parsed
from grading.remarks import fingerprint
from grading.submissions import Student
from teaching.assessment import assess
from teaching.source_code import stub_of

POINTS = {exercise.id: exercise.points for exercise in EXERCISES}


@pytest.fixture(scope="module", params=KINDS)
def judge(request, tmp_path_factory) -> Iterator[Grader]:
    skip_what_is_not_there(request.param)
    folder = tmp_path_factory.mktemp("library")
    with grader(
        request.param, questions_of(LESSON, EXERCISES, SECRET), folder
    ) as judge:
        yield judge


def stub(exercise) -> str:
    return IMPORTS + stub_of(exercise.reference, exercise.methods)


def test_exercises_are_sound_in_the_notebook() -> None:
    for exercise in EXERCISES:
        for right in (exercise.reference, *exercise.alternatives):
            found = assess(exercise, right, seed=3)
            assert found.status == "passed", found.advice
        for mistake in exercise.mistakes:
            assert assess(exercise, mistake.answer, seed=3).mistake == mistake.name


@pytest.mark.slow
@pytest.mark.parametrize("number", [0, 1, 2])
def test_right_modules_and_steps_pass(judge: Grader, number: int) -> None:
    """The reference, and both ways to write it otherwise."""
    answers = {}
    for exercise in EXERCISES:
        others = (exercise.reference, *exercise.alternatives)
        answers[exercise.id] = written(exercise.id, others[number % len(others)])
    rows = graded_rows(judge, notebook_of(answers))
    assert {id: rows[id].points for id in POINTS} == POINTS, rows


@pytest.mark.slow
@pytest.mark.parametrize("number", [0, 1, 2])
def test_mistakes_in_modules_and_steps_are_named(judge: Grader, number: int) -> None:
    answers, names = {}, {}
    for exercise in EXERCISES:
        mistake = exercise.mistakes[number % len(exercise.mistakes)]
        answers[exercise.id] = written(exercise.id, mistake.answer)
        names[exercise.id] = (mistake.name, mistake.advice, 0)
    rows = graded_rows(judge, notebook_of(answers))
    assert {
        id: (rows[id].misconception, rows[id].advice, rows[id].points) for id in names
    } == names


@pytest.mark.slow
def test_stubs_of_classes_are_not_attempted(judge: Grader) -> None:
    rows = graded_rows(judge, notebook_of({e.id: stub(e) for e in EXERCISES}))
    assert {rows[id].status for id in POINTS} == {"not attempted"}
    assert not any(rows[id].source for id in POINTS)


@pytest.mark.slow
def test_stub_below_an_answer_leaves_it_alone_and_others_get_the_course_s_class(
    judge: Grader,
) -> None:
    """An answer may build on a class that the check has handed out."""
    build = "critic = Critic(3)\nassert critic(torch.ones(4, 2)).shape == (4,)"
    cells = {
        "X9.1": f'{stub(CRITIC)}\nCritic = check("X9.1", Critic)\n{build}',
        "X9.2": f"{HONEST['X9.2']}\n\n\n{stub_of(EMBEDDING.reference, ('forward',))}",
        "X9.3": f"{IMPORTS}{build}\n{HONEST['X9.3']}",
    }
    rows = graded_rows(judge, notebook_of(cells))
    found = {id: rows[id].status for id in POINTS}
    right = {"X9.1": "not attempted", "X9.2": "passed", "X9.3": "passed"}
    assert found == right, rows


@pytest.mark.slow
def test_class_handed_out_by_a_check_is_no_answer(judge: Grader) -> None:
    text = f'{stub(CRITIC)}\nLent = check("X9.1", Critic)\nclass Critic(Lent): pass'
    row = graded_rows(judge, notebook_of({"X9.1": text}))["X9.1"]
    assert (row.points, row.status) == (0, "raised")
    assert "the library's own answer" in row.advice


@pytest.mark.slow
def test_feedback_shows_the_class_and_the_advice(judge: Grader) -> None:
    text = written("X9.1", CRITIC.mistakes[0].answer) + "\nprint(3)"
    raw = notebook_of({"X9.1": text, "X9.3": HONEST["X9.3"]})
    rows = graded_rows(judge, raw)
    assert "class Critic(nn.Module):" in rows["X9.1"].source
    assert rows["X9.1"].source.endswith("Critic = WithoutNorm")
    assert "print(3)" not in rows["X9.1"].source
    assert rows["X9.3"].source.startswith("def discriminator_step(")
    known = {("Ada", row.exercise): row for row in rows.values()}
    table = tables.complete(known, [Student("Ada", "", ())], judge.questions)
    page = feedback(table, 0).decode()
    assert "X9.1 · A critic with batch norm: no batch norm" in page
    assert "Normalize the hidden layer." in page
    assert "class Critic(nn.Module):\n    &quot;&quot;&quot;Scores points" in page


def test_stub_of_a_class_has_the_words_of_the_exercise_in_a_method() -> None:
    def of(text: str) -> bool:
        return is_stub(parsed(text)[-1])

    assert of(stub(CRITIC))
    assert of(stub(EMBEDDING))
    assert not of(HONEST["X9.1"])
    assert not of("class A:\n    def f(self):\n        raise NotImplementedError")
    assert not of("class A:\n    pass")


def test_fingerprint_of_a_class_is_that_of_the_methods_asked_for() -> None:
    def of(text: str, *methods: str) -> str:
        return fingerprint(parsed(text), ("Critic",), methods)

    text = HONEST["X9.1"]
    other = text.replace('"""Logits of shape (n,) for points', '"""Scores for points')
    layers = text.replace("nn.Linear(2, n_hidden)", "nn.Linear(2, n_hidden, bias=True)")
    assert other != text != layers
    assert of(text) == of(other) != ""
    assert of(text) != of(layers)
    assert of(text, "forward") == of(layers, "forward") != ""
    assert of(stub(CRITIC)) == ""


def test_step_exercise_has_a_case_for_each_mistake() -> None:
    assert {mistake.name for mistake in STEP.mistakes} >= {"no detach", "no zero_grad"}
