"""A lesson's cards are timed right and wrong, and the slowest is named."""

from benchmarks.checks import Cards, lesson_row, slowest, timed, wrong_cards
from lessons import EXERCISES


def test_every_known_mistake_is_timed_and_its_card_is_not_printed(capsys) -> None:
    exercise = EXERCISES["X1.1"]
    seen = wrong_cards(exercise)
    assert [*seen] == [f"X1.1: {mistake.name}" for mistake in exercise.mistakes]
    assert min(*seen.values(), timed("X1.1", exercise.reference)) > 0
    assert capsys.readouterr().out == ""


def test_the_slowest_card_is_named_beside_its_limit() -> None:
    assert slowest({"X1.1": 0.1, "X1.2": 0.6}) == "600 ms, X1.2 (500 ms: missed)"


def test_a_lesson_counts_what_it_loads() -> None:
    seen = Cards(1.0, {"X1.1": 0.25, "X1.2": 0.25}, {"X1.1: sign": 0.1})
    assert lesson_row("1", seen)[-1] == "1.5 s (5 s: kept)"
