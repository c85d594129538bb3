"""List all files in a folder or an archive, including archives inside archives.

Nothing is unpacked into folders. A notebook in the outermost zip archive is read in
place; a notebook in a tar archive or in an inner archive is copied into an anonymous
temporary file. Files that cannot be read are listed too, with the reason.
"""

import bz2
import gzip
import io
import lzma
import os
import re
import stat
import struct
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import cache, lru_cache, partial
from pathlib import Path, PurePosixPath
from typing import Literal, NamedTuple

from grading.cells import Unreadable
from grading.code_pages import names_of
from grading.limits import LIMITS

# Limits against archive bombs; a class of 1,000 with 100 files each is far below them.
DEPTH = 3  # nested archives
FOLDERS = 40  # nested folders
ENTRIES = 1_000_000  # files and folders in all
MEMBERS = 20_000  # members of an inner archive
DIRECTORY = 64 << 20  # bytes of a zip archive's central directory
INNER = 1 << 30  # unpacked bytes of an inner archive
OUTER = 64 << 30  # unpacked bytes of the outermost tar archive
COPIED = 16 << 30  # bytes of notebooks in the temporary file
RATIO = 200  # the largest compression ratio of an inner archive
SMALL = 10 << 20  # bytes up to which the ratio is not checked

_NOTEBOOK = re.compile(r"\.ipynb(?:$|[\s.(\[-].*|_\d+.*)", re.I | re.S)
_COPY = re.compile(r"(?:~|\.(?:bak|old|orig|swp|sw[a-p]|tmp|save|backup))$", re.I)
_NO_NOTEBOOK = re.compile(
    r"\.(?:html?|pdf|py|md|rst|tex|docx?|odt|rtf|png|jpe?g|gif|svg|lnk|url|webloc|desktop"
    r"|part|partial|crdownload|gdoc|gsheet|sha256|md5|sig|asc|ya?ml|csv|log)$",
    re.I,
)
_PACKED = re.compile(r"(?:\.zip|\.tar|\.tgz|\.tbz2?|\.txz|\.tar\.(?:gz|bz2|xz))$", re.I)
_COMPRESSED = re.compile(r"\.(?:gz|bz2|xz)$", re.I)
_UNSUPPORTED = re.compile(
    r"\.(?:7z|rar|r\d\d|zst|tzst|z|lzma|cab|arj|lzh|sitx?|dmg|iso|zipx|z\d\d|(?:zip|7z|rar)\.\d+)$",
    re.I,
)
_SNIFFED = (".json", ".txt", "")  # suffixes that browsers give to notebooks
_MAGIC = (
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"Rar!\x1a\x07", "RAR"),
    (b"\x1f\x8b", "gz"),
    (b"BZh", "bz2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"\x28\xb5\x2f\xfd", "Zstandard"),
)
_JUNK_FOLDERS = {  # folder: what it is
    "__macosx": "Made by macOS",
    "__pycache__": "Made by Python",
    "node_modules": "Installed packages",
    "site-packages": "Installed packages",
    "$recycle.bin": "Made by Windows",
    "system volume information": "Made by Windows",
    "@eadir": "Made by a file server",
    "lost+found": "Made by a file system",
}
_JUNK_FILES = {
    "thumbs.db": "Made by Windows",
    "ehthumbs.db": "Made by Windows",
    "desktop.ini": "Made by Windows",
    "icon\r": "Made by macOS",
}
_ENVIRONMENT_FOLDERS = {
    "bin",
    "lib",
    "lib64",
    "scripts",
    "include",
    "share",
    "etc",
    "man",
}
UNPACK = "Unpack it, and give the folder, or have it handed in as a .zip."

Kind = Literal["notebook", "file", "folder", "archive"]


class Broken(ValueError):
    """An archive cannot be read; the message is a sentence that begins with "It"."""


class Entry(NamedTuple):
    """A file or folder of a submission.

    Attributes:
        parts: Its path; an archive counts as a folder of its members.
        kind: A notebook is recognised by its name, or by its first bytes.
        read: Returns the bytes of a notebook, a module or a platform's metadata file.
        trouble: Why it cannot be read, in a sentence; "" if it can.
        remark: A further remark.
        ignored: Why it and its contents need no attention; "" if they do.
        leads_out: Whether its path leads out of the archive.
    """

    parts: tuple[str, ...]
    kind: Kind
    read: Callable[[], bytes] = bytes
    trouble: str = ""
    remark: str = ""
    ignored: str = ""
    leads_out: bool = False


class _Member(NamedTuple):
    """A member of an archive; ``open`` gives its content."""

    name: str
    is_folder: bool
    open: Callable[[], io.BufferedIOBase]
    trouble: str = ""
    remark: str = ""
    size: int = 0
    packed: int = 0
    read: Callable[[], bytes] | None = None  # set if the content can be read in place


def entries(path: Path) -> list[Entry]:
    """All files and folders in a folder or an archive.

    Raises:
        Broken: if it is an archive that cannot be read.
        ValueError: if it is neither a folder nor an archive.
    """
    lister = _Lister()
    if path.is_dir():
        return list(lister.folder(path, ()))
    kind = _archive_format(path)
    if kind in ("7z", "RAR", "Zstandard") or (
        not kind and _UNSUPPORTED.search(path.name)
    ):
        raise Broken(_unsupported(kind or path.suffix.removeprefix(".")))
    if not kind and not (path.is_file() and _PACKED.search(path.name)):
        raise ValueError(f"{path} is neither a folder nor an archive or notebook.")
    if kind == "zip" or (not kind and path.suffix.lower() == ".zip"):
        with path.open("rb") as file:
            return list(lister.zip(file, (), 0, path))
    with path.open("rb") as file:
        return list(lister.tar(file, (), 0))


def is_archive(name: str) -> bool:
    """Whether a name is that of an archive, also of an unsupported format."""
    return bool(_PACKED.search(name) or _UNSUPPORTED.search(name))


def without_ending(name: str) -> str:
    """The name of a notebook or archive without its suffixes."""
    for pattern in (_NOTEBOOK, _PACKED, _UNSUPPORTED, _COMPRESSED):
        found = pattern.search(name)
        if found and found.start():
            return name[: found.start()]
    return name


def is_plain_notebook(name: str) -> bool:
    """Whether a name ends in .ipynb."""
    return name.lower().endswith(".ipynb")


def regular(path: Path, most: int = LIMITS.notebook) -> bytes:
    """The bytes of a regular file.

    Raises:
        Unreadable: if it is a link, a device or a pipe, is too large, or cannot be
            opened.
    """
    try:
        with _opened_regular(path) as file:
            return checked_size(file.read(most + 1), most)
    except OSError as error:
        what = f"{path.name} cannot be read: {error.strerror}."
        raise Unreadable(what) from None


def checked_size(content: bytes, most: int = LIMITS.notebook) -> bytes:
    """The content itself.

    Raises:
        Unreadable: if it is too large.
    """
    if len(content) > most:
        raise Unreadable(f"The file is larger than {most // 10**6} MB.")
    return content


class _Lister:
    """Lists the entries of folders and archives, and enforces the limits."""

    def __init__(self) -> None:
        self.count, self.copies = 0, _Copies()
        self.room = MEMBERS  # remaining members of the current inner archive

    def folder(self, folder: Path, prefix: tuple[str, ...]) -> Iterator[Entry]:
        """All entries below a folder; an unreadable folder is an entry with trouble."""
        try:
            with os.scandir(folder) as found:
                inside = sorted(found, key=lambda entry: entry.name)
        except OSError as error:
            what = f"The folder cannot be read: {error.strerror}."
            yield Entry(prefix, "folder", trouble=what)
            return
        names = {entry.name for entry in inside}
        for entry in inside:
            self._counted()
            yield from self._on_disk(Path(entry.path), (*prefix, entry.name), names)

    def _on_disk(
        self, path: Path, parts: tuple[str, ...], beside: Iterable[str]
    ) -> Iterator[Entry]:
        try:
            mode = path.lstat().st_mode
        except OSError as error:
            yield _entry(parts, trouble=f"It cannot be read: {error.strerror}.")
            return
        if stat.S_ISLNK(mode):
            what = "It is a link, no ordinary file. Put in its place what it leads to."
            folder = os.path.isdir(path) and not is_plain_notebook(path.name)
            yield _entry(parts, folder=folder, trouble=what)
        elif stat.S_ISDIR(mode):
            why = ignored(parts[-1], folder=True) or _environment(path)
            trouble = "It lies too deep in folders." if len(parts) > FOLDERS else ""
            yield Entry(parts, "folder", ignored=why, trouble=trouble)
            if not why and not trouble:
                yield from self.folder(path, parts)
        elif not stat.S_ISREG(mode):
            yield _entry(parts, trouble="It is no ordinary file.")
        elif _is_supported(parts[-1]):
            yield Entry(parts, "archive")
            yield from self._inner(parts, 1, partial(_opened_regular, path))
        else:
            read = partial(regular, path)
            yield _recognised(_entry(parts, read), lambda: _opened_regular(path))

    def _inner(
        self,
        parts: tuple[str, ...],
        depth: int,
        opened: Callable[[], io.BufferedIOBase],
    ) -> Iterator[Entry]:
        """The entries of an inner archive, or one entry with the reason for failure."""
        if depth == 1:
            self.room, self.copies.inner_left = MEMBERS, INNER
        try:
            if depth > DEPTH:
                raise Broken(
                    f"It lies in archives {DEPTH} deep: only so many are opened."
                )
            with opened() as file:
                if parts[-1].lower().endswith(".zip"):
                    yield from self.zip(file, parts, depth)
                elif not _PACKED.search(parts[-1]):
                    name = _COMPRESSED.sub("", parts[-1])
                    member = _Member(name, False, lambda: _decompressed(file)[1])
                    yield from self._member(member, parts, depth)
                else:
                    yield from self.tar(file, parts, depth)
        except (Broken, Unreadable) as error:
            yield Entry(parts, "archive", trouble=str(error))
        except OSError as error:
            what = f"It cannot be read: {error.strerror or error}."
            yield Entry(parts, "archive", trouble=what)

    def zip(
        self,
        file: io.BufferedIOBase,
        prefix: tuple[str, ...],
        depth: int,
        path: Path | None = None,
    ) -> Iterator[Entry]:
        """The members of a zip archive; with ``path``, they are read in place."""
        try:
            _check_zip(file)
            with zipfile.ZipFile(file) as archive:
                infos = archive.infolist()
                if depth and len(infos) > MEMBERS:
                    raise Broken(
                        f"It holds {len(infos):,} files, more than {MEMBERS:,}."
                    )
                names = names_of(infos)
                for info, (name, remark) in zip(infos, names, strict=True):
                    reading = partial(_unpacked, path, info) if path else None
                    member = _zip_member(archive, info, name, remark, reading)
                    yield from self._member(member, prefix, depth)
        except (Broken, Unreadable):
            raise
        except Exception as error:  # a damaged archive raises anything
            raise Broken(f"It is damaged: {_message(error)}.") from None

    def tar(
        self, file: io.BufferedIOBase, prefix: tuple[str, ...], depth: int
    ) -> Iterator[Entry]:
        """The members of a tar archive, compressed or not."""
        compressed, stream = _decompressed(file)
        counted = _Counted(stream, INNER if depth else OUTER)
        try:
            with tarfile.open(fileobj=counted, mode="r|") as archive:
                for count, member in enumerate(archive):
                    if depth and count >= MEMBERS:
                        raise Broken(f"It holds more than {MEMBERS:,} files.")
                    found = _tar_member(archive, member)
                    yield from self._member(found, prefix, depth)
        except (Broken, Unreadable):
            raise
        except Exception as error:  # a damaged archive raises anything
            what = "compressed" if compressed else "list of files"
            raise Broken(f"It is damaged ({what}): {_message(error)}.") from None

    def _member(
        self, member: _Member, prefix: tuple[str, ...], depth: int
    ) -> Iterator[Entry]:
        self._counted()
        self.room -= depth > 0
        if self.room < 0:
            raise Broken(
                f"It holds more than {MEMBERS:,} files, archives in it included."
            )
        parts, leads_out = _path(member.name)
        parts, remark = (*prefix, *parts), member.remark
        if not parts or parts == prefix:
            if not member.is_folder:
                parts = (*prefix, "(a member without a name)")
                yield Entry(parts, "file", trouble="It has no name.")
            return
        name = parts[-1]
        if leads_out or len(parts) > 2 * FOLDERS:
            what = f"Its path leads out of the archive: {member.name}"
            what = what if leads_out else "It lies too deep in folders"
            found = _entry(parts, refusing(f"{what}."), folder=member.is_folder)
            yield found._replace(trouble=f"{what}.", leads_out=leads_out)
        elif any(ignored(part, folder=True) for part in parts[len(prefix) : -1]):
            yield Entry(parts, "file", ignored="in a folder that is left out")
        elif member.is_folder:
            yield Entry(parts, "folder", ignored=ignored(name, folder=True))
        elif member.trouble:
            what = member.trouble
            yield _entry(parts, refusing(what), trouble=what, remark=remark)
        elif _is_supported(name) and not ignored(name):
            yield Entry(parts, "archive", remark=remark)
            opening = partial(self.copies.inner, member)
            yield from self._inner(parts, depth + 1, opening)
        else:
            found = _recognised(_entry(parts, remark=remark), member.open)
            wanted = found.kind == "notebook" or _is_small_text(name)
            if wanted and not found.ignored and not found.trouble:
                yield self._with_content(found, member)
            else:
                yield found

    def _with_content(self, entry: Entry, member: _Member) -> Entry:
        if member.read is not None:
            return entry._replace(read=member.read)
        try:
            with member.open() as file:
                return entry._replace(read=self.copies.keep(file))
        except Exception as error:  # a damaged archive raises anything
            what = str(error)
            if not isinstance(error, Unreadable):
                what = f"It cannot be unpacked: {_message(error)}."
            return entry._replace(read=refusing(what), trouble=what)

    def _counted(self) -> None:
        self.count += 1
        if self.count > ENTRIES:
            raise Broken(f"It holds more than {ENTRIES:,} files and folders.")


class _Copies:
    """Copies, in one temporary file, of members that cannot be read in place."""

    def __init__(self) -> None:
        self.file: io.RawIOBase | None = None
        self.end = 0
        self.inner_left = INNER  # remaining bytes of inner archives

    def keep(self, source: io.BufferedIOBase) -> Callable[[], bytes]:
        """Copy a small file; return a function that reads the copy in any process."""
        content = checked_size(source.read(LIMITS.notebook + 1))
        if self.end + len(content) > COPIED:
            raise Unreadable("The files in inner archives are too large in total.")
        if self.file is None:
            self.file = tempfile.TemporaryFile(buffering=0)
        start = self.end
        while self.end < start + len(content):
            rest = content[self.end - start :]
            self.end += os.pwrite(self.file.fileno(), rest, self.end)
        return partial(self.read, start, len(content))

    def read(self, start: int, size: int) -> bytes:
        """The bytes of one copy."""
        found = bytearray()
        while len(found) < size:
            part = os.pread(self.file.fileno(), size - len(found), start + len(found))
            if not part:
                raise Unreadable("Its copy in the temporary file is gone.")
            found += part
        return bytes(found)

    def inner(self, member: _Member) -> io.BufferedIOBase:
        """An inner archive, copied to a temporary file."""
        large = member.size > SMALL and member.size > RATIO * max(1, member.packed)
        if member.size > self.inner_left or (large and member.packed):
            what = f"It would unpack to {member.size:,} bytes"
            raise Broken(f"{what}, more than is opened inside of an archive.")
        copy = tempfile.TemporaryFile()
        try:
            with member.open() as source:
                while part := source.read(1 << 20):
                    self.inner_left -= len(part)
                    if self.inner_left < 0:
                        raise Broken("It is larger than is opened inside an archive.")
                    copy.write(part)
        except (Broken, Unreadable):
            copy.close()
            raise
        except Exception as error:  # a damaged archive raises anything
            copy.close()
            raise Broken(f"It cannot be unpacked: {_message(error)}.") from None
        copy.seek(0)
        return copy


class _Counted:
    """A stream that raises Broken after a number of bytes."""

    def __init__(self, stream: io.BufferedIOBase, most: int) -> None:
        self.stream, self.left, self.most = stream, most, most

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        content = self.stream.read(size)
        self.left -= len(content)
        if self.left < 0:
            raise Broken(f"It unpacks to more than {self.most:,} bytes.")
        return content


def ignored(name: str, *, folder: bool = False) -> str:
    """Why a file or folder of this name needs no attention; "" if it does."""
    known = (_JUNK_FOLDERS if folder else _JUNK_FILES).get(name.lower(), "")
    if known:
        return f"{known}."
    if name == ".ipynb_checkpoints":
        return "Copies of an earlier state, made by Jupyter."
    if name.startswith("._"):
        return "Made by macOS."
    if name.startswith("."):
        return "Hidden: its name begins with a dot."
    if name.startswith("~$"):
        return "Made by an office program."
    return ""


def environment(folders: Iterable[str], files: Collection[str]) -> str:
    """A sentence if a folder with this content is a Python environment; else ""."""
    typical = {name.lower() for name in folders} <= _ENVIRONMENT_FOLDERS
    notebooks = any(_named_as_notebook(name) for name in files)
    is_environment = "pyvenv.cfg" in files and typical and not notebooks
    return "A Python environment." * is_environment


def _environment(folder: Path) -> str:
    try:
        with os.scandir(folder) as found:
            inside = [(entry.name, entry.is_dir()) for entry in found]
    except OSError:
        return ""  # the error is reported when the folder is listed
    return environment(
        [name for name, is_folder in inside if is_folder],
        [name for name, is_folder in inside if not is_folder],
    )


def _entry(
    parts: tuple[str, ...],
    read: Callable[[], bytes] = bytes,
    *,
    folder: bool = False,
    trouble: str = "",
    remark: str = "",
) -> Entry:
    """An entry whose kind follows from its name."""
    name = parts[-1]
    kind: Kind = "folder" if folder else "file"
    if not folder and _named_as_notebook(name):
        kind = "notebook"
    elif not folder and is_archive(name):
        kind = "archive"
        if not trouble and _UNSUPPORTED.search(name) and not _PACKED.search(name):
            trouble = _unsupported(PurePosixPath(name).suffix.removeprefix("."))
    why = ignored(name, folder=folder)
    if trouble and read is bytes:
        read = refusing(trouble)
    return Entry(parts, kind, read, trouble, remark, why)


def _unsupported(kind: str) -> str:
    return f"It is an archive of a kind that is not opened here ({kind}). {UNPACK}"


def _named_as_notebook(name: str) -> bool:
    found = _NOTEBOOK.search(name)
    other = (_COPY, _NO_NOTEBOOK, _PACKED, _UNSUPPORTED)
    return bool(found) and not any(pattern.search(name) for pattern in other)


def _is_supported(name: str) -> bool:
    """Whether an archive of this name is opened."""
    compressed = _COMPRESSED.search(name) and ".ipynb." in name.lower()
    return bool(_PACKED.search(name) or compressed)


def _is_small_text(name: str) -> bool:
    return name.lower().endswith((".yml", ".yaml", ".py"))


def _recognised(entry: Entry, opened: Callable[[], io.BufferedIOBase]) -> Entry:
    """The entry, of kind "notebook" if its first bytes are those of a notebook."""
    name = entry.parts[-1]
    ending = PurePosixPath(name).suffix.lower()
    if entry.kind != "file" or entry.ignored or entry.trouble or ending not in _SNIFFED:
        return entry
    try:
        with opened() as file:
            start = file.read(1 << 12)
            if not start.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{"):
                return entry
            content = start + file.read(LIMITS.notebook)
    except Exception:  # a damaged archive raises anything; it may be no notebook
        return entry
    return entry._replace(kind="notebook" if b'"nbformat"' in content else "file")


def _path(name: str) -> tuple[tuple[str, ...], bool]:
    """The parts of a member's path, and whether it leads out of the archive."""
    slashed = name.replace("\\", "/")
    parts = tuple(part for part in slashed.split("/") if part not in ("", "."))
    drive = bool(parts) and bool(re.fullmatch("[A-Za-z]:", parts[0]))
    leads_out = slashed.startswith("/") or drive or ".." in parts
    return tuple(p for p in parts[drive:] if p != ".."), leads_out


def refusing(message: str) -> Callable[[], bytes]:
    """A reader that raises Unreadable with this message."""
    return partial(_raise_unreadable, message)


def _raise_unreadable(message: str) -> bytes:
    raise Unreadable(message)


def _opened_regular(path: Path) -> io.BufferedIOBase:
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
    file = os.fdopen(os.open(path, flags), "rb")
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise Unreadable(f"{path.name} is no ordinary file.")
    return file


def _archive_format(path: Path) -> str:
    """The archive format of a file by its first bytes; "" if it is no archive."""
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        start = file.read(512)
    for magic, kind in _MAGIC:
        if start.startswith(magic):
            return kind
    if start[257:262] == b"ustar":
        return "tar"
    return "zip" if zipfile.is_zipfile(path) else ""


def _check_zip(file: io.BufferedIOBase) -> None:
    """Check the end of a zip archive before its central directory is read.

    Raises:
        Broken: if the end is missing, or the central directory is too large.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - (1 << 16) - 100))
    tail = file.read()
    file.seek(0)
    start = file.read(8)
    file.seek(0)
    if not size:
        raise Broken("It is empty: 0 bytes.")
    found = tail.rfind(b"PK\x05\x06")
    if found < 0 or len(tail) < found + 22:
        for magic, kind in _MAGIC[2:]:
            if start.startswith(magic):
                raise Broken(_unsupported(kind))
        if start.startswith(b"PK"):
            raise Broken(
                "It is damaged: its end is missing. Download or copy it again."
            )
        raise Broken("It is no zip archive, though its name says so.")
    listed, begin = struct.unpack_from("<II", tail, found + 12)
    end = size - len(tail) + found
    zip64 = tail.rfind(b"PK\x06\x06", 0, found)
    if zip64 >= 0 and len(tail) >= zip64 + 56:
        listed, begin = struct.unpack_from("<QQ", tail, zip64 + 40)
        end = size - len(tail) + zip64
    if min(listed, size) > DIRECTORY:
        raise Broken(f"Its list of members takes {listed:,} bytes: too many.")
    if begin + listed != end and start.startswith(b"PK\x03\x04"):
        # The end record belongs to an inner archive, which zipfile would read instead.
        raise Broken("It is damaged: its end is missing. Download or copy it again.")


def _zip_member(
    archive: zipfile.ZipFile,
    info: zipfile.ZipInfo,
    name: str,
    remark: str,
    read: Callable[[], bytes] | None,
) -> _Member:
    mode, trouble = info.external_attr >> 16, ""
    if stat.S_ISLNK(mode):
        trouble = "It is a link, no ordinary file."
    elif info.flag_bits & 0x1:
        trouble = "It is locked with a password. Have it handed in without one."
    elif info.compress_type not in (0, 8, 12, 14):
        kind = {9: "Deflate64", 93: "Zstandard", 98: "PPMd"}.get(
            info.compress_type, f"number {info.compress_type}"
        )
        trouble = (
            f"It cannot be unpacked: the compression {kind} is not known here. "
            f"Unpack the archive, and give the folder."
        )
    is_folder = name.endswith(("/", "\\")) or info.is_dir()
    opened = partial(archive.open, info)
    sizes = info.file_size, info.compress_size
    return _Member(name, is_folder, opened, trouble, remark, *sizes, read)


def _tar_member(archive: tarfile.TarFile, member: tarfile.TarInfo) -> _Member:
    name, trouble = member.name, ""
    try:
        if hasattr(tarfile, "data_filter"):  # since 3.11.4
            tarfile.data_filter(member, "/nowhere")
    except tarfile.FilterError as error:
        trouble = f"It is not safe to unpack: {_message(error)}."
    if not (member.isdir() or member.isreg()):
        trouble = "It is a link, or no ordinary file."
    if member.isdir():
        trouble = ""
    if PurePosixPath(name).suffix.lower() in _SNIFFED and member.isreg():
        content = cache(lambda: _tar_content(archive, member).read(LIMITS.notebook + 1))
        return _Member(name, False, lambda: io.BytesIO(content()), trouble)
    opened = partial(_tar_content, archive, member)
    return _Member(name, member.isdir(), opened, trouble, size=member.size)


def _tar_content(
    archive: tarfile.TarFile, member: tarfile.TarInfo
) -> io.BufferedIOBase:
    found = archive.extractfile(member)
    if found is None:
        raise Unreadable("It is no ordinary file.")
    return found


def _decompressed(file: io.BufferedIOBase) -> tuple[bool, io.BufferedIOBase]:
    """Whether a stream is compressed, and the decompressed stream."""
    start = file.read(6)
    file.seek(0)
    if start.startswith(b"\x1f\x8b"):
        return True, gzip.open(file)
    if start.startswith(b"BZh"):
        return True, bz2.open(file)
    if start.startswith(b"\xfd7zXZ"):
        return True, lzma.open(file)
    return False, file


def _unpacked(path: Path, info: zipfile.ZipInfo) -> bytes:
    """The bytes of a member of the outermost archive."""
    try:
        with _opened(path, os.getpid()).open(info) as file:
            content = file.read(LIMITS.notebook + 1)
    except Exception as error:  # a damaged archive raises anything
        raise Unreadable(f"It cannot be unpacked: {_message(error)}.") from None
    return checked_size(content)


@lru_cache(maxsize=1)
def _opened(path: Path, process: int) -> zipfile.ZipFile:
    """An open archive; its central directory is read once in each process."""
    return zipfile.ZipFile(path)


def _message(error: Exception) -> str:
    """The message of a library's exception on one line."""
    text = " ".join(str(error).split())[:200].rstrip(".")
    if "CRC" in text:
        return f"its checksum does not agree, so it is damaged ({text})"
    return text or type(error).__name__
