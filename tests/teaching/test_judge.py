import sys
import time
import warnings
from dataclasses import replace

import pytest
import torch

from course_lib.teaching.exercise import Case, Exercise, Mistake
from course_lib.teaching.judge import compare, judge, observe_all


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
    return judge(EXERCISE, answer, seed=seed)


@pytest.mark.parametrize("seed", range(3))
def test_a_right_answer_earns_its_points_and_says_what_was_verified(seed):
    found = verdict(lambda x: (x * x).sum() / x.numel(), seed)
    assert (found.status, found.points) == ("passed", 3)
    assert found.verified == ("a table", "a row")


@pytest.mark.parametrize("mistake", EXERCISE.mistakes, ids=lambda mistake: mistake.name)
def test_a_known_mistake_is_named_with_its_own_advice(mistake):
    found = verdict(mistake.answer)
    assert (found.mistake, found.advice, found.points) == (
        mistake.name,
        mistake.advice,
        0,
    )


def test_a_known_mistake_is_named_however_it_is_written():
    assert verdict(lambda x: (x * x).sum()).mistake == "sum of squares"


def test_an_unknown_mistake_is_told_in_words():
    found = verdict(lambda x: 2 * x.square().mean())
    assert (found.status, found.mistake) == ("wrong", None)
    assert "2 times what is needed" in found.advice


def test_two_mistakes_at_once_get_the_name_of_neither():
    found = verdict(lambda x: -x.square().sum())
    assert found.mistake is None
    assert found.advice.startswith("In the case “a table”")


def test_a_mistake_in_some_cases_only_gets_no_name():
    found = verdict(lambda x: x.square().sum() if x.ndim > 1 else x.square().mean())
    assert found.mistake is None


def test_an_exception_of_the_same_type_is_no_proof_of_a_mistake():
    def other(x):
        raise RuntimeError("something else")

    assert verdict(EXERCISE.mistakes[3].answer).mistake == "no table"
    found = verdict(other)
    assert (found.status, found.mistake) == ("raised", None)
    assert "raised RuntimeError: something else" in found.advice


def test_a_shared_result_beside_the_exceptions_is_proof():
    def rows(x):
        if x.ndim == 1:
            raise RuntimeError("told in other words")
        return x.square().mean()

    assert verdict(rows).mistake == "rows only"


@pytest.mark.parametrize("text", ["Your turn.", ""])
def test_a_stub_is_not_attempted(text):
    def stub(x):
        raise NotImplementedError(text)

    assert verdict(stub).status == "not attempted"


def loop(x):
    while True:
        pass


def stubborn(x):
    while True:
        try:
            while True:
                x = x + 1
        except:  # noqa: E722
            x = x - 1


@pytest.mark.parametrize("answer", [loop, stubborn])
def test_an_endless_loop_is_timed_out(answer):
    start = time.monotonic()
    found = judge(replace(EXERCISE, seconds=0.1), answer, seed=0)
    assert time.monotonic() - start < 3
    assert (found.status, found.points) == ("timed out", 0)
    assert "after 0.1 s" in found.advice


def test_what_an_answer_prints_and_warns_of_comes_with_the_verdict():
    def talkative(x):
        print("here", x.shape)
        warnings.warn("take care", stacklevel=1)
        return x.square().mean()

    found = verdict(talkative)
    assert found.status == "passed"
    assert "here torch.Size([3, 4])" in found.printed
    assert "UserWarning: take care" in found.printed


def changes_its_input(x):
    with torch.no_grad():
        x.mul_(x)
    return x.mean()


def recursion(x):
    return recursion(x)


def raises_in_its_words(x):
    class Strange(BaseException):
        def __str__(self):
            return "strange"

    raise Strange


def spoils_everything(x):
    sys.stdout = None
    warnings.simplefilter("error")
    torch.set_default_dtype(torch.float64)
    torch.set_grad_enabled(False)
    torch.manual_seed(0)
    return x.square().mean()


@pytest.mark.parametrize(
    ("answer", "status", "told"),
    [
        (5, "wrong", "Not a function: an int came."),
        (None, "wrong", "Not a function: None came."),
        (mean_square(torch.ones(2)), "wrong", "Not a function: a Tensor came."),
        (type("Mean", (), {}), "wrong", "yours takes `()`"),
        (lambda values: values.mean(), "wrong", "yours takes `(values)`"),
        ((mean_square, mean_square), "wrong", "asks for 1 function(s)"),
        (lambda x: x.square(), "wrong", "shape of the result is (3, 4)"),
        (lambda x: x.float().square().mean(), "wrong", "is float32; needed is float64"),
        (lambda x: x.square().mean().item(), "wrong", "is a float, not a tensor"),
        (lambda x: x.detach().square().mean().numpy(), "wrong", "is a NumPy array"),
        (lambda x: None, "wrong", "is None, not a tensor. Is there a `return`?"),
        (lambda x: [[x] * 10**5] * 10**5, "wrong", "is a tuple of 100000"),
        (lambda x: x.mean() * torch.nan, "wrong", "holds inf or nan"),
        (lambda x: x.detach().square().mean(), "wrong", "the path back is cut"),
        (changes_its_input, "wrong", "changed what it was given: `x`"),
        (spoils_everything, "wrong", "seed, the gradient mode, the default dtype"),
        (lambda x: x.cube(), "raised", "raised AttributeError: 'Tensor' object has no"),
        (lambda x: exit(), "raised", "leave out `exit()`"),
        (recursion, "raised", "raised RecursionError: maximum recursion depth"),
        (raises_in_its_words, "raised", "Strange: strange"),
    ],
)
def test_a_wrong_call_is_a_verdict_in_words_and_never_an_exception(
    answer, status, told
):
    found = verdict(answer)
    assert (found.status, found.mistake, found.points) == (status, None, 0)
    assert told in found.advice


def test_the_next_check_works_whatever_the_last_answer_spoiled():
    settings = sys.stdout, torch.get_default_dtype(), list(warnings.filters)
    verdict(spoils_everything)
    assert settings == (sys.stdout, torch.get_default_dtype(), list(warnings.filters))
    assert verdict(mean_square).status == "passed"


def test_a_check_inside_no_grad_judges_the_same():
    with torch.no_grad():
        assert verdict(mean_square).status == "passed"
        assert verdict(lambda x: x.detach().square().mean()).status == "wrong"


def test_interrupting_the_kernel_is_no_verdict(monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("course_lib.teaching.judge.call_within", interrupted)
    with pytest.raises(KeyboardInterrupt):
        verdict(mean_square)


def test_observations_made_elsewhere_are_judged_alike():
    cases = EXERCISE.draw(5)
    seen = observe_all(EXERCISE.mistakes[0].answer, cases)
    assert compare(EXERCISE, cases, seen).mistake == "sum of squares"
    assert compare(EXERCISE, cases, observe_all(mean_square, cases)).points == 3


def test_several_functions_are_each_asked_their_own_questions():
    def half(x):
        return x / 2

    both = replace(
        EXERCISE,
        reference=(mean_square, half),
        cases=lambda rng: [*ask(rng), Case("halves", {"x": torch.ones(2)}, (), 1)],
        mistakes=(),
    )
    assert judge(both, (mean_square, half), seed=0).status == "passed"
    found = judge(both, (mean_square, mean_square), seed=0)
    assert found.advice.startswith("In the case “halves”, `half`")
