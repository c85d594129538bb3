"""A file that promises more bytes than it holds was cut short, by just so many."""

import pytest

from course_lib.video.completeness import (
    animated_webp,
    lacks_index,
    missing_bytes,
    stated_end,
)

OPTIONS = {
    "front": {"movflags": "faststart"},
    "pieces": {"movflags": "empty_moov+frag_keyframe"},
}


@pytest.mark.parametrize(
    "name", ["a.mp4", "a.mov", "front.mp4", "pieces.mp4", "a.mkv", "a.avi"]
)
def test_every_missing_byte_is_counted(film, name):
    path = film(name, **OPTIONS.get(name.partition(".")[0], {}))
    assert missing_bytes(path) == 0
    data = path.read_bytes()
    for missing in (1, 5, 100):
        path.write_bytes(data[:-missing])
        assert missing_bytes(path) >= (missing if name != "pieces.mp4" else 1)


def test_a_box_of_long_size_is_measured(tmp_path):
    path = tmp_path / "long.mp4"
    head = (16).to_bytes(4) + b"ftypisom" + bytes(4)
    path.write_bytes(head + (1).to_bytes(4) + b"mdat" + (40).to_bytes(8) + bytes(20))
    assert missing_bytes(path) == 4


def test_a_box_that_reaches_to_the_end_promises_nothing(tmp_path):
    path = tmp_path / "open.mp4"
    path.write_bytes((12).to_bytes(4) + b"ftypisom" + bytes(4) + b"mdat" + bytes(9))
    assert missing_bytes(path) == 0


def test_a_segment_of_unknown_size_promises_nothing(tmp_path):
    path = tmp_path / "live.mkv"
    unknown = b"\x01" + b"\xff" * 7
    path.write_bytes(b"\x1a\x45\xdf\xa3\x82ab\x18\x53\x80\x67" + unknown + bytes(9))
    assert missing_bytes(path) == 0
    path.write_bytes(b"\x1a\x45\xdf\xa3\x82ab\x18\x53\x80\x67\x40\x14" + bytes(9))
    assert missing_bytes(path) == 11


@pytest.mark.parametrize("data", [b"", b"no film", b"RIF", b"\x1a\x45\xdf\xa3"])
def test_other_files_promise_nothing(tmp_path, data):
    path = tmp_path / "other"
    path.write_bytes(data)
    assert missing_bytes(path) == 0


def box(name, content=b""):
    return (8 + len(content)).to_bytes(4) + name + content


def riff(kind, content):
    return b"RIFF" + (4 + len(content)).to_bytes(4, "little") + kind + content


def chunk(name, content=b""):
    return len(content).to_bytes(4) + name + content + bytes(4)


GIF = b"GIF89a" + bytes(4) + b"\x80\0\0" + bytes(6)  # a table of two colours
GIF += b"!\xff\x0bNETSCAPE2.0\x03\x01\0\0\0"  # an extension of two blocks
GIF += b"," + bytes(8) + b"\x81" + bytes(12) + b"\x02\x03abc\x01d\0" + b";"
WHOLE = {
    "mp4": box(b"ftyp", b"isom") + box(b"mdat", b"1234") + box(b"moov", b"12"),
    "old mov": box(b"wide") + box(b"mdat", b"1234") + box(b"moov", b"12"),
    "private box": box(b"ftyp")
    + box(b"moov")
    + box(b"XYZ1", b"abc")
    + box(b"mdat", b"1"),
    "fragments": box(b"ftyp") + box(b"moov") + box(b"moof") + box(b"mfra", b"1234"),
    "avi": riff(b"AVI ", b"123456"),
    "long avi": riff(b"AVI ", b"123456") + riff(b"AVIX", b"1234"),
    "odd avi": riff(b"AVI ", b"12345") + b"\0" + riff(b"AVIX", b"1234"),
    "png": b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", b"123") + chunk(b"IEND"),
    "gif": GIF,
}


@pytest.mark.parametrize("kind", WHOLE)
@pytest.mark.parametrize(
    "junk", [b"", b"\r\n", b"<html>no</html>", bytes(99), b"\xff" * 9]
)
def test_the_end_is_where_the_last_part_ends_whatever_comes_behind(
    tmp_path, kind, junk
):
    path = tmp_path / "film"
    path.write_bytes(WHOLE[kind] + junk)
    assert stated_end(path) == len(WHOLE[kind])
    assert missing_bytes(path) == 0


@pytest.mark.parametrize("kind", WHOLE)
def test_a_last_part_without_its_last_byte_is_missed(tmp_path, kind):
    path = tmp_path / "film"
    path.write_bytes(WHOLE[kind][:-1])
    assert missing_bytes(path) == (0 if kind == "gif" else 1)
    assert (stated_end(path) is None) == (kind == "gif")


def test_a_gif_is_cut_wherever_a_block_is_cut(tmp_path):
    path = tmp_path / "film"
    for n in range(13, len(GIF) - 2):
        path.write_bytes(GIF[:n])
        between_blocks = n in (19, 19 + 19)
        assert (missing_bytes(path) > 0) != between_blocks, n


@pytest.mark.parametrize(
    "data",
    [
        box(b"ftyp") + box(b"moov") + box(b"moof") + box(b"mdat", b"123"),
        riff(b"AVI ", b"1234").replace(b"\x08\0\0\0", b"\xff\xff\xff\xff"),
        riff(b"AVI ", b"1234").replace(b"\x08\0\0\0", bytes(4)),
        GIF[:-1],
    ],
)
def test_a_film_that_lasts_as_long_as_the_recording_states_no_end(tmp_path, data):
    path = tmp_path / "film"
    path.write_bytes(data)
    assert stated_end(path) is None


def test_only_an_mp4_without_moov_lacks_its_index(tmp_path):
    path = tmp_path / "film"
    for data, lacks in {
        WHOLE["mp4"]: False,
        WHOLE["mp4"][:-10]: True,
        WHOLE["avi"]: False,
        b"": False,
    }.items():
        path.write_bytes(data)
        assert lacks_index(path) == lacks


def test_a_webp_says_whether_it_is_animated(tmp_path):
    path = tmp_path / "film"
    for data, moves in {
        riff(b"WEBP", b"VP8X\x0a\0\0\0\x02" + bytes(9)): True,
        riff(b"WEBP", b"VP8X\x0a\0\0\0\x10" + bytes(9)): False,
        riff(b"WEBP", b"VP8 \x0a\0\0\0\x02" + bytes(9)): False,
        riff(b"WEBP", b"VP8X"): False,
    }.items():
        path.write_bytes(data)
        assert animated_webp(path) == moves
