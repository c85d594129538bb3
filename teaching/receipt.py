"""Receipts: the result of checking an equation, displayed as a card."""

from dataclasses import dataclass

from course_lib.mathematics import equation
from course_lib.mathematics.equation import Equation
from teaching.card import Card


@dataclass(frozen=True, repr=False)
class Receipt(equation.Receipt):
    """The result of checking an equation; displays itself in a notebook."""

    @property
    def card(self) -> Card:
        """The formula (for MathJax), one line for each relation, and the source."""
        outcome = "holds" if self.holds else "does not hold"
        lines = [f"$${self.equation.latex}$$", *map(str, self.checks)]
        if self.failure:
            lines.append(f"could not be evaluated: {self.failure}")
        return Card(
            "good" if self.holds else "bad",
            f"{self.equation.id} {outcome}. {self.equation.statement}",
            (*lines, f"Source: {self.equation.source}."),
        )

    def __repr__(self) -> str:
        return repr(self.card)

    def _repr_html_(self) -> str:
        return self.card._repr_html_()


def verify(checked: Equation, *, seed: int = 0) -> Receipt:
    """Check an equation (``course_lib.mathematics.equation``); show it as a card."""
    receipt = equation.verify(checked, seed=seed)
    return Receipt(receipt.equation, receipt.checks, receipt.failure)
