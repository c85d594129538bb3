"""Clips of films and tensor files, and errors that name the file."""

import pickle
from pathlib import Path

import pytest
import torch

from course_lib.evaluation.own_clips import read_clips
from course_lib.video.reading import read_video
from course_lib.video.writing import write_video

RNG = torch.Generator().manual_seed(0)
GOOD = torch.rand(3, 16, 3, 8, 8, generator=RNG) * 2 - 1


def test_a_film_is_cut_into_consecutive_clips(tmp_path: Path):
    path = tmp_path / "own.mp4"
    film = (torch.rand(1, 37, 3, 8, 8, generator=RNG) * 2 - 1).repeat_interleave(8, 3)
    write_video(path, film.repeat_interleave(8, 4), fps=10)
    clips = read_clips(path)
    assert clips.shape == (2, 16, 3, 64, 64)
    film_start = read_video(path, size=64)[0, :32]
    assert torch.equal(clips.flatten(0, 1), film_start)


@pytest.mark.parametrize("name", ["own.pt", "OWN.PT", "own.film.pth"])
def test_clips_of_a_tensor_file_are_returned(tmp_path: Path, name: str):
    path = tmp_path / name
    torch.save(GOOD.double(), path)
    torch.testing.assert_close(read_clips(path), GOOD)


class RunsCode:
    def __reduce__(self):
        return (Path("/tmp/never").write_text, ("",))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"clips": GOOD}, "no tensor of floats"),
        ((GOOD * 127).byte(), "no tensor of floats"),
        (GOOD[0], "batch, time"),
        (GOOD[:1], "2 clips or more"),
        ((GOOD + 1) / 2, r"lie in \[-1, 1\]"),
        (GOOD * torch.nan, "inf or nan"),
        (RunsCode(), "no file of torch.save, or holds more"),
    ],
)
def test_a_file_of_something_else_raises_an_error_with_its_name(
    tmp_path: Path, content, words
):
    path = tmp_path / "own.pt"
    torch.save(content, path)
    with pytest.raises(ValueError, match=words) as error:
        read_clips(path)
    assert "own.pt" in str(error.value)


def test_files_that_torch_did_not_save_raise_an_error(tmp_path: Path):
    path = tmp_path / "own.pt"
    for content in (b"", b"hello", pickle.dumps([1, 2])):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r"own\.pt"):
            read_clips(path)
    with pytest.raises(FileNotFoundError):
        read_clips(tmp_path / "none.pt")


def test_a_film_of_one_clip_raises_an_error(tmp_path: Path):
    path = tmp_path / "short.mp4"
    write_video(path, -torch.ones(1, 31, 3, 64, 64), fps=10)
    with pytest.raises(ValueError, match=r"short\.mp4 is too short: it has 31"):
        read_clips(path)
