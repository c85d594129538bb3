"""An answer is found, and put together with what it needs and nothing else."""

import ast

import pytest
from grading.classroom import NAME

from grading.cells import Cell
from grading.program import Given, NoAnswer, compose, find, parsed, used
from grading.remarks import fingerprint, remarks

NOTHING = Given([], "")


def cells(*texts: str) -> list[Cell]:
    return [Cell(f"c{i}", "", text) for i, text in enumerate(texts)]


def before(*texts: str, given: Given = NOTHING) -> list[str]:
    """What is run before the last cell, which is the answer."""
    found = compose(cells(*texts), [len(texts) - 1], given)
    return [ast.unparse(statement) for statement in found.before]


def test_the_cell_s_own_id_comes_before_nbgrader_s_and_before_the_name() -> None:
    text = f"def {NAME}(x): pass"
    own, copy = Cell("X1-4", "X1-4", text), Cell("b", "X1-4", text)
    assert find([copy, own], "X1-4", [NAME]) == [1]
    assert find([Cell("c", "", text), copy], "X1-4", [NAME]) == [1]
    assert find(cells(text, text, "x"), "X1-4", [NAME]) == [1]


def test_two_functions_may_stand_in_two_cells() -> None:
    both = [Cell("X1-6", "", "def one(): pass"), Cell("a", "", "def two(): pass")]
    assert find(both, "X1-6", ["one", "two"]) == [0, 1]


def test_no_answer_and_two_answers_are_told() -> None:
    with pytest.raises(NoAnswer, match="none defines"):
        find(cells("x = 1"), "X1-4", [NAME])
    with pytest.raises(NoAnswer, match="2 cells have the id X1-4"):
        find([Cell("X1-4", "", "pass")] * 2, "X1-4", [NAME])


def test_only_what_the_answer_uses_is_run_before_it() -> None:
    found = before(
        "import math, torch\nfrom nothing_such import *\nslow = train()",
        "def half(x):\n    return x / TWO",
        "TWO = 2\nTHREE = 3",
        f"def {NAME}(x):\n    return half(x) + math.pi",
    )
    star = "from nothing_such import *"
    assert found == ["import math", star, "def half(x):\n    return x / TWO", "TWO = 2"]


def test_checks_are_never_run() -> None:
    found = before(
        "from lessons import check",
        f"other = check('X1.3', other)\ncheck('X1.3', {NAME})",
        f"def {NAME}(x):\n    return check(other)",
    )
    assert found == []


def test_a_learner_s_own_name_wins_over_the_edition_s_and_the_library_s_over_both() -> (
    None
):
    given = Given(["from a import f, g"], "from c import g")
    found = before("from b import f, g", "def h():\n    return f(g)", given=given)
    assert found == ["from b import f", "from c import g"]


def test_lines_for_ipython_stand_empty_and_deep_nesting_is_refused() -> None:
    assert len(parsed("%time x = 1\nif True:\n    !ls\ny = 2")) == 3
    with pytest.raises(SyntaxError):
        parsed("def (")
    with pytest.raises(SyntaxError):
        parsed("a\0b")
    with pytest.raises((NoAnswer, SyntaxError)):
        parsed("(" * 10**5)


def test_names_of_python_itself_are_not_looked_for() -> None:
    assert used(parsed("print(len(x), [y for y in z])")) == {"x", "y", "z"}


def test_the_same_function_in_another_layout_has_the_same_fingerprint() -> None:
    def mark(body: str) -> str:
        return fingerprint(parsed(f"def f(x: int) -> int:\n    {body}"), ["f"])

    long = "return (x + 1) * (x + 2) * (x + 3)"
    assert mark(long) == mark(f'"""Words."""\n    # more\n    {long}   ')
    assert mark(long) != mark(long.replace("3", "4"))
    assert mark("return x") == mark("raise NotImplementedError('Your turn.')") == ""


@pytest.mark.parametrize(
    ("text", "remarked"),
    [
        ("from course_lib.a import f\ndef g(x):\n    return f(x)", True),
        ("import course_lib.a as a\ndef g(x):\n    return a.f(x)", True),
        ("def g(x):\n    return getattr(a, 'f')(x)", True),
        ("from torch import f\ndef f(x):\n    return x", False),
        ("import importlib as i\ndef g(x):\n    return i.import_module('a')(x)", True),
        ("from gc import get_objects", True),
        ("from grading import worker", True),
        ("import teaching.torch_settings", True),
        ("from course_lib.profile import pick", False),
        ("def g(x):\n    return getattr(a, 'F'.lower())(x)", True),
        ("def g(x):\n    return torch.sys.modules[NAME](x)", True),
        ("def g(x):\n    return h.__globals__", True),
        ("def g(x):\n    return exec(open(FILE).read())", True),
        ("class G(A):\n    def g(self, x):\n        super().__init__()", False),
        ("def g(x):\n    return model.eval()(x)", False),
    ],
)
def test_what_is_or_may_be_taken_from_the_course_is_remarked(
    text: str, remarked: bool
) -> None:
    found = compose(cells(text), [0], NOTHING)
    assert bool(remarks(found, ["f"])) == remarked
