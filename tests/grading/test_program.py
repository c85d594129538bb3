"""Static analysis: the cells of an answer, and the cells that it depends on."""

import pytest
from classroom import NAME

from grading.cells import Cell
from grading.program import Program, compose, is_stub, parsed, read, statements_of, used
from grading.remarks import fingerprint, remarks


def cells(*texts: str) -> list[Cell]:
    return [Cell(f"c{i}", "", text) for i, text in enumerate(texts)]


def composed(
    *found: Cell, slug: str = "X1-4", names: tuple[str, ...] = (NAME,)
) -> Program:
    """The answer in these cells, all of which a student wrote."""
    return compose(found, [read(cell.source) for cell in found], slug, names)


def test_answer_consists_of_cells_with_its_id_or_name() -> None:
    text = f"def {NAME}(x): pass"
    marked, copy = Cell("X1-4", "", "HALF = 1"), Cell("b", "X1-4", "pass")
    assert composed(marked, copy, Cell("c", "", text)).own == [0, 1, 2]
    assert composed(*cells("x = 1")).own == []
    assert composed(*cells(f"if x:\n    for {NAME} in y: pass")).own == [0]


def test_stub_is_a_function_that_only_raises_not_implemented() -> None:
    def stub(body: str) -> bool:
        return is_stub(parsed(f"def f(x):\n    {body}")[0])

    assert stub("raise NotImplementedError")
    assert stub("'Words.'\n    # TODO\n    raise NotImplementedError('Your turn.')")
    assert not stub("return x")
    assert not stub("if x < 0:\n        raise NotImplementedError\n    return x")
    assert not is_stub(parsed("raise NotImplementedError")[0])
    assert read("def f(x):\n    raise NotImplementedError").bound == frozenset()


@pytest.mark.parametrize(
    "text",
    [
        "for s in (1.0,): pass",
        "s = 1.0\ns += 1",
        "s = []\ns.append(1)",
        "s = {}\ns['k'] = 1",
        "s.k = 1",
        "with open(f) as s: pass",
        "print(s := 1)",
        "try:\n    import s\nexcept ImportError:\n    s = None",
        "if True:\n    def s(): pass",
        "match x:\n    case [s, *_]: pass",
        "[s := x for x in y]",
        "fill(s)",
        "%time s = 1",
        "%%time\ns = 1",
        "s?\nx = (",
        "def f(s:",  # no Python: all of its words count
    ],
)
def test_answer_depends_on_cells_that_may_change_its_names(
    text: str,
) -> None:
    answer = f"def {NAME}(x):\n    return s * x"
    found = composed(*cells("other = 3", text, answer))
    assert found.cells == [1, 2]


def test_dependencies_are_transitive() -> None:
    found = composed(
        *cells(
            "table = {}",
            "def fill():\n    table['k'] = TWO",
            "TWO = 2\nTHREE = 3",
            "fill()",
            f"def {NAME}(x):\n    return table['k'] * x",
            "seen = plot(unrelated)",
        )
    )
    assert found.cells == [0, 1, 2, 3, 4]


def test_ipython_syntax_is_parsed_and_deep_nesting_raises() -> None:
    assert len(statements_of("%time x = 1\nif True:\n    !ls\ny = 2")) == 4
    assert len(statements_of("%%capture out\nx = 1\ny = 2\nz = 3")) == 3
    assert len(statements_of("%%bash\necho 'hi")) == 1
    with pytest.raises(SyntaxError):
        statements_of("def (")
    with pytest.raises(SyntaxError):
        statements_of("a\0b")
    with pytest.raises(SyntaxError):
        statements_of("(" * 10**5)
    assert read("-" * 10**5 + "x").touched == {"x"}


def test_builtin_names_are_not_used_names() -> None:
    assert used(parsed("print(len(x), [y for y in z])")) == {"x", "y", "z"}


def test_fingerprint_ignores_the_layout() -> None:
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
def test_possible_use_of_the_reference_is_remarked(text: str, remarked: bool) -> None:
    found = composed(Cell("X1-4", "", text))
    assert bool(remarks(found, ["f"])) == remarked


@pytest.mark.parametrize(
    ("text", "remarked"),
    [
        ("import os\nos.environ['A'] = open('b').read()", False),
        ("plot(x, label='f')", False),
        ("import builtins", True),
        ("from course_lib.a import f", True),
        ("g = globals()", True),
        ("from grading import worker", True),
    ],
)
def test_remarks_on_unrelated_cells(text: str, remarked: bool) -> None:
    found = Program([], [], [], [])
    assert bool(remarks(found, ["f"], parsed(text))) == remarked
