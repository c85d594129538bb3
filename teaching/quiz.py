"""Quizzes: multiple-choice questions in which every option has its own explanation."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from teaching.static_player import IGNORE_JUPYTERLAB_KEYS

STYLE = """
.course-quiz { max-width: 770px; }
.course-quiz > ol > li { margin: 0 0 1em; }
.course-quiz details { margin: .3em 0; padding: .15em .6em;
  border-left: 3px solid var(--jp-border-color2, #bdbdbd); }
.course-quiz details[open] { border-left-color: #b35806; }
.course-quiz details.course-right[open] { border-left-color: #1b7837; }
.course-quiz summary { cursor: pointer; }
.course-quiz details p { margin: .3em 0 .4em 1em; }
"""


@dataclass(frozen=True)
class Option:
    """One option: whether it is right, and the explanation shown when it is opened."""

    text: str
    right: bool
    answer: str


@dataclass(frozen=True)
class Question:
    """A question with its options, exactly one of which is right.

    Texts may contain code between backquotes and mathematics between dollar signs.
    """

    text: str
    options: tuple[Option, ...]


@dataclass(frozen=True)
class Quiz:
    """Questions as HTML; clicking an option shows its explanation, without a kernel."""

    questions: tuple[Question, ...]

    def _repr_html_(self) -> str:
        items = "".join(_question_html(question) for question in self.questions)
        return f'<div class="course-quiz"><style>{STYLE}</style><ol>{items}</ol></div>'

    def __repr__(self) -> str:
        lines = [f"Quiz with {len(self.questions)} questions."]
        for number, question in enumerate(self.questions, 1):
            lines.append(f"{number}. {question.text}")
            lines += [f"   - {option.text}" for option in question.options]
        return "\n".join(lines)


def quiz(questions: Sequence[Question]) -> Quiz:
    """A quiz of these questions, which are validated first.

    Raises:
        ValueError: if there is no question, or if a question has no text, fewer than
            three options, not exactly one right option, or an option without text or
            explanation.
    """
    if not questions:
        raise ValueError("A quiz needs at least one question.")
    for number, question in enumerate(questions, 1):
        _validate(f"Question {number} ({question.text[:40]!r})", question)
    return Quiz(tuple(questions))


def _validate(name: str, question: Question) -> None:
    options, right = question.options, sum(option.right for option in question.options)
    if not question.text.strip():
        raise ValueError(f"{name} has no text.")
    if len(options) < 3:
        raise ValueError(f"{name} needs at least 3 options, got {len(options)}.")
    if right != 1:
        raise ValueError(f"{name} needs exactly one right option, got {right}.")
    for option in options:
        if not option.text.strip() or not option.answer.strip():
            raise ValueError(
                f"{name}: the option {option.text!r} needs a text, and an answer that "
                "says why it is right or wrong."
            )


def _question_html(question: Question) -> str:
    options = "".join(_option_html(option) for option in question.options)
    return f"<li>{_marked(question.text)}{options}</li>"


def _option_html(option: Option) -> str:
    kind, verdict = ("course-right", "Right.") if option.right else ("", "No.")
    return (
        f'<details class="{kind}"><summary {IGNORE_JUPYTERLAB_KEYS}>'
        f"{_marked(option.text)}</summary>"
        f"<p><strong>{verdict}</strong> {_marked(option.answer)}</p></details>"
    )


def _marked(text: str) -> str:
    """Escaped text with ``code`` marked up; $math$ is left to MathJax."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text, quote=False))
