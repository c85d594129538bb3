"""A derivation as the notebook displays it: lines that unfold one at a time."""

from dataclasses import replace

import torch
from sympy import symbols

from course_lib.mathematics.derivation import Derivation, LineVerdict, OpenLine, Step
from course_lib.mathematics.notation import unevaluated
from teaching.derivation import line_card, show_derivation

a, b = symbols("a b")

with unevaluated():
    LINES = (
        Step((a + b) ** 2, "the square of a sum, $a < b$ or not"),
        Step(a**2 + 2 * a * b + b**2, "multiply out"),
        Step(b**2 + 2 * a * b + a**2, "addition commutes"),
    )


def cases(rng):
    return [{a: x, b: y} for x, y in torch.rand(8, 2, generator=rng).double()]


SQUARE = Derivation("D9.2", "The square of a sum.", LINES, "Euclid & others", cases)


def test_each_line_is_folded_below_the_previous():
    page = show_derivation(SQUARE)._repr_html_()
    assert page.count("<details>") == page.count("</details>") == 2
    first, second, third = (page.index(f"({n})") for n in (1, 2, 3))
    folds = [i for i in range(len(page)) if page.startswith("<details>", i)]
    assert first < folds[0] < second < folds[1] < third
    assert page.count("✓ equal within 1e-9 in 8 random cases") == 2


def test_formulas_are_kept_and_other_text_is_escaped():
    page = show_derivation(SQUARE)._repr_html_()
    assert "$a &lt; b$" in page and "Euclid &amp; others" in page
    assert "$$= a^{2} + 2 a b + b^{2}$$" in page


def test_wrong_line_is_marked_with_its_error():
    steps = (LINES[0], LINES[1]._replace(expression=a**2 + b**2), LINES[2])
    shown = show_derivation(replace(SQUARE, steps=steps))
    assert not shown.holds
    assert "does not hold" in repr(shown)
    assert repr(shown).count("✗ differs by") == 2  # the line, and the one below it


def test_inequality_is_reported_as_one():
    below = Step(a**2 + b**2, "a term is left out", relation="<=")
    above = Step((a + b) ** 2 + 1, "1 is added", relation="<=")
    wrong = show_derivation(replace(SQUARE, steps=(LINES[0], below)))
    assert "violates the inequality by" in repr(wrong)
    right = show_derivation(replace(SQUARE, steps=(LINES[0], above)))
    assert "✓ the inequality holds in 8 random cases" in right._repr_html_()


def test_lines_of_equations_that_are_derived_are_named():
    shown = show_derivation(replace(SQUARE, proves=("E9.2.1", "E9.3.2")))
    for text in (repr(shown), shown._repr_html_()):
        assert "Derives E9.2 (1), E9.3 (2). Source: Euclid" in text
    assert "Derives" not in repr(show_derivation(SQUARE))


def test_text_and_html_show_the_same_lines():
    shown = show_derivation(SQUARE)
    for number, step in enumerate(LINES):
        assert step.reason in repr(shown)
        assert SQUARE.latex(number) in shown._repr_html_()


def test_card_of_a_line_shows_the_verdict():
    line = OpenLine("D9.2b", "D9.2", a, {a: (0.0, 1.0)})
    assert line_card(line, LineVerdict("passed", None, "")).tone == "good"
    assert line_card(line, LineVerdict("not attempted", None, "x")).tone == "open"
    named = line_card(line, LineVerdict("wrong", "the other sign", "Turn it."))
    assert named.title == "D9.2b: the other sign" and named.lines == ("Turn it.",)
