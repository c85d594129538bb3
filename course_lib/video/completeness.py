"""A film's file says how long it is: one that ends earlier was cut short.

Decoders take a missing end for the end. MP4 and MOV are a row of boxes, Matroska and
WebM one segment, AVI one chunk, and each states its size. Other containers state none.
"""

from pathlib import Path
from typing import BinaryIO

BOX, LARGE_BOX = 8, 16  # bytes of a box's head: size and name, with a long size
MATROSKA, SEGMENT = b"\x1a\x45\xdf\xa3", b"\x18\x53\x80\x67"


def missing_bytes(path: Path) -> int:
    """How many bytes the file promises and does not hold; 0 if it promises none."""
    with path.open("rb") as file:
        head = file.read(12)
        if head[4:8] == b"ftyp":
            promised = _end_of_boxes(file, path.stat().st_size)
        elif head[:4] == MATROSKA:
            promised = _end_of_segment(file)
        elif head[:4] == b"RIFF":
            promised = 8 + int.from_bytes(head[4:8], "little")
        else:
            promised = 0
    return max(0, promised - path.stat().st_size)


def _end_of_boxes(file: BinaryIO, there: int) -> int:
    end = 0
    while end < there:
        file.seek(end)
        head = file.read(LARGE_BOX)
        size = int.from_bytes(head[:4])
        if size == 1:
            size = int.from_bytes(head[BOX:LARGE_BOX])
        if size < BOX:  # 0 stands for "to the end of the file"
            return 0
        end += size
    return end


def _end_of_segment(file: BinaryIO) -> int:
    file.seek(len(MATROSKA))
    file.seek(_ebml_size(file), 1)
    if file.read(len(SEGMENT)) != SEGMENT:
        return 0
    size = _ebml_size(file)
    return file.tell() + size if size else 0


def _ebml_size(file: BinaryIO) -> int:
    """A number whose leading zero bits count its further bytes; 0 if unknown."""
    first = file.read(1)
    if not first or not first[0]:
        return 0
    bits = 7 * (9 - first[0].bit_length())
    unknown = (1 << bits) - 1
    size = int.from_bytes(first + file.read(bits // 7 - 1)) & unknown
    return 0 if size == unknown else size
