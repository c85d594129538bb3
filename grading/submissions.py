"""Assign all submitted files to students, and choose the notebooks to grade.

The submissions are one folder per student, single files, or the archive of a teaching
platform. Enclosing folders are skipped. Every file is either graded or left out with a
reason.
"""

import hashlib
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import NamedTuple

from grading import archives, platforms
from grading.archives import Broken, Entry, refusing
from grading.cells import Unreadable
from grading.limits import LIMITS
from grading.platforms import Attempt, Whose

_NBGRADER = {"source", "release", "autograded", "feedback", "gradebook.db"}
_NBGRADER |= {"nbgrader_config.py", "downloaded", "archive", "header.ipynb"}
_NEW_EDITION = re.compile(r"\.new-edition-[0-9a-f]{4,}", re.I)
_UPLOAD = re.compile(r"-(\d{1,2})$")  # Canvas numbers repeated uploads of one name
_WORK = re.compile(r"\.(?:py|html?|pdf|docx?|odt|rtf|md|ipynb\W.*)$", re.I)
_PLATFORM_FILE = re.compile(r"(?:index\.html?|readme.*|.*\.(?:csv|ya?ml|db))", re.I)
_NO_NAME = re.compile(  # a folder of an attempt, a version or a lesson
    r"\d|attempt|try|version|draft|final|old|new|back|copy|submi|lesson|work", re.I
)
MAX_COMPARED = 100  # notebooks of one student that are compared byte by byte


class File(NamedTuple):
    """One file of a student; ``read`` returns its bytes.

    ``name`` is its path below the student's folder, ``path`` its path in the
    submissions.
    """

    name: str
    read: Callable[[], bytes]
    path: str = ""


class Student(NamedTuple):
    """A student, their number on the platform, and their notebooks.

    ``paths`` are the folders and files that were assigned to them; ``modules`` are
    Python files, which a notebook may import.
    """

    name: str
    id: str
    files: tuple[File, ...]
    paths: tuple[str, ...] = ()
    modules: tuple[File, ...] = ()


class Left(NamedTuple):
    """A file or folder that is not graded, and the reason.

    ``student`` is the student that it belongs to, or ""; ``look`` tells whether an
    instructor should review it; ``count`` is the number of files in a folder.
    """

    path: str
    why: str
    student: str = ""
    look: bool = False
    count: int = 1


class Submissions(NamedTuple):
    """All submissions: students, files that are left out, and remarks.

    ``remarks`` and ``doubts`` are sentences; doubts need review.
    """

    people: list[Student]
    left: list[Left]
    remarks: list[str]
    doubts: list[str]


def students(path: Path) -> list[Student]:
    """All students who submitted, sorted by name.

    Raises:
        Broken: if the submissions cannot be read.
        ValueError: if there is no such file or folder.
    """
    return read_submissions(path).people


def read_submissions(path: Path) -> Submissions:
    """All students who submitted, sorted by name, and all files that are not graded.

    Raises:
        Broken: if it is an archive that cannot be read, or if it has no submission.
        ValueError: if there is no such file or folder.
    """
    if path.is_file() and archives.without_ending(path.name) != path.name:
        if not archives.is_archive(path.name) and ".ipynb" in path.name.lower():
            file = File(path.name, partial(archives.regular, path), path.name)
            name = archives.without_ending(path.name)
            return Submissions([Student(name, "", (file,), (path.name,))], [], [], [])
    try:
        entries = archives.entries(path)
    except Broken as error:
        raise Broken(f"{path} cannot be read. {error}") from None
    result = _Sorter(_tree(entries)).sorted()
    if len(result.people) == 1:
        _check_single_archive(path, entries)
    if not result.people:
        raise Broken(_no_submission(path, result))
    return result


def _check_single_archive(path: Path, entries: Sequence[Entry]) -> None:
    """Check that a single archive in a folder can be opened.

    Among other files it would belong to a student; alone it contains the whole class.

    Raises:
        Broken: if it cannot be opened.
    """
    relevant = [entry for entry in entries if not entry.ignored]
    if relevant and {entry.parts for entry in relevant} == {relevant[0].parts}:
        if relevant[0].kind == "archive" and len(relevant[0].parts) == 1:
            why = relevant[-1].trouble or "The archive is empty."
            raise Broken(f"{path / relevant[0].parts[0]} cannot be read. {why}")


def _no_submission(path: Path, result: Submissions) -> str:
    """The message that there is no submission, with the files found instead."""
    sentences = [f"There is nothing in {path} that a student handed in."]
    sentences += [f"{left.path}: {left.why}" for left in result.left[:5]]
    sentences += [f"And {len(result.left) - 5} more."] * (len(result.left) > 5)
    return " ".join(sentences)


def _may_be_class(node: "_Node") -> bool:
    """Whether it is a folder whose subfolders may belong to different students.

    A student has one folder for each lesson, or attempts that are named as such; in a
    class, the same notebook lies in folders of other names.
    """
    inside = node.visible() if node.is_container else []
    if platforms.of_folder(node.name) or any(x.kind == "notebook" for x in inside):
        return False
    seen = Counter(
        name
        for child in inside
        if child.is_container and not _NO_NAME.search(child.name)
        for name in {leaf.name for leaf in child.files() if leaf.kind == "notebook"}
    )
    return max(seen.values(), default=0) > 1


@dataclass
class _Node:
    """A file or folder in the tree of submissions; an archive counts as a folder."""

    name: str
    parts: tuple[str, ...]
    entries: list[Entry] = field(default_factory=list)
    children: dict[tuple[str, bool], "_Node"] = field(default_factory=dict)

    @property
    def path(self) -> str:
        return "/".join(self.parts)

    @property
    def kind(self) -> str:
        return self.entries[0].kind if self.entries else "folder"

    @property
    def is_container(self) -> bool:
        return self.kind in ("folder", "archive")

    @property
    def trouble(self) -> str:
        found = [entry.trouble for entry in self.entries if entry.trouble]
        return found[0] if found and self.is_container else ""

    @property
    def ignored(self) -> str:
        """Why it needs no attention; "" if it does."""
        known = [entry.ignored for entry in self.entries if entry.ignored]
        if known and (self.is_container or len(known) == len(self.entries)):
            return known[0]
        if ("pyvenv.cfg", False) in self.children and self.kind == "folder":
            folders = [name for name, is_folder in self.children if is_folder]
            files = [name for name, is_folder in self.children if not is_folder]
            if why := archives.environment(folders, files):
                return why
        return archives.ignored(self.name, folder=self.kind == "folder")

    @property
    def stem(self) -> str:
        return archives.without_ending(self.name)

    def visible(self) -> list["_Node"]:
        """Its children that are not ignored, sorted by name."""
        known = sorted(self.children.values(), key=lambda node: node.name)
        return [node for node in known if not node.ignored]

    def files(self) -> Iterator["_Node"]:
        """All descendants without children: files and empty folders."""
        for node in self.children.values():
            if node.children:
                yield from node.files()
            else:
                yield node

    def holds_work(self) -> bool:
        """Whether it contains a notebook, or something unreadable that may be one."""
        if self.trouble or self.kind == "notebook":
            return True
        return any(node.holds_work() for node in self.visible())


def _tree(listed: Iterable[Entry]) -> _Node:
    root = _Node("", ())
    for entry in listed:
        node = root
        for depth, name in enumerate(entry.parts, 1):
            last = depth == len(entry.parts)
            is_container = not last or entry.kind in ("folder", "archive")
            key = name, is_container
            node = node.children.setdefault(key, _Node(name, entry.parts[:depth]))
        node.entries.append(entry)
    return root


class _Piece(NamedTuple):
    """A file of a student, or a folder that cannot be read."""

    name: str  # below the student's folder
    node: _Node
    entry: Entry
    attempt: Attempt | None
    platform: str

    @property
    def lesson(self) -> str:
        return platforms.lesson_in(self.node.name)


class _Sorter:
    """Assigns the files of a tree to students, or leaves them out."""

    def __init__(self, root: _Node) -> None:
        self.root = root
        self.left: list[Left] = []
        self.remarks: list[str] = []
        self.doubts: list[str] = []
        self.pieces: dict[tuple[str, str], list[_Piece]] = {}
        self.paths: dict[tuple[str, str], list[str]] = defaultdict(list)

    def sorted(self) -> Submissions:
        """The students, and the files that are left out."""
        level = self._class_level(self.root)
        self._by_student(level)
        self._report_classes(level)
        names = self._names()
        people = []
        for key, pieces in sorted(self.pieces.items(), key=lambda item: item[0]):
            files = self._chosen(names[key], pieces)
            modules = _as_files([p for p in pieces if _is_module(p)][: LIMITS.files])
            paths = (*self.paths[key],)
            people.append(Student(names[key], key[1], files, paths, modules))
        self._report_similar_names(people)
        self._report_code_pages()
        self.left.sort(key=lambda left: (not left.look, left.path))
        return Submissions(people, self.left, self.remarks, self.doubts)

    def _class_level(self, node: _Node) -> _Node:
        """The folder whose children belong to students: the root, or one below it."""
        while True:
            if node.trouble and not node.children:
                return node
            self._leave_ignored(node)
            inside = node.visible()
            containers = [child for child in inside if child.is_container]
            below = _submitted(inside)
            if below is None and len(containers) == 1:
                files = [child for child in inside if not child.is_container]
                known = platforms.of_files([child.name for child in files])
                notebooks = any(child.kind == "notebook" for child in files)
                if not known and not notebooks and _is_outer(containers[0], True):
                    below = containers[0]
            if below is None:
                return node
            for child in inside:
                if child is not below:
                    what = f"It lies beside {below.path}, where the submissions are."
                    self._leave(
                        child, what, look=child.holds_work() and node.name != ""
                    )
            self.remarks[:] = [f"The students were looked for in {below.path}."]
            node = below

    def _report_classes(self, level: _Node) -> None:
        """Doubt that folders are students' if several look like folders of a class."""
        known = [node for node in level.visible() if _may_be_class(node)]
        if len(known) > 1:
            listed = ", ".join(node.path for node in known[:5])
            listed += ", ..." * (len(known) > 5)
            self.doubts.append(
                f"Each of these folders holds the same notebook in several folders: "
                f"{listed}. Each was graded as one student. If they are classes, grade "
                "them one by one, with an --out folder for each."
            )

    def _leave(
        self, node: _Node, why: str, *, student: str = "", look: bool = False
    ) -> None:
        count = sum(1 for _ in node.files()) if node.children else 1
        ending = "/" * (node.is_container and node.kind == "folder")
        self.left.append(Left(node.path + ending, why, student, look, count))

    def _leave_ignored(self, node: _Node, student: str = "") -> None:
        for child in node.children.values():
            if child.ignored:
                self._leave(child, child.ignored, student=student)

    def _leave_outside(self, node: _Node) -> None:
        """Leave out entries whose path leads out of their archive."""
        for leaf in node.files() if node.children else [node]:
            for entry in leaf.entries:
                self._leave(leaf, entry.trouble, look=True)

    def _by_student(self, level: _Node) -> None:
        """Assign each file and folder of the class to the student in its name."""
        inside = level.visible()
        listed = self._submitters(inside)
        flat = [n.name for n in inside if n.kind != "folder"]
        known = platforms.of_files(flat)
        has_flat = any(n.kind == "notebook" and n.name not in known for n in inside)
        for node in inside:
            whose = known.get(node.name) if node.kind != "folder" else None
            if whose is None and node.is_container:
                whose = platforms.of_folder(node.name) or self._free(node, inside)
            if whose is None and node.kind == "notebook":
                whose = self._free(node, inside)
            outside = _leads_out(node) and not (whose and whose.platform)
            if whose is None or outside:
                if outside:
                    self._leave_outside(node)
                    continue
                why = "It is no notebook, and its name tells no student."
                if node.entries[0].trouble:
                    why = node.entries[0].trouble
                work = bool(_WORK.search(node.name)) and has_flat
                look = work and not _PLATFORM_FILE.fullmatch(node.name)
                self._leave(node, why, look=look)
                continue
            whose = _with_submitters(whose, node.name, listed)
            key = whose.who, whose.id
            self.paths[key].append(node.path)
            self.pieces.setdefault(key, []).extend(self._pieces_of(node, whose))

    def _submitters(self, inside: Sequence[_Node]) -> dict[str, platforms.Submitters]:
        """The submitters in Gradescope's metadata file, if there is one."""
        for node in inside:
            if node.name == "submission_metadata.yml" and not node.is_container:
                try:
                    text = node.entries[-1].read().decode("utf-8", "replace")
                except Unreadable:
                    return {}
                return platforms.submitters(text)
        return {}

    def _free(self, node: _Node, inside: Sequence[_Node]) -> Whose:
        """The student of a file or folder whose name follows no platform's pattern."""
        if node.kind == "folder":
            return Whose(node.name)
        who = platforms.student_in(node.stem)
        if not who:
            if len(inside) > 1:
                self.doubts.append(f"The name of {node.path} tells no student.")
            return Whose(node.stem)
        return Whose(who)

    def _pieces_of(self, node: _Node, whose: Whose) -> Iterator[_Piece]:
        """All files of a student in one file or folder of the class."""
        if not node.is_container:
            for entry in node.entries:
                name = whose.file or node.name
                yield _Piece(name, node, entry, whose.attempt, whose.platform)
            return
        start = len(node.parts)
        stack = [node]
        while stack:
            here = stack.pop()
            rest = here.parts[start:]
            name = "/".join(rest)
            if here.kind == "archive" or (here is node and whose.file):
                own = whose.file or node.name
                name = "/".join((own, *rest) if node.kind == "archive" else rest)
            trouble = here.trouble
            if here.kind == "archive" and not here.children and not trouble:
                trouble = "The archive is empty."
            attempt = whose.attempt or platforms.version(rest)
            if trouble:
                entry = Entry(here.parts, "archive", refusing(trouble), trouble)
                yield _Piece(name or node.name, here, entry, attempt, whose.platform)
            for child in here.children.values():
                if child.ignored:
                    entry = Entry(child.parts, "file", ignored=child.ignored)
                    name = "/".join(child.parts[start:])
                    yield _Piece(name, child, entry, attempt, whose.platform)
                elif child.is_container:
                    stack.append(child)
                else:
                    name = "/".join(child.parts[start:])
                    if node.kind == "archive":
                        name = f"{whose.file or node.name}/{name}"
                    for entry in child.entries:
                        yield _Piece(name, child, entry, attempt, whose.platform)

    def _names(self) -> dict[tuple[str, str], str]:
        """A unique name for each student.

        If two students have the same name, all names get the student's number, because
        another student may be called "Ada (7)".
        """
        alike = len({who for who, _ in self.pieces}) < len(self.pieces)
        names: dict[tuple[str, str], str] = {}
        for who, id in self.pieces:
            name = f"{who} ({id})" if alike and id else who
            while name in names.values():
                name += "'"
            names[who, id] = name
        return names

    def _chosen(self, student: str, pieces: Sequence[_Piece]) -> tuple[File, ...]:
        """The files of a student that are graded; all others are left out."""
        left_out: list[Left] = []

        def leave(piece: _Piece, why: str, look: bool = False) -> None:
            node = piece.node
            count = sum(1 for _ in node.files()) if node.children else 1
            ending = "/" * (node.kind == "folder" and node.is_container)
            left_out.append(Left(node.path + ending, why, student, look, count))

        ignored = [piece for piece in pieces if piece.entry.ignored]
        for piece in ignored:
            leave(piece, piece.entry.ignored)
        rest = [piece for piece in pieces if not piece.entry.ignored]
        candidates = [p for p in rest if p.entry.kind == "notebook" or p.entry.trouble]
        others = [piece for piece in rest if piece not in candidates]
        candidates = _newest(candidates, others, leave)
        for choose in (_last_of_a_name, _own_copies, _last_uploads, _plain_names):
            candidates = choose(candidates, leave)
        broken = [piece for piece in candidates if piece.entry.trouble]
        notebooks = [piece for piece in candidates if not piece.entry.trouble]
        notebooks = _different(notebooks, leave)
        for piece in notebooks[LIMITS.files :]:
            what = f"More than {LIMITS.files} notebooks of one student."
            leave(piece, what, look=True)
        for piece in others:
            leave(piece, _no_notebook(piece))
        graded = notebooks[: LIMITS.files] or broken[: LIMITS.files]
        for piece in broken:
            if piece not in graded:
                leave(piece, piece.entry.trouble, look=True)
        self.left += left_out
        files = _as_files(graded)
        if not files and (others or ignored):
            files = (_nothing_but([*others, *ignored]),)
        return files

    def _report_similar_names(self, people: Sequence[Student]) -> None:
        groups: dict[str, list[Student]] = defaultdict(list)
        for student in people:
            groups[_visible_name(student.name)].append(student)
        for group in groups.values():
            if len(group) > 1:
                paths = " and ".join(", ".join(student.paths) for student in group)
                self.doubts.append(
                    f"The names of {len(group)} students look the same: {paths}."
                )

    def _report_code_pages(self) -> None:
        """Report how names were decoded if the archive does not state the encoding."""
        read: dict[str, list[str]] = defaultdict(list)
        stack = [self.root]
        while stack:
            node = stack.pop()
            stack += node.children.values()
            for entry in node.entries:
                if entry.remark:
                    read[entry.remark].append(node.path)
        for remark, paths in read.items():
            listed = ", ".join(sorted(paths)[:3]) + ", ..." * (len(paths) > 3)
            doubtful = not remark.startswith("its name was read")
            (self.doubts if doubtful else self.remarks).append(f"{listed}: {remark}.")


Leave = Callable[..., None]  # takes a piece, the reason, and whether to review it


def _newest(
    candidates: list[_Piece], others: list[_Piece], leave: Leave
) -> list[_Piece]:
    """The newest attempt, and notebooks of other lessons from older attempts."""
    orders = sorted({p.attempt.order for p in candidates if p.attempt}, reverse=True)
    if not orders:
        return candidates
    kept = [p for p in candidates if p.attempt is None]
    newest: list[_Piece] = [p for p in candidates if p.attempt]
    newest = [p for p in newest if p.attempt and p.attempt.order == orders[0]]
    label = newest[0].attempt.label if newest[0].attempt else ""
    for piece in [p for p in others if p.attempt and p.attempt.order > orders[0]]:
        what = f"A newer attempt without a notebook; graded is that of {label}."
        leave(piece, what, look=True)
        others.remove(piece)
    kept += newest
    for order in orders[1:]:
        lessons = {piece.lesson for piece in kept}
        for piece in candidates:
            if not piece.attempt or piece.attempt.order != order:
                continue
            if piece.lesson and "" not in lessons and piece.lesson not in lessons:
                kept.append(piece)
            else:
                when = piece.attempt.label
                leave(piece, f"An earlier attempt ({when}); graded is that of {label}.")
    return kept


def _last_of_a_name(candidates: list[_Piece], leave: Leave) -> list[_Piece]:
    """One file of each path; if an archive contains a path twice, the last one."""
    last = {piece.node.path: piece for piece in candidates}
    for piece in candidates:
        if piece is not last[piece.node.path] and not piece.node.is_container:
            what = "The archive holds this path more than once; the last is graded."
            leave(piece, what, look=True)
    return [*last.values()]


def _own_copies(candidates: list[_Piece], leave: Leave) -> list[_Piece]:
    """Without new editions that ``course lab`` wrote next to the student's copy."""
    kept = []
    for piece in candidates:
        name = piece.node.name
        found = _NEW_EDITION.search(name)
        stem = name[: found.start()] if found else ""
        own = [
            other
            for other in candidates
            if found
            and not _NEW_EDITION.search(other.node.name)
            and other.entry.kind == "notebook"
            and (other.node.stem == stem or other.lesson == piece.lesson != "")
        ]
        if own:
            what = f"The course's newer edition; graded is the own copy, {own[0].name}."
            leave(piece, what)
        else:
            kept.append(piece)
    return kept


def _last_uploads(candidates: list[_Piece], leave: Leave) -> list[_Piece]:
    """The last of several uploads to Canvas under one name."""

    def key(piece: _Piece) -> tuple[str, int] | None:
        if piece.platform != "Canvas" or piece.entry.kind != "notebook":
            return None
        if "/" in piece.name:
            return None
        stem = archives.without_ending(piece.name)
        found = _UPLOAD.search(stem)
        return (stem[: found.start()], int(found[1])) if found else (stem, 0)

    last: dict[str, tuple[int, _Piece]] = {}
    for piece in candidates:
        found = key(piece)
        if found and (found[0] not in last or last[found[0]][0] <= found[1]):
            last[found[0]] = found[1], piece
    kept = []
    for piece in candidates:
        found = key(piece)
        if found and last[found[0]][1] is not piece:
            leave(piece, f"An earlier upload; graded is {last[found[0]][1].name}.")
        else:
            kept.append(piece)
    return kept


def _plain_names(candidates: list[_Piece], leave: Leave) -> list[_Piece]:
    """Without files such as 01.ipynb.txt if 01.ipynb is in the same folder."""
    plain = {
        (piece.node.parts[:-1], piece.node.stem)
        for piece in candidates
        if archives.is_plain_notebook(piece.node.name)
    }
    kept = []
    for piece in candidates:
        known = (piece.node.parts[:-1], piece.node.stem) in plain
        if known and not archives.is_plain_notebook(piece.node.name):
            leave(piece, "Beside it lies an .ipynb of the same name, which is graded.")
        else:
            kept.append(piece)
    return kept


def _different(notebooks: list[_Piece], leave: Leave) -> list[_Piece]:
    """Without notebooks that are the same byte for byte."""
    if len(notebooks) < 2:
        return notebooks
    notebooks.sort(key=lambda piece: (piece.name.count("/"), piece.name))
    first: dict[bytes, _Piece] = {}
    kept = []
    for index, piece in enumerate(notebooks):
        digest = str(index).encode()
        if index < MAX_COMPARED:
            try:
                digest = hashlib.sha256(piece.entry.read()).digest()
            except Unreadable:
                pass
        if digest in first:
            leave(
                piece, f"It is the same, byte for byte, as {first[digest].node.path}."
            )
        else:
            first[digest] = piece
            kept.append(piece)
    return kept


def _as_files(pieces: Sequence[_Piece]) -> tuple[File, ...]:
    """The files of these pieces, with unique names."""
    names = [piece.name for piece in pieces]
    return tuple(
        File(
            piece.name if names.count(piece.name) == 1 else piece.node.path,
            piece.entry.read,
            piece.node.path,
        )
        for piece in pieces
    )


def _is_module(piece: _Piece) -> bool:
    found = piece.entry
    whole = not found.ignored and not found.trouble
    return whole and found.kind == "file" and piece.node.name.endswith(".py")


def _nothing_but(pieces: Sequence[_Piece]) -> File:
    """A file that represents a submission without a notebook; reading it raises."""
    listed = ", ".join(sorted(piece.name for piece in pieces)[:3])
    listed += f" and {len(pieces) - 3} more" * (len(pieces) > 3)
    what = "No notebook was handed in, only this. A notebook's file ends in .ipynb."
    return File(listed, refusing(what))


def _no_notebook(piece: _Piece) -> str:
    name = piece.node.name.lower()
    if (
        piece.platform == "Blackboard"
        and name.endswith(".txt")
        and piece.name == (piece.node.name)
    ):
        return "It is Blackboard's own note on an attempt."
    if piece.platform == "Moodle" and "onlinetext" in piece.node.path:
        return "It was typed in on the platform, and is no notebook."
    if piece.platform == "Canvas" and name.endswith("_text.html"):
        return "It was typed in on the platform, and is no notebook."
    if name.endswith(".py"):
        return "It is no notebook, but a file in Python, which a notebook may import."
    return "It is no notebook."


def _submitted(inside: Sequence[_Node]) -> _Node | None:
    """The folder of submissions among the folders of nbgrader or Teams."""
    for node in inside:
        if node.name.lower() in ("submitted", "submitted files") and node.is_container:
            others = {other.name.lower() for other in inside if other is not node}
            teams = {"working files"} if node.name.lower() != "submitted" else _NBGRADER
            if others and others <= teams:
                return node
    return None


def _is_outer(node: _Node, outermost: bool) -> bool:
    """Whether the only folder on its level contains a class and not one student's work.

    A class contains names of a platform, or several files or folders that are not just
    the notebooks of the lessons.
    """
    if platforms.of_folder(node.name) or platforms.of_files([node.name]):
        return False
    inside = node.visible()
    containers = [child for child in inside if child.is_container]
    notebooks = [child for child in inside if child.kind == "notebook"]
    if not containers and not notebooks:
        known = platforms.of_files([child.name for child in inside])
        return bool(known)
    named = platforms.of_files([n.name for n in inside if n.kind != "folder"])
    if all(n.name in named or platforms.of_folder(n.name) for n in inside):
        return True
    if all(n.name in named or platforms.of_folder(n.name) for n in containers) and all(
        n.name in named for n in notebooks
    ):
        return True
    if platforms.is_class(node.stem, surely=not outermost):
        return True
    if len(containers) == 1 and not notebooks:
        return _is_outer(containers[0], False)
    if any(
        platforms.lesson_in(n.stem) and not platforms.student_in(n.stem)
        for n in (*notebooks, *containers)
    ):
        return False
    if len(notebooks) + len(containers) < 2:
        return False
    empty = [n for n in containers if not n.children and not n.trouble]
    if not all(n.holds_work() for n in containers if n not in empty):
        return False
    return not _are_lessons([n for n in containers if n not in empty], notebooks)


def _are_lessons(containers: Sequence[_Node], notebooks: Sequence[_Node]) -> bool:
    """Whether each folder contains one lesson, as the folders of one student do."""
    found = []
    for node in containers:
        lessons = {
            platforms.lesson_in(file.name)
            for file in node.files()
            if file.kind == "notebook"
        }
        found.append(lessons)
    if notebooks or len(found) < 2 or any(not one or "" in one for one in found):
        return False
    return sum(map(len, found)) == len(set().union(*found))


def _leads_out(node: _Node) -> bool:
    """Whether all of its entries have paths that lead out of their archive."""
    entries = [*node.entries]
    stack = [*node.children.values()]
    while stack:
        child = stack.pop()
        entries += child.entries
        stack += child.children.values()
    return bool(entries) and all(entry.leads_out for entry in entries)


def _with_submitters(
    whose: Whose, name: str, listed: dict[str, platforms.Submitters]
) -> Whose:
    """The student with the names in Gradescope's metadata."""
    if whose.platform != "Gradescope":
        return whose
    number = name.rpartition("_")[2]
    found = listed.get(number)
    if found is None or not found.names:
        return whose
    attempt = Attempt(f"{int(number):020}", name)
    return whose._replace(
        who=", ".join(found.names), id=", ".join(found.ids), attempt=attempt
    )


def _visible_name(name: str) -> str:
    """A normalized name without invisible characters, to compare its appearance."""
    visible = "".join(c for c in name if unicodedata.category(c) != "Cf")
    return " ".join(unicodedata.normalize("NFC", visible).split())
