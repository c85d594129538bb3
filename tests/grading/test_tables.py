"""Tables and pages contain every row once, and never execute text of a student."""

import csv
import io
import re
from collections.abc import Sequence
from html.parser import HTMLParser

import pytest
from classroom import only

from grading import tables
from grading.feedback import feedback, file_name
from grading.grader import WHOLE, Row
from grading.journal import current
from grading.markup import Markup, escape, page, prose, tag
from grading.report import report
from grading.submissions import Left, Student
from grading.tables import Table

SCRIPT = '<script>alert("1")</script>'
UNSAFE_NAMES = (
    SCRIPT,
    "=cmd|'/c calc'!A1",
    "../../etc/passwd",
    "\u202egnp.exe",
    "a\ud800\nb",
)


def class_of(*names: str, rows: Sequence[Row] = ()) -> Table:
    people = [Student(name, "", ()) for name in sorted(names)]
    return tables.complete(current(rows), people, [*only("X1.4"), *only("X2.4")])


def lines(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


class Tags(HTMLParser):
    def __init__(self, content: bytes) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(content.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}


def test_every_student_has_a_row_for_each_exercise_of_submitted_lessons() -> None:
    passed = Row("Ada", "X1.4", "passed", 1, handed="1")
    lost = Row("Ben", WHOLE, "unreadable", advice="The file is empty.", handed="2")
    found = class_of("Ada", "Ben", "Cleo", rows=[passed, lost])
    assert [(row.student, row.status) for row in found.rows] == [
        ("Ada", "passed"),
        ("Ben", "unreadable"),
        ("Cleo", "missing"),
    ]
    assert found.of(1)[0].advice == "The file is empty."
    assert "No notebook of lesson 01" in found.of(2)[0].advice


def test_last_row_for_the_latest_files_is_used() -> None:
    def row(handed: str, status: str) -> Row:
        return Row("Ada", "X1.4", status, handed=handed)

    twice = [row("1", "wrong"), row("2", "raised"), row("2", "passed")]
    assert current(twice)["Ada", "X1.4"].status == "passed"
    later = [row("1", "passed"), Row("Ada", WHOLE, "unreadable", handed="2")]
    assert ("Ada", "X1.4") not in current(later)


def test_gradebook_is_empty_where_nothing_was_graded() -> None:
    rows = [Row("Ada", "X1.4", "passed", 1), Row("Ben", "X1.4", "wrong")]
    rows.append(Row("Cleo", "X1.4", "error"))
    found = lines(tables.gradebook(class_of("Ada", "Ben", "Cleo", "Dan", rows=rows)))
    assert found[0] == [*tables.CANVAS, "Lesson 01"]
    points = [(line[0], line[-1]) for line in found[1:]]
    assert points == [("Ada", "1"), ("Ben", "0"), ("Cleo", ""), ("Dan", "")]


def test_identical_answers_are_remarked_without_loss_of_points() -> None:
    rows = [
        Row(name, "X1.4", "passed", 1, fingerprint="f")
        for name in ("Ada", "Ben", "Cleo")
    ]
    rows.append(Row("Dan", "X1.4", "passed", 1, fingerprint="g"))
    found = class_of("Ada", "Ben", "Cleo", "Dan", rows=rows)
    assert found.rows[0].remarks == ("the same text as Ben, Cleo",)
    assert found.rows[3].remarks == ()
    assert [row.points for row in found.rows] == [1, 1, 1, 1]


@pytest.mark.parametrize("name", UNSAFE_NAMES)
def test_formulas_are_escaped_in_csv(name: str) -> None:
    rows = [Row(name, "X1.4", "raised", advice=name, misconception=name)]
    found = class_of(name, rows=rows)
    for content in (tables.grades(found), tables.gradebook(found)):
        for line in lines(content):
            assert not any(cell.startswith(tables.FORMULA) for cell in line)
            assert not re.search("[\u202e\ud800]", "".join(line))
        assert len(lines(content)) == 2


@pytest.mark.parametrize("name", UNSAFE_NAMES)
def test_text_is_escaped_in_pages(name: str) -> None:
    row = Row(name, "X1.4", "died", 0, name, name, (name,), "f", "1", 2.0, name)
    found = class_of(name, "Ben", rows=[row])
    place = [student.name for student in found.people].index(name)
    for content in (report(found), feedback(found, place)):
        tags = Tags(content)
        assert not tags.names & {"script", "img", "iframe", "object", "embed", "form"}
        assert not any(name.startswith("on") for name in tags.attributes)
        assert b"default-src 'none'" in content
    assert re.fullmatch(r"[A-Za-z0-9_-]*-[0-9a-f]{8}\.html", file_name(found.people[0]))


def test_similar_names_have_different_pages() -> None:
    pages = {file_name(Student(name, "", ())) for name in ("a/b", "a b", "a.b", "A b")}
    assert len(pages) == 4


def test_feedback_shows_advice_but_no_remarks() -> None:
    rows = [
        Row("Ada", "X1.4", "wrong", 0, "sign turned", "Look at the sign.", ("copied",)),
        Row("Ben", "X1.4", "passed", 1),
    ]
    text = feedback(class_of("Ada", "Ben", rows=rows), 0).decode()
    assert "sign turned" in text
    assert "Look at the sign." in text
    assert "0 of 1 points" in text
    assert "copied" not in text
    assert "Ben" not in text


def test_report_counts_mistakes_and_lists_rows_to_review() -> None:
    rows = [Row(n, "X1.4", "wrong", 0, "sign turned") for n in ("Ada", "Ben")]
    rows.append(Row("Cleo", "X1.4", "died", advice="It ended by SIGSEGV.", seconds=9.5))
    text = report(class_of("Ada", "Ben", "Cleo", rows=rows)).decode()
    assert re.search(r"X1.4 · sign turned</td><td>.* 2</span>", text)
    assert text.count("SIGSEGV") == 2  # among what needs a person, among the slowest
    assert "0 of 3" in text


def test_unreadable_file_is_one_line_of_the_report() -> None:
    lost = Row("Ben", WHOLE, "unreadable", advice="The file is empty.", handed="1")
    table = class_of("Ada", "Ben", rows=[Row("Ada", "X1.4", "passed", 1), lost])
    twice = table._replace(rows=[*table.rows, table.rows[1]._replace(exercise="X1.5")])
    text = report(twice).decode()
    assert "<td>X1.4, X1.5</td><td>unreadable: The file is empty.</td>" in text
    assert "Without 1 students whose files could not be graded." in text


def test_backticks_become_code_and_text_is_escaped() -> None:
    assert prose("Use `a<b`, not `<i>`.") == (
        "Use <code>a&lt;b</code>, not <code>&lt;i&gt;</code>."
    )
    assert prose("<b>") == "&lt;b&gt;"


def test_markup_is_escaped_once() -> None:
    assert tag("b", "<i>", tag("u", "&")) == "<b>&lt;i&gt;<u>&amp;</u></b>"
    assert tag("a", "x", href='"><script>') == (
        '<a href="&quot;&gt;&lt;script&gt;">x</a>'
    )
    assert escape(Markup("<b>")) == "<b>"
    assert b"<title>&lt;script&gt;" in page("<script>")


def test_report_lists_ungraded_files_and_doubts() -> None:
    found = class_of("Ada", rows=[Row("Ada", "X1.4", "passed", 1)])
    assert b"None: all files were graded." in report(found)
    assert not found.needs_review
    left = [
        Left("=A/a\tb.zip", "It is damaged.", "Ada", True),
        Left("x/", "Junk.", count=9),
    ]
    found = found._replace(left=left, remarks=["In x."], doubts=["Who is <b>?"])
    text = report(found).decode()
    for words in ("Look: ", "It is damaged.", "x/ (9 files)", "In x.", "&lt;b&gt;?"):
        assert words in text
    assert lines(tables.left_out(found))[1:] == [
        ["'=A/a b.zip", "Ada", "It is damaged.", "yes", "1"],
        ["x/", "", "Junk.", "", "9"],
    ]
    assert found.needs_review
    assert found._replace(left=(), doubts=["Who?"]).needs_review
    assert not found._replace(left=left[1:], doubts=()).needs_review


def test_all_tables_open_with_intact_letters_in_spreadsheet_programs() -> None:
    """They take a file with this mark for UTF-8, and any other for what they like."""
    found = class_of("Zo\u00eb", "\u6797")
    for table in (tables.grades, tables.gradebook, tables.left_out):
        content = table(found)
        assert content.count(b"\xef\xbb\xbf") == 1
        assert content.startswith(b"\xef\xbb\xbf")
    assert lines(tables.grades(found))[0][0] == "student"
    assert {line[0] for line in lines(tables.grades(found))[1:]} == {
        "Zo\u00eb",
        "\u6797",
    }


def test_feedback_shows_the_answer_that_was_graded() -> None:
    text = "class Critic(nn.Module):\n    def forward(self, x):\n        return x < 1"
    rows = [Row("Ada", "X1.4", "wrong", 0, advice="Look.", source=text)]
    rows.append(Row("Ben", "X1.4", "passed", 1))
    found = class_of("Ada", "Ben", rows=rows)
    shown = feedback(found, 0).decode()
    assert f"<pre>{text.replace('<', '&lt;')}</pre>" in shown
    assert "<pre>" not in feedback(found, 1).decode()
    assert "Critic" not in report(found).decode()


def test_names_in_the_report_lead_to_feedback() -> None:
    rows = [Row("Ada", "X1.4", "died", advice="It ended by SIGSEGV.")]
    found = class_of("Ada", rows=rows)
    link = f'<td><a href="feedback/{file_name(found.people[0])}">Ada</a></td>'
    assert report(found).decode().count(link) == 2


def test_gradebook_has_a_byte_order_mark_and_names_on_one_line() -> None:
    content = tables.gradebook(class_of("Zo\u00eb\tL\nM", "  =1+1", "\uff1d1"))
    assert content.startswith(b"\xef\xbb\xbfStudent,")
    names = [line[0] for line in lines(content)[1:]]
    assert names == ["'  =1+1", "Zo\u00eb L M", "'\uff1d1"]
