"""Say `course grade`: mark a class, or mark one student again."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from grading.run import Order
    from grading.tables import Table

LOOKED_AT = 3  # the exit status if a person should look at some rows
BROKEN = 2  # if what was handed in cannot be read
SHOWN = 10  # files and folders left out that are named on the screen
LINUX = ("fcntl", "resource", "grp", "pwd", "termios")  # modules that Windows lacks


def grade(
    submissions: Annotated[
        str, typer.Argument(help="A folder, or a platform's zip; a student to replay.")
    ],
    out: Annotated[Path, typer.Option(help="Where tables and pages go.")] = Path(
        "grades"
    ),
    lesson: Annotated[
        str | None, typer.Option(help="01, 02, ...; by default all.")
    ] = None,
    seed_file: Annotated[
        Path | None, typer.Option(help="Draw the inputs from these secret bytes.")
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, help="Processes that judge.")] = 2,
    unsafe: Annotated[
        bool, typer.Option("--unsafe", help="Without a sandbox: for your own files.")
    ] = False,
    replay: Annotated[
        Path | None, typer.Option(help="A run.json: judge one student again.")
    ] = None,
) -> None:
    """Grade what a class handed in, in a sandbox, on inputs that nobody has seen.

    An interrupted run goes on where it stopped. Exit status 3: graded, but some rows
    or files need a person; 2: what was handed in cannot be read.
    """
    try:
        from grading.archives import Broken
        from grading.run import Order
        from grading.tables import clean
    except ModuleNotFoundError as error:
        if not any(name in (error.name or str(error)) for name in LINUX):
            raise
        what = (
            "Grading needs Linux, because only there can answers be run in a sandbox."
        )
        typer.echo(f"{what} On Windows, use WSL 2.", err=True)
        raise typer.Exit(1) from None
    try:
        if replay:
            _replay(replay, submissions, unsafe=unsafe)
        else:
            _grade(Order(Path(submissions), out, lesson, seed_file, jobs, unsafe))
    except (ValueError, OSError) as error:
        typer.echo(clean(str(error)), err=True)
        raise typer.Exit(BROKEN if isinstance(error, Broken) else 1) from None


def _grade(order: "Order") -> None:
    from grading.run import grade

    with typer.progressbar(length=1, label="students") as bar:

        def tell(done: int, of: int) -> None:
            bar.length = of
            bar.update(done - bar.pos)

        try:
            table = grade(order, tell)
        except KeyboardInterrupt:
            typer.echo("\nInterrupted. The same command again goes on from here.")
            raise typer.Exit(130) from None
    _tell_end(order.out, table)


def _tell_end(out: Path, table: "Table") -> None:
    from grading.tables import clean

    counts = Counter(row.status for row in table.rows)
    for status, count in counts.most_common():
        typer.echo(f"{count:6} {status}")
    typer.echo(f"{len(table.people)} submissions: see {out / 'report.html'}")
    _tell_left_out(out, table)
    for sentence in table.doubts:
        typer.echo(clean(sentence))
    if table.needs_a_person:
        typer.echo("A person should look at some of them: the report lists these.")
        raise typer.Exit(LOOKED_AT)


def _tell_left_out(out: Path, table: "Table") -> None:
    """Name what was not graded, first what needs a person."""
    from grading.tables import clean

    if not table.left:
        return
    count = sum(left.count for left in table.left)
    typer.echo(f"{count} files were not graded: see {out / 'left_out.csv'}")
    shown = [left for left in table.left if left.look] or table.left
    for left in shown[:SHOWN]:
        typer.echo(f"  {clean(left.path)}: {clean(left.why)}".replace("\n", " "))
    if len(shown) > SHOWN:
        typer.echo(f"  and {len(shown) - SHOWN} more.")


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
        raise typer.Exit(LOOKED_AT)
