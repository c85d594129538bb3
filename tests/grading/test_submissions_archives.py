"""Damaged, encrypted, unsupported and hostile archives are reported with a reason."""

# ruff: noqa: RUF001 (names in many scripts)

import bz2
import gzip
import io
import os
import random
import re
import struct
import subprocess
import sys
import tarfile
import zipfile
import zlib
from pathlib import Path
from unittest.mock import patch

import pytest
from classroom import notebook
from typer.testing import CliRunner

from command_line import cli
from grading import archives
from grading.archives import Broken
from grading.cells import Unreadable
from grading.code_pages import names_of
from grading.submissions import Student, read_submissions

NOTEBOOK = notebook({"X1-4": "pass"})
LESSON = "01_gan_math.ipynb"


def packed(names: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in names.items():
            archive.writestr(name, content)
    return file.getvalue()


def put(place: Path, content: bytes) -> Path:
    place.write_bytes(content)
    return place


def tarred(names: dict[str, bytes], mode: str) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode=mode) as archive:
        for name, content in names.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return file.getvalue()


def refusal(student: Student) -> str:
    with pytest.raises(Unreadable) as refused:
        student.files[0].read()
    return str(refused.value)


CLASS = {f"{who}/{LESSON}": NOTEBOOK + who.encode() for who in ("Ada", "Bo", "Cy")}
WHOLE = packed(CLASS)


def say(*words: object) -> tuple[int, str]:
    done = CliRunner(env={"FORCE_COLOR": None}).invoke(cli.app, [*map(str, words)])
    assert done.exception is None or isinstance(done.exception, SystemExit)
    return done.exit_code, done.output


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("all.zip", WHOLE[: len(WHOLE) // 2], "its end is missing"),
        ("all.zip", WHOLE[:-40], "damaged"),
        ("all.zip", WHOLE.replace(b"PK\x01\x02", b"PK\x09\x09"), "It is damaged"),
        ("all.zip", b"", "0 bytes"),
        ("all.zip", b"not a zip at all", "no zip archive"),
        ("all.zip", packed({}), "nothing in"),
        ("all.zip", packed({"README.txt": b"a"}), "README.txt: It is no notebook"),
        ("all.7z", b"7z\xbc\xaf\x27\x1c" + bytes(40), "(7z). Unpack it"),
        ("all.rar", b"Rar!\x1a\x07" + bytes(40), "(RAR). Unpack it"),
        ("all.zip", b"Rar!\x1a\x07" + bytes(40), "(RAR). Unpack it"),
        ("all.tar.gz", tarred(CLASS, "w:gz")[:-30], "It is damaged"),
        ("all.tar", tarred(CLASS, "w")[:700], "It is damaged"),
        ("all.tgz", b"\x1f\x8b" + bytes(40), "It is damaged"),
    ],
)
def test_an_archive_that_cannot_be_read_is_refused_in_words(
    tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    place = put(tmp_path / name, content)
    with pytest.raises(Broken, match=re.escape(words)):
        read_submissions(place)
    code, output = say("grade", place, "--out", tmp_path / "out")
    assert code == 2
    assert words in output.replace("\n", " ")
    assert "Traceback" not in output


def test_no_damage_to_an_archive_ends_in_a_traceback(tmp_path: Path) -> None:
    """Bytes changed, cut and put in at random: words, or students, or both."""
    draws = random.Random(0)
    for archive in (WHOLE, tarred(CLASS, "w:gz"), tarred(CLASS, "w")):
        for _ in range(15):
            content = bytearray(archive)
            for _ in range(draws.randrange(1, 4)):
                place = draws.randrange(len(content))
                content[place : place + draws.randrange(3)] = draws.randbytes(2)
            for name in ("class.zip", "all.tar.gz"):
                inside = {f"Ada/{name}": bytes(content), f"Bo/{LESSON}": NOTEBOOK}
                for whole in (bytes(content), packed(inside)):
                    try:
                        people = read_submissions(put(tmp_path / name, whole)).people
                    except ValueError:
                        continue
                    for student in people:
                        for file in student.files:
                            try:
                                file.read()
                            except Unreadable:
                                pass


def test_half_an_archive_is_not_taken_for_an_archive_inside_of_it(
    tmp_path: Path,
) -> None:
    """Its last bytes may be the end of an inner archive that is not compressed."""
    inner = packed({LESSON: NOTEBOOK})
    outer = packed({"Ada/a.zip": inner, "Bo/a.zip": inner}, zipfile.ZIP_STORED)
    cut = outer.index(inner) + len(inner)
    for more in (0, 7):
        with pytest.raises(Broken, match="its end is missing"):
            read_submissions(put(tmp_path / "a.zip", outer[: cut + more]))
    found = read_submissions(put(tmp_path / "a.zip", outer + b"\r\n"))
    assert len(found.people) == 2, "bytes behind the end do no harm"


def test_a_member_s_damage_is_its_student_s_alone(tmp_path: Path) -> None:
    stored = bytearray(packed(CLASS, zipfile.ZIP_STORED))
    stored[stored.index(NOTEBOOK) + 5] ^= 1
    found = read_submissions(put(tmp_path / "a.zip", bytes(stored)))
    assert [student.name for student in found.people] == ["Ada", "Bo", "Cy"]
    assert "checksum" in refusal(found.people[0])
    assert found.people[1].files[0].read() == CLASS[f"Bo/{LESSON}"]


def with_header(field: int, value: int, size: int = 2) -> bytes:
    """An archive in whose list the first member has another value in a field."""
    content = bytearray(WHOLE)
    listed = content.index(b"PK\x01\x02")
    content[listed + field : listed + field + size] = value.to_bytes(size, "little")
    return bytes(content)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (with_header(8, 1), "locked with a password"),
        (with_header(10, 9), "the compression Deflate64"),
        (with_header(10, 77), "the compression number 77"),
        (with_header(38, 0o120777 << 16, 4), "a link"),
    ],
)
def test_a_member_that_cannot_be_unpacked_says_why(
    tmp_path: Path, content: bytes, words: str
) -> None:
    found = read_submissions(put(tmp_path / "a.zip", content))
    assert len(found.people) == 3
    assert words in refusal(found.people[0])
    inner = {"Ada.zip": content, f"Bo/{LESSON}": NOTEBOOK}
    found = read_submissions(put(tmp_path / "b.zip", packed(inner)))
    assert any(words in left.why and left.look for left in found.left)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("work.zip", WHOLE[:200], "its end is missing"),
        ("work.7z", b"7z\xbc\xaf\x27\x1c", "(7z). Unpack it"),
        ("work.rar", b"Rar!", "(rar). Unpack it"),
        ("work.zip", packed({}), "archive is empty"),
        ("work.tar.gz", b"\x1f\x8bxx", "damaged"),
    ],
)
def test_a_student_s_damaged_archive_is_unreadable_and_beside_a_notebook_left_out(
    tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    files = {f"Ada/{name}": content, f"Bo/{LESSON}": NOTEBOOK, f"Bo/{name}": content}
    found = read_submissions(put(tmp_path / "a.zip", packed(files)))
    assert words in refusal(found.people[0])
    assert found.people[1].files[0].read() == NOTEBOOK
    (left,) = found.left
    assert (left.path, left.student, left.look) == (f"Bo/{name}", "Bo", True)
    assert words in left.why


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_tar_archives_are_read(tmp_path: Path, mode: str) -> None:
    ending = ".tar" + mode[1:].replace(":", ".")
    outer = {f"hw1/{name}": content for name, content in CLASS.items()}
    outer |= {"hw1/Dee.tar.gz": tarred({LESSON: NOTEBOOK}, "w:gz")}
    outer |= {"hw1/Eve/notes.txt": b"{} no notebook", "hw1/Eve/01.txt": NOTEBOOK}
    found = read_submissions(put(tmp_path / f"all{ending}", tarred(outer, mode)))
    names = ["Ada", "Bo", "Cy", "Dee", "Eve"]
    assert [student.name for student in found.people] == names
    for student in found.people:
        assert student.files[0].read().startswith(NOTEBOOK)


def test_a_tar_archive_s_links_and_paths_are_not_followed(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        for name, kind, target in (
            (f"Ada/{LESSON}", tarfile.SYMTYPE, "/etc/passwd"),
            (f"Bo/{LESSON}", tarfile.LNKTYPE, "/etc/passwd"),
            (f"Cy/{LESSON}", tarfile.FIFOTYPE, ""),
            ("../evil.ipynb", tarfile.REGTYPE, ""),
            ("/etc/evil.ipynb", tarfile.REGTYPE, ""),
        ):
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, target
            archive.addfile(member)
    found = read_submissions(tmp_path / "a.tar")
    assert [student.name for student in found.people] == ["Ada", "Bo", "Cy"]
    assert all("a link" in refusal(student) for student in found.people)
    assert len([left for left in found.left if "leads out" in left.why]) == 2


def test_compressed_notebook_is_read(tmp_path: Path) -> None:
    files = {f"Ada/{LESSON}.gz": gzip.compress(NOTEBOOK)}
    files |= {f"Bo/{LESSON}.bz2": bz2.compress(NOTEBOOK)}
    found = read_submissions(put(tmp_path / "a.zip", packed(files)))
    assert [s.files[0].read() for s in found.people] == [NOTEBOOK] * 2


def test_depth_of_nested_archives_is_limited(tmp_path: Path) -> None:
    content = packed({LESSON: NOTEBOOK})
    for _ in range(2):
        content = packed({"a.zip": content})
    deep = packed({"a.zip": packed({"a.zip": content})})
    files = {"Ada/a.zip": content, "Bo/a.zip": deep}
    found = read_submissions(put(tmp_path / "a.zip", packed(files)))
    assert found.people[0].files[0].read() == NOTEBOOK
    assert "only so many are opened" in refusal(found.people[1])


def test_each_archive_bomb_is_unreadable(tmp_path: Path) -> None:
    zeros = bytes(40_000_000)
    many = packed({f"{i}.txt": b"" for i in range(archives.MEMBERS + 1)})
    bombs = {
        "Ada/a.zip": packed({"b.zip": zeros}),  # much in little
        "Bo/a.zip": many,
        "Cy/a.tar.gz": tarred({LESSON: zeros}, "w:gz"),
        "Dee/a.zip": packed({LESSON: zeros}),
    }
    good = {f"Zed/{LESSON}": NOTEBOOK}
    with patch.object(archives, "INNER", 30_000_000):
        found = read_submissions(put(tmp_path / "a.zip", packed(bombs | good)))
    people = {student.name: student for student in found.people}
    assert "would unpack to 40,000,000" in refusal(people["Ada"])
    assert "20,001 files" in refusal(people["Bo"])
    assert refusal(people["Cy"])
    assert "larger than 20 MB" in refusal(people["Dee"])
    assert people["Zed"].files[0].read() == NOTEBOOK


def test_central_directory_that_is_too_large_raises(tmp_path: Path) -> None:
    with patch.object(archives, "DIRECTORY", 100):
        with pytest.raises(Broken, match="list of members"):
            read_submissions(put(tmp_path / "a.zip", WHOLE))


def test_last_of_duplicate_paths_is_graded_and_reviewed(
    tmp_path: Path,
) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for content in (b"first", b"last"):
            with pytest.warns() if content == b"last" else patch("builtins.id"):
                archive.writestr(f"Ada/{LESSON}", content)
    found = read_submissions(tmp_path / "a.zip")
    assert [file.read() for file in found.people[0].files] == [b"last"]
    assert found.left[0].look


def in_code_page(names: dict[str, str], flag: int = 0) -> bytes:
    """An archive whose names are in a code page, which it does not say."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for place, name in enumerate(names):
            archive.writestr(
                f"{place:03}" + "x" * (len(name.encode(names[name])) - 3), b""
            )
    raw = content.getvalue()
    for place, name in enumerate(names):
        written = name.encode(names[name])
        raw = raw.replace(f"{place:03}".encode() + b"x" * (len(written) - 3), written)
    return raw


@pytest.mark.parametrize(
    ("page", "listed"),
    [
        ("utf-8", "Zoë Müller,Łukasz Żak,李明"),
        ("cp437", "Zoë Müller,José Peña,Åsa Ek"),
        ("cp850", "João Simões,Ágnes Tóth,Bjørn Sæther"),
        ("cp852", "Łukasz Żak,Jiří Dvořák"),
        ("cp1250", "Łukasz Żak,Jiří Dvořák"),
        ("cp1252", "Zoë Müller,José Peña,Åsa Ek,François Noël"),
        ("cp866", "Иванов Пётр,Сергей Кузнецов"),
        ("cp1251", "Иванов Пётр,Сергей Кузнецов,Анна Смирнова"),
        ("cp1253", "Γιώργος Παπαδόπουλος"),
        ("cp857", "Ayşe Yılmaz,Erdoğan Şahin"),
        ("cp1254", "Ayşe Yılmaz,Erdoğan Şahin"),
        ("gbk", "李明,王小红,张伟"),
        ("big5", "陳大文,林志明"),
        ("cp932", "田中太郎,佐藤花子,すずき"),
        ("cp949", "김철수,박영희"),
        ("cp1255", "דוד כהן"),
    ],
)
def test_names_in_an_old_code_page_are_decoded(
    tmp_path: Path, page: str, listed: str
) -> None:
    names = listed.split(",")
    content = in_code_page({f"{name}/{LESSON}": page for name in names})
    found = read_submissions(put(tmp_path / "a.zip", content))
    assert {student.name for student in found.people} == set(names)
    if page != "utf-8":
        assert page in " ".join(found.remarks)
    assert not found.doubts


def test_name_in_an_unknown_code_page_is_a_doubt(
    tmp_path: Path,
) -> None:
    raw = b"Q\xb0\xb1\xb2\xf7\xfe"
    content = in_code_page({f"{raw.decode('latin-1')}/{LESSON}": "latin-1"})
    found = read_submissions(put(tmp_path / "a.zip", content))
    assert found.people[0].name == raw.decode("cp437")
    assert r"its bytes are Q\xb0\xb1\xb2\xf7\xfe/01" in found.doubts[0]


def test_info_zip_unicode_name_is_used_if_its_checksum_fits() -> None:
    raw, name = b"\x9dukasz", "Łukasz ✓"
    content = b"\x01" + struct.pack("<I", zlib.crc32(raw)) + name.encode()
    member = zipfile.ZipInfo(raw.decode("cp437"))
    member.flag_bits = 0
    member.extra = struct.pack("<HHH", 1, 2, 7)
    member.extra += struct.pack("<HH", 0x7075, len(content)) + content
    assert names_of([member])[0].text == name
    member.orig_filename = "x"
    assert names_of([member])[0].text == "x"


@pytest.mark.parametrize("name", ["محمد علی\u200cرضا", "Ana 👩\u200d🎓", "李\u3000明"])
def test_joiners_are_kept_in_the_gradebook(tmp_path: Path, name: str) -> None:
    from grading import tables

    found = read_submissions(
        put(tmp_path / "a.zip", packed({f"{name}/{LESSON}": NOTEBOOK}))
    )
    table = tables.complete({}, found.people, [])
    assert name in tables.gradebook(table).decode("utf-8-sig")


def test_grading_without_linux_gives_an_error_message() -> None:
    """As on Windows, where Python has no module ``fcntl``."""
    program = """
import sys
class Block:
    def find_spec(self, name, path=None, target=None):
        if name in ("fcntl", "resource"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=NAME)
sys.meta_path.insert(0, Block())
for name in ("fcntl", "resource"):
    sys.modules.pop(name, None)
sys.argv = ["course", "grade", "class.zip"]
from command_line.cli import app
app()
"""
    for name in ("name", "None"):
        words = [sys.executable, "-c", program.replace("NAME", name)]
        done = subprocess.run(words, capture_output=True, text=True, env=os.environ)
        assert done.returncode == 1
        assert done.stderr.startswith("Grading needs Linux")
        assert "Traceback" not in done.stderr
