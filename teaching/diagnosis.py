"""Compare a learner's names for faults with the true ones, fault by fault."""

from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

from teaching.card import Card


@runtime_checkable
class Fault(Protocol):
    """What a diagnosis needs to know of a fault; lessons add how to run it."""

    key: str
    name: str
    symptom: str
    explanation: str


def diagnosis_card(faults: Sequence[Fault], named: Mapping[str, object]) -> Card:
    """One card: which faults are named rightly and why, what to look at in the rest.

    A name counts when it equals the fault's own, up to case and outer blanks. Faults
    without an answer stay open; a name that is not on the list is said to be none.
    """
    lines = [_line(fault, _plain(named.get(fault.key, "")), faults) for fault in faults]
    right = sum(_plain(named.get(f.key, "")) == _plain(f.name) for f in faults)
    empty = not any(_plain(name) for name in named.values())
    tone = "open" if empty else "good" if right == len(faults) else "bad"
    title = "Lab: not attempted" if empty else f"Lab: {right} of {len(faults)} named"
    return Card(tone, title, tuple(lines))


def _plain(name: object) -> str:
    return str(name).strip().lower()


def _line(fault: Fault, answer: str, faults: Sequence[Fault]) -> str:
    if not answer:
        return f"○ {fault.key}: open. {fault.symptom}"
    if answer == _plain(fault.name):
        return f"✓ {fault.key}: {fault.name}. {fault.explanation}"
    if answer not in {_plain(f.name) for f in faults}:
        return f"✗ {fault.key}: “{answer}” is not on the list; copy a name from it."
    return f"✗ {fault.key}: not “{answer}”. {fault.symptom}"
