"""The students' names in the file and folder names of the teaching platforms.

Only the beginning of a name is written by the platform; the rest is the student's own
file name and is never interpreted, so that nobody can submit under another's number.
"""

import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import NamedTuple

from lessons import LESSONS


class Attempt(NamedTuple):
    """An attempt of a submission; attempts are sorted by ``order``."""

    order: str
    label: str


class Whose(NamedTuple):
    """The information in a name: the student, their number, the attempt, the file name.

    ``platform`` is "" if the name follows no platform's pattern.
    """

    who: str
    id: str = ""
    attempt: Attempt | None = None
    file: str = ""
    platform: str = ""


class Submitters(NamedTuple):
    """The submitters of one of Gradescope's submissions."""

    names: tuple[str, ...]
    ids: tuple[str, ...]


# Ada Lovelace_123_assignsubmission_file_, and the file's name behind it, or in it
_MOODLE = re.compile(
    r"(?P<who>.+?)_(?P<id>\d+)_assignsubmission_[a-z]+_?(?P<file>.*)", re.S
)
_MOODLE_FOLDER = re.compile(
    r"(?P<who>.+)_(?P<id>\d+)_assignsubmission_[a-z]+_?(?P<file>)", re.S
)
# lovelaceada_LATE_101_9001_01_gan_math.ipynb: student, number, submission
_CANVAS = re.compile(r"(?P<who>[^_]+)_(?:LATE_)?(?P<id>\d+)_\d+_(?P<file>.+)", re.S)
# gradebook_CS7_HW1_jdoe_attempt_2026-11-30-16-19-22_01_gan_math.ipynb
_BLACKBOARD = re.compile(
    r"(?P<head>.+?)_attempt_(?P<when>\d{4}(?:-\d\d){5})(?:_(?P<file>.+)|\.txt)", re.S
)
# 10001-20001 - Ada Lovelace - Nov 30, 2026 419 PM: student, number of the folder
_BRIGHTSPACE = re.compile(
    r"(?P<id>\d+)-\d+ ?- ?(?P<who>.+?) ?- ?"
    r"(?P<when>[^-]*\b\d{4}\b[^-]*)(?: - (?P<file>.+))?",
    re.S,
)
_GRADESCOPE = re.compile(r"submission_(?P<id>\d+)", re.I)
# nbgrader's exchange: ada+ps1+2026-11-30 16:19:22.123456 UTC+c8b1f6...
_EXCHANGE = re.compile(
    r"(?P<who>[^+]+)\+[^+]+\+(?P<when>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\S*)[^+]*(?:\+.*)?",
    re.S,
)
_VERSION = re.compile(r"(?:version|attempt)[ _-]?(\d+)", re.I)  # Teams, and by hand
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct")
_MONTHS += ("nov", "dec")
_NAMES = "|".join(re.escape(lesson.notebook) for lesson in LESSONS)
_LESSON = re.compile(rf"(?:^|(?<=[\W_]))({_NAMES})(?=$|[\W_])", re.I)
_DATE = re.compile(r"[\W_]+\d{4}[_-]\d\d[_-]\d\d(?:[T _-][\d_.:-]*)?$")
_NAMELESS = re.compile(
    r"(?:copy(?: ?of)?|kopie(?: ?von)?|copie(?: ?de)?|copia(?: ?de)?|kopia|final|new"
    r"|old|untitled|unbenannt|solutions?|answers?|notebook|learner|\d{1,3}|[\W_])*",
    re.I,
)
_METADATA_KEY = re.compile(r"['\"]?submission_(\d+)['\"]?:\s*$")
_METADATA_ITEM = re.compile(r"\s+(?:- +)?:?(name|sid|email):\s*(.*)$")
_CLASS = re.compile(  # names of folders that contain a whole class
    r"(?:all|subs?|submi(?:ssions?|t).*|submitted.*|.*[ _-]submissions?|.*_export|"
    r"student[ _]work|inbound|collected|downloads?|exports?|class(?:room)?[ _-]?\w*|"
    r"course.*|homework.*|hw[ _-]?\d*|assignments?.*|ps[ _-]?\d+|lab[ _-]?\d+|"
    r"lesson.*|exercises?.*|week.*|students?|gradebook.*|archive|data|takeout|drive.*|"
    r"abgaben?.*|rendus?.*|entregas?.*|consegne?.*)",
    re.I,
)
_SURELY_CLASS = re.compile(
    r"submissions|submitted|submitted[ _]files|student[ _]work|assignment_\d+_export",
    re.I,
)


def of_folder(name: str) -> Whose | None:
    """The student of a folder; None if its name follows no platform's pattern."""
    if found := _MOODLE_FOLDER.fullmatch(name):
        return Whose(found["who"], found["id"], platform="Moodle")
    if found := _BRIGHTSPACE.fullmatch(name):
        return _brightspace(found)
    if found := _GRADESCOPE.fullmatch(name):
        return Whose(name, platform="Gradescope")
    if found := _EXCHANGE.fullmatch(name):
        attempt = Attempt(found["when"], found["when"])
        return Whose(found["who"], attempt=attempt, platform="nbgrader")
    return None


def of_files(names: Collection[str]) -> dict[str, Whose]:
    """The students of the files of a class that a platform has named."""
    found = _blackboard(names)
    for name in set(names) - set(found):
        if match := _CANVAS.fullmatch(name):
            known = match["who"], match["id"], None, match["file"]
            found[name] = Whose(*known, "Canvas")
        elif match := _MOODLE.fullmatch(name):
            known = match["who"], match["id"], None, match["file"] or name
            found[name] = Whose(*known, "Moodle")
        elif (match := _BRIGHTSPACE.fullmatch(name)) and match["file"]:
            found[name] = _brightspace(match)
    return found


def _blackboard(names: Collection[str]) -> dict[str, Whose]:
    """The students of Blackboard's files, if the names are Blackboard's.

    If course and assignment are numbers, each name could also be Canvas's; all names
    together decide. Parts of a name are joined by "_", which may also be part of a user
    name.
    """
    found = {n: m for n in names if (m := _BLACKBOARD.fullmatch(n))}
    canvas = {n: m for n in names if (m := _CANVAS.fullmatch(n))}
    heads = {match["head"] for match in found.values()}
    both = [canvas[name] for name in canvas if name in found]
    distinct = len({(match["who"], match["id"]) for match in both}) < len(heads)
    gradebook = any(head.startswith("gradebook_") for head in heads)
    if set(canvas) - set(found) or not (gradebook or distinct):
        found = {name: found[name] for name in found if name not in canvas}
    ends = defaultdict(set)
    for head in {match["head"] for match in found.values()}:
        ends[head.rpartition("_")[2]].add(head)
    whose = {}
    for name, match in found.items():
        who = match["head"].rpartition("_")[2]
        if len(ends[who]) > 1:  # a user name with "_"; a longer name is kept distinct
            who = match["head"][_shared(ends[who]) :]
        attempt = Attempt(match["when"], match["when"])
        whose[name] = Whose(who, "", attempt, match["file"] or name, "Blackboard")
    return whose


def _shared(heads: Collection[str]) -> int:
    """The length of the common prefix, up to and including its last "_"."""
    first, last = min(heads), max(heads)
    for index, (a, b) in enumerate(zip(first, last, strict=False)):
        if a != b:
            return first.rfind("_", 0, index) + 1
    return first.rfind("_") + 1


def _brightspace(found: re.Match[str]) -> Whose:
    when = found["when"].strip()
    order = _in_order(when)
    attempt = Attempt(order, when) if order else None
    who = found["who"].strip()
    return Whose(who, found["id"], attempt, found["file"] or "", "Brightspace")


def _in_order(when: str) -> str:
    """A date such as "Nov 30, 2026 419 PM" in a sortable form; "" if not recognised."""
    month = re.search(r"[A-Za-z]{3,}", when)
    year, day = re.search(r"\b\d{4}\b", when), re.search(r"\b\d{1,2}\b", when)
    name = month[0][:3].lower() if month else ""
    if name not in _MONTHS or not year or not day:
        return ""
    behind = when[max(year.end(), day.end()) :]
    clock = re.search(r"(\d{1,2}):?(\d\d)(?::?\d\d)?\s*([AaPp]\.?[Mm])?", behind)
    hour = minute = 0
    if clock:
        hour, minute = int(clock[1]), int(clock[2])
        if clock[3]:
            hour = hour % 12 + 12 * clock[3].lower().startswith("p")
    date = f"{year[0]}-{_MONTHS.index(name) + 1:02}-{int(day[0]):02}"
    return f"{date} {hour:02}:{minute:02}"


def version(folders: Iterable[str]) -> Attempt | None:
    """The attempt named by a folder such as "Version 2"."""
    for name in folders:
        if found := _VERSION.fullmatch(name.strip()):
            return Attempt(f"{int(found[1]):09}", name)
    return None


def lesson_in(name: str) -> str:
    """The lesson's notebook whose name is part of a file name; "" if there is none."""
    found = _LESSON.search(name)
    return found[1].lower() if found else ""


def student_in(stem: str) -> str:
    """The student in a free-form name: "Ada" in "Ada - 01_gan_math"; "" if none.

    A name that contains no lesson's name is the student's.
    """
    undated = _DATE.sub("", stem)
    without = _LESSON.sub("", undated)
    if without == undated:
        return stem if _LESSON.search(stem) is None else ""
    rest = re.sub(r"(?:[-_ ]?\(\d+\)|-Copy\d*|[-_]\d{1,2})$", "", without)
    rest = re.sub(r"^(?:copy of|kopie von|copie de|copia de) ", "", rest, flags=re.I)
    rest = rest.strip(" _-.+")
    return "" if _NAMELESS.fullmatch(rest) else rest


def is_class(name: str, *, surely: bool = False) -> bool:
    """Whether a folder's name is typical for a whole class, or unambiguously so."""
    pattern = _SURELY_CLASS if surely else _CLASS
    return bool(pattern.fullmatch(name.strip()))


def submitters(metadata: str) -> dict[str, Submitters]:
    """The submitters in ``submission_metadata.yml``, by the number of the submission.

    Only the lines that Gradescope writes are parsed; others are skipped.
    """
    found: dict[str, dict[str, list[str]]] = {}
    current: dict[str, list[str]] | None = None
    listing = False
    for line in metadata.splitlines():
        if key := _METADATA_KEY.match(line):
            current = found.setdefault(key[1], {"name": [], "sid": [], "email": []})
            listing = False
        elif re.match(r"  :?submitters:\s*$", line):
            listing = True
        elif re.match(r"  :?\w", line) or re.match(r"\S", line):
            listing = False
        elif current and listing and (item := _METADATA_ITEM.match(line)):
            current[item[1]].append(_scalar(item[2]))
    return {
        number: Submitters(
            tuple(name for name in known["name"] if name),
            tuple(filter(None, known["sid"])) or tuple(filter(None, known["email"])),
        )
        for number, known in found.items()
    }


def _scalar(text: str) -> str:
    """A YAML scalar, quoted or not."""
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] == "'":
        return text[1:-1].replace("''", "'")
    if len(text) > 1 and text[0] == text[-1] == '"':
        try:
            wide = re.sub(r"\\x([0-9A-Fa-f]{2})", r"\\u00\1", text)
            return str(json.loads(wide))
        except ValueError:
            return text[1:-1]
    return "" if text in ("null", "~") else text
