"""Tell an instructor how the class did, and which mistakes it makes."""

from collections import Counter, defaultdict
from collections.abc import Iterable

from grading.feedback import file_name
from grading.grader import Row
from grading.markup import Markup, bar, page, prose, table, tag
from grading.tables import LOOK, Table, lessons_of, points_of

BINS = 10  # at most, or one more
LISTED = 500  # files left out that are listed; a person should look at the first


def report(found: Table) -> bytes:
    """The page about the whole class."""
    statuses = Counter(row.status for row in found.rows)
    counts = ", ".join(f"{n} {status}" for status, n in statuses.most_common())
    words = f"{len(found.people)} submissions, {len(found.rows)} rows: {counts}."
    look = [r for r in found.rows if r.status in LOOK]
    return page(
        "How the class did",
        tag("p", words),
        tag("h2", "For a person to look at"),
        _merged("reason", ((r, f"{r.status}: {r.advice}") for r in look)),
        *(tag("p", sentence) for sentence in found.doubts),
        tag("h2", "Files that were not graded"),
        *_left_out(found),
        *(_distribution(found, lesson) for lesson in lessons_of(found)),
        tag("h2", "Misconceptions"),
        _misconceptions(found.rows),
        tag("h2", "Exercises, the most failed first"),
        _exercises(found),
        tag("h2", "The slowest"),
        _slowest(found.rows),
        tag("h2", "Students"),
        _students(found),
        tag("h2", "Remarks, which cost nobody a point"),
        tag("p", "Short right answers are often alike; none of this is a proof."),
        _merged("remark", ((r, remark) for r in found.rows for remark in r.remarks)),
    )


def _left_out(found: Table) -> list[Markup]:
    """What was handed in and is not graded; what needs a person comes first."""
    parts = [tag("p", sentence) for sentence in found.remarks]
    if not found.left:
        return [*parts, tag("p", "None: all that was handed in is graded.")]
    lines: list[tuple[object, ...]] = []
    for left in found.left[:LISTED]:
        shown = left.path + f" ({left.count} files)" * (left.count > 1)
        look = tag("strong", "Look: ") if left.look else ""
        lines.append((shown, left.student or "-", tag("span", look, left.why)))
    rest = len(found.left) - len(lines)
    parts.append(tag("p", "All of them are in left_out.csv."))
    parts += [tag("p", f"{rest} more are not shown here.")] * (rest > 0)
    return [*parts, table(("file", "student", "reason"), lines)]


def _distribution(found: Table, lesson: str) -> Markup:
    worth = _worth(found, lesson)
    step = worth // BINS + 1
    points = [points_of(found.of(i), lesson) for i in range(len(found.people))]
    known = [total for total in points if total is not None]
    counts = Counter(total // step for total in known)
    bars = []
    for i in range(worth // step + 1):
        first, last = i * step, min(worth, (i + 1) * step - 1)
        bars.append((f"{first} to {last}" if last > first else str(last), counts[i]))
    head = tag("h2", f"Points in lesson 0{lesson}, of {worth}")
    rest = len(points) - len(known)
    words = f"Without {rest} of whom nothing could be graded." if rest else ""
    return tag("div", head, tag("p", words), _bars(("points", "students"), bars))


def _worth(found: Table, lesson: str) -> int:
    return sum(q.exercise.points for q in found.questions if q.lesson == lesson)


def _exercises(found: Table) -> Markup:
    lines = []
    for question in found.questions:
        exercise = question.exercise
        rows = [row for row in found.rows if row.exercise == exercise.id]
        tried = [r for r in rows if r.status not in ("missing", "not attempted")]
        passed = sum(row.status == "passed" for row in tried)
        share = passed / max(1, len(tried))
        title = f"{exercise.id} · {exercise.title}"
        shown = f"{passed} of {len(tried)}"
        lines.append((share, (title, tag("span", bar(share), f" {share:.0%}"), shown)))
    lines.sort(key=lambda line: line[0])
    head = ("exercise", "passed, of those who tried", "students")
    return table(head, [line for _, line in lines])


def _misconceptions(rows: Iterable[Row]) -> Markup:
    named = [
        f"{row.exercise} · {row.misconception}" for row in rows if row.misconception
    ]
    return _bars(("misconception", "students"), Counter(named).most_common())


def _bars(head: tuple[str, str], counts: list[tuple[str, int]]) -> Markup:
    most = max((n for _, n in counts), default=1) or 1
    lines = [(name, tag("span", bar(n / most), f" {n}")) for name, n in counts]
    return table(head, lines)


def _merged(what: str, found: Iterable[tuple[Row, str]]) -> Markup:
    """A line for what is said of a student, with all exercises that it is said of."""
    exercises: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row, words in found:
        exercises[row.student, words].append(row.exercise)
    lines = [
        (student, ", ".join(listed), prose(words))
        for (student, words), listed in exercises.items()
    ]
    return table(("student", "exercises", what), lines)


def _slowest(rows: Iterable[Row]) -> Markup:
    slowest = sorted(rows, key=lambda row: -row.seconds)[:10]
    lines = [
        (row.student, row.exercise, f"{row.seconds:.2f}", row.status, prose(row.advice))
        for row in slowest
    ]
    return table(("student", "exercise", "seconds", "status", "reason"), lines)


def _students(found: Table) -> Markup:
    """Points by lesson, as in the gradebook."""
    lessons, lines = lessons_of(found), []
    for place, student in enumerate(found.people):
        link = tag("a", student.name, href=f"feedback/{file_name(student)}")
        points = [points_of(found.of(place), lesson) for lesson in lessons]
        lines.append((link, *("-" if n is None else n for n in points)))
    head = (f"points in 0{lesson}, of {_worth(found, lesson)}" for lesson in lessons)
    return table(("student", *head), lines)
