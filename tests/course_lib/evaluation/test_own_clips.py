"""What you bring is cut, read without running code, or refused by its name."""

import pickle
from pathlib import Path

import pytest
import torch

from course_lib.evaluation.own_clips import clips_of
from course_lib.video.reading import read_video
from course_lib.video.writing import write_video

DICE = torch.Generator().manual_seed(0)
GOOD = torch.rand(3, 16, 3, 8, 8, generator=DICE) * 2 - 1


def test_a_film_is_cut_into_clips_that_follow_each_other(tmp_path: Path):
    path = tmp_path / "own.mp4"
    film = (torch.rand(1, 37, 3, 8, 8, generator=DICE) * 2 - 1).repeat_interleave(8, 3)
    write_video(path, film.repeat_interleave(8, 4), fps=10)
    clips = clips_of(path)
    assert clips.shape == (2, 16, 3, 64, 64)
    whole = read_video(path, size=64)[0, :32]
    assert torch.equal(clips.flatten(0, 1), whole)


@pytest.mark.parametrize("name", ["own.pt", "OWN.PT", "own.film.pth"])
def test_clips_of_a_file_come_back(tmp_path: Path, name: str):
    path = tmp_path / name
    torch.save(GOOD.double(), path)
    torch.testing.assert_close(clips_of(path), GOOD)


class Bomb:
    def __reduce__(self):
        return (Path("/tmp/never").write_text, ("",))


@pytest.mark.parametrize(
    ("held", "words"),
    [
        ({"clips": GOOD}, "no tensor of floats"),
        ((GOOD * 127).byte(), "no tensor of floats"),
        (GOOD[0], "batch, time"),
        (GOOD[:1], "2 clips or more"),
        ((GOOD + 1) / 2, r"lie in \[-1, 1\]"),
        (GOOD * torch.nan, "inf or nan"),
        (Bomb(), "no file of torch.save, or holds more"),
    ],
)
def test_a_file_of_something_else_is_refused_by_name(tmp_path: Path, held, words):
    path = tmp_path / "own.pt"
    torch.save(held, path)
    with pytest.raises(ValueError, match=words) as refusal:
        clips_of(path)
    assert "own.pt" in str(refusal.value)


def test_what_is_no_file_of_torch_is_refused(tmp_path: Path):
    path = tmp_path / "own.pt"
    for content in (b"", b"hello", pickle.dumps([1, 2])):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r"own\.pt"):
            clips_of(path)
    with pytest.raises(FileNotFoundError):
        clips_of(tmp_path / "none.pt")


def test_a_film_of_one_clip_is_refused(tmp_path: Path):
    path = tmp_path / "short.mp4"
    write_video(path, -torch.ones(1, 31, 3, 64, 64), fps=10)
    with pytest.raises(ValueError, match=r"short\.mp4 is too short: it has 31"):
        clips_of(path)
