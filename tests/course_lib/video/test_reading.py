"""A film is read frame by frame, whole or not at all."""

import struct
import zlib
from pathlib import Path

import av
import numpy as np
import pytest
import torch

from course_lib import video
from course_lib.video.reading import frames, read_video

BUNNY = Path(__file__).parents[3] / "data" / "big_buck_bunny.mp4"


def levels(clip):
    return video.to_bytes(clip).float().mean(dim=(0, 2, 3, 4))


def cut(path, share):
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])
    return path


def picture(path, colour=(10, 200, 30)):
    """A PNG of one colour, 8 x 8, written byte by byte."""

    def chunk(kind, data):
        check = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)

    rows = (b"\0" + bytes(colour) * 8) * 8
    header = struct.pack(">2I5B", 8, 8, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + body + chunk(b"IEND", b""))
    return path


@pytest.mark.parametrize("stride", [1, 2, 7])
def test_every_stride_th_frame_is_read_from_the_first(film, stride):
    clip = read_video(film("a.mp4"), size=16, stride=stride)
    expected = torch.arange(0, 40, stride) * 2.0 + 20
    assert clip.shape == (1, len(expected), 3, 16, 16)
    assert clip.dtype == torch.float32
    assert torch.allclose(levels(clip), expected, atol=2)


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.mov", "a.ts", "a.avi", "a.h264"])
def test_other_containers_hold_the_same_film(film, name):
    clip = read_video(film(name), size=8)
    assert torch.allclose(levels(clip), torch.arange(40) * 2.0 + 20, atol=2)


def test_frames_come_one_by_one_as_they_stand_in_the_clip(film):
    path = film("a.mp4")
    one_by_one = torch.stack(list(frames(path, size=(10, 12), stride=3)))
    assert torch.equal(one_by_one[None], read_video(path, size=(10, 12), stride=3))


def test_shrinking_takes_the_mean_of_the_pixels_it_joins(tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (48, 64), np.uint8)
    path = tmp_path / "noise.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=25)  # without loss
        stream.height, stream.width, stream.pix_fmt = 48, 64, "gray"
        container.mux(stream.encode(av.VideoFrame.from_ndarray(noise, "gray")))
        container.mux(stream.encode())
    small = video.to_bytes(read_video(path, size=(12, 16)))[0, 0, 0].numpy()
    mean = noise.reshape(12, 4, 16, 4).mean(axis=(1, 3))
    assert np.abs(small - mean).max() < 2


def test_another_shape_cuts_the_middle_out_and_squeezes_nothing(tmp_path):
    """Of a wide film with bright ends a square sees only the middle."""
    bars = torch.full((1, 2, 3, 32, 96), -1.0)
    bars[..., :30] = bars[..., 66:] = 1
    path = tmp_path / "bars.mp4"
    video.write_video(path, bars, fps=25)
    clip = read_video(path, size=32)
    assert clip[..., 2:-2].max() < -0.9
    assert read_video(path, size=(16, 48))[..., [0, -1]].min() > 0.9


def test_a_film_held_upright_is_set_upright(film, tmp_path):
    halves = np.zeros((48, 64, 3), np.uint8)
    halves[:, 32:] = 255  # bright on the right
    for rotation in (0, 90, 180, -90):
        path = film(f"turned{rotation}.mp4", n=1, rotation=rotation)
        with av.open(str(path), "w") as container:
            stream = container.add_stream("libx264", rate=25)
            stream.height, stream.width, stream.pix_fmt = 48, 64, "yuv420p"
            if rotation:
                stream.set_display_rotation(rotation)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(halves, "rgb24")))
            container.mux(stream.encode())
        upright = (64, 48) if rotation % 180 else (48, 64)
        clip = read_video(path, size=upright)[0, 0, 0]
        wanted = np.rot90(halves[..., 0], rotation // 90)  # anticlockwise
        assert np.abs(video.to_bytes(clip).numpy().astype(int) - wanted).mean() < 3


def test_a_missing_or_empty_file_is_refused_by_name(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no file .*none.mp4"):
        read_video(tmp_path / "none.mp4", size=8)
    with pytest.raises(FileNotFoundError, match="no file"):
        read_video(tmp_path, size=8)
    (tmp_path / "empty.mp4").touch()
    with pytest.raises(ValueError, match=r"empty.mp4 is empty: 0 bytes"):
        read_video(tmp_path / "empty.mp4", size=8)


def test_sound_text_pictures_and_noise_are_refused_by_name(sound, tmp_path):
    (tmp_path / "text.mp4").write_text("This is no film. " * 100)
    (tmp_path / "text.txt").write_text("FFmpeg would paint this. " * 100)
    (tmp_path / "noise.mp4").write_bytes(np.random.default_rng(0).bytes(5000))
    picture(tmp_path / "still.png")
    for name, why in {
        "sound.mp4": "holds no pictures, only: audio",
        "text.mp4": "is not a film",
        "text.txt": "is not a film but a text",
        "noise.mp4": "is not a film",
        "still.png": "is not a film but a single picture",
    }.items():
        with pytest.raises(ValueError, match=f"{name} {why}"):
            read_video(tmp_path / name, size=8)


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
@pytest.mark.parametrize(
    "name, options",
    [
        ("behind.mp4", {}),
        ("in_front.mp4", {"movflags": "faststart"}),
        ("pieces.mp4", {"movflags": "frag_keyframe+empty_moov"}),
        ("a.mkv", {}),
        ("a.avi", {}),
    ],
)
def test_a_film_cut_short_is_refused_by_name(film, name, options, share):
    path = cut(film(name, n=100, **options), share)
    with pytest.raises(ValueError, match=rf"{name} (was cut short|is damaged)"):
        read_video(path, size=8)


@pytest.mark.parametrize("kind", ["zeros", "noise"])
def test_damage_that_the_decoder_sees_is_refused_by_name(tmp_path, kind):
    data = bytearray(BUNNY.read_bytes())
    noise = np.random.default_rng(0).bytes(100_000)
    data[300_000:400_000] = bytes(100_000) if kind == "zeros" else noise
    (tmp_path / "damaged.mp4").write_bytes(data)
    with pytest.raises(ValueError, match=r"damaged.mp4 is damaged or cut short"):
        read_video(tmp_path / "damaged.mp4", size=8)


@pytest.mark.parametrize("name", ["noise.ts", "noise.h264"])
def test_a_broken_last_frame_is_refused_where_no_size_is_stated(tmp_path, name):
    rng = np.random.default_rng(0)
    with av.open(str(tmp_path / name), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.height, stream.width, stream.pix_fmt = 48, 64, "yuv420p"
        for _ in range(30):
            noise = rng.integers(0, 256, (48, 64, 3), np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(noise, "rgb24")))
        container.mux(stream.encode())
    assert read_video(tmp_path / name, size=8).shape[1] == 30
    with pytest.raises(
        ValueError, match=rf"{name} is damaged or cut short at frame \d"
    ):
        read_video(cut(tmp_path / name, 0.6), size=8)


def test_the_film_of_the_course_is_read_whole():
    clip = read_video(BUNNY, size=(36, 64))
    assert clip.shape == (1, 132, 3, 36, 64)
    repeated = (clip[0, 1:] - clip[0, :-1]).abs().mean(dim=(1, 2, 3)) < 1e-3
    assert repeated.nonzero().flatten().tolist() == [6, 31, 56, 81, 106]  # 24 fps in 25


def test_frames_that_change_their_size_are_refused_by_name(film, tmp_path):
    both = tmp_path / "both.ts"
    wide, tall = film("wide.ts", n=10), film("tall.ts", n=10, height=64, width=48)
    both.write_bytes(wide.read_bytes() + tall.read_bytes())
    with pytest.raises(ValueError, match=r"both.ts changes .*\(64, 48\) to \(48, 64\)"):
        read_video(both, size=8)


@pytest.mark.parametrize(
    "wrong", [{"size": 0}, {"size": (8, -1)}, {"size": 8, "stride": 0}]
)
def test_sizes_and_strides_below_one_are_refused_before_the_file_is_touched(wrong):
    for read in (read_video, frames):
        with pytest.raises(ValueError, match="whole numbers from 1"):
            read("nowhere.mp4", **wrong)
