import sys
import warnings
from dataclasses import replace

import pytest
import torch

from teaching.assessment import assess, compare, observe_all
from teaching.exercise import Case, Exercise, Mistake


def mean_square(x):
    """The mean of all squares."""
    return x.square().mean()


def ask(rng: torch.Generator) -> list[Case]:
    draw = torch.randn(3, 4, generator=rng, dtype=torch.float64)
    return [
        Case("a table", {"x": draw}, ("x",)),
        Case("a row", {"x": draw[0]}, ("x",)),
        Case("a row", {"x": draw[1]}, ("x",)),
    ]


EXERCISE = Exercise(
    id="X9.1",
    title="Mean of squares",
    reference=mean_square,
    points=3,
    minutes=1,
    difficulty=1,
    cases=ask,
    mistakes=(
        Mistake("sum of squares", lambda x: x.square().sum(), "Divide."),
        Mistake("square of the mean", lambda x: x.mean() ** 2, "Square first."),
        Mistake("rows only", lambda x: x.view(12).square().mean(), "Any shape."),
        Mistake("no table", lambda x: x @ torch.ones(3).double(), "Any shape."),
    ),
    alternatives=(),
    hints=(),
    seconds=5.0,
)


def verdict(answer, seed=0):
    return assess(EXERCISE, answer, seed=seed)


@pytest.mark.parametrize("seed", range(3))
def test_correct_answer_earns_its_points_and_lists_the_cases(seed):
    found = verdict(lambda x: (x * x).sum() / x.numel(), seed)
    assert (found.status, found.points) == ("passed", 3)
    assert found.verified == ("a table", "a row")


@pytest.mark.parametrize("mistake", EXERCISE.mistakes, ids=lambda mistake: mistake.name)
def test_known_mistake_is_named_with_its_advice(mistake):
    found = verdict(mistake.answer)
    assert (found.mistake, found.advice, found.points) == (
        mistake.name,
        mistake.advice,
        0,
    )


def test_known_mistake_is_recognised_in_another_form():
    assert verdict(lambda x: (x * x).sum()).mistake == "sum of squares"


def test_unknown_mistake_gets_a_description():
    found = verdict(lambda x: 2 * x.square().mean())
    assert (found.status, found.mistake) == ("wrong", None)
    assert "In all cases it is 2 times what it should be." in found.advice


def test_two_mistakes_at_once_are_not_named():
    found = verdict(lambda x: -x.square().sum())
    assert found.mistake is None
    assert found.advice.startswith("In the case “a table”")


def test_mistake_in_some_cases_only_is_not_named():
    found = verdict(lambda x: x.square().sum() if x.ndim > 1 else x.square().mean())
    assert found.mistake is None


def test_same_type_of_exception_does_not_identify_a_mistake():
    def other(x):
        raise RuntimeError("something else")

    assert verdict(EXERCISE.mistakes[3].answer).mistake == "no table"
    found = verdict(other)
    assert (found.status, found.mistake) == ("raised", None)
    assert "raised RuntimeError: something else" in found.advice


def test_equal_result_beside_the_exceptions_identifies_a_mistake():
    def rows(x):
        if x.ndim == 1:
            raise RuntimeError("other words")
        return x.square().mean()

    assert verdict(rows).mistake == "rows only"


def test_stub_is_not_attempted():
    def stub(x):
        raise NotImplementedError("Your turn.")

    found = verdict(stub)
    assert (found.status, found.points) == ("not attempted", 0)


def test_exception_of_unknown_type_earns_nothing():
    class Odd(BaseException):
        pass

    def odd(x):
        raise Odd("strange")

    found = verdict(odd)
    assert (found.status, found.points) == ("raised", 0)
    assert found.advice == "Odd: strange"


def loop(x):
    while True:
        pass


def test_endless_loop_times_out():
    found = assess(replace(EXERCISE, seconds=0.1), loop, seed=0)
    assert (found.status, found.points) == ("timed out", 0)
    assert "after 0.1 s" in found.advice


def test_verdict_holds_the_printed_output():
    def talkative(x):
        print("here", x.shape)
        return x.square().mean()

    found = verdict(talkative)
    assert found.status == "passed"
    assert found.printed.startswith("here torch.Size([3, 4])")


def spoils_everything(x):
    sys.stdout = None
    warnings.simplefilter("error")
    torch.set_default_dtype(torch.float64)
    torch.set_grad_enabled(False)
    torch.manual_seed(0)
    return x.square().mean()


def test_next_check_works_after_an_answer_changed_global_state():
    settings = sys.stdout, torch.get_default_dtype(), list(warnings.filters)
    found = verdict(spoils_everything)
    assert "seed, the gradient mode, the default dtype" in found.advice
    assert settings == (sys.stdout, torch.get_default_dtype(), list(warnings.filters))
    assert verdict(mean_square).status == "passed"


def test_check_inside_no_grad_gives_the_same_verdict():
    with torch.no_grad():
        assert verdict(mean_square).status == "passed"
        assert verdict(lambda x: x.detach().square().mean()).status == "wrong"


def test_interrupting_the_kernel_raises(monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("teaching.assessment.call_with_timeout", interrupted)
    with pytest.raises(KeyboardInterrupt):
        verdict(mean_square)


def test_observations_from_elsewhere_give_the_same_verdict():
    cases = EXERCISE.draw(5)
    seen = observe_all(EXERCISE.mistakes[0].answer, cases)
    assert compare(EXERCISE, cases, seen).mistake == "sum of squares"
    assert compare(EXERCISE, cases, observe_all(mean_square, cases)).points == 3


def test_each_function_of_an_answer_has_its_own_cases():
    def half(x):
        return x / 2

    both = replace(
        EXERCISE,
        reference=(mean_square, half),
        cases=lambda rng: [*ask(rng), Case("halves", {"x": torch.ones(2)}, (), 1)],
        mistakes=(),
    )
    assert assess(both, (mean_square, half), seed=0).status == "passed"
    found = assess(both, (mean_square, mean_square), seed=0)
    assert found.advice.startswith("In the case “halves”, `half`")
