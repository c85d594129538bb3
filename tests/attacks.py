"""Files of answers that attack their grader."""

import re
from pathlib import Path

SECTION = re.compile(r"### ([^|\n]+) \| ([^|\n]+) \| ?([^\n]*)\n(.+)", re.S)
WIRE = """
import gc, json, socket, struct, sys
line = [s for s in gc.get_objects() if isinstance(s, socket.socket)][0]
def frame(text, blob=b"", lengths=None):
    lengths = lengths or (len(text), len(blob))
    return struct.pack("!II", *lengths) + text + blob
def number():
    f = sys._getframe()
    while not hasattr(f.f_locals.get("frame"), "message"):
        f = f.f_back
    return f.f_locals["frame"].message["number"]
def reply(blob=b"", **what):
    lists = {"changes": [], "settings": [], "generators": {"dict": []}}
    what = {"number": number(), **lists, **what}
    return frame(json.dumps(what).encode(), blob)
"""


def attacks(path: Path) -> dict[str, tuple[str, str, str]]:
    """By name: the statuses that it may get, a word of the reason, and the answer."""
    sections = path.read_text().split("\n\n###")[1:]
    return {
        name: (statuses, word, code)
        for section in sections
        for name, statuses, word, code in [SECTION.fullmatch("###" + section).groups()]
    }
