"""No command overwrites a learner's notebook."""

import json
from pathlib import Path

import pytest

from command_line.workspace import NEWS, RECORD, SETTINGS, copy_notebooks, disable_news

LESSON = "01_gan_math.ipynb"


@pytest.fixture
def notebooks(tmp_path: Path) -> Path:
    folder = tmp_path / "notebooks"
    folder.mkdir()
    (folder / LESSON).write_text("first edition")
    return folder


@pytest.fixture
def work(tmp_path: Path) -> Path:
    return tmp_path / "work"


def files(folder: Path) -> dict[str, str]:
    return {p.name: p.read_text() for p in folder.iterdir() if p.name != RECORD}


def test_every_notebook_is_copied(notebooks: Path, work: Path) -> None:
    (notebooks / "02_predict.ipynb").write_text("second lesson")
    copies = copy_notebooks(notebooks, work)
    assert [(c.path.name, c.news) for c in copies] == [
        (LESSON, "made"),
        ("02_predict.ipynb", "made"),
    ]
    assert files(work) == {LESSON: "first edition", "02_predict.ipynb": "second lesson"}


def test_edited_copy_is_kept(notebooks: Path, work: Path) -> None:
    copy_notebooks(notebooks, work)
    (work / LESSON).write_text("my answer")
    (copy,) = copy_notebooks(notebooks, work)
    assert copy == (work / LESSON, "kept")
    assert files(work) == {LESSON: "my answer"}


@pytest.mark.parametrize("mine", ["my answer", "first edition"])
def test_new_edition_is_written_next_to_the_copy_once(
    notebooks: Path, work: Path, mine: str
) -> None:
    copy_notebooks(notebooks, work)
    (work / LESSON).write_text(mine)
    (notebooks / LESSON).write_text("second edition")
    (new,) = copy_notebooks(notebooks, work)
    assert new.news == "beside"
    assert new.path.name.startswith("01_gan_math.new-edition-")
    assert files(work) == {LESSON: mine, new.path.name: "second edition"}
    new.path.unlink()  # read, and thrown away
    assert copy_notebooks(notebooks, work)[0] == (work / LESSON, "kept")
    assert files(work) == {LESSON: mine}


def test_edited_new_edition_is_kept(notebooks: Path, work: Path) -> None:
    copy_notebooks(notebooks, work)
    (notebooks / LESSON).write_text("second edition")
    (new,) = copy_notebooks(notebooks, work)
    new.path.write_text("my second answer")
    (work / RECORD).unlink()
    copy_notebooks(notebooks, work)
    assert files(work) == {LESSON: "first edition", new.path.name: "my second answer"}


def test_known_edition_is_not_copied_again(notebooks: Path, work: Path) -> None:
    copy_notebooks(notebooks, work)
    (work / LESSON).write_text("my answer")
    (notebooks / LESSON).write_text("second edition")
    copy_notebooks(notebooks, work)
    (notebooks / LESSON).write_text("first edition")
    assert copy_notebooks(notebooks, work)[0].news == "kept"
    assert len(files(work)) == 2


def test_deleted_copy_is_created_again(notebooks: Path, work: Path) -> None:
    copy_notebooks(notebooks, work)
    (work / LESSON).unlink()
    assert copy_notebooks(notebooks, work)[0].news == "made"
    assert files(work) == {LESSON: "first edition"}


@pytest.mark.parametrize("damage", ["", '{"01_gan', "[]", '{"01_gan_math.ipynb": 3}'])
def test_damaged_record_loses_no_answer(
    notebooks: Path, work: Path, damage: str
) -> None:
    copy_notebooks(notebooks, work)
    (work / LESSON).write_text("my answer")
    (work / RECORD).write_text(damage)
    assert copy_notebooks(notebooks, work)[0].news == "beside"
    assert files(work)[LESSON] == "my answer"


def test_missing_record_is_no_new_edition(notebooks: Path, work: Path) -> None:
    copy_notebooks(notebooks, work)
    (work / RECORD).unlink()
    assert copy_notebooks(notebooks, work)[0].news == "kept"
    assert files(work) == {LESSON: "first edition"}


def test_broken_symlink_is_kept(notebooks: Path, work: Path) -> None:
    work.mkdir()
    (work / LESSON).symlink_to("gone.ipynb")
    copy_notebooks(notebooks, work)
    assert (work / LESSON).is_symlink()


def test_missing_notebooks_raise_with_the_command_to_restore_them(
    tmp_path: Path,
) -> None:
    with pytest.raises(FileNotFoundError, match="git checkout -- notebooks"):
        copy_notebooks(tmp_path / "notebooks", tmp_path / "work")
    assert not (tmp_path / "work").exists()


def test_news_are_disabled_and_other_settings_kept(tmp_path: Path) -> None:
    path = tmp_path / SETTINGS
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"theme": {"dark": True}, NEWS: {"doNotDisturb": 1}}))
    disable_news(tmp_path)
    quiet = {"fetchNews": "false", "checkForUpdates": False, "doNotDisturb": 1}
    assert json.loads(path.read_text()) == {"theme": {"dark": True}, NEWS: quiet}


def test_disabling_the_news_twice_writes_once(tmp_path: Path) -> None:
    disable_news(tmp_path)
    before = (tmp_path / SETTINGS).stat()
    disable_news(tmp_path)
    after = (tmp_path / SETTINGS).stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


@pytest.mark.parametrize("own", ['// mine\n{"a": 1}', "[1]"])
def test_settings_that_are_invalid_json_are_not_modified(
    tmp_path: Path, own: str
) -> None:
    path = tmp_path / SETTINGS
    path.parent.mkdir(parents=True)
    path.write_text(own)
    disable_news(tmp_path)
    assert path.read_text() == own
