"""The lab of a lesson: compare the learner's diagnosis with the true faults."""

from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

from teaching.card import Card


@runtime_checkable
class Fault(Protocol):
    """A fault of a lab, as far as the diagnosis needs it; lessons add how to run it.

    ``key`` is its letter, ``name`` the diagnosis, ``symptom`` a hint at what to look
    at, ``explanation`` what the fault does.
    """

    key: str
    name: str
    symptom: str
    explanation: str


def diagnosis_card(faults: Sequence[Fault], named: Mapping[str, object]) -> Card:
    """A card with one line for each fault: its explanation if named, else its symptom.

    ``named`` maps keys of faults to names. Case and surrounding spaces are ignored.
    Faults without a name stay open; a name that is not on the list is reported.
    """
    lines = [
        _line(fault, _normalized(named.get(fault.key, "")), faults) for fault in faults
    ]
    right = sum(
        _normalized(named.get(f.key, "")) == _normalized(f.name) for f in faults
    )
    empty = not any(_normalized(name) for name in named.values())
    tone = "open" if empty else "good" if right == len(faults) else "bad"
    title = "Lab: not attempted" if empty else f"Lab: {right} of {len(faults)} named"
    return Card(tone, title, tuple(lines))


def _normalized(name: object) -> str:
    return str(name).strip().lower()


def _line(fault: Fault, answer: str, faults: Sequence[Fault]) -> str:
    if not answer:
        return f"○ {fault.key}: open. {fault.symptom}"
    if answer == _normalized(fault.name):
        return f"✓ {fault.key}: {fault.name}. {fault.explanation}"
    if answer not in {_normalized(f.name) for f in faults}:
        return f"✗ {fault.key}: “{answer}” is not on the list; copy a name from it."
    return f"✗ {fault.key}: not “{answer}”. {fault.symptom}"
