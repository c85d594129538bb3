"""The report about a class for the instructor, as an HTML page."""

from collections import Counter, defaultdict
from collections.abc import Iterable

from grading.feedback import file_name
from grading.grader import Row
from grading.markup import Markup, bar, page, prose, table, tag
from grading.submissions import Student
from grading.tables import REVIEW_STATUSES, Table, lessons_of, points_of

BINS = 10  # of the histograms, approximately
MAX_LISTED = 500  # ungraded files that are listed


def report(grades: Table) -> bytes:
    """The page about the whole class."""
    statuses = Counter(row.status for row in grades.rows)
    counts = ", ".join(f"{n} {status}" for status, n in statuses.most_common())
    summary = f"{len(grades.people)} submissions, {len(grades.rows)} rows: {counts}."
    to_review = [r for r in grades.rows if r.status in REVIEW_STATUSES]
    return page(
        "Results of the class",
        tag("p", summary),
        tag("h2", "To be reviewed"),
        _merged(grades, "reason", ((r, f"{r.status}: {r.advice}") for r in to_review)),
        *(tag("p", sentence) for sentence in grades.doubts),
        tag("h2", "Files that were not graded"),
        *_left_out(grades),
        *(_histogram(grades, lesson) for lesson in lessons_of(grades)),
        tag("h2", "Misconceptions"),
        _misconceptions(grades.rows),
        tag("h2", "Exercises, the lowest pass rate first"),
        _exercises(grades),
        tag("h2", "The slowest answers"),
        _slowest(grades.rows),
        tag("h2", "Students"),
        _students(grades),
        tag("h2", "Remarks, which do not change the points"),
        tag("p", "Short correct answers are often identical; no remark is a proof."),
        _merged(
            grades, "remark", ((r, remark) for r in grades.rows for remark in r.remarks)
        ),
    )


def _left_out(grades: Table) -> list[Markup]:
    """The files that were not graded; those to be reviewed come first."""
    parts = [tag("p", sentence) for sentence in grades.remarks]
    if not grades.left:
        return [*parts, tag("p", "None: all files were graded.")]
    lines: list[tuple[object, ...]] = []
    for left in grades.left[:MAX_LISTED]:
        path = left.path + f" ({left.count} files)" * (left.count > 1)
        look = tag("strong", "Look: ") if left.look else ""
        lines.append((path, left.student or "-", tag("span", look, left.why)))
    rest = len(grades.left) - len(lines)
    parts.append(tag("p", "All of them are in left_out.csv."))
    parts += [tag("p", f"{rest} more are not shown here.")] * (rest > 0)
    return [*parts, table(("file", "student", "reason"), lines)]


def _histogram(grades: Table, lesson: str) -> Markup:
    maximum = _max_points(grades, lesson)
    step = maximum // BINS + 1
    points = [points_of(grades.of(i), lesson) for i in range(len(grades.people))]
    known = [total for total in points if total is not None]
    counts = Counter(total // step for total in known)
    bars = []
    for i in range(maximum // step + 1):
        first, last = i * step, min(maximum, (i + 1) * step - 1)
        bars.append((f"{first} to {last}" if last > first else str(last), counts[i]))
    heading = tag("h2", f"Points in lesson 0{lesson}, of {maximum}")
    rest = len(points) - len(known)
    note = f"Without {rest} students whose files could not be graded." if rest else ""
    return tag("div", heading, tag("p", note), _bars(("points", "students"), bars))


def _max_points(grades: Table, lesson: str) -> int:
    return sum(q.exercise.points for q in grades.questions if q.lesson == lesson)


def _exercises(grades: Table) -> Markup:
    lines = []
    for question in grades.questions:
        exercise = question.exercise
        rows = [row for row in grades.rows if row.exercise == exercise.id]
        attempted = [r for r in rows if r.status not in ("missing", "not attempted")]
        passed = sum(row.status == "passed" for row in attempted)
        rate = passed / max(1, len(attempted))
        title = f"{exercise.id} · {exercise.title}"
        count = f"{passed} of {len(attempted)}"
        lines.append((rate, (title, tag("span", bar(rate), f" {rate:.0%}"), count)))
    lines.sort(key=lambda line: line[0])
    head = ("exercise", "passed, of those attempted", "students")
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


def _merged(grades: Table, head: str, sentences: Iterable[tuple[Row, str]]) -> Markup:
    """One line for each student and sentence, with all exercises that it concerns.

    The name leads to the student's page, where the graded answers stand.
    """
    links = {student.name: _link(student) for student in grades.people}
    exercises: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row, sentence in sentences:
        exercises[row.student, sentence].append(row.exercise)
    lines = [
        (links.get(student, student), ", ".join(listed), prose(sentence))
        for (student, sentence), listed in exercises.items()
    ]
    return table(("student", "exercises", head), lines)


def _slowest(rows: Iterable[Row]) -> Markup:
    slowest = sorted(rows, key=lambda row: -row.seconds)[:10]
    lines = [
        (row.student, row.exercise, f"{row.seconds:.2f}", row.status, prose(row.advice))
        for row in slowest
    ]
    return table(("student", "exercise", "seconds", "status", "reason"), lines)


def _link(student: Student) -> Markup:
    """The name of a student, which leads to the feedback page."""
    return tag("a", student.name, href=f"feedback/{file_name(student)}")


def _students(grades: Table) -> Markup:
    """Points by lesson, as in the gradebook."""
    lessons, lines = lessons_of(grades), []
    for index, student in enumerate(grades.people):
        points = [points_of(grades.of(index), lesson) for lesson in lessons]
        lines.append((_link(student), *("-" if n is None else n for n in points)))
    head = (f"points in 0{i}, of {_max_points(grades, i)}" for i in lessons)
    return table(("student", *head), lines)
