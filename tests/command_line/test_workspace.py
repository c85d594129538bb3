"""What a learner wrote is theirs: no command overwrites it."""

import json
from pathlib import Path

import pytest

from command_line.workspace import NEWS, RECORD, SETTINGS, hand_out, silence_news

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


def test_a_learner_gets_a_copy_of_every_notebook(notebooks: Path, work: Path) -> None:
    (notebooks / "02_predict.ipynb").write_text("second lesson")
    copies = hand_out(notebooks, work)
    assert [(c.path.name, c.news) for c in copies] == [
        (LESSON, "made"),
        ("02_predict.ipynb", "made"),
    ]
    assert files(work) == {LESSON: "first edition", "02_predict.ipynb": "second lesson"}


def test_what_a_learner_wrote_is_kept(notebooks: Path, work: Path) -> None:
    hand_out(notebooks, work)
    (work / LESSON).write_text("my answer")
    (copy,) = hand_out(notebooks, work)
    assert copy == (work / LESSON, "kept")
    assert files(work) == {LESSON: "my answer"}


@pytest.mark.parametrize("mine", ["my answer", "first edition"])
def test_a_new_edition_is_put_beside_the_copy_once(
    notebooks: Path, work: Path, mine: str
) -> None:
    hand_out(notebooks, work)
    (work / LESSON).write_text(mine)
    (notebooks / LESSON).write_text("second edition")
    (new,) = hand_out(notebooks, work)
    assert new.news == "beside"
    assert new.path.name.startswith("01_gan_math.new-edition-")
    assert files(work) == {LESSON: mine, new.path.name: "second edition"}
    new.path.unlink()  # read, and thrown away
    assert hand_out(notebooks, work)[0] == (work / LESSON, "kept")
    assert files(work) == {LESSON: mine}


def test_answers_in_the_new_edition_are_kept_too(notebooks: Path, work: Path) -> None:
    hand_out(notebooks, work)
    (notebooks / LESSON).write_text("second edition")
    (new,) = hand_out(notebooks, work)
    new.path.write_text("my second answer")
    (work / RECORD).unlink()
    hand_out(notebooks, work)
    assert files(work) == {LESSON: "first edition", new.path.name: "my second answer"}


def test_going_back_to_an_edition_that_was_handed_out_adds_nothing(
    notebooks: Path, work: Path
) -> None:
    hand_out(notebooks, work)
    (work / LESSON).write_text("my answer")
    (notebooks / LESSON).write_text("second edition")
    hand_out(notebooks, work)
    (notebooks / LESSON).write_text("first edition")
    assert hand_out(notebooks, work)[0].news == "kept"
    assert len(files(work)) == 2


def test_a_copy_that_was_deleted_comes_back_fresh(notebooks: Path, work: Path) -> None:
    hand_out(notebooks, work)
    (work / LESSON).unlink()
    assert hand_out(notebooks, work)[0].news == "made"
    assert files(work) == {LESSON: "first edition"}


@pytest.mark.parametrize("damage", ["", '{"01_gan', "[]", '{"01_gan_math.ipynb": 3}'])
def test_a_damaged_record_costs_no_answer(
    notebooks: Path, work: Path, damage: str
) -> None:
    hand_out(notebooks, work)
    (work / LESSON).write_text("my answer")
    (work / RECORD).write_text(damage)
    assert hand_out(notebooks, work)[0].news == "beside"
    assert files(work)[LESSON] == "my answer"


def test_a_run_killed_before_its_record_is_no_new_edition(
    notebooks: Path, work: Path
) -> None:
    hand_out(notebooks, work)
    (work / RECORD).unlink()
    assert hand_out(notebooks, work)[0].news == "kept"
    assert files(work) == {LESSON: "first edition"}


def test_a_link_to_nowhere_is_the_learners_too(notebooks: Path, work: Path) -> None:
    work.mkdir()
    (work / LESSON).symlink_to("gone.ipynb")
    hand_out(notebooks, work)
    assert (work / LESSON).is_symlink()


def test_no_notebook_is_refused_with_what_brings_it_back(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="git checkout -- notebooks"):
        hand_out(tmp_path / "notebooks", tmp_path / "work")
    assert not (tmp_path / "work").exists()


def test_the_news_are_silenced_and_other_settings_stay(tmp_path: Path) -> None:
    path = tmp_path / SETTINGS
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"theme": {"dark": True}, NEWS: {"doNotDisturb": 1}}))
    silence_news(tmp_path)
    quiet = {"fetchNews": "false", "checkForUpdates": False, "doNotDisturb": 1}
    assert json.loads(path.read_text()) == {"theme": {"dark": True}, NEWS: quiet}


def test_silencing_the_news_twice_writes_once(tmp_path: Path) -> None:
    silence_news(tmp_path)
    before = (tmp_path / SETTINGS).stat()
    silence_news(tmp_path)
    after = (tmp_path / SETTINGS).stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


@pytest.mark.parametrize("own", ['// mine\n{"a": 1}', "[1]"])
def test_settings_that_are_no_plain_json_stay_as_they_are(
    tmp_path: Path, own: str
) -> None:
    path = tmp_path / SETTINGS
    path.parent.mkdir(parents=True)
    path.write_text(own)
    silence_news(tmp_path)
    assert path.read_text() == own
