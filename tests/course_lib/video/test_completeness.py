"""A file that promises more bytes than it holds was cut short, by just so many."""

import pytest

from course_lib.video.completeness import missing_bytes

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
