"""Invalid answers: ``check`` shows one card with advice and returns the reference."""

import time
from dataclasses import replace

import pytest
import torch
from torch.nn.functional import softplus

import lessons
from course_lib.gan.objectives import nonsaturating_generator_loss
from lessons import EXERCISES, assess, check


@pytest.fixture
def shown(monkeypatch) -> list:
    """All that is displayed, in order."""
    displayed: list = []
    monkeypatch.setattr(lessons, "display", displayed.append)
    return displayed


def right(logits_fake):
    return softplus(-logits_fake).mean()


def endless(logits_fake):
    while True:
        logits_fake = logits_fake + 1


def endless_ignoring_exceptions(logits_fake):
    while True:
        try:
            while True:
                logits_fake = logits_fake + 1
        except:  # noqa: E722
            pass


def changing(logits_fake):
    with torch.no_grad():
        logits_fake.neg_()
    return softplus(logits_fake).mean()


def recursive(logits_fake):
    return recursive(logits_fake)


def odd(logits_fake):
    class Odd(BaseException):
        pass

    raise Odd("strange")


@pytest.mark.parametrize(
    ("answer", "expected_text"),
    [
        (7, "A function is needed, but the answer is an int."),
        (None, "A function is needed, but the answer is None."),
        (right(torch.ones(2)), "A function is needed, but the answer is a Tensor."),
        (type("Loss", (), {}), "by these names; yours takes `()`"),
        (lambda logits: 0, "by these names; yours takes `(logits)`"),
        ((right, right), "asks for 1 function(s)"),
        (endless, "Still running after 0.1 s"),
        (endless_ignoring_exceptions, "Still running after 0.1 s"),
        (changing, "changed its argument `logits_fake`"),
        (lambda logits_fake: right(logits_fake).expand(3), "the result is (3,)"),
        (lambda logits_fake: right(logits_fake).float(), "dtype of the result"),
        (lambda logits_fake: right(logits_fake).item(), "is a float, not a tensor"),
        (lambda logits_fake: right(logits_fake.detach()).numpy(), "a NumPy array"),
        (lambda logits_fake: right(logits_fake) * torch.nan, "It is inf or nan"),
        (lambda logits_fake: [[0] * 10**5] * 10**5, "is a tuple of 100000"),
        (lambda logits_fake: logits_fake.softplus(), "raised AttributeError"),
        (lambda logits_fake: exit(), "leave out `exit()`"),
        (recursive, "raised RecursionError: maximum recursion depth"),
        (odd, "Odd: strange"),
    ],
)
def test_invalid_answer_gets_a_card_with_advice(
    answer, expected_text, shown, monkeypatch
):
    hasty = {"X1.4": replace(EXERCISES["X1.4"], seconds=0.1)}
    late = answer in (endless, endless_ignoring_exceptions)
    monkeypatch.setattr(lessons, "EXERCISES", hasty if late else EXERCISES)
    assert check("X1.4", answer) is nonsaturating_generator_loss
    (card,) = shown
    assert card.tone == "bad"
    assert expected_text in card.lines[0]
    assert "Traceback" not in repr(card)


@pytest.fixture
def small_steps():
    """The CPU seconds of n small training steps on this machine, measured now.

    3,400 steps take half a second on the author's machine. One thread is used, because
    the time of spinning idle threads would count.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)

    def seconds(n):
        return n * min(map(a_hundred, range(9))) / 100

    def a_hundred(_):
        weights, start = torch.ones(8, 8, requires_grad=True), time.process_time()
        for _ in range(100):
            softplus(weights @ weights).mean().backward()
        return time.process_time() - start

    yield seconds
    torch.set_num_threads(threads)


def test_check_takes_less_than_half_a_second(shown, small_steps):
    """On average over all exercises, for a wrong answer that is no known mistake."""

    def zero(**arguments):
        return torch.zeros((), dtype=torch.float64)

    check("X1.7", zero)  # torch prepares its second derivatives once
    start = time.process_time()
    for id, exercise in EXERCISES.items():
        check(id, (zero,) * len(exercise.names))
    assert time.process_time() - start < small_steps(3400) * len(EXERCISES)


def test_correct_answer_is_assessed_within_a_tenth_of_a_second(small_steps):
    assess("X1.7", EXERCISES["X1.7"].reference, seed=0)
    start = time.process_time()
    for id, exercise in EXERCISES.items():
        assert assess(id, exercise.reference, seed=1).status == "passed"
    assert time.process_time() - start < small_steps(680) * len(EXERCISES)
