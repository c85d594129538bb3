"""A film's file says how long it is: one that ends earlier was cut short.

Decoders take a missing end for the end. MP4 and MOV are a row of boxes, Matroska and
WebM one segment, AVI a few chunks, animated PNG a row of chunks, and each states its
size; a GIF closes with a trailer. Other containers, and recordings that were written
without going back to the beginning, state nothing. What lies behind the end is no part
of the film: a line feed of a download, a page of a web server, zeros of a disk.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

BOX, LARGE_BOX = 8, 16  # bytes of a box's head: size and name, with a long size
# What stands on the top level of MP4 and MOV, ISO/IEC 14496-12 and Apple's QuickTime.
BOXES = frozenset(
    b"ftyp moov mdat moof mfra sidx ssix styp prft emsg pdin meta meco uuid udta "
    b"free skip wide pnot imda PICT junk".split()
)
MATROSKA, SEGMENT = b"\x1a\x45\xdf\xa3", b"\x18\x53\x80\x67"
PNG = b"\x89PNG\r\n\x1a\n"
PNG_CHUNK = 12  # bytes of a chunk without its content: size, name, check
NO_SIZE = (0, 0xFFFFFFFF)  # of an AVI that was written to a pipe, or never finished
IMAGE, EXTENSION, TRAILER = b"\x2c", b"\x21", b"\x3b"  # the blocks of a GIF


def missing_bytes(path: Path) -> int:
    """How many bytes the file promises and does not hold; 0 if it promises none."""
    return max(0, (stated_end(path) or 0) - path.stat().st_size)


def stated_end(path: Path) -> int | None:
    """The byte at which the film ends by its file's own words; None if it has none.

    Of a file that was cut inside one of its parts, this is where that part would end.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(12)
        if head[4:8] in BOXES:
            return _end_of_boxes(file, size)
        if head[:4] == MATROSKA:
            return _end_of_segment(file)
        if head[:4] == b"RIFF":
            return _end_of_riff(file)
        if head[:8] == PNG:
            return _end_of_png(file)
        if head[:6] in (b"GIF87a", b"GIF89a"):
            return _end_of_gif(file, size)
    return None


def lacks_index(path: Path) -> bool:
    """Whether this is an MP4 or MOV without ``moov``: nothing in it can be found.

    A camera writes that box last, when the recording is stopped.
    """
    with path.open("rb") as file:
        if file.read(8)[4:] not in BOXES:
            return False
        return all(name != b"moov" for name, _ in _boxes(file, path.stat().st_size))


def animated_webp(path: Path) -> bool:
    """Whether this is a WebP of several pictures."""
    with path.open("rb") as file:
        head = file.read(21)
    return head[8:16] == b"WEBPVP8X" and len(head) == 21 and bool(head[20] & 2)


def _boxes(file: BinaryIO, there: int) -> Iterator[tuple[bytes, int | None]]:
    """Name and end of every box from the beginning; None is "to the end of the file".

    Stops at what is no box: something was appended to the film.
    """
    end = 0
    while end < there:
        file.seek(end)
        head = file.read(LARGE_BOX)
        size, name = int.from_bytes(head[:4]), head[4:8]
        if size == 1:
            size = int.from_bytes(head[BOX:LARGE_BOX])
        if size == 0 and name in BOXES:
            yield name, None
            return
        if size < BOX or (name not in BOXES and end + size > there):
            return
        end += size
        yield name, end


def _end_of_boxes(file: BinaryIO, there: int) -> int | None:
    end, names = 0, set()
    for name, end in _boxes(file, there):
        if end is None:
            return None
        names.add(name)
    if b"moof" in names and b"mfra" not in names and end <= there:
        return None  # one fragment after the other, as long as the recording lasts
    return end


def _end_of_segment(file: BinaryIO) -> int | None:
    file.seek(len(MATROSKA))
    file.seek(_ebml_size(file), 1)
    if file.read(len(SEGMENT)) != SEGMENT:
        return None
    size = _ebml_size(file)
    return file.tell() + size if size else None


def _ebml_size(file: BinaryIO) -> int:
    """A number whose leading zero bits count its further bytes; 0 if unknown."""
    first = file.read(1)
    if not first or not first[0]:
        return 0
    bits = 7 * (9 - first[0].bit_length())
    unknown = (1 << bits) - 1
    size = int.from_bytes(first + file.read(bits // 7 - 1)) & unknown
    return 0 if size == unknown else size


def _end_of_riff(file: BinaryIO) -> int | None:
    """An AVI of more than a gigabyte is several RIFF chunks in a row."""
    start, end = 0, None
    while True:
        file.seek(start)
        head = file.read(8)
        if len(head) < 8 or head[:4] != b"RIFF":
            return end
        size = int.from_bytes(head[4:8], "little")
        if size in NO_SIZE:
            return None
        end = start + 8 + size
        start = end + size % 2


def _end_of_png(file: BinaryIO) -> int:
    end = len(PNG)
    while True:
        file.seek(end)
        head = file.read(8)
        end += PNG_CHUNK + int.from_bytes(head[:4])
        if len(head) < 8 or head[4:] == b"IEND":
            return end


def _end_of_gif(file: BinaryIO, there: int) -> int | None:
    """None if all blocks are whole and the trailer fails: some programs write none."""
    file.seek(10)
    flags = file.read(3)
    _skip_colours(file, flags[:1])
    while kind := file.read(1):
        if kind == TRAILER:
            return file.tell()
        if kind == IMAGE:
            _skip_colours(file, file.read(9)[8:])
            file.seek(1, 1)  # the size of a code
        elif kind == EXTENSION:
            file.seek(1, 1)  # what it extends
        else:
            return None  # no block: something was appended
        while length := file.read(1):
            if length == b"\0":
                break
            file.seek(length[0], 1)
        else:
            return file.tell() + 1  # the file ends inside this block
    return file.tell() if file.tell() > there else None


def _skip_colours(file: BinaryIO, flags: bytes) -> None:
    """A table of 2, 4, ... 256 colours, if the highest bit says that there is one."""
    if flags and flags[0] & 0x80:
        file.seek(3 << ((flags[0] & 7) + 1), 1)
