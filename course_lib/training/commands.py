"""Name every training of the course, run it to its end, and keep what came of it.

A training that was killed leaves a snapshot, some seconds old at most; ``resume`` takes
it up. At the end the snapshot gives way to a checkpoint with its card. A checkpoint
that lies there already is never replaced unasked.
"""

import os
import platform
import tempfile
from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from itertools import count as counted
from pathlib import Path
from shlex import quote
from typing import Any, NamedTuple

import torch
from torch import nn

from course_lib.training import (
    classifier,
    clip_vae,
    digits_gan,
    predictor,
    stochastic_predictor,
    video_gan,
)
from course_lib.training.checkpoints import Card, read_card, rounded, save_weights
from course_lib.training.distributed import average_slopes, count, joined, place
from course_lib.training.loop import Plan, train_unattended
from course_lib.training.resume import Logbook, parts, read_snapshot, write_snapshot
from course_lib.training.stopping import NotFinished, Stop, Stopped

Maker = Callable[[torch.Generator], Plan]

TRAININGS: Mapping[str, Mapping[str, Maker]] = {
    **digits_gan.PLANS,
    **predictor.PLANS,
    **classifier.PLANS,
    **clip_vae.PLANS,
    **stochastic_predictor.PLANS,
    **video_gan.PLANS,
}
"""For each name, a plan for each preset, made from a generator on its device."""

SEEDS = range(2**63)  # what every generator of torch takes
NOTHING_TO_RESUME = 3  # an exit status of its own: whoever restarts begins anew at it


class Request(NamedTuple):
    """Which training is asked for."""

    name: str
    preset: str
    seed: int

    def __str__(self) -> str:
        return f"{self.name} --preset {self.preset} --seed {self.seed}"


def train(
    request: Request,
    folder: Path,
    *,
    resume: bool = False,
    force: bool = False,
    say: Callable[[str], object] = print,
    stop: Stop | None = None,
) -> None:
    """Train to the end of the preset; leave a checkpoint and its card in ``folder``.

    Until then a snapshot lies in ``folder``/unfinished, from the first step on. With
    ``resume`` a training that is finished is left as it is. A checkpoint of this name
    that lies in ``folder`` is replaced with ``force`` alone; one that appeared while
    this training ran stays too, and the new one is put beside it, under a longer name.
    Shared among processes where ``torchrun`` started several; the first one writes.

    Raises:
        ValueError: if there is no such training or seed, if ``folder`` cannot be
            written to, if a checkpoint or an unfinished training lies there and
            ``force`` or ``resume`` is not said, or for the reasons of
            ``read_snapshot``. No step was taken.
        NotFinished: if ``resume`` finds nothing (status 3); if ``stop`` was signalled
            (128 + the signal's number) or a file cannot be written (1): the words say
            what was saved, and by which command to go on.
    """
    make = _maker(request)
    if request.seed not in SEEDS:
        raise ValueError(f"--seed must be from 0 to 2**63 - 1; got {request.seed}.")
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"--out {folder} is a file; name a folder.")
    snapshot = _Snapshot(request, folder)
    if resume and not snapshot.path.exists():
        finished = _finished(request, folder)
        if not finished:
            raise NotFinished(_nothing_to_resume(request, folder), NOTHING_TO_RESUME)
        say(f"{finished} is finished: nothing is left to resume.")
        return
    if snapshot.path.exists() and not resume:
        raise ValueError(
            f"{snapshot.path} is an unfinished training. Go on with it by --resume, or "
            "move it away to begin anew."
        )
    if not resume:
        _refuse_to_replace(request, folder, force=force)
    _make_writable(folder, snapshot.path.parent)
    try:
        with joined():
            _run(make, snapshot, force=force, say=say, stop=stop or Stop())
    except (Stopped, OSError) as error:
        status, why = 1, f"The training broke off: {error}."
        if isinstance(error, Stopped):
            status, why = error.status, str(error)
        words = f"{why} {snapshot.how_to_go_on(force=force)}"
        raise NotFinished(words, status) from error


class _Snapshot:
    """The snapshot of one training, and what was saved in it."""

    def __init__(self, request: Request, folder: Path) -> None:
        self.request, self.folder = request, folder
        self.path = folder / "unfinished" / f"{_long_name(request)}.safetensors"
        self.saved = f"{self.path} is as it was." if self.path.exists() else ""

    def write(self, plan: Plan, state: Any, logbook: Logbook) -> None:
        what, recipe = str(self.request), str(plan.preset)
        write_snapshot(self.path, what, state, logbook, recipe=recipe)
        self._note(plan, logbook)

    def read(self, plan: Plan) -> Logbook:
        """Bring the plan's state to where the snapshot was taken, if there is one."""
        if not self.path.exists():
            return Logbook()
        what, recipe = str(self.request), str(plan.preset)
        logbook = read_snapshot(self.path, what, plan.state, recipe=recipe)
        self._note(plan, logbook)
        return logbook

    def _note(self, plan: Plan, logbook: Logbook) -> None:
        self.saved = f"Saved up to step {logbook.done} of {plan.preset.steps}."

    def how_to_go_on(self, *, force: bool) -> str:
        command = f"course train {self.request} --out {quote(str(self.folder))}"
        command += " --force" if force else ""
        if not self.saved:
            return f"Nothing was saved yet.\nBegin again with: {command}"
        return f"{self.saved}\nGo on with: {command} --resume"


def _run(
    make: Maker,
    snapshot: _Snapshot,
    *,
    force: bool,
    say: Callable[[str], object],
    stop: Stop,
) -> None:
    request, folder = snapshot.request, snapshot.folder
    device = "cuda" if torch.cuda.is_available() else "cpu"
    plan = make(torch.Generator(device).manual_seed(request.seed))
    logbook = snapshot.read(plan)
    if logbook.done and place() == 0:
        say(f"Going on after step {logbook.done}.")
    if logbook.done < plan.preset.steps:
        _refuse_to_replace(request, folder, force=force)

    def save(state: Any, logbook: Logbook) -> None:
        if place() == 0:
            snapshot.write(plan, state, logbook)

    def keep(state: Any, logbook: Logbook) -> None:
        save(state, logbook)
        if place() == 0:
            say(_in_words(logbook))

    average_slopes(p for _, p in parts(plan.state) if isinstance(p, nn.Module))
    with stop.postponed():
        state, logbook = train_unattended(
            plan, keep=keep, save=save, logbook=logbook, stopped=stop.came
        )
    if place() == 0:
        product = rounded(plan.product(state))
        card = _card(request, logbook, plan.result(product))
        path = _put(request, folder, product, card, force=force)
        say(f"{path}: {card.result}")
        snapshot.path.unlink(missing_ok=True)
        if path.stem != request.name:
            say(
                f"{request.name}.safetensors appeared there in the meantime and stays "
                "as it is."
            )


def _long_name(request: Request) -> str:
    return "-".join(map(str, request))


def _places(request: Request, folder: Path) -> Iterator[Path]:
    """Where the checkpoint goes; if that is taken, the next; and so on."""
    yield folder / f"{request.name}.safetensors"
    yield folder / f"{_long_name(request)}.safetensors"
    for number in counted(2):
        yield folder / f"{_long_name(request)}-{number}.safetensors"


def _taken(path: Path) -> bool:
    """Whether a checkpoint or a card lies there, or whatever bears their names."""
    return os.path.lexists(path) or os.path.lexists(path.with_suffix(".json"))


def _holds(path: Path) -> str:
    """The command that a checkpoint was made by, from its card; empty without one."""
    try:
        return read_card(path.stem, folder=path.parent).command
    except ValueError:
        return ""


def _finished(request: Request, folder: Path) -> Path | None:
    """The checkpoint of this very training, if it came to its end."""
    for path in _places(request, folder):
        if not _taken(path):
            return None
        if path.exists() and _holds(path) == f"course train {request}":
            return path
    return None


def _nothing_to_resume(request: Request, folder: Path) -> str:
    unfinished = (folder / "unfinished").glob(f"{request.name}-*.safetensors")
    others = ", ".join(sorted(path.stem for path in unfinished)) or "nothing"
    return (
        f"There is nothing to resume of {request} in {folder}; unfinished there: "
        f"{others}. Begin without --resume."
    )


def _refuse_to_replace(request: Request, folder: Path, *, force: bool) -> None:
    path = next(_places(request, folder))
    for file in (path, path.with_suffix(".json")):
        if file.is_dir():
            raise ValueError(f"{file} is a folder. Write elsewhere with --out FOLDER.")
    if force or not _taken(path):
        return
    said = ["it has no readable card"]
    if _holds(path):
        card = read_card(path.stem, folder=folder)
        said = [f"made by `{card.command}` in {card.minutes} minutes", card.result]
    if path.exists():
        said.append(f"sha256 {sha256(path.read_bytes()).hexdigest()[:8]}")
    snapshot = _Snapshot(request, folder).path
    raise ValueError(
        f"{path} is there already and is not replaced: {'; '.join(said)}. "
        + (
            f"Move it away, or replace it with --force, to go on with {snapshot}."
            if snapshot.exists()
            else "Write elsewhere with --out FOLDER, or replace it with --force."
        )
    )


def _make_writable(folder: Path, unfinished: Path) -> None:
    """Make the folders, and find out now whether they can be written to."""
    try:
        unfinished.mkdir(parents=True, exist_ok=True)
        for needed in (folder, unfinished):
            tempfile.TemporaryFile(dir=needed).close()
    except OSError as error:
        raise ValueError(
            f"Nothing can be written to --out {folder} ({error}). Name another folder."
        ) from error


def _put(
    request: Request, folder: Path, product: nn.Module, card: Card, *, force: bool
) -> Path:
    """Write the checkpoint, whole, where nothing lies; with ``force``, there anyway."""
    with tempfile.TemporaryDirectory(dir=folder / "unfinished") as beside:
        made = save_weights(request.name, product, card, folder=Path(beside))
        if force:
            path = next(_places(request, folder))
            os.replace(made, path)
        else:
            path = next(p for p in _places(request, folder) if _claimed(p, made))
        if force or not path.with_suffix(".json").exists():
            os.replace(made.with_suffix(".json"), path.with_suffix(".json"))
        return path


def _claimed(path: Path, made: Path) -> bool:
    """Put a file there unless something is there; in one step, so nobody is replaced.

    The same bytes are this training's own, killed before it wrote its card.
    """
    if path.is_file() and path.read_bytes() == made.read_bytes():
        return True
    if _taken(path):
        return False
    try:
        os.link(made, path)
    except FileExistsError:
        return False
    except OSError:  # a file system without links
        try:
            path.touch(exist_ok=False)
        except FileExistsError:
            return False
        os.replace(made, path)
    return True


def _maker(request: Request) -> Maker:
    presets = TRAININGS.get(request.name, {})
    if request.preset not in presets:
        known = "; ".join(f"{name}: {', '.join(p)}" for name, p in TRAININGS.items())
        raise ValueError(
            f"There is no training {request.name!r} with preset {request.preset!r}. "
            f"There are, with their presets, {known}."
        )
    return presets[request.preset]


def _in_words(logbook: Logbook) -> str:
    values = zip(logbook.names, logbook.curve[-1][1:], strict=True)
    said = ", ".join(f"{name} {value:.4g}" for name, value in values)
    return f"step {logbook.done}, {logbook.seconds / 60:.1f} minutes: {said}"


def _card(request: Request, logbook: Logbook, result: str) -> Card:
    columns = zip(*logbook.curve, strict=True)
    curve = dict(zip(("step", *logbook.names), columns, strict=True))
    machine = f"{platform.machine()}, {torch.get_num_threads()} threads"
    if torch.cuda.is_available():
        machine = torch.cuda.get_device_name()
    return Card(
        command=f"course train {request}",
        seed=request.seed,
        minutes=round(logbook.seconds / 60, 1),
        machine=f"{count()} x {machine}",
        result=result,
        curve={
            name: [float(f"{x:.5g}") for x in values] for name, values in curve.items()
        },
    )
