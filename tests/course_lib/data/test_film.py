"""Windows of a film, in memory or streamed, within one split."""

import sys
import weakref
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import torch

from course_lib.data import film
from course_lib.data.splits import split_range
from course_lib.video import read_video, to_bytes, write_video


@pytest.fixture(scope="module")
def long_film(tmp_path_factory):
    """Four thousand frames of noise that drifts, made one by one."""
    path = tmp_path_factory.mktemp("film") / "long.mp4"
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=Fraction(25))
        stream.height, stream.width, stream.pix_fmt = 64, 64, "yuv420p"
        stream.options = {"preset": "ultrafast", "crf": "40"}
        for i in range(4000):
            picture = np.ascontiguousarray(np.roll(noise, i, axis=1))
            frame = av.VideoFrame.from_ndarray(picture, "rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


@pytest.fixture
def counted(tmp_path):
    """Thirty frames; the i-th is as bright as 8 i."""
    level = torch.arange(30).view(1, 30, 1, 1, 1) * 8 / 127.5 - 1
    write_video(tmp_path / "counted.mp4", level.expand(1, 30, 3, 16, 16), fps=25)
    return tmp_path / "counted.mp4"


def moments(clips):
    """Which frames a batch of counted clips shows."""
    return (to_bytes(clips).float().mean(dim=(2, 3, 4)) / 8).round().int().tolist()


def by_index(n, length, stride, step):
    """The frames of every window, counted as on paper."""
    rows, start = [], 0
    while start + (length - 1) * stride < n:
        rows.append([start + i * stride for i in range(length)])
        start += step
    return rows


@pytest.mark.parametrize("stride", [1, 2, 5])
@pytest.mark.parametrize("step", [1, 3, 40])
@pytest.mark.parametrize("length", [1, 4, 6])
def test_windows_start_at_the_expected_frames(length, stride, step):
    take = torch.arange(30.0).view(30, 1, 1, 1).expand(30, 3, 2, 4)
    found = film.windows(take, length=length, stride=stride, step=step)
    assert found.shape[1:] == (length, 3, 2, 4)
    assert found[:, :, 2, 1, 3].int().tolist() == by_index(30, length, stride, step)


@pytest.mark.parametrize("options", [(4, 1, 1), (5, 3, 2), (1, 7, 10), (30, 1, 1)])
def test_streamed_clips_are_the_windows_of_the_whole_film(counted, options):
    names = dict(zip(("length", "stride", "step"), options, strict=True))
    streamed = torch.cat(list(film.clips(counted, size=8, **names)))
    whole = film.windows(read_video(counted, size=8)[0], **names)
    assert torch.equal(streamed, whole)
    assert moments(streamed) == by_index(30, *options)


def test_a_long_film_is_streamed_in_constant_memory(long_film):
    if not sys.platform.startswith("linux"):
        pytest.skip("reads /proc")

    def resident():  # bytes
        return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

    sizes = []
    for i, _ in enumerate(film.clips(long_film, length=16, stride=2, size=64)):
        if i % 200 == 100:
            sizes.append(resident())
    assert len(sizes) == 20
    assert max(sizes) - sizes[1] < 20e6  # all frames would take 200 MB


def test_only_the_frames_of_one_clip_are_in_memory(counted, monkeypatch):
    alive, most = weakref.WeakSet(), []
    decode = film.frames

    def watched(*args, **kwargs):
        for frame in decode(*args, **kwargs):
            alive.add(frame)
            most.append(len(alive))
            yield frame
            del frame

    monkeypatch.setattr(film, "frames", watched)
    clips = list(film.clips(counted, length=4, stride=3, size=8))
    assert len(clips) == 21
    assert max(most) <= 10 + 1


def test_a_film_shorter_than_a_window_is_rejected(counted):
    words = r"A clip of 16 frames, 2 apart, spans 31; the film has 30"
    with pytest.raises(ValueError, match=rf"counted.mp4: {words}"):
        list(film.clips(counted, length=16, stride=2, size=8))
    with pytest.raises(ValueError, match=words):
        film.windows(torch.zeros(30, 1, 2, 2), length=16, stride=2)


@pytest.mark.parametrize("wrong", ["length", "stride", "step"])
def test_numbers_below_one_are_rejected(counted, wrong):
    options = {"length": 2, "stride": 1, "step": 1} | {wrong: 0}
    with pytest.raises(ValueError, match=f"count from 1, got .*{wrong}=0"):
        film.windows(torch.zeros(9, 1, 2, 2), **options)
    with pytest.raises(ValueError, match=f"count from 1, got .*{wrong}=0"):
        film.clips(counted, size=8, **options)


def test_no_frame_is_in_two_splits():
    shown = {}
    whole = read_video(film.FILM, size=16)[0]
    for split in ("train", "validation", "test"):
        clips = film.course_clips(split, length=8, size=16, stride=2)
        places = split_range(132, split)
        assert torch.equal(clips[0, 0], whole[places[0]])
        assert torch.equal(clips[-1, -1], whole[places[-1]])
        assert len(clips) == len(places) - 14
        shown[split] = set(places)
    assert not shown["train"] & shown["test"]


def test_a_split_that_is_too_short_or_unknown_is_rejected():
    with pytest.raises(ValueError, match="spans 31; the film has 20"):
        film.course_clips("test", length=16, size=8, stride=2)
    with pytest.raises(ValueError, match="got 'dev'"):
        film.course_clips("dev", length=2, size=8)
