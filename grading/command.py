"""The command `course grade`: grade a class, or replay the grade of one student."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from grading.run import GradeOptions
    from grading.tables import Table

NEEDS_REVIEW = 3  # exit status if an instructor should review some rows
UNREADABLE = 2  # exit status if the submissions cannot be read
MAX_LISTED = 10  # files that are printed as not graded
LINUX_MODULES = ("fcntl", "resource", "grp", "pwd", "termios")


def grade(
    submissions: Annotated[
        str,
        typer.Argument(
            help="A folder or a platform's zip archive; with --replay, a student."
        ),
    ],
    out: Annotated[Path, typer.Option(help="Folder for tables and pages.")] = Path(
        "grades"
    ),
    lesson: Annotated[
        str | None, typer.Option(help="01, 02, ...; by default all.")
    ] = None,
    seed_file: Annotated[
        Path | None, typer.Option(help="File with the secret seed of the inputs.")
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, help="Number of processes.")] = 2,
    unsafe: Annotated[
        bool, typer.Option("--unsafe", help="Without a sandbox, for your own files.")
    ] = False,
    replay: Annotated[
        Path | None, typer.Option(help="A run.json: grade one student again.")
    ] = None,
) -> None:
    """Grade the submissions of a class, in a sandbox, on secret inputs.

    An interrupted run continues where it stopped. Exit status 3: graded, but some rows
    or files need review; 2: the submissions cannot be read.
    """
    try:
        from grading.archives import Broken
        from grading.run import GradeOptions
        from grading.tables import clean
    except ModuleNotFoundError as error:
        if not any(name in (error.name or str(error)) for name in LINUX_MODULES):
            raise
        message = "Grading needs Linux, because its sandbox uses the Linux kernel."
        typer.echo(f"{message} On Windows, use WSL 2.", err=True)
        raise typer.Exit(1) from None
    try:
        if replay:
            _replay(replay, submissions, unsafe=unsafe)
        else:
            path = Path(submissions)
            _grade(GradeOptions(path, out, lesson, seed_file, jobs, unsafe))
    except (ValueError, OSError) as error:
        typer.echo(clean(str(error)), err=True)
        raise typer.Exit(UNREADABLE if isinstance(error, Broken) else 1) from None


def _grade(options: "GradeOptions") -> None:
    from grading.run import grade

    with typer.progressbar(length=1, label="students") as bar:

        def show_progress(done: int, of: int) -> None:
            bar.length = of
            bar.update(done - bar.pos)

        try:
            table = grade(options, show_progress)
        except KeyboardInterrupt:
            typer.echo("\nInterrupted. Run the same command again to continue.")
            raise typer.Exit(130) from None
    _print_summary(options.out, table)


def _print_summary(out: Path, table: "Table") -> None:
    from grading.tables import clean

    counts = Counter(row.status for row in table.rows)
    for status, count in counts.most_common():
        typer.echo(f"{count:6} {status}")
    typer.echo(f"{len(table.people)} submissions: see {out / 'report.html'}")
    _print_left_out(out, table)
    for sentence in table.doubts:
        typer.echo(clean(sentence))
    if table.needs_review:
        typer.echo("A person should look at some of them: the report lists these.")
        raise typer.Exit(NEEDS_REVIEW)


def _print_left_out(out: Path, table: "Table") -> None:
    """Print the files that were not graded; if any need review, only these."""
    from grading.tables import clean

    if not table.left:
        return
    count = sum(left.count for left in table.left)
    typer.echo(f"{count} files were not graded: see {out / 'left_out.csv'}")
    listed = [left for left in table.left if left.look] or table.left
    for left in listed[:MAX_LISTED]:
        typer.echo(f"  {clean(left.path)}: {clean(left.why)}".replace("\n", " "))
    if len(listed) > MAX_LISTED:
        typer.echo(f"  and {len(listed) - MAX_LISTED} more.")


def _replay(path: Path, student: str, *, unsafe: bool) -> None:
    from grading.run import replay
    from grading.tables import clean

    agree = True
    for then, now in replay(path, student, unsafe=unsafe):
        same = (then.status, then.misconception) == (now.status, now.misconception)
        agree &= same
        what = now.misconception or now.status
        mark = "" if same else f"   before: {then.misconception or then.status}"
        typer.echo(f"{now.exercise}  {now.points} points  {what}{mark}")
        typer.echo(
            f"      {clean(now.advice)}" if now.advice else "", nl=bool(now.advice)
        )
    typer.echo("The same as before." if agree else "Not the same as before.")
    if not agree:
        raise typer.Exit(NEEDS_REVIEW)
