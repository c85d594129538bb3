"""A diagnosis is compared letter by letter; a wrong name gets the symptom."""

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


def test_all_right_names_explain_every_fault() -> None:
    card = diagnosis_card(FAULTS, {"A": "labels exchanged", "B": " No Penalty "})
    assert (card.tone, card.title) == ("good", "Lab: 2 of 2 named")
    assert "Fakes were called real." in card.lines[0]


def test_an_empty_diagnosis_stays_open_and_gives_no_name_away() -> None:
    card = diagnosis_card(FAULTS, {"A": "", "B": ""})
    assert (card.tone, card.title) == ("open", "Lab: not attempted")
    assert not any(fault.name in "".join(card.lines) for fault in FAULTS)


def test_a_wrong_name_gets_the_symptom_to_look_at_again() -> None:
    card = diagnosis_card(FAULTS, {"A": "no penalty", "B": "no penalty"})
    assert (card.tone, card.title) == ("bad", "Lab: 1 of 2 named")
    assert card.lines[0] == "✗ A: not “no penalty”. Look at D on fakes."


def test_a_name_from_nowhere_is_said_to_be_on_no_list() -> None:
    card = diagnosis_card(FAULTS, {"A": "bad luck"})
    assert "is not on the list" in card.lines[0]
    assert card.lines[1].startswith("○ B: open")


def test_anything_can_stand_in_a_diagnosis_without_an_error() -> None:
    assert diagnosis_card(FAULTS, {"A": 3, "C": None}).tone == "bad"
