"""What is written comes back, up to what H.264 leaves out."""

import av
import pytest
import torch
from PIL import Image, ImageSequence

from course_lib.video import read_video, to_bytes, write_gif, write_video


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


@pytest.mark.parametrize(
    "name",
    [
        "take:1.mp4",
        "pipe:0.mkv",
        "100%.mov",
        "%03d.mp4",
        "-a.mp4",
        "фильм.MP4",
        "A.MKV",
    ],
)
def test_a_name_means_nothing_and_its_ending_may_be_upper_case(
    tmp_path, monkeypatch, name
):
    monkeypatch.chdir(tmp_path)
    clip = smooth(1)
    write_video(name, clip, fps=12)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (read_video(name, size=(32, 48)) - clip).abs().mean() < 0.03


@pytest.mark.parametrize("name", ["take:1.gif", "%03d.gif", "-a.gif", "A.GIF"])
def test_a_name_of_a_gif_means_nothing(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    write_gif(name, smooth(1).round(), fps=10)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (read_video(name, size=(32, 48)) - smooth(1).round()).abs().mean() < 0.01


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


def gif_frames(path):
    """Pictures of a GIF as it is shown, (time, height, width, 3), and its rate."""
    with Image.open(path) as film:
        pictures = [picture.convert("RGB") for picture in ImageSequence.Iterator(film)]
        rate, loops = 1000 / film.info["duration"], film.info["loop"]
    pixels = [torch.tensor(list(picture.get_flattened_data())) for picture in pictures]
    height, width = pictures[0].height, pictures[0].width
    return torch.stack(pixels).view(-1, height, width, 3), rate, loops


def test_few_colours_come_back_from_a_gif_as_they_were(tmp_path):
    clips = smooth(2).round()
    write_gif(tmp_path / "a.gif", clips, fps=10)
    frames, rate, loops = gif_frames(tmp_path / "a.gif")
    row = torch.cat(tuple(clips), dim=-1).movedim(1, -1)
    assert torch.equal(frames, to_bytes(row).long())
    assert (rate, loops) == (pytest.approx(10), 0)


def test_many_colours_come_back_nearly(tmp_path):
    write_gif(tmp_path / "a.gif", smooth(1), fps=25)
    frames, _, _ = gif_frames(tmp_path / "a.gif")
    true = to_bytes(smooth(1)[0].movedim(1, -1)).long()
    assert (frames - true).abs().float().mean() < 8


def test_grey_becomes_a_gif_of_any_side(tmp_path):
    write_gif(tmp_path / "a.gif", smooth(1, channels=1, height=31, width=47), fps=5)
    frames, _, _ = gif_frames(tmp_path / "a.gif")
    assert frames.shape == (6, 31, 47, 3)
    assert torch.equal(frames[..., 0], frames[..., 2])


@pytest.mark.parametrize(
    ("name", "change", "fps", "why"),
    [
        ("a.mp4", lambda x: x, 10, "gif"),
        ("a.gif", lambda x: x, 0, "above 0"),
        ("a.gif", lambda x: x, 60, "at most 50"),
        ("a.gif", lambda x: x[:, :, :2], 10, "1 or 3"),
        ("a.gif", lambda x: 2 * x + 1, 10, r"lie in \[-1, 1\]"),
    ],
)
def test_what_is_no_gif_is_refused_and_nothing_is_left(
    tmp_path, name, change, fps, why
):
    with pytest.raises(ValueError, match=why):
        write_gif(tmp_path / name, change(smooth(1)), fps=fps)
    assert not list(tmp_path.iterdir())
