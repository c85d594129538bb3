"""What is written comes back, up to what H.264 leaves out."""

import av
import pytest
import torch

from course_lib.video import read_video, write_video


def smooth(n_clips, channels=3, height=32, width=48):
    """Slow waves, which H.264 keeps well; every clip its own phase."""
    t = torch.arange(6).view(1, 6, 1, 1, 1) / 6
    phase = torch.arange(n_clips).view(-1, 1, 1, 1, 1)
    colour = torch.arange(channels).view(1, 1, -1, 1, 1)
    y = torch.linspace(0, 3, height).view(1, 1, 1, -1, 1)
    x = torch.linspace(0, 3, width).view(1, 1, 1, 1, -1)
    return 0.8 * torch.sin(x + y + t + phase + colour)


@pytest.mark.parametrize("name", ["a.mp4", "a.mov", "a.mkv"])
def test_a_film_comes_back_as_it_was_written(tmp_path, name):
    clip = smooth(1)
    write_video(tmp_path / name, clip, fps=12)
    back = read_video(tmp_path / name, size=(32, 48))
    assert back.shape == clip.shape
    assert (back - clip).abs().mean() < 0.03


def test_clips_stand_side_by_side(tmp_path):
    clips = smooth(3)
    write_video(tmp_path / "row.mp4", clips, fps=12)
    row = torch.cat(tuple(clips), dim=-1)[None]
    assert (read_video(tmp_path / "row.mp4", size=(32, 144)) - row).abs().mean() < 0.03


def test_grey_comes_back_in_three_equal_channels(tmp_path):
    clip = smooth(1, channels=1)
    write_video(tmp_path / "grey.mp4", clip, fps=12)
    back = read_video(tmp_path / "grey.mp4", size=(32, 48))
    assert (back - clip).abs().mean() < 0.02


@pytest.mark.parametrize("fps", [1, 12.5, 25, 29.97])
def test_the_rate_is_kept(tmp_path, fps):
    write_video(tmp_path / "a.mp4", smooth(1), fps=fps)
    with av.open(str(tmp_path / "a.mp4")) as container:
        stream = container.streams.video[0]
        assert float(stream.average_rate) == pytest.approx(fps, abs=1e-3)
        assert (stream.codec_context.name, stream.pix_fmt) == ("h264", "yuv420p")


def test_the_index_lies_in_front_for_browsers(tmp_path):
    write_video(tmp_path / "a.mp4", smooth(1), fps=12)
    data = (tmp_path / "a.mp4").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


def test_the_clip_that_is_written_stays_as_it_was(tmp_path):
    clip = smooth(2)
    before = clip.clone()
    write_video(tmp_path / "a.mp4", clip, fps=12)
    assert torch.equal(clip, before)


@pytest.mark.parametrize(
    "name, shape, fps, why",
    [
        ("a.gif", (1, 2, 3, 8, 8), 12, r"a.gif: name the film \*.mp4 or"),
        ("a", (1, 2, 3, 8, 8), 12, "name the film"),
        ("a.mp4", (1, 2, 3, 8, 8), 0, "frames a second, above 0"),
        ("a.mp4", (1, 2, 3, 8, 8), float("inf"), "frames a second, above 0"),
        ("a.mp4", (1, 2, 4, 8, 8), 12, "1 or 3 channels"),
        ("a.mp4", (1, 0, 3, 8, 8), 12, "1 or 3 channels"),
        ("a.mp4", (1, 2, 3, 9, 8), 12, "even height and width, got 9 x 8"),
        ("a.mp4", (3, 2, 3, 8, 9), 12, "even height and width, got 8 x 27"),
    ],
)
def test_what_cannot_be_written_is_refused_and_leaves_no_file(
    tmp_path, name, shape, fps, why
):
    with pytest.raises(ValueError, match=why):
        write_video(tmp_path / name, torch.zeros(shape), fps=fps)
    assert not (tmp_path / name).exists()


def test_another_range_is_refused_and_leaves_no_file(tmp_path):
    with pytest.raises(ValueError, match=r"lie in \[-1, 1\]"):
        write_video(tmp_path / "a.mp4", 255 * torch.ones(1, 2, 3, 8, 8), fps=12)
    assert not (tmp_path / "a.mp4").exists()
