"""A diagnosis is compared fault by fault; a wrong name shows the symptom."""

from typing import NamedTuple

from teaching.diagnosis import diagnosis_card


class Example(NamedTuple):
    key: str
    name: str
    symptom: str
    explanation: str


FAULTS = (
    Example("A", "labels exchanged", "Look at D on fakes.", "Fakes were called real."),
    Example("B", "no penalty", "Look at the end.", "Nothing pulls in."),
)


def test_correct_names_show_every_explanation() -> None:
    card = diagnosis_card(FAULTS, {"A": "labels exchanged", "B": " No Penalty "})
    assert (card.tone, card.title) == ("good", "Lab: 2 of 2 named")
    assert "Fakes were called real." in card.lines[0]


def test_empty_diagnosis_is_open_and_shows_no_names() -> None:
    card = diagnosis_card(FAULTS, {"A": "", "B": ""})
    assert (card.tone, card.title) == ("open", "Lab: not attempted")
    assert not any(fault.name in "".join(card.lines) for fault in FAULTS)


def test_wrong_name_shows_the_symptom() -> None:
    card = diagnosis_card(FAULTS, {"A": "no penalty", "B": "no penalty"})
    assert (card.tone, card.title) == ("bad", "Lab: 1 of 2 named")
    assert card.lines[0] == "✗ A: not “no penalty”. Look at D on fakes."


def test_unknown_name_is_reported() -> None:
    card = diagnosis_card(FAULTS, {"A": "bad luck"})
    assert "is not on the list" in card.lines[0]
    assert card.lines[1].startswith("○ B: open")


def test_diagnosis_accepts_any_object() -> None:
    assert diagnosis_card(FAULTS, {"A": 3, "C": None}).tone == "bad"
