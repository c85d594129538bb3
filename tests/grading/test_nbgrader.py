"""nbgrader can release the course's notebooks (skipped if it is not installed)."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from grading.cases import slug
from grading.cells import Cell, code_cells
from grading.visible_files import ROOT
from lessons import EXERCISES, LESSONS

pytest.importorskip("nbgrader", reason="nbgrader is not installed, and need not be")

NUMBERS = {
    lesson.notebook: lesson.number
    for lesson in LESSONS
    if (ROOT / "notebooks" / f"{lesson.notebook}.ipynb").exists()
}
AS_IT_IS = "--ClearSolutions.enabled=False"  # the learner's edition holds no solutions


def released(edition: str, name: str, folder: Path, *words: str) -> list[Cell]:
    """The code cells of a lesson that nbgrader has released."""
    raw = (ROOT / edition / f"{name}.ipynb").read_bytes()
    source = folder / "source" / "lesson" / f"{name}.ipynb"
    source.parent.mkdir(parents=True)
    source.write_bytes(raw)
    command = ("-m", "nbgrader", "generate_assignment", "lesson", "--create", *words)
    here = Path(sys.executable).parent  # it runs `alembic` by name
    done = subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env=os.environ | {"PATH": f"{here}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return code_cells((folder / "release" / "lesson" / f"{name}.ipynb").read_bytes())


@pytest.mark.slow
@pytest.mark.parametrize("name", NUMBERS)
def test_learners_edition_is_released_unchanged(name: str, tmp_path: Path) -> None:
    ours = code_cells((ROOT / "notebooks" / f"{name}.ipynb").read_bytes())
    assert released("notebooks", name, tmp_path, AS_IT_IS) == ours


@pytest.mark.slow
@pytest.mark.parametrize("name", NUMBERS)
def test_nbgrader_clears_every_answer_of_the_solutions(
    name: str, tmp_path: Path
) -> None:
    """And with it the signature: the cell is found by its id all the same."""
    cells = released("solutions", name, tmp_path)
    mine = [EXERCISES[id] for id in EXERCISES if id[1] == NUMBERS[name]]
    assert mine
    for exercise in mine:
        (cell,) = [cell for cell in cells if slug(exercise) in (cell.id, cell.grade_id)]
        assert cell.source == "# YOUR CODE HERE\nraise NotImplementedError()"
