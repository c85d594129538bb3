"""A quiz explains every option, and its questions are validated."""

import re

import pytest

from teaching.quiz import Option, Question, quiz

RIGHT = Option("A coin: $D^* = 1/2$.", True, "Both densities agree.")
WRONG = Option("`D(x) = 1` & done.", False, "It cannot tell: $a < b$ or $b < a$.")
OTHER = Option("Nothing <b>.", False, "It sees both.")
QUESTION = Question("What does `D` see?", (RIGHT, WRONG, OTHER))


def test_every_option_has_its_own_explanation():
    html = quiz([QUESTION, QUESTION])._repr_html_()
    opened = re.findall(r"<details.*?><summary.*?>(.*?)</summary><p>(.*?)</p>", html)
    assert len(opened) == 6
    assert opened[0][1] == "<strong>Right.</strong> Both densities agree."
    assert all(answer.startswith("<strong>No.</strong>") for _, answer in opened[1:3])


def test_options_are_closed_at_first():
    html = quiz([QUESTION])._repr_html_()
    assert " open" not in html.partition("</style>")[2]


def test_code_is_marked_up_math_is_kept_and_html_is_escaped():
    html = quiz([QUESTION])._repr_html_()
    assert "<code>D(x) = 1</code> &amp; done." in html
    assert "$D^* = 1/2$" in html
    assert "$a &lt; b$" in html
    assert "<b>" not in html


def test_text_of_a_quiz_holds_options_but_no_explanations():
    words = repr(quiz([QUESTION]))
    assert words.splitlines()[:3] == [
        "Quiz with 1 questions.",
        "1. What does `D` see?",
        "   - A coin: $D^* = 1/2$.",
    ]
    assert RIGHT.answer not in words


@pytest.mark.parametrize(
    ("question", "words"),
    [
        (Question("", (RIGHT, WRONG, OTHER)), "has no text"),
        (Question("Two?", (RIGHT, WRONG)), "at least 3 options, got 2"),
        (Question("Q", (RIGHT, RIGHT, WRONG)), "exactly one right option, got 2"),
        (Question("Q", (OTHER, WRONG, OTHER)), "exactly one right option, got 0"),
        (
            Question("Q", (RIGHT, WRONG, Option("x", False, " "))),
            "needs a text, and an",
        ),
        (Question("Q", (RIGHT, WRONG, Option("", False, "y"))), "needs a text, and an"),
    ],
)
def test_invalid_question_raises_with_its_number(question, words):
    with pytest.raises(ValueError, match=f"Question 2 .*{words}"):
        quiz([QUESTION, question])


def test_quiz_without_questions_raises():
    with pytest.raises(ValueError, match="at least one question"):
        quiz([])
