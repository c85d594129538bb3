"""Say `course` and a verb: every command of the course, each a few lines long.

What a command needs is imported inside it, so that `course --help` answers at once.
"""

import os
import sys
from importlib import metadata
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from command_line.ports import free_port, refuse_taken
from course_lib.paths import CHECKOUT, DATA
from grading.command import grade

ROOT = CHECKOUT or Path.cwd()
NO_LESSONS = "pip installed the library, its models and data, but no lessons. They are"
NO_LESSONS += " in the course's repository: git clone it, and say make lab there."
COLOURS = {"ok": "green", "warn": "yellow", "fail": "red"}

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
)


app.command()(grade)


def _print_version(asked: bool) -> bool:
    if asked:
        typer.echo(f"course {metadata.version('video-generation-course')}")
        raise typer.Exit
    return asked


@app.callback()
def course(
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=_print_version,
            is_eager=True,
            help="Print the version.",
        ),
    ] = False,
) -> None:
    """Video generation, with every equation and every answer checked."""


@app.command(context_settings={"ignore_unknown_options": True})
def lab(
    options: Annotated[
        list[str] | None, typer.Argument(help="Options of JupyterLab's own.")
    ] = None,
    browser: Annotated[
        bool, typer.Option(help="Open a browser, where there is one.")
    ] = True,
    port: Annotated[
        int | None, typer.Option(help="Serve here; by default the first free port.")
    ] = None,
) -> None:
    """Open JupyterLab on your own copies of the lessons, in work/.

    What you wrote there is never overwritten: a new edition is put beside your copy.
    """
    if CHECKOUT is None:
        _stop(NO_LESSONS)
    from command_line.workspace import hand_out, silence_news

    try:
        copies = hand_out(ROOT / "notebooks", ROOT / "work")
        port = port or free_port()
        refuse_taken(port)
    except OSError as error:
        _stop(str(error))
    try:
        silence_news(Path(sys.prefix))
    except OSError:
        typer.echo("JupyterLab may ask about news: its settings cannot be written.")
    for copy in copies:
        if copy.news == "beside":
            typer.echo(f"New edition: work/{copy.path.name}. Your copy stays as it is.")
    first = sorted((ROOT / "notebooks").glob("*.ipynb"))[0].name
    command = jupyter_command(first, port, browser=browser and has_screen())
    typer.echo(f"Serving work/{first} with JupyterLab. Ctrl-C stops it.")
    os.execv(command[0], [*command, *(options or [])])


def jupyter_command(notebook: str, port: int, *, browser: bool) -> list[str]:
    """The command line that serves the learner's copy of ``notebook``."""
    return [
        *(sys.executable, "-m", "jupyterlab"),
        f"--ServerApp.root_dir={ROOT}",
        f"--LabApp.default_url=/lab/tree/work/{notebook}",
        f"--port={port}",
        "--ServerApp.port_retries=0",
        "--log-level=WARN",  # leaves the address, without fifty lines around it
        *([] if browser else ["--no-browser"]),
        *(["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []),
    ]


def has_screen() -> bool:
    """Whether a browser could show anything: else a text browser may take over."""
    if not sys.platform.startswith("linux"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


@app.command()
def doctor() -> None:
    """Name what is wrong with this installation, and the command that mends it."""
    from rich.console import Console
    from rich.text import Text

    from command_line.doctor.examination import examine

    console, failed = Console(), False
    for name, status, what, mend in examine(ROOT):
        if CHECKOUT is None and name in ("packages", "data", "notebooks"):
            continue  # a checkout's
        if CHECKOUT is None:
            mend = mend.replace(" -c requirements.lock", "")
        row = Text.assemble((f"{status:<6}", COLOURS[status]), f"{name:<11}", what)
        row.append(f"\n{'':17}mend: {mend}" if mend else "", "bold")
        console.print(row, soft_wrap=True)  # a folded command cannot be copied
        failed |= status == "fail"
    if CHECKOUT is None:
        typer.echo(NO_LESSONS)
    if failed:
        raise typer.Exit(1)


@app.command()
def train(
    name: Annotated[str, typer.Argument(help="predictor, digits_gan, ...")],
    preset: Annotated[str, typer.Option(help="smoke, laptop or gpu.")] = "laptop",
    seed: Annotated[
        int, typer.Option(help="Of all random numbers.", min=0, max=2**63 - 1)
    ] = 0,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with an unfinished training.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Replace the checkpoint that is there.")
    ] = False,
    out: Annotated[
        Path,
        typer.Option(
            help="The folder for the checkpoint and its card; made if need be."
        ),
    ] = ROOT / "work" / "checkpoints",
) -> None:
    """Train one of the course's models to the end; a kill loses some seconds at most.

    Ctrl-C and SIGTERM finish the step, save, and say how to go on.

    Status 0: the checkpoint is there, also where --resume finds it finished. 1: refused
    or failed, in words. 2: a mistyped option. 3: --resume found nothing to resume.
    130, 143: stopped by Ctrl-C or SIGTERM.

    What a supervisor runs at every start:

    course train NAME --resume || { test $? = 3 && course train NAME; }

    Shared among processes: torchrun --nproc-per-node 2 --no-python course train NAME
    """
    from course_lib.training.stopping import NotFinished, Stopped, stop_on_signals

    try:
        with stop_on_signals() as stop:
            from course_lib.training.commands import Request, train

            train(
                Request(name, preset, seed),
                out,
                resume=resume,
                force=force,
                say=typer.echo,
                stop=stop,
            )
    except (NotFinished, Stopped, ValueError, OSError) as error:
        why = str(error)
        if isinstance(error, Stopped):
            why += " No step was taken. Begin again with the same command."
        if os.environ.get("RANK", "0") == "0":  # of torchrun's processes, the first
            typer.echo(why, err=True)
        raise typer.Exit(getattr(error, "status", 1)) from error


@app.command()
def evaluate(
    name: Annotated[
        str, typer.Argument(help="A shipped model, or the path of an .mp4 or a .pt.")
    ],
    folder: Annotated[Path, typer.Option(help="Where checkpoints lie.")] = DATA
    / "checkpoints",
    clips: Annotated[int, typer.Option(help="Drawn, as many real.", min=2)] = 256,
    i3d: Annotated[
        Path | None, typer.Option(help="I3D's TorchScript file: for the true FVD.")
    ] = None,
) -> None:
    """Print how good clips are: a model's, a film's, a tensor's; or a predictor's row.

    A tensor is (batch, time, channel, height, width), in [-1, 1].
    """
    from course_lib.evaluation.evaluate import evaluation_lines

    try:
        for line in evaluation_lines(name, folder=folder, clips=clips, i3d=i3d):
            typer.echo(line)
    except (ValueError, OSError) as error:
        _stop(str(error))


@app.command()
def data(
    name: Annotated[str, typer.Argument(help="moving-mnist.")],
    folder: Annotated[Path, typer.Option(help="Where it goes; 819 MB.")] = ROOT
    / "work"
    / "data",
) -> None:
    """Download what the course can use and never needs; checked by its sha256."""
    from course_lib.data.moving_mnist import download

    if name != "moving-mnist":
        _stop(f"There is no download named {name!r}; there is moving-mnist.")
    try:
        typer.echo(download(folder))
    except (ValueError, OSError) as error:
        _stop(f"The download failed: {error}")


def _stop(why: str) -> NoReturn:
    typer.echo(why, err=True)
    raise typer.Exit(1)
