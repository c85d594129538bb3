"""A card: the box in which a notebook shows the result of one check."""

import html
import re
from dataclasses import dataclass
from typing import Literal

Tone = Literal["good", "bad", "open", "plain"]
_COLOURS = {"good": "#009e73", "bad": "#d55e00", "open": "#e69f00", "plain": "#0072b2"}
_MARKS = {"good": "✓", "bad": "✗", "open": "○", "plain": "·"}


@dataclass(frozen=True)
class Card:
    """A heading with a mark and lines of text, displayed as HTML or as plain text.

    Text in backquotes is set as code; all other markup is escaped.
    """

    tone: Tone
    title: str
    lines: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return "\n".join([f"{_MARKS[self.tone]} {self.title}", *self.lines])

    def _repr_html_(self) -> str:
        body = "".join(f"<div>{_inline(line)}</div>" for line in self.lines)
        return (
            f'<div style="border-left:4px solid {_COLOURS[self.tone]};'
            'padding:.4em .9em;margin:.3em 0;max-width:46em;line-height:1.45">'
            f'<strong style="color:{_COLOURS[self.tone]}">{_MARKS[self.tone]}</strong> '
            f"<strong>{_inline(self.title)}</strong>{body}</div>"
        )


def _inline(text: str) -> str:
    escaped = html.escape(text).replace("\n", "<br>")
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escaped)
