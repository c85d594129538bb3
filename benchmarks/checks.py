"""What a learner waits for: the import, a card, all cards of a lesson."""

import contextlib
import io
import json
import time
from collections.abc import Sequence
from typing import Any, NamedTuple

from benchmarks.commands import beyond, in_turn, run
from benchmarks.ratio import spread
from benchmarks.tables import duration, markdown, with_ends, within
from lessons import EXERCISES, check
from teaching.exercise import Exercise

TITLE = "the import and the checks"
ROUNDS = 5
IMPORT, CARD, LESSON = 0.3, 0.5, 5.0  # seconds, the limits
OURS, TORCH = "from lessons import check", "import torch"
LESSONS = "12345"
WORDS = """
Whole commands in turn: `python -c "import torch"`, then the same with our import. The
difference is that of one round.

A fresh process for each lesson: every exercise is checked with its reference and with
each of its known wrong answers, and its card is shown. "All right" is the sum over one
lesson's references, what it loads at the first check included.
"""


class Cards(NamedTuple):
    """Seconds of the cards of one lesson.

    ``first`` loads the lesson, its own card aside; ``right`` has one for each
    reference, ``wrong`` one for each known mistake, by "exercise: mistake".
    """

    first: float
    right: dict[str, float]
    wrong: dict[str, float]


def cards(number: str) -> Cards:
    """Check every exercise of a lesson, right and wrong, in this process."""
    start = time.perf_counter()
    EXERCISES[f"X{number}.1"]
    first = time.perf_counter() - start
    own = [EXERCISES[id] for id in EXERCISES if id.startswith(f"X{number}.")]
    right = {x.id: timed(x.id, x.reference) for x in own}
    wrong = {name: taken for x in own for name, taken in wrong_cards(x).items()}
    return Cards(first, right, wrong)


def wrong_cards(exercise: Exercise) -> dict[str, float]:
    """Seconds of the card of every known mistake, by "exercise: mistake"."""
    id = exercise.id
    return {
        f"{id}: {wrong.name}": timed(id, wrong.answer) for wrong in exercise.mistakes
    }


def timed(id: str, answer: Any) -> float:
    """Seconds until the card of an answer is shown; what is shown is not printed."""
    start = time.perf_counter()
    with contextlib.redirect_stdout(io.StringIO()):
        check(id, answer)
    return time.perf_counter() - start


def cards_of(number: str) -> Cards:
    """The cards of a lesson in a process of its own."""
    printed = run(f"from benchmarks.checks import tell; tell({number!r})")[1]
    return Cards(*json.loads(printed.splitlines()[-1]))


def tell(number: str) -> None:
    """Print the cards of a lesson as JSON, the last line of the output."""
    print(json.dumps(cards(number)))


def report() -> str:
    """The import, then a row for each lesson."""
    torch, ours = in_turn((TORCH, f"{TORCH}; {OURS}"), rounds=ROUNDS)
    more = beyond(ours, torch)
    row = [f"`{OURS}`", *(with_ends(spread(x)) for x in (torch, ours)), with_ends(more)]
    row.append(within(more.middle, IMPORT))
    head = ("", "torch alone, s", "with ours, s", "difference, s", "limit")
    rows = [lesson_row(number, cards_of(number)) for number in LESSONS]
    return "\n\n".join((markdown(head, [row]), markdown(HEAD, rows), WORDS.strip()))


HEAD = ("lesson", "loads in", "slowest right card", "slowest wrong card", "all right")


def lesson_row(number: str, cards: Cards) -> Sequence[str]:
    """The cells of one lesson."""
    total = cards.first + sum(cards.right.values())
    return (
        number,
        duration(cards.first),
        slowest(cards.right),
        slowest(cards.wrong),
        f"{duration(total)} ({within(total, LESSON)})",
    )


def slowest(times: dict[str, float]) -> str:
    """The card that took longest, by name, beside its limit."""
    name = max(times, key=lambda key: times[key])
    return f"{duration(times[name])}, {name} ({within(times[name], CARD)})"
