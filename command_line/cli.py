"""The command-line interface `course`, with all its subcommands.

Heavy modules are imported inside the function of a subcommand, so that `course --help`
is fast.
"""

import os
import sys
from importlib import metadata
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from command_line.ports import check_port, free_port
from course_lib.paths import CHECKOUT, DATA
from grading.command import grade

ROOT = CHECKOUT or Path.cwd()
NO_LESSONS = (
    "The library, its models and data were installed by pip, but not the lessons. They "
    "are in the course's repository: clone it with git and run make lab there."
)
COLOURS = {"ok": "green", "warn": "yellow", "fail": "red"}

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
)


app.command()(grade)


def _print_version(requested: bool) -> bool:
    if requested:
        typer.echo(f"course {metadata.version('video-generation-course')}")
        raise typer.Exit
    return requested


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
    """Video generation, a course in which every equation and answer is checked."""


@app.command(context_settings={"ignore_unknown_options": True})
def lab(
    options: Annotated[
        list[str] | None, typer.Argument(help="Options that are passed to JupyterLab.")
    ] = None,
    browser: Annotated[
        bool, typer.Option(help="Open a browser if there is a display.")
    ] = True,
    port: Annotated[
        int | None, typer.Option(help="The port; by default the first free one.")
    ] = None,
) -> None:
    """Open JupyterLab on your own copies of the lessons, in work/.

    Your copies are never overwritten: a new edition is written next to your copy.
    """
    if CHECKOUT is None:
        _stop(NO_LESSONS)
    from command_line.workspace import copy_notebooks, disable_news

    try:
        copies = copy_notebooks(ROOT / "notebooks", ROOT / "work")
        port = port or free_port()
        check_port(port)
    except OSError as error:
        _stop(str(error))
    try:
        disable_news(Path(sys.prefix))
    except OSError:
        typer.echo("JupyterLab may ask about news: its settings cannot be written.")
    for copy in copies:
        if copy.news == "beside":
            typer.echo(f"New edition: work/{copy.path.name}. Your copy is unchanged.")
    first = sorted((ROOT / "notebooks").glob("*.ipynb"))[0].name
    command = jupyter_command(first, port, browser=browser and has_screen())
    typer.echo(f"Serving work/{first} with JupyterLab. Press Ctrl-C to stop it.")
    os.execv(command[0], [*command, *(options or [])])


def jupyter_command(notebook: str, port: int, *, browser: bool) -> list[str]:
    """The command line that serves the learner's copy of ``notebook``."""
    return [
        *(sys.executable, "-m", "jupyterlab"),
        f"--ServerApp.root_dir={ROOT}",
        f"--LabApp.default_url=/lab/tree/work/{notebook}",
        f"--port={port}",
        "--ServerApp.port_retries=0",
        "--log-level=WARN",  # prints the address without many other lines
        *([] if browser else ["--no-browser"]),
        *(["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []),
    ]


def has_screen() -> bool:
    """Whether there is a display; without one a text browser might be started."""
    if not sys.platform.startswith("linux"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


@app.command()
def doctor() -> None:
    """Check this installation; for each fault, print the command that repairs it."""
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
        console.print(row, soft_wrap=True)  # a wrapped command could not be copied
        failed |= status == "fail"
    if CHECKOUT is None:
        typer.echo(NO_LESSONS)
    if failed:
        raise typer.Exit(1)


@app.command()
def train(
    name: Annotated[
        str,
        typer.Argument(
            help="predictor, clip_vae, mocogan, ...; a wrong name lists all."
        ),
    ],
    preset: Annotated[str, typer.Option(help="smoke, laptop or gpu.")] = "laptop",
    seed: Annotated[
        int, typer.Option(help="Seed of all random generators.", min=0, max=2**63 - 1)
    ] = 0,
    data: Annotated[
        Path | None,
        typer.Option(help="A folder of your own films to train on."),
    ] = None,
    channels: Annotated[
        int | None,
        typer.Option(
            help="Channels of the films: 1 for luma, 3 for RGB; default: the course's."
        ),
    ] = None,
    size: Annotated[
        int | None,
        typer.Option(
            help="Height and width of their frames; by default as in the course.", min=1
        ),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Continue an unfinished training.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Replace an existing checkpoint.")
    ] = False,
    out: Annotated[
        Path,
        typer.Option(help="The folder for the checkpoint and its card; created."),
    ] = ROOT / "work" / "checkpoints",
) -> None:
    """Train a model of the course; if killed, it loses a few seconds of training.

    With --data, any model that needs no labels is trained on films of your own: whole
    films, or parts of one or two, are held out for validation and test. The result
    stands beside that of baselines that need no training; course evaluate prints both
    again.

    Ctrl-C and SIGTERM complete the present step, save, and say how to go on.

    Exit status 0: the checkpoint exists, also where --resume finds it finished. 1:
    refused or failed, with a message. 2: an invalid option. 3: --resume found nothing
    to resume. 130, 143: stopped by Ctrl-C or SIGTERM.

    What a supervisor runs at every start:

    course train NAME --resume || { test $? = 3 && course train NAME; }

    In several processes: torchrun --nproc-per-node 2 --no-python course train NAME
    """
    from course_lib.training.stopping import NotFinished, Stopped, stop_on_signals

    try:
        with stop_on_signals() as stop:
            from course_lib.training import loop
            from course_lib.training.commands import Request, TrainingFiles
            from course_lib.training.distributed import process_group

            folder = data and data.resolve()
            request = Request(name, preset, seed, folder, channels, size)
            files = TrainingFiles(
                request, out, resume=resume, force=force, say=typer.echo
            )
            if files.finished:
                return
            with files.explain_interruption(), process_group():
                run, log = files.start()
                with stop.deferred():
                    state, log = loop.train(
                        run,
                        log=log,
                        save=files.save,
                        report=files.report,
                        stop_requested=stop.requested,
                    )
                files.finish(state, log)
    except (NotFinished, Stopped, ValueError, OSError) as error:
        message = str(error)
        if isinstance(error, Stopped):
            message += " No step was taken. Begin again with the same command."
        if os.environ.get("RANK", "0") == "0":
            typer.echo(message, err=True)
        raise typer.Exit(getattr(error, "status", 1)) from error


@app.command()
def evaluate(
    name: Annotated[
        str, typer.Argument(help="A shipped model, or the path of an .mp4 or a .pt.")
    ],
    folder: Annotated[Path, typer.Option(help="The folder of the checkpoints.")] = DATA
    / "checkpoints",
    clips: Annotated[
        int, typer.Option(help="Number of generated and of real clips.", min=2)
    ] = 256,
    data: Annotated[
        Path | None,
        typer.Option(help="The films of a model, if they were moved since."),
    ] = None,
    i3d: Annotated[
        Path | None, typer.Option(help="I3D's TorchScript file, to compute FVD.")
    ] = None,
) -> None:
    """Print the metrics of a model, a video file or a tensor of clips.

    A model of yours: course evaluate NAME --folder work/checkpoints. If it was trained
    on films, it stands beside trivial baselines on their test split.

    A tensor has shape (batch, time, channel, height, width) and values in [-1, 1].
    """
    from course_lib.evaluation.evaluate import evaluation_lines

    try:
        options = {"folder": folder, "clips": clips, "i3d": i3d, "data": data}
        for line in evaluation_lines(name, **options):
            typer.echo(line)
    except (ValueError, OSError) as error:
        _stop(str(error))


@app.command()
def data(
    name: Annotated[str, typer.Argument(help="moving-mnist.")],
    folder: Annotated[Path, typer.Option(help="The folder to write to; 819 MB.")] = ROOT
    / "work"
    / "data",
) -> None:
    """Download an optional data set; its sha256 is verified."""
    from course_lib.data.moving_mnist import download

    if name != "moving-mnist":
        _stop(f"There is no data set {name!r} to download; there is moving-mnist.")
    try:
        typer.echo(download(folder))
    except (ValueError, OSError) as error:
        _stop(f"The download failed: {error}")


def _stop(message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(1)
