"""A film is read frame by frame, whole or not at all."""

import struct
import warnings
import zlib
from pathlib import Path

import av
import numpy as np
import pytest
import torch
from PIL import Image

from course_lib import video
from course_lib.video.reading import frames, read_video

NO_END = pytest.mark.filterwarnings("ignore:.*does not say where it ends")
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


@NO_END
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


@NO_END
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


@NO_END
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


def rewrite(path, *changes):
    """Replace bytes of a file by others, as many; each must be there."""
    data = path.read_bytes()
    for old, new in changes:
        assert old in data and len(old) == len(new)
        data = data.replace(old, new)
    path.write_bytes(data)
    return path


def bare(path, codec, kind, n=20, **options):
    """A film of noise, so that every frame takes many bytes."""
    rng = np.random.default_rng(0)
    with av.open(str(path), "w", options=options) as container:
        stream = container.add_stream(codec, rate=25)
        stream.height, stream.width, stream.pix_fmt = 48, 64, kind
        for i in range(n):
            noise = rng.integers(0, 40, (48, 64, 3)) + 10 * i
            picture = av.VideoFrame.from_ndarray(noise.astype(np.uint8), "rgb24")
            container.mux(stream.encode(picture))
        container.mux(stream.encode())
    return path


def y4m(path, n=20):
    picture = [np.full(64 * 48 * 3 // 2, 40 + i, np.uint8).tobytes() for i in range(n)]
    path.write_bytes(b"YUV4MPEG2 W64 H48 F25:1\n" + b"".join(
        b"FRAME\n" + pixels for pixels in picture
    ))  # fmt: skip
    return path


def silently(path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return read_video(path, size=8)


@pytest.mark.parametrize(
    "name", ["a.mp4", "a.mkv", "a.mov", "a.avi", "a.webm", "a.gif", "a.apng"]
)
def test_a_whole_film_that_says_where_it_ends_is_read_without_a_word(tmp_path, name):
    codec, kind = {
        "a.webm": ("libvpx", "yuv420p"),
        "a.gif": ("gif", "rgb8"),
        "a.apng": ("apng", "rgb24"),
    }.get(name, ("libx264", "yuv420p"))
    assert silently(bare(tmp_path / name, codec, kind)).shape[1] == 20


@pytest.mark.parametrize(
    "junk", [b"\r\n", b"\0" * 4096, b"<html>moved</html>\n" * 9, bytes(range(1, 256))]
)
@pytest.mark.parametrize(
    "name", ["a.mp4", "a.mov", "front.mp4", "a.mkv", "a.avi", "a.gif", "a.apng"]
)
def test_what_was_appended_to_a_film_is_no_part_of_it(tmp_path, name, junk):
    codec, kind = {"a.gif": ("gif", "rgb8"), "a.apng": ("apng", "rgb24")}.get(
        name, ("mpeg4", "yuv420p")
    )
    front = {"movflags": "faststart"} if name == "front.mp4" else {}
    path = bare(tmp_path / name, codec, kind, **front)
    whole = read_video(path, size=8)
    path.write_bytes(path.read_bytes() + junk)
    assert torch.equal(silently(path), whole)


@pytest.mark.parametrize("size", [b"\xff\xff\xff\xff", bytes(4)])
def test_an_avi_that_went_through_a_pipe_has_no_size(film, size):
    path = film("pipe.avi")
    data = bytearray(path.read_bytes())
    data[4:8] = size
    at = data.index(b"strh") + 40
    data[at : at + 4] = (1 << 30).to_bytes(4, "little")  # as many frames, FFmpeg writes
    path.write_bytes(data)
    with pytest.warns(
        UserWarning, match=r"pipe.avi does not say where it ends.* 40 fr"
    ):
        assert read_video(path, size=8).shape[1] == 40


@pytest.mark.parametrize("share", [0.5, 0.9])
@pytest.mark.parametrize("first", [b"free", b"wide", b"skip"])
def test_an_old_mov_without_ftyp_is_refused_if_it_was_cut_short(film, first, share):
    path = rewrite(film("old.mov", movflags="faststart"), (b"ftyp", first))
    assert silently(path).shape[1] == 40
    with pytest.raises(ValueError, match=r"old.mov was cut short: at least \d+ bytes"):
        read_video(cut(path, share), size=8)


@pytest.mark.parametrize("share", [0.4, 0.97])
@pytest.mark.parametrize(
    ("name", "codec", "kind"), [("a.gif", "gif", "rgb8"), ("a.apng", "apng", "rgb24")]
)
def test_an_animation_that_was_cut_is_refused(tmp_path, name, codec, kind, share):
    path = cut(bare(tmp_path / name, codec, kind), share)
    with pytest.raises(ValueError, match=f"{name} was cut short"):
        read_video(path, size=8)


def test_a_gif_without_its_trailer_is_read_and_it_is_said(tmp_path):
    path = bare(tmp_path / "a.gif", "gif", "rgb8")
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.warns(UserWarning, match=r"a.gif does not say where it ends"):
        assert read_video(path, size=8).shape[1] == 20


def unending(path):
    """A film in a container that states no end, 20 frames long."""
    if path.suffix == ".y4m":
        return y4m(path)
    codec, more = {
        ".webm": ("libvpx", {"live": "1"}),
        ".mkv": ("mpeg4", {"live": "1"}),
        ".mjpeg": ("mjpeg", {}),
        ".mp4": ("mpeg4", {"movflags": "frag_every_frame+empty_moov+skip_trailer"}),
    }.get(path.suffix, ("mpeg2video", {}))
    kind = "yuvj420p" if codec == "mjpeg" else "yuv420p"
    return bare(path, codec, kind, **more)


@pytest.mark.parametrize(
    "name", ["a.webm", "a.mkv", "a.mjpeg", "a.y4m", "a.ts", "a.mpg", "a.m2v", "a.mp4"]
)
def test_of_a_film_without_a_stated_end_it_is_said_how_much_was_read(tmp_path, name):
    path = unending(tmp_path / name)
    words = rf"{name} does not say where it ends, .* 20 frames were read"
    with pytest.warns(UserWarning, match=words):
        clip = read_video(path, size=8)
    assert clip.shape[1] == 20


@pytest.mark.parametrize("name", ["a.webm", "a.mkv", "a.y4m"])
def test_a_recording_that_broke_off_is_read_to_its_end_and_it_is_said(tmp_path, name):
    whole = unending(tmp_path / name)
    with pytest.warns(UserWarning, match="20 frames were read"):
        all_frames = read_video(whole, size=8)
    with pytest.warns(UserWarning, match=r"does not say .* \d+ frames were read"):
        some = read_video(cut(whole, 0.7), size=8)
    assert 0 < some.shape[1] < 20
    assert torch.equal(some, all_frames[:, : some.shape[1]])


def test_half_a_jpeg_at_the_end_is_no_frame(tmp_path):
    path = cut(unending(tmp_path / "a.mjpeg"), 0.7)
    with pytest.raises(ValueError, match=r"mjpeg is damaged or cut short at frame 1\d"):
        read_video(path, size=8)


@pytest.mark.parametrize("codec", ["mpeg4", "png", "libx264"])
def test_an_error_in_the_last_frame_is_not_lost(tmp_path, codec):
    """Decoders with a thread for each frame are asked for it after the last packet."""
    kind = "rgb24" if codec == "png" else "yuv420p"
    path = bare(tmp_path / "a.mov", codec, kind)
    with av.open(str(path)) as container:
        last = max(e.pos for e in container.streams.video[0].index_entries)
        size = next(
            e.size for e in container.streams.video[0].index_entries if e.pos == last
        )
    data = bytearray(path.read_bytes())
    data[last : last + size] = bytes(size)
    path.write_bytes(data)
    with pytest.raises(ValueError, match=r"a.mov is damaged or cut short"):
        silently(path)


def test_a_film_that_counts_more_frames_than_it_holds_is_read_and_it_is_said(tmp_path):
    path = bare(tmp_path / "a.ivf", "libvpx", "yuv420p")
    data = bytearray(path.read_bytes())
    data[24:28] = (99).to_bytes(4, "little")
    path.write_bytes(data)
    with pytest.warns(UserWarning, match=r"a.ivf counts 99 frames, of which 20 can be"):
        assert read_video(path, size=8).shape[1] == 20


def test_frames_that_lie_behind_the_end_of_a_film_are_missed(film):
    """The last box may reach "to the end of the file": only the index tells."""
    path = film("a.mp4", movflags="faststart")
    data = bytearray(path.read_bytes())
    at = data.index(b"mdat") - 4
    data[at : at + 4] = bytes(4)
    path.write_bytes(data)
    assert silently(path).shape[1] == 40
    with av.open(str(path)) as container:
        end = container.streams.video[0].index_entries[30].pos
    path.write_bytes(data[:end])
    with pytest.raises(ValueError, match=r"a.mp4 was cut short: 10 frames are missing"):
        read_video(path, size=8)


def test_a_recording_without_its_index_is_refused_in_words(film):
    path = film("a.mp4")
    data = path.read_bytes()
    path.write_bytes(data[: data.index(b"moov") - 4])
    with pytest.raises(
        ValueError, match=r"a.mp4 was cut short or .* \(moov\) is missing"
    ):
        read_video(path, size=8)


def test_what_an_edit_list_leaves_out_is_not_missed(film):
    """The first frames are in the file, but the film begins behind them."""
    path = film("a.mp4", n=40)
    data = bytearray(path.read_bytes())
    at = data.index(b"elst") + 12
    half = int.from_bytes(data[at : at + 4]) // 2
    data[at : at + 4] = half.to_bytes(4)
    start = int.from_bytes(data[at + 4 : at + 8])
    data[at + 4 : at + 8] = (start + 20 * 512).to_bytes(4)
    path.write_bytes(data)
    clip = silently(path)
    assert clip.shape[1] == 20
    assert torch.allclose(levels(clip), torch.arange(20, 40) * 2.0 + 20, atol=2)


def two_streams(path, first, second, *, default):
    """Grey levels and numbers of frames of two streams, the ``default``-th marked."""
    with av.open(str(path), "w") as container:
        streams = []
        for i, (codec, side, _, _) in enumerate((first, second)):
            stream = container.add_stream(codec, rate=25)
            stream.height = stream.width = side
            stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
            mark = av.stream.Disposition.default if i == default else 0
            stream.disposition = mark
            streams.append(stream)
        for stream, (_, side, grey, n) in zip(streams, (first, second), strict=True):
            pixels = np.full((side, side, 3), grey, np.uint8)
            for _ in range(n):
                frame = av.VideoFrame.from_ndarray(pixels, "rgb24")
                container.mux(stream.encode(frame))
            container.mux(stream.encode())
    return path


@pytest.mark.parametrize("name", ["a.mkv", "a.mp4"])
def test_a_picture_before_the_film_is_not_the_film(tmp_path, name):
    cover, moving = ("mjpeg", 300, 250, 1), ("libx264", 64, 60, 30)
    path = two_streams(tmp_path / name, cover, moving, default=1)
    clip = read_video(path, size=8)
    assert clip.shape[1] == 30
    assert torch.allclose(levels(clip), torch.tensor(60.0), atol=2)


def test_a_cover_is_never_read(tmp_path):
    """An attached picture, beside a film and beside sound."""
    path = tmp_path / "both.mp4"
    with av.open(str(path), "w") as container:
        film, cover = (
            container.add_stream(name, rate=25) for name in ("mpeg4", "mjpeg")
        )
        film.height = film.width = 32
        cover.height = cover.width = 256
        film.pix_fmt, cover.pix_fmt = "yuv420p", "yuvj420p"
        cover.disposition = av.stream.Disposition.attached_pic
        for stream, n in ((film, 9), (cover, 1)):
            grey = np.full((stream.height, stream.width, 3), 10 * n, np.uint8)
            for _ in range(n):
                frame = av.VideoFrame.from_ndarray(grey, "rgb24")
                container.mux(stream.encode(frame))
            container.mux(stream.encode())
    clip = silently(path)
    assert clip.shape[1] == 9
    assert torch.allclose(levels(clip), torch.tensor(90.0), atol=2)
    only_cover = tmp_path / "song.mp4"
    with av.open(str(path)) as old, av.open(str(only_cover), "w") as new:
        stream = new.add_stream_from_template(old.streams.video[1])
        stream.disposition = av.stream.Disposition.attached_pic
        for packet in old.demux(old.streams.video[1]):
            if packet.size:
                packet.stream = stream
                packet.pts = packet.dts = 0
                new.mux(packet)
    with pytest.raises(ValueError, match=r"song.mp4 holds no moving pictures, only"):
        read_video(only_cover, size=8)


@pytest.mark.parametrize("default", [0, 1])
def test_of_two_films_the_default_one_is_read(tmp_path, default):
    small, large = ("libx264", 64, 60, 20), ("libx264", 128, 200, 20)
    path = two_streams(tmp_path / "a.mkv", small, large, default=default)
    grey = float((60, 200)[default])
    assert torch.allclose(levels(read_video(path, size=8)), torch.tensor(grey), atol=2)


NAMES = [
    "take:1.mp4",
    "pipe:0.mp4",
    "http:x.mkv",
    "file:a.mp4",
    "-dash.mp4",
    "100%.mp4",
    "%03d.mp4",
    "what?.mp4",
    "a*[1]{2}.mkv",
    "фильм 1 (é) 🎬.mp4",
    "IMG_0001.MP4",
    "CLIP.MOV",
    "a.b.c.Mkv",
    "no_ending",
    "wrong.txt",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_means_nothing(film, tmp_path, monkeypatch, name):
    film("plain.mp4", n=5).rename(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    clip = silently(name)
    assert torch.equal(clip, silently(tmp_path / name))
    assert torch.allclose(levels(clip), torch.arange(5) * 2.0 + 20, atol=2)


@pytest.mark.parametrize("name", ["%03d.png", "shot?.png", "%d.gif", "100%.gif"])
def test_an_animation_is_no_series_of_pictures_whatever_its_name(tmp_path, name):
    gif = name.endswith("gif")
    path = tmp_path / ("a.gif" if gif else "a.apng")
    bare(path, *(("gif", "rgb8") if gif else ("apng", "rgb24"))).rename(tmp_path / name)
    assert silently(tmp_path / name).shape[1] == 20


@pytest.mark.parametrize("ending", ["mp4", "mkv", "avi"])
def test_a_title_in_an_old_code_page_does_not_matter(tmp_path, ending):
    path = tmp_path / f"a.{ending}"
    with av.open(str(path), "w") as container:
        container.metadata["title"] = "qqqq"
        stream = container.add_stream("mpeg4", rate=25)
        stream.height, stream.width, stream.pix_fmt = 48, 64, "yuv420p"
        grey = np.full((48, 64, 3), 90, np.uint8)
        container.mux(stream.encode(av.VideoFrame.from_ndarray(grey, "rgb24")))
        container.mux(stream.encode())
    rewrite(path, (b"qqqq", "Été!".encode("latin-1")))
    assert silently(path).shape[1] == 1


@NO_END
@pytest.mark.parametrize(("ending", "codec"), [("mjpeg", "mjpeg"), ("png", "png")])
def test_pictures_in_a_row_are_a_film_and_a_single_one_is_none(tmp_path, ending, codec):
    for n in (1, 2, 20):
        path = tmp_path / f"{n}.{ending}"
        kind = "yuvj420p" if codec == "mjpeg" else "rgb24"
        form = None if codec == "mjpeg" else "image2pipe"
        with av.open(str(path), "w", format=form) as container:
            stream = container.add_stream(codec, rate=25)
            stream.height, stream.width, stream.pix_fmt = 48, 64, kind
            for i in range(n):
                grey = np.full((48, 64, 3), 10 * i, np.uint8)
                container.mux(stream.encode(av.VideoFrame.from_ndarray(grey, "rgb24")))
            container.mux(stream.encode())
        if n == 1:
            for read in (read_video, lambda *a, **b: next(frames(*a, **b))):
                with pytest.raises(ValueError, match="not a film but a single picture"):
                    read(path, size=8)
        else:
            found = levels(read_video(path, size=8))
            assert torch.allclose(found, torch.arange(n) * 10.0, atol=3)


def test_an_animated_webp_is_not_called_a_single_picture(tmp_path):
    film = [Image.new("RGB", (64, 48), (i, 2 * i, 90)) for i in range(0, 100, 10)]
    film[0].save(tmp_path / "a.webp", save_all=True, append_images=film[1:])
    with pytest.raises(
        ValueError, match=r"a.webp is an animated WebP, which .* cannot"
    ):
        read_video(tmp_path / "a.webp", size=8)
    film[0].save(tmp_path / "one.webp")
    with pytest.raises(
        ValueError, match=r"one.webp is not a film but a single picture"
    ):
        read_video(tmp_path / "one.webp", size=8)


def test_a_film_that_cannot_be_decoded_is_refused_in_words(film):
    path = rewrite(film("a.mp4"), (b"avc1", b"zzzz"))
    with pytest.raises(
        ValueError, match=r"a.mp4 holds a film of a kind that .* cannot"
    ):
        read_video(path, size=8)


def flagged(path, flags="", transfer=None, n=5):
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.height, stream.width, stream.pix_fmt = 48, 64, "yuv420p"
        stream.options = {"x264-params": flags}
        if transfer:
            stream.codec_context.color_trc = transfer
        for i in range(n):
            grey = np.full((48, 64, 3), 40 + i, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(grey, "rgb24")))
        container.mux(stream.encode())
    return path


@pytest.mark.parametrize(("transfer", "kind"), [(16, "PQ"), (18, "HLG")])
def test_high_dynamic_range_is_said_once(tmp_path, transfer, kind):
    path = flagged(tmp_path / "hdr.mp4", transfer=transfer)
    with pytest.warns(UserWarning) as told:
        read_video(path, size=8)
    assert len(told) == 1
    assert f"hdr.mp4 is a film of high dynamic range ({kind})" in str(told[0].message)


def test_an_interlaced_film_is_said_once(tmp_path):
    path = flagged(tmp_path / "tv.mp4", "tff=1:interlaced=1")
    with pytest.warns(UserWarning) as told:
        read_video(path, size=8)
    assert len(told) == 1
    assert "tv.mp4 is interlaced: the even and the odd" in str(told[0].message)
    silently(flagged(tmp_path / "progressive.mp4", transfer=1))
