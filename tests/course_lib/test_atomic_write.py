"""Files are written atomically: completely or not at all."""

import os
from pathlib import Path

import pytest

from course_lib.atomic_write import write_atomically


def test_a_failing_write_leaves_the_old_file_unchanged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def disk_full(_: int) -> None:
        raise OSError("No space left on device")

    (tmp_path / "a").write_text("old")
    monkeypatch.setattr(os, "fsync", disk_full)
    with pytest.raises(OSError, match="No space"):
        write_atomically(tmp_path / "a", b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").read_text() == "old"


def test_content_is_synced_before_the_rename(tmp_path, monkeypatch):
    order = []
    for name in ("fsync", "replace"):
        real = getattr(os, name)
        monkeypatch.setattr(
            os,
            name,
            lambda *a, real=real, name=name: (order.append(name), real(*a))[1],
        )
    write_atomically(tmp_path / "new" / "file", b"content")
    assert order == ["fsync", "replace"]
    assert (tmp_path / "new" / "file").read_bytes() == b"content"
