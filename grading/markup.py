"""HTML pages in which all text is escaped."""

import html

from grading.tables import clean

POLICY = "default-src 'none'; style-src 'unsafe-inline'"  # no scripts, no requests
STYLE = """
body { font: 16px/1.5 sans-serif; max-width: 60em; margin: 2em auto; padding: 0 1em }
body, td { overflow-wrap: anywhere } code { background: #f2f2f2; padding: 0 .2em }
table { border-collapse: collapse; display: block; overflow-x: auto }
td > span { white-space: nowrap }
td, th { padding: .25em .75em; text-align: left; vertical-align: top; min-width: 6em;
border-bottom: 1px solid #ddd }
.bar { background: #0072b2; height: .8em; min-width: 1px; display: inline-block }
.passed { border-left: 6px solid #009e73 } .failed { border-left: 6px solid #d55e00 }
section { padding: 0 1em; margin: 1em 0 } section > * { margin: .25em 0 }
section h2 { font-size: 1.1em }
pre { background: #f2f2f2; padding: .5em; overflow-x: auto }
"""


class Markup(str):
    """Text that is markup already; created by the functions of this module only."""


def tag(name: str, *inside: object, **attributes: str) -> Markup:
    """An element; its content is escaped unless it is Markup."""
    named = "".join(
        f' {key.rstrip("_")}="{escape(value)}"' for key, value in attributes.items()
    )
    content = "".join(map(escape, inside))
    return Markup(f"<{name}{named}>{content}</{name}>")


def escape(value: object) -> str:
    """A value as text for a page."""
    if isinstance(value, Markup):
        return value
    return html.escape(clean(str(value)), quote=True)


def prose(text: str) -> Markup:
    """Text in which code stands in backticks."""
    parts = enumerate(text.split("`"))
    return Markup("".join(tag("code", x) if i % 2 else escape(x) for i, x in parts))


def code(text: str) -> Markup:
    """Lines of code, each limited in length."""
    return tag("pre", Markup("\n".join(map(escape, text.splitlines()))))


def table(head: tuple[object, ...], lines: list[tuple[object, ...]]) -> Markup:
    """A table with a header row."""
    first = tag("tr", *(tag("th", cell) for cell in head))
    rest = [tag("tr", *(tag("td", cell) for cell in line)) for line in lines]
    return tag("table", first, *rest)


def bar(fraction: float) -> Markup:
    """A bar whose length is a fraction in [0, 1]; nothing for 0."""
    element = tag("span", class_="bar", style=f"width: {12 * fraction:.2f}em")
    return element if fraction else Markup("")


def page(title: str, *inside: object) -> bytes:
    """A complete page without scripts and external resources."""
    return (
        "<!doctype html>\n"
        '<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>"
        f"<body>{tag('h1', title)}{''.join(map(escape, inside))}</body></html>\n"
    ).encode()
