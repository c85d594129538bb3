"""A folder of films: every clip whole, no source in two splits, errors in words."""

from itertools import combinations

import pytest
import torch

from course_lib.data.film_folder import FilmFolder, films_of, read_splits
from course_lib.video import write_video

SPLITS = ("train", "validation", "test")


def write_film(path, n_frames, level):
    """A film whose frames get brighter from ``level`` on, by 1/200 a frame."""
    levels = level + torch.arange(n_frames) / 200
    film = levels.view(1, -1, 1, 1, 1).expand(1, n_frames, 3, 32, 32)
    write_video(path, film.contiguous(), fps=8)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "deep").mkdir()
    write_film(tmp_path / "a.mp4", 12, -0.9)
    write_film(tmp_path / "b.mp4", 12, -0.2)
    (tmp_path / "b.mp4").rename(tmp_path / "b.MP4")
    write_film(tmp_path / "deep" / "c.mp4", 12, 0.5)
    (tmp_path / "notes.txt").write_text("no film")
    return tmp_path


def test_films_are_found_by_their_endings_also_in_subfolders(folder):
    assert [path.name for path in films_of(folder)] == ["a.mp4", "b.MP4", "c.mp4"]


def test_with_three_films_each_split_has_one(folder):
    sources = [FilmFolder(folder, s, n_frames=4, size=16).sources for s in SPLITS]
    assert sources == [["a.mp4"], ["b.MP4"], ["c.mp4"]]


def test_one_film_is_cut_in_time_and_no_frame_is_in_two_splits(tmp_path):
    write_film(tmp_path / "only.mp4", 60, -0.5)
    parts = [FilmFolder(tmp_path, s, n_frames=3, size=16) for s in SPLITS]
    ranges = [
        set(range(x.start, x.start + len(x.frames)))
        for x in (part.segments[0] for part in parts)
    ]
    assert [len(r) for r in ranges] == [42, 9, 9]
    assert all(not a & b for a, b in combinations(ranges, 2))


@pytest.mark.parametrize("channels", [1, 3])
def test_an_item_is_a_canonical_clip_and_clips_follow_each_other(folder, channels):
    clips = FilmFolder(folder, "train", n_frames=4, size=(16, 24), channels=channels)
    assert len(clips) == 3 and clips[0].shape == (4, channels, 16, 24)
    assert clips[0].dtype == torch.float32
    means = torch.cat(
        [clip.mean(dim=(1, 2, 3)) for clip in map(clips.__getitem__, range(3))]
    )
    expected = -0.9 + torch.arange(12) / 200
    assert torch.allclose(means, expected, atol=0.03)


def test_stride_and_step_count_frames(folder):
    clips = FilmFolder(folder, "train", n_frames=3, size=16, stride=2, step=1)
    assert len(clips) == 8  # 12 frames, a span of 5
    frames = clips.segments[0].frames
    assert torch.equal(clips[1], frames[[1, 3, 5]].float() / 127.5 - 1)


def test_a_data_loader_makes_batches_and_samples_are_reproducible(folder):
    clips = FilmFolder(folder, "train", n_frames=4, size=16)
    (batch,) = torch.utils.data.DataLoader(clips, batch_size=3)
    assert batch.shape == (3, 4, 3, 16, 16)
    one, two = (clips.sample(5, torch.Generator().manual_seed(1)) for _ in range(2))
    assert one.shape == (5, 4, 3, 16, 16) and torch.equal(one, two)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"n_frames": 40}, "longest segment has 12"),
        ({"n_frames": 0}, "n_frames counts from 1"),
        ({"n_frames": 4, "stride": 0}, "stride counts from 1"),
        ({"n_frames": 4, "channels": 2}, "channels is 1"),
    ],
)
def test_invalid_options_are_rejected_with_a_message(folder, options, words):
    with pytest.raises(ValueError, match=words):
        FilmFolder(folder, "train", size=16, **options)


def test_a_folder_without_films_and_an_invalid_film_are_rejected_by_name(tmp_path):
    with pytest.raises(ValueError, match="There is no folder"):
        FilmFolder(tmp_path / "none", "train", n_frames=4)
    with pytest.raises(ValueError, match="No film lies in"):
        FilmFolder(tmp_path, "train", n_frames=4)
    (tmp_path / "broken.mp4").write_bytes(b"nothing")
    with pytest.raises(ValueError, match=r"broken\.mp4"):
        FilmFolder(tmp_path, "train", n_frames=4)


def splits_of(folder):
    return read_splits(folder, n_frames=4, size=16, channels=1)


def test_the_splits_of_a_folder_describe_films_frames_and_shape(folder):
    films = splits_of(folder)
    assert films.train.frame_shape == (1, 16, 16)
    assert [len(split) for split in films] == [9, 3, 3]  # training clips overlap
    assert films.describe() == (
        f"films of the folder {folder.name}: train 12 frames of a.mp4; validation 12 "
        "frames of b.MP4; test 12 frames of c.mp4; frames of 1 x 16 x 16; fingerprint "
        f"{films.fingerprint()}"
    )


def test_the_fingerprint_depends_on_the_frames(folder):
    before = splits_of(folder).fingerprint()
    assert splits_of(folder).fingerprint() == before
    write_film(folder / "a.mp4", 12, -0.5)
    assert splits_of(folder).fingerprint() != before


def test_the_mean_frame_is_the_mean_of_all_frames(folder):
    films = splits_of(folder).train
    frames = torch.stack([films[index] for index in range(0, 9, 4)]).flatten(0, 1)
    torch.testing.assert_close(films.mean_frame(), frames.mean(dim=0))


def test_every_film_is_read_once_with_a_title_for_the_progress_bar(folder):
    calls = []

    def progress(films, title):
        calls.append((title, [path.name for path in films]))
        return films

    read_splits(folder, n_frames=4, size=16, channels=3, progress=progress)
    assert calls == [
        ("reading films (train)", ["a.mp4"]),
        ("reading films (validation)", ["b.MP4"]),
        ("reading films (test)", ["c.mp4"]),
    ]
