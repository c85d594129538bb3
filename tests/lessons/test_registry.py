"""The functions that a lesson calls: check, hint, solution, assess, verify, quiz."""

import subprocess
import sys
import warnings

import pytest
import torch
from torch.nn.functional import softplus

import lessons
from course_lib.gan.objectives import (
    hinge_discriminator_loss,
    hinge_generator_loss,
    nonsaturating_generator_loss,
    saturating_generator_loss,
)
from lessons import (
    EQUATIONS,
    EXERCISES,
    Lesson,
    assess,
    check,
    diagnose,
    hint,
    quiz,
    solution,
    verify,
)


@pytest.fixture
def shown(monkeypatch) -> list:
    """The objects that are displayed, in order."""
    displayed: list = []
    monkeypatch.setattr(lessons, "display", displayed.append)
    return displayed


def right(logits_fake):
    return softplus(-logits_fake).mean()


def test_passed_check_returns_the_answer_and_lists_the_cases(shown):
    assert check("X1.4", right) is right
    (card,) = shown
    assert card.tone == "good"
    assert card.title == "X1.4 · The non-saturating generator loss: passed"
    assert "logits of -800 and 800 stay finite" in card.lines[0]


def test_failed_check_names_the_mistake_and_returns_the_reference(shown):
    assert check("X1.4", saturating_generator_loss) is nonsaturating_generator_loss
    (card,) = shown
    assert card.tone == "bad"
    assert card.title == "X1.4 · The non-saturating generator loss: the saturating loss"
    assert card.lines[-1] == "The lesson continues with the library's version."


def test_stub_is_not_attempted_and_the_card_mentions_the_hint(shown):
    def nonsaturating_generator_loss(logits_fake):
        raise NotImplementedError("Your turn.")

    returned = check("X1.4", nonsaturating_generator_loss)
    assert returned is EXERCISES["X1.4"].reference
    (card,) = shown
    assert card.tone == "open"
    assert '`hint("X1.4")`' in card.lines[0]


def test_check_returns_all_functions_of_an_answer(shown):
    answer = hinge_discriminator_loss, hinge_generator_loss
    assert check("X1.6", answer) == answer
    assert check("X1.6", answer[::-1]) == EXERCISES["X1.6"].reference


def test_output_of_an_answer_is_mentioned_on_the_card(shown, capsys):
    def talkative(logits_fake):
        warnings.warn("careful", stacklevel=1)
        print("some", logits_fake.shape)
        return right(logits_fake)

    assert check("X1.4", talkative) is talkative
    (card,) = shown
    assert "(“UserWarning: careful”)" in card.lines[1]
    assert capsys.readouterr() == ("", "")


def test_assess_displays_nothing_and_uses_its_seed(shown):
    verdict = assess("X1.4", saturating_generator_loss, seed=3)
    assert (verdict.mistake, verdict.points) == ("the saturating loss", 0)

    def knows_seed_0(logits_fake):
        known = EXERCISES["X1.4"].draw(0)[0].arguments["logits_fake"]
        asked = logits_fake.shape == known.shape
        return right(logits_fake if not asked else logits_fake * 0 + known)

    assert assess("X1.4", knows_seed_0, seed=1).status == "wrong"
    assert shown == []


def test_assess_runs_on_one_thread_and_restores_the_number():
    before, seen = torch.get_num_threads(), []
    torch.set_num_threads(2)
    try:
        assess("X1.4", lambda logits_fake: seen.append(torch.get_num_threads()), seed=0)
        assert (set(seen), torch.get_num_threads()) == ({1}, 2)
    finally:
        torch.set_num_threads(before)


def test_hints_are_numbered(shown):
    hint("X1.1")
    hint("X1.1", 3)
    first, last = shown
    assert first.title == "X1.1 · hint 1 of 3"
    assert first.lines == (EXERCISES["X1.1"].hints[0], 'Next: `hint("X1.1", 2)`')
    assert last.lines == (EXERCISES["X1.1"].hints[2],)


@pytest.mark.parametrize("number", [0, 4, -1])
def test_unknown_hint_raises(number):
    with pytest.raises(ValueError, match=f"has hints 1 to 3, but not hint {number}"):
        hint("X1.1", number)


def test_solution_shows_the_source_of_every_function(shown):
    solution("X1.6")
    assert [code.data.split("(")[0] for code in shown] == [
        "def hinge_discriminator_loss",
        "def hinge_generator_loss",
    ]


def test_verify_takes_the_id_of_an_equation():
    receipt = verify("E1.2")
    assert "E1.2" in repr(receipt)


@pytest.mark.parametrize("catalogue", [EXERCISES, EQUATIONS])
def test_catalogue_is_a_mapping_in_the_order_of_the_lessons(catalogue):
    ids = list(catalogue)
    assert len(catalogue) == len(ids) >= 7
    assert all(catalogue[id].id == id for id in ids)
    assert "X9.9" not in catalogue


@pytest.mark.parametrize("id", ["X1.99", "X9.1", "E1.1", "", "1.4", "x1.4"])
@pytest.mark.parametrize(
    "ask",
    [
        lambda id: check(id, right),
        lambda id: assess(id, right, seed=0),
        hint,
        solution,
    ],
)
def test_unknown_exercise_raises_with_the_known_ids(ask, id):
    with pytest.raises(KeyError, match=rf"There is no '{id}'.* X1\.1, .*X1\.8"):
        ask(id)


def test_unknown_equation_raises_with_the_known_ids():
    with pytest.raises(KeyError, match=r"There is no 'X1\.1'.* E1\.1, .*E1\.7"):
        verify("X1.1")


@pytest.mark.parametrize("ask", [quiz, lambda number: diagnose(number, {})])
def test_unknown_lesson_raises_with_the_known_numbers(ask):
    with pytest.raises(KeyError, match=r"There is no lesson '9'\. Choose one of 1"):
        ask("9")


def test_numbers_of_the_lessons_are_unique():
    assert all(isinstance(lesson, Lesson) for lesson in lessons.LESSONS)
    numbers = [lesson.number for lesson in lessons.LESSONS]
    assert len(set(numbers)) == len(numbers)


def test_lessons_and_slow_packages_are_imported_on_demand():
    program = (
        "import sys, lessons; "
        "unasked = {'lessons.gan_math.exercises', 'sympy', 'ipywidgets'}; "
        "assert not unasked & {*sys.modules}; "
        "lessons.EXERCISES['X1.1']; "
        "assert 'lessons.gan_math.exercises' in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
