"""The trainings of ``course train`` by name, and the files that each of them writes.

During a training, the output folder holds a snapshot that is a few seconds old, in
``unfinished``; ``--resume`` continues from it. At the end, a checkpoint and its card
take its place. An existing checkpoint is replaced only with ``--force``.

The command line calls, in this order::

    files = TrainingFiles(request, folder)
    run, log = files.start()
    state, log = train(run, log=log, save=files.save, report=files.report)
    files.finish(state, log)
"""

import os
import platform
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from itertools import count
from pathlib import Path
from shlex import quote, split
from typing import Any, NamedTuple

import torch
from torch import nn

from course_lib.data.film_folder import FilmSplits, read_splits
from course_lib.evaluation.film_table import N_TEST_CLIPS
from course_lib.progress import progress
from course_lib.training import (
    classifier,
    clip_vae,
    digit_classifier,
    digits_gan,
    predictor,
    stochastic_predictor,
    video_gan,
)
from course_lib.training.checkpoints import (
    Card,
    quantize_weights,
    read_card,
    save_weights,
)
from course_lib.training.distributed import rank, world_size
from course_lib.training.loop import Training, TrainingRun
from course_lib.training.resume import TrainingLog, read_snapshot, write_snapshot
from course_lib.training.stopping import NotFinished, Stopped

TRAININGS: Mapping[str, Training] = {
    **digits_gan.TRAININGS,
    **digit_classifier.TRAININGS,
    **predictor.TRAININGS,
    **classifier.TRAININGS,
    **clip_vae.TRAININGS,
    **stochastic_predictor.TRAININGS,
    **video_gan.TRAININGS,
}
"""All trainings by name."""

SEEDS = range(2**63)  # accepted by every generator of torch
NOTHING_TO_RESUME = 3  # exit status, at which a supervisor starts without --resume


class Request(NamedTuple):
    """What ``course train`` is asked to train.

    Attributes:
        name: Of the training.
        preset: smoke, laptop or gpu.
        seed: Of all random numbers.
        data: A folder of films to train on, in place of the course's own data.
        channels: Of its frames: 1 for luma, 3 for RGB. None for those of the own data.
        size: Height and width of its frames in pixels; None for that of the own data.
    """

    name: str
    preset: str
    seed: int
    data: Path | None = None
    channels: int | None = None
    size: int | None = None

    @classmethod
    def from_command(cls, command: str) -> "Request":
        """The request of the command on a card."""
        _, _, name, *options = split(command)
        values = dict(zip(options[::2], options[1::2], strict=True))
        return cls(
            name,
            values["--preset"],
            int(values["--seed"]),
            *(
                convert(values[option]) if option in values else None
                for option, convert in (
                    ("--data", Path),
                    ("--channels", int),
                    ("--size", int),
                )
            ),
        )

    @property
    def training(self) -> str:
        """Name, preset and seed, as on the command line."""
        return f"{self.name} --preset {self.preset} --seed {self.seed}"

    @property
    def file_name(self) -> str:
        """Name, preset and seed as a file name without ending."""
        return f"{self.name}-{self.preset}-{self.seed}"

    def __str__(self) -> str:
        """The arguments of ``course train``."""
        arguments = self.training
        for option in ("data", "channels", "size"):
            value = getattr(self, option)
            if value is not None:
                arguments += f" --{option} {quote(str(value))}"
        return arguments


class TrainingFiles:
    """Snapshot, checkpoint and card of one training in an output folder.

    Everything that can be wrong with the request is found before the first step.

    Args:
        request: What to train.
        folder: The output folder, which is created.
        resume: Whether to continue from the snapshot. If the training is complete,
            ``finished`` is the path of its checkpoint and there is nothing to do.
        force: Whether an existing checkpoint of this name is replaced.
        say: Prints a line.

    Raises:
        ValueError: if there is no such training or seed, if ``folder`` cannot be
            written to, or if it holds a checkpoint or a snapshot and ``force`` or
            ``resume`` is false.
        NotFinished: with status 3, if ``resume`` finds nothing to resume.
    """

    def __init__(
        self,
        request: Request,
        folder: Path,
        *,
        resume: bool = False,
        force: bool = False,
        say: Callable[[str], object] = print,
    ) -> None:
        self.request, self.folder, self.force, self.say = request, folder, force, say
        check_request(request)
        if request.seed not in SEEDS:
            raise ValueError(f"--seed must be from 0 to 2**63 - 1; got {request.seed}.")
        if folder.exists() and not folder.is_dir():
            raise ValueError(f"--out {folder} is a file; name a folder.")
        self.snapshot = folder / "unfinished" / f"{request.file_name}.pt"
        older = self.snapshot.with_suffix(".safetensors")
        if older.exists():
            raise ValueError(
                f"{older} is an unfinished training of an older version of the course, "
                "whose snapshots this version does not read. Finish it with that "
                "version, or move it away to start again."
            )
        self.progress = ""
        if self.snapshot.exists():
            self.progress = f"{self.snapshot} is unchanged."
        self.finished: Path | None = None
        if resume and not self.snapshot.exists():
            self.finished = _find_finished(request, folder)
            if self.finished is None:
                raise NotFinished(
                    _nothing_to_resume(request, folder), NOTHING_TO_RESUME
                )
            say(f"{self.finished} is finished: nothing is left to resume.")
            return
        if self.snapshot.exists() and not resume:
            raise ValueError(
                f"{self.snapshot} is an unfinished training. Continue it with "
                "--resume, or move it away to start again."
            )
        if not resume:
            self._check_replaceable()
        _make_writable(folder, self.snapshot.parent)

    def start(self) -> tuple[TrainingRun, TrainingLog]:
        """Build the run, and load the snapshot into its state if there is one.

        Raises:
            ValueError: if films cannot be used, for the reasons of ``read_snapshot``,
                or if the checkpoint of another training lies in the folder.
        """
        self.films = read_films(self.request)
        self.run = build_run(self.request, self.films)
        log = TrainingLog()
        if self.snapshot.exists():
            log = read_snapshot(
                self.snapshot,
                self.request.training,
                self.run.state,
                config=str(self.run.preset),
                data=self.run.data,
            )
            self._note_progress(log)
            if rank() == 0:
                self.say(f"Going on after step {log.step}.")
        if log.step < self.run.preset.steps:
            self._check_replaceable()
        return self.run, log

    def save(self, state: Any, log: TrainingLog) -> None:
        """Write a snapshot; only rank 0 writes."""
        if rank() == 0:
            write_snapshot(
                self.snapshot,
                self.request.training,
                state,
                log,
                config=str(self.run.preset),
                data=self.run.data,
            )
            self._note_progress(log)

    def report(self, log: TrainingLog) -> None:
        """Print the last row of the log; only rank 0 prints."""
        if rank() == 0:
            pairs = zip(log.names, log.curve[-1][1:], strict=True)
            metrics = ", ".join(f"{name} {value:.4g}" for name, value in pairs)
            self.say(f"step {log.step}, {log.seconds / 60:.1f} minutes: {metrics}")

    def finish(self, state: Any, log: TrainingLog) -> None:
        """Evaluate the model, write checkpoint and card, delete the snapshot.

        A checkpoint that appeared during the training is not replaced without
        ``force``; the new one gets a longer name. Only rank 0 writes.
        """
        if rank():
            return
        model = quantize_weights(self.run.trained_model(state)).cpu()
        result = self.run.evaluate(model)
        if not isinstance(result, str):
            rows = "; ".join(f"{name} {row}" for name, row in result.items())
            n = len(self.films.test.clips(N_TEST_CLIPS))
            result = f"on {n} test clips: {rows}"
        card = _make_card(self.request, log, result, self.run.data)
        path = self._write_checkpoint(model, card)
        self.say(f"{path}: {result}")
        self.snapshot.unlink(missing_ok=True)
        if path.stem != self.request.name:
            self.say(
                f"{self.request.name}.safetensors appeared there in the meantime and "
                "stays as it is."
            )

    @contextmanager
    def explain_interruption(self) -> Iterator[None]:
        """Turn signals and failed writes into messages that say how to go on.

        Raises:
            NotFinished: with status 128 + the number of a signal, or 1 if a file could
                not be written.
        """
        try:
            yield
        except (Stopped, OSError) as error:
            status, reason = 1, f"The training broke off: {error}."
            if isinstance(error, Stopped):
                status, reason = error.status, str(error)
            raise NotFinished(f"{reason} {self._how_to_go_on()}", status) from error

    def _note_progress(self, log: TrainingLog) -> None:
        self.progress = f"Saved up to step {log.step} of {self.run.preset.steps}."

    def _how_to_go_on(self) -> str:
        command = f"course train {self.request} --out {quote(str(self.folder))}"
        command += " --force" if self.force else ""
        if not self.progress:
            return f"Nothing was saved yet.\nBegin again with: {command}"
        return f"{self.progress}\nGo on with: {command} --resume"

    def _check_replaceable(self) -> None:
        """Check that no checkpoint of this name exists, unless ``force`` is true."""
        path = next(_checkpoint_paths(self.request, self.folder))
        for file in (path, path.with_suffix(".json")):
            if file.is_dir():
                raise ValueError(f"{file} is a folder. Write elsewhere with --out.")
        if self.force or not _exists(path):
            return
        facts = ["it has no readable card"]
        if _command_on_card(path):
            card = read_card(path.stem, folder=self.folder)
            facts = [f"made by `{card.command}` in {card.minutes} minutes", card.result]
        if path.exists():
            facts.append(f"sha256 {sha256(path.read_bytes()).hexdigest()[:8]}")
        advice = "Write elsewhere with --out FOLDER, or replace it with --force."
        if self.snapshot.exists():
            advice = (
                "Move it away, or replace it with --force, to go on with "
                f"{self.snapshot}."
            )
        raise ValueError(
            f"{path} is there already and is not replaced: {'; '.join(facts)}. {advice}"
        )

    def _write_checkpoint(self, model: nn.Module, card: Card) -> Path:
        """Write to a temporary folder, then move to the first path that is free."""
        request, folder = self.request, self.folder
        with tempfile.TemporaryDirectory(dir=self.snapshot.parent) as temporary:
            file = save_weights(request.name, model, card, folder=Path(temporary))
            paths = _checkpoint_paths(request, folder)
            if self.force:
                path = next(paths)
                os.replace(file, path)
            else:
                path = next(path for path in paths if _link_if_free(file, path))
            if self.force or not path.with_suffix(".json").exists():
                os.replace(file.with_suffix(".json"), path.with_suffix(".json"))
            return path


def check_request(request: Request) -> None:
    """Check that there is such a training, and that it can use the data.

    Raises:
        ValueError: if there is no training of this name and preset, or it cannot use a
            folder of films.
    """
    training = TRAININGS.get(request.name)
    if training is None or request.preset not in training.presets:
        known = "; ".join(f"{k}: {', '.join(x.presets)}" for k, x in TRAININGS.items())
        raise ValueError(
            f"There is no training {request.name!r} with preset {request.preset!r}. "
            f"There are, with their presets, {known}."
        )
    if request.data is None and (request.channels or request.size):
        raise ValueError(
            "--channels and --size are for a folder of films; add --data FOLDER or "
            "leave them out."
        )
    if request.data is not None and training.clip is None:
        able = ", ".join(name for name, other in TRAININGS.items() if other.clip)
        raise ValueError(
            f"{request.name} cannot be trained on a folder of films (--data): it needs "
            f"{training.needs}, which films do not have. On films can be trained "
            f"{able}."
        )


def read_films(request: Request) -> FilmSplits | None:
    """The films of a request, with a progress bar; None without ``request.data``.

    Raises:
        ValueError: as ``read_splits``.
    """
    if request.data is None:
        return None
    n_frames, channels, height, _ = TRAININGS[request.name].clip
    return read_splits(
        request.data,
        n_frames=n_frames,
        size=request.size or height,
        channels=request.channels or channels,
        progress=_read_silently if rank() else progress,
    )


def _read_silently(films: list[Path], title: str) -> Iterable[Path]:
    return films


def build_run(request: Request, films: FilmSplits | None) -> TrainingRun:
    """The run of a request, on an accelerator if there is one.

    Raises:
        ValueError: if the films do not fit the model.
    """
    device = "cuda" if torch.cuda.is_available() else "cpu"
    rng = torch.Generator(device).manual_seed(request.seed)
    training = TRAININGS[request.name]
    arguments = training.presets[request.preset], rng
    return training.build(*arguments, *([] if films is None else [films]))


def _checkpoint_paths(request: Request, folder: Path) -> Iterator[Path]:
    """Paths for the checkpoint, in the order in which they are tried."""
    yield folder / f"{request.name}.safetensors"
    yield folder / f"{request.file_name}.safetensors"
    for number in count(2):
        yield folder / f"{request.file_name}-{number}.safetensors"


def _exists(path: Path) -> bool:
    """Whether there is a checkpoint or a card at this path, or a link of that name."""
    return os.path.lexists(path) or os.path.lexists(path.with_suffix(".json"))


def _command_on_card(path: Path) -> str:
    """The command on the card of a checkpoint; empty if there is no readable card."""
    try:
        return read_card(path.stem, folder=path.parent).command
    except ValueError:
        return ""


def _find_finished(request: Request, folder: Path) -> Path | None:
    """The checkpoint of exactly this training, if it exists."""
    for path in _checkpoint_paths(request, folder):
        if not _exists(path):
            return None
        if path.exists() and _command_on_card(path) == f"course train {request}":
            return path
    return None


def _nothing_to_resume(request: Request, folder: Path) -> str:
    unfinished = (folder / "unfinished").glob(f"{request.name}-*.pt")
    names = ", ".join(sorted(path.stem for path in unfinished)) or "nothing"
    return (
        f"There is nothing to resume of {request} in {folder}; unfinished there: "
        f"{names}. Begin without --resume."
    )


def _make_writable(*folders: Path) -> None:
    """Create the folders and check that files can be written there."""
    try:
        for folder in folders:
            folder.mkdir(parents=True, exist_ok=True)
        for folder in folders:
            tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise ValueError(
            f"Nothing can be written to --out {folders[0]} ({error}). Name another "
            "folder."
        ) from error


def _link_if_free(file: Path, path: Path) -> bool:
    """Move a file to a path in one atomic operation, unless the path is taken.

    If the path holds the same bytes, this training wrote them and was killed before it
    wrote the card.
    """
    if path.is_file() and path.read_bytes() == file.read_bytes():
        return True
    if _exists(path):
        return False
    try:
        os.link(file, path)
    except FileExistsError:
        return False
    except OSError:  # a file system without hard links
        try:
            path.touch(exist_ok=False)
        except FileExistsError:
            return False
        os.replace(file, path)
    return True


def _make_card(request: Request, log: TrainingLog, result: str, data: str) -> Card:
    columns = dict(zip(("step", *log.names), zip(*log.curve, strict=True), strict=True))
    machine = f"{platform.machine()}, {torch.get_num_threads()} threads"
    if torch.cuda.is_available():
        machine = torch.cuda.get_device_name()
    return Card(
        command=f"course train {request}",
        seed=request.seed,
        minutes=round(log.seconds / 60, 1),
        machine=f"{world_size()} x {machine}",
        result=result,
        curve={
            name: [float(f"{value:.5g}") for value in column]
            for name, column in columns.items()
        },
        data=data,
    )
