"""Display a checked derivation whose lines unfold one at a time, without a kernel."""

import html
import re
from dataclasses import dataclass

from course_lib.mathematics.derivation import (
    CheckedDerivation,
    Derivation,
    LineCheck,
    LineVerdict,
    OpenLine,
    Step,
    check_derivation,
)
from teaching.card import Card


@dataclass(frozen=True, repr=False)
class ShownDerivation:
    """A checked derivation that displays itself in a notebook.

    The first line is visible. A click on "next line" unfolds the following line, its
    reason, and the result of its comparison with the line above.
    """

    checked: CheckedDerivation

    @property
    def holds(self) -> bool:
        """Whether every line follows from the line above it."""
        return self.checked.holds

    def __repr__(self) -> str:
        derivation = self.checked.derivation
        rows = [f"{derivation.id} {self._outcome()}. {derivation.title}"]
        for number, step in enumerate(derivation.steps):
            receipt = f"  [{self._receipt(number)}]" if number else ""
            rows.append(f"({number + 1}) {derivation.latex(number)}")
            rows.append(f"    {step.reason}{receipt}")
        rows += [f"could not be evaluated: {self.checked.failure}"] * bool(
            self.checked.failure
        )
        rows.append(f"{derived_lines(derivation)}Source: {derivation.source}.")
        return "\n".join(rows)

    def _repr_html_(self) -> str:
        derivation = self.checked.derivation
        inner = ""
        for number in range(len(derivation.steps) - 1, -1, -1):
            line = self._line(derivation, number)
            if number < len(derivation.steps) - 1:
                line += f"<details><summary>next line</summary>{inner}</details>"
            inner = line
        failed = self.checked.failure
        trouble = (
            f"<p>could not be evaluated: {html.escape(failed)}</p>" if failed else ""
        )
        return (
            '<div style="border-left:4px solid #0072b2;padding:.4em .9em;'
            'margin:.3em 0;max-width:56em;line-height:1.45">'
            f"<strong>{html.escape(derivation.id)} {self._outcome()}.</strong> "
            f"{_text(derivation.title)}{inner}{trouble}"
            f"<div>{derived_lines(derivation)}"
            f"Source: {html.escape(derivation.source)}.</div></div>"
        )

    def _line(self, derivation: Derivation, number: int) -> str:
        step = derivation.steps[number]
        receipt = f" <em>({self._receipt(number)})</em>" if number else ""
        formula = html.escape(derivation.latex(number), quote=False)
        return (
            f'<div style="margin:.5em 0 .2em"><strong>({number + 1})</strong> '
            f"{_text(step.reason)}{receipt}</div><div>$${formula}$$</div>"
        )

    def _outcome(self) -> str:
        return "holds" if self.holds else "does not hold"

    def _receipt(self, number: int) -> str:
        checks = self.checked.checks
        if number >= len(checks):
            return "not evaluated"
        return receipt_of(checks[number], self.checked.derivation.steps[number])


def receipt_of(check: LineCheck, step: Step) -> str:
    """The result of one comparison in words, the same on every machine if it holds."""
    allowed = f"{check.tolerance:.0e}".replace("e-0", "e-")
    equal = step.relation == "="
    if check.holds:
        found = f"equal within {allowed}" if equal else "the inequality holds"
        return f"✓ {found} in {check.n_cases} random cases"
    wrong = "differs" if equal else "violates the inequality"
    return f"✗ {wrong} by {check.error:.3g}; allowed is {allowed}"


def derived_lines(derivation: Derivation) -> str:
    """The lines of equations that a derivation derives, in words, or nothing."""
    lines = (name.rpartition(".") for name in derivation.proves)
    listed = ", ".join(f"{equation} ({number})" for equation, _, number in lines)
    return f"Derives {listed}. " if listed else ""


def show_derivation(derivation: Derivation, *, seed: int = 0) -> ShownDerivation:
    """Check a derivation line by line; the result displays itself."""
    return ShownDerivation(check_derivation(derivation, seed=seed))


def line_card(line: OpenLine, verdict: LineVerdict) -> Card:
    """The card that shows whether a learner's line is correct."""
    if verdict.status == "passed":
        return Card(
            "good", f"{line.id}: equal", ("Your line equals the one above it.",)
        )
    if verdict.status == "not attempted":
        return Card("open", f"{line.id}: not attempted", (verdict.advice,))
    name = f": {verdict.mistake}" if verdict.mistake else ": not equal"
    return Card("bad", line.id + name, (verdict.advice,))


def _text(words: str) -> str:
    """Escaped text; formulas between dollar signs are kept for MathJax."""
    pieces = re.split(r"(\$[^$]+\$)", words)
    return "".join(html.escape(piece, quote=False) for piece in pieces)
