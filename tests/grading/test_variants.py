"""What passes in the notebook passes in the grade, however the notebook is written.

A variant is a notebook with one right answer. Each stands for a kind of notebook that
students hand in; where the sandbox has to refuse something, a person is told.
"""

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import replace
from unittest.mock import patch

import pytest
from classroom import (
    ASKED,
    KINDS,
    NAME,
    SECRET,
    answered,
    cell,
    graded_rows,
    grader,
    notebook,
    only,
    skip_what_is_not_there,
    student,
)

from grading import session
from grading.cases import questions, slug
from grading.grader import WHOLE, Grader, Row
from grading.limits import LIMITS
from grading.submissions import File
from grading.tables import REVIEW_STATUSES
from lessons import EXERCISES

CHECK = f'{NAME} = check("X1.4", {NAME})'
IMPORTS = """
import torch
from torch.nn.functional import softplus
from lessons import check
"""
STUB = f'def {NAME}(logits_fake):\n    raise NotImplementedError("Your turn.")\n{CHECK}'
DRAFT = f"def {NAME}(logits_fake):\n    return -logits_fake.mean()\n{CHECK}"


def answer(result: str = "softplus(-logits_fake).mean()", before: str = "") -> str:
    """An answer whose last line returns this, and its check."""
    body = textwrap.indent(f"{before}\nreturn {result}".strip(), "    ")
    return f"def {NAME}(logits_fake):\n{body}\n\n{CHECK}"


RIGHT = answer()
SCALED = answer("s * softplus(-logits_fake).mean()")
TWICE = answer("twice(softplus(-logits_fake).mean()) / 2")
# By kind: the cells above the marked one, which is the last; or cells as they are.
PASSED: dict[str, Sequence[str | dict]] = {
    "an augmented assignment": ["s = .5\ns += .5", SCALED],
    "a name that refers to itself": ["s = .5\ns = s * 2", SCALED],
    "a loop": ["for s in (.5, 1.): pass", SCALED],
    "a list that is filled": [
        "w = []\nw.append(1.)",
        answer("w[0] * softplus(-logits_fake).mean()"),
    ],
    "an item that is set": [
        "w = {}\nw['k'] = 1.",
        answer("w['k'] * softplus(-logits_fake).mean()"),
    ],
    "a dictionary that is updated": [
        "w = {}\nw.update(k=1.)",
        answer("w['k'] * softplus(-logits_fake).mean()"),
    ],
    "an attribute that is set": [
        "def f(x):\n    return f.k * x\nf.k = 1.",
        answer("f(softplus(-logits_fake).mean())"),
    ],
    "a call that fills": [
        "w = {}\ndef fill():\n    w['k'] = 1.\nfill()",
        answer("w['k'] * softplus(-logits_fake).mean()"),
    ],
    "a walrus": ["print(s := 1.)", SCALED],
    "a branch": [
        "if torch.cuda.is_available():\n    s = 2.\nelse:\n    s = 1.",
        SCALED,
    ],
    "a function in a branch": ["if True:\n    def twice(x): return 2 * x", TWICE],
    "a function that is wrapped": [
        "def twice(x): return x\ntwice = (lambda f: lambda x: 2 * f(x))(twice)",
        TWICE,
    ],
    "a block with a context": [
        "with torch.no_grad():\n    s = torch.ones(()).double().item()",
        SCALED,
    ],
    "a match": ["match 'one':\n    case 'one': s = 1.\n    case _: s = 2.", SCALED],
    "an import that is tried": [
        "try:\n    from torch.nn.functional import logsigmoid as ls\n"
        "except ImportError:\n    ls = None",
        answer("-ls(logits_fake).mean()"),
    ],
    "two parts of a package": [
        "import xml.dom\nimport xml.etree.ElementTree",
        answer(before="xml.dom.Node, xml.etree.ElementTree.Element"),
    ],
    "two stars": ["from math import *\nfrom cmath import *", answer(before="tau")],
    "a setting of the environment": [
        "import os\nos.environ['S'] = '1'",
        answer("float(os.environ['S']) * softplus(-logits_fake).mean()"),
    ],
    "a helper below the answer": [
        cell(
            f"def {NAME}(logits_fake):\n    return twice(loss(logits_fake)) / 2", "X1-4"
        ),
        "def twice(x): return 2 * x",
        "def loss(x): return softplus(-x).mean()",
        CHECK,
    ],
    "a constant that another answer needs otherwise": [
        cell("s = 1."),
        cell(SCALED, "X1-4"),
        cell("s = 3."),
    ],
    "an answer below an untouched stub": [cell(STUB, "X1-4"), RIGHT],
    "an answer above an untouched stub": [RIGHT, STUB],
    "an answer below a draft": [cell(DRAFT, "X1-4"), RIGHT],
    "a stub whose name another function's result takes": [
        cell(STUB, "X1-4"),
        f"def mine(logits_fake):\n    return softplus(-logits_fake).mean()\n"
        f"{NAME} = check('X1.4', mine)",
    ],
    "a function of another name": [
        "def mine(logits_fake):\n    return softplus(-logits_fake).mean()\n"
        "mine = check('X1.4', mine)",
    ],
    "a copied cell": [cell(RIGHT, "X1-4", "X1-4"), cell(RIGHT, "X1-4", "X1-4")],
    "a split cell": [cell("HALF = 1.", "", "X1-4"), cell(RIGHT, "", "X1-4")],
    "a split cell whose check is apart": [
        cell(RIGHT.removesuffix(CHECK), "", "X1-4"),
        cell(CHECK, "X1-4", "X1-4"),
    ],
    "a stub of another exercise that it uses": [
        "def discriminator_loss(logits_real, logits_fake):\n"
        "    raise NotImplementedError\n"
        "discriminator_loss = check('X1.1', discriminator_loss)",
        answer(
            "discriminator_loss(logits_fake, logits_fake.new_full((2,), -1e9)).total"
        ),
    ],
    "an imported library function of another exercise": [
        "from course_lib.gan.objectives import discriminator_loss",
        answer(
            "discriminator_loss(logits_fake, logits_fake.new_full((2,), -1e9)).total"
        ),
    ],
    "lines for IPython": [
        f"files = !ls\nhere = %pwd\n!pip install \\\n    einops\n"
        f"%matplotlib inline\n{RIGHT}"
    ],
    "a question": [f"softplus?\n?torch.exp\ntorch.exp??\n{RIGHT}"],
    "a question in a helper's cell": ["torch.exp?\ndef twice(x): return 2 * x", TWICE],
    "a magic beside an operator of its letter": [
        "%precision 4\n"
        + answer("n * softplus(-logits_fake).mean()", "n = (7\n     % 2)")
    ],
    "magics that run Python": [
        "%time s = 1.\n%env T=1\n%timeit -n 1 -r1 s + 1",
        "%%time\nt = s",
        "%%capture out\nu = t",
        "%%timeit\nu = 3.",
        "%%bash\necho 'hi",
        answer("u * softplus(-logits_fake).mean()"),
    ],
    "a magic of one's own": [
        "from IPython.core.magic import register_line_magic\n"
        "@register_line_magic\ndef one(line): return 1.",
        "s = %one",
        SCALED,
    ],
    "a module that is written": [
        "%%writefile own.py\ndef twice(x): return 2 * x",
        "from own import twice",
        TWICE,
    ],
    "await": ["import asyncio\ns = await asyncio.sleep(.01, 1.)", SCALED],
    "an expression's value": ["1.", "s = _", SCALED],
    "pictures": [
        "import matplotlib.pyplot as plt, seaborn, torchmetrics\n"
        "from course_lib.plotting import show\nfrom course_lib.gan import pictures",
        answer(before="plt.plot([1, 2])\nplt.show()\nplt.close()"),
    ],
    "a script of TorchScript": [
        f"@torch.jit.script\ndef {NAME}(logits_fake: torch.Tensor):\n"
        f"    return softplus(-logits_fake).mean()\n{CHECK}",
    ],
    "a look at its own source": [
        f"import inspect\n{RIGHT}\nassert 'softplus' in inspect.getsource({NAME})",
    ],
    "a data class with late annotations": [
        "from __future__ import annotations\nfrom dataclasses import dataclass",
        "@dataclass\nclass C:\n    s: Nowhere = 1.",
        answer("C().s * softplus(-logits_fake).mean()"),
    ],
    "a package that is not here, beside one that is": [
        "import nothing_such, math\nHALF = math.log(2) / math.log(4)",
        answer("2 * HALF * softplus(-logits_fake).mean()"),
    ],
    "a file that is written beside a constant": [
        "open('x', 'w').write('y')\ns = 1.",
        SCALED,
    ],
    "a cell that fails beside it": ["1 / 0", RIGHT],
    "an endless loop beside it": ["while True: pass", RIGHT],
    "a loop beside it that cannot be stopped": [
        "while True:\n    try:\n        while True: pass\n"
        "    except BaseException: pass",
        RIGHT,
    ],
    "a process that ends beside it": ["import os\nos._exit(3)", RIGHT],
    "a profiler that is left on": [
        "import cProfile\np = cProfile.Profile()\np.enable()",
        "%prun s = 1.",
        SCALED,
    ],
    "an exit beside it": ["exit()", RIGHT],
    "a widget and a quiz": [
        "explore(pictures.two_points, distance=slider(0., 3., step=.25, start=1.))\n"
        "verify('E1.6')\nquiz('1')\nhint('X1.4')\nsolution('X1.4')\ndiagnose('1', {})",
        RIGHT,
    ],
    "a question to a person": ["name = input('Your name? ')", RIGHT],
}
NEWER = "d = {'a': 1.}\nprint(f'{d['a']}')"
FLAGGED: dict[str, tuple[Sequence[str | dict], str]] = {
    "a file": ([answer(before="open('/dev/null', 'w')")], "needs a file"),
    "a temporary file": (
        [f"import tempfile\n{answer(before='tempfile.TemporaryFile()')}"],
        "needs a file",
    ),
    "syntax of a newer Python": ([answer(before=NEWER)], "The grader is Python"),
    "a helper in syntax of a newer Python": (
        ["type N = float\ndef twice[T](x: T) -> T: return 2 * x", TWICE],
        "The grader is Python",
    ),
    "data that are not there": (
        ["import torch\ns = torch.load('own.pt')", SCALED],
        "FileNotFoundError",
    ),
    "a package that is not here": (
        ["import nothing_such as n", answer("n.f(softplus(-logits_fake).mean())")],
        "No module named 'nothing_such'",
    ),
    "a training that takes too long": (
        ["import time\ntime.sleep(60)\ns = 1.", SCALED],
        "Still running after",
    ),
    "a helper whose process ends": (
        ["import os\nos._exit(3)\ns = 1.", SCALED],
        "exit code 3",
    ),
    "a helper that fails": (
        ["s = 1.\nassert s == 2\nt = s", SCALED.replace("s *", "t *")],
        "AssertionError",
    ),
}


@pytest.fixture(scope="module", params=KINDS[:1])
def judge(request, tmp_path_factory) -> Iterator[Grader]:
    skip_what_is_not_there(request.param)
    with grader(request.param, only(), tmp_path_factory.mktemp("library")) as judge:
        yield judge


def row_of(judge: Grader, cells: Sequence[str | dict], **metadata: object) -> Row:
    """The row of a notebook whose last cell is marked, unless all are as they are."""
    *above, last = cells
    as_it_is = any(isinstance(c, dict) for c in cells)
    marked = last if isinstance(last, dict) else cell(last, "" if as_it_is else "X1-4")
    listed = [cell(c) if isinstance(c, str) else c for c in (IMPORTS, *above)]
    handed = notebook([*listed, marked], **metadata)
    limits = replace(LIMITS, cell=2.0, grace=1.0, submission=600.0)
    with patch.object(session, "LIMITS", limits):
        return graded_rows(judge, handed)[ASKED]


@pytest.mark.parametrize("name", PASSED)
def test_a_right_answer_gets_its_points_with(judge: Grader, name: str) -> None:
    row = row_of(judge, PASSED[name])
    assert (row.status, row.points) == ("passed", 1), row.advice


@pytest.mark.parametrize("name", FLAGGED)
def test_a_person_is_told_of(judge: Grader, name: str) -> None:
    cells, word = FLAGGED[name]
    row = row_of(judge, cells)
    assert row.points == 0
    assert row.status in REVIEW_STATUSES, row
    assert word in row.advice


def test_the_versions_of_python_are_told_where_they_differ(judge: Grader) -> None:
    version = {"language_info": {"name": "python", "version": "3.99.1"}}
    row = row_of(judge, ["a = 1 +* 2", "s = 1.\n" + SCALED + "\n)"], metadata=version)
    assert row.status == "incomplete"
    assert (
        "The notebook was run by Python 3.99.1, the grader is Python 3." in row.advice
    )


def test_an_own_fault_is_no_case_for_a_person(judge: Grader) -> None:
    for cells in (
        [DRAFT],
        ["1 / 0", DRAFT.replace("mean", "sum")][1:],
        [RIGHT + "\n)"],
        ["s = 1.", answer("logits_nobody")],
        [STUB],
    ):
        row = row_of(judge, cells)
        assert row.points == 0
        assert row.status not in REVIEW_STATUSES, row


def test_the_first_cell_that_failed_is_the_first_that_is_told(judge: Grader) -> None:
    row = row_of(judge, ["s = {}['scale']", "t = s", SCALED])
    assert row.advice.startswith("Code cell 2 (`s = {}['scale']`) failed: KeyError")
    assert "s is not defined" in row.advice.replace("'", "")


def test_a_module_beside_the_notebook_is_there(judge: Grader) -> None:
    cells = [
        cell(IMPORTS),
        cell("from parts.helpers import twice"),
        cell(TWICE, "X1-4"),
    ]
    text = (
        b"import inspect\ndef twice(x): return 2 * x\nassert inspect.getsource(twice)"
    )
    modules = (File("parts/helpers.py", lambda: text),)
    whole = student(notebook(cells))._replace(modules=modules)
    (row,) = [row for row in judge.rows(whole) if row.exercise != WHOLE]
    assert (row.status, row.points) == ("passed", 1), row.advice


def test_of_two_editions_the_one_that_was_written_in_is_graded(judge: Grader) -> None:
    fresh, mine = (notebook([cell(text, "X1-4")]) for text in (STUB, IMPORTS + RIGHT))
    assert graded_rows(judge, fresh, mine)[ASKED].status == "passed"
    assert graded_rows(judge, mine, mine)[ASKED].status == "passed"
    assert graded_rows(judge, fresh, fresh)[ASKED].status == "not attempted"
    other = notebook([cell(IMPORTS + RIGHT + "\n# more", "X1-4")])
    assert graded_rows(judge, mine, other)[ASKED].status == "ambiguous"


def test_an_answer_in_a_cell_of_text_is_told(judge: Grader) -> None:
    text = cell(RIGHT, "X1-4") | {"cell_type": "markdown"}
    row = graded_rows(judge, notebook([text, cell(STUB, "X1-4")]))[ASKED]
    assert row.status == "not attempted"
    assert "only code cells are run" in row.advice


@pytest.fixture(scope="module")
def lesson(tmp_path_factory) -> Iterator[Grader]:
    """A grader of all of lesson 1."""
    skip_what_is_not_there(KINDS[0])
    asked = questions(("1",), SECRET)
    with grader(KINDS[0], asked, tmp_path_factory.mktemp("library")) as judge:
        yield judge


@pytest.mark.slow
@pytest.mark.parametrize(
    ("trouble", "status"),
    [
        ("def discriminator_loss(:", "raised"),
        ("raise RuntimeError('mine')", "raised"),
        ("import os\nos._exit(1)", "died"),
        ("import ctypes\nctypes.string_at(0)", "died"),
        ("while True: pass", "incomplete"),
        ("x = bytearray(5 * 10**9)", "incomplete"),
        (
            "def discriminator_loss(logits_real, logits_fake):\n    while True: pass",
            "timed out",
        ),
        (
            "def discriminator_loss(logits_real, logits_fake):\n"
            "    import os\n    os._exit(1)",
            "died",
        ),
    ],
)
def test_trouble_in_one_exercise_costs_no_other_a_point(
    lesson: Grader, trouble: str, status: str
) -> None:
    mine = [EXERCISES[id] for id in EXERCISES if id.startswith("X1.")]
    cells = {slug(exercise): answered(exercise) for exercise in mine}
    short = [
        q._replace(exercise=replace(q.exercise, seconds=2.0))
        if q.exercise.id == "X1.1"
        else q
        for q in questions(("1",), SECRET)
    ]
    limits = replace(LIMITS, cell=2.0, submission=600.0)
    with (
        patch.object(session, "LIMITS", limits),
        patch.object(lesson, "questions", short),
    ):
        rows = graded_rows(lesson, notebook({**cells, "X1-1": trouble}))
    found = {id: row.status for id, row in rows.items() if id != WHOLE}
    assert found.pop("X1.1") == status
    assert set(found.values()) == {"passed"}
