"""Snapshots: the complete state of a training in one file, from which it resumes.

A state is a NamedTuple, possibly nested, of modules, optimizers, learning-rate
schedulers and random generators: everything that a step changes. A snapshot is one file
of ``torch.save`` with the state dicts, the states of the generators and the training
log. It is read with ``weights_only=True``, so that reading it runs no code. On a CPU,
with as many threads and processes as before, a training continues bit for bit.
"""

import zipfile
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Generator, nn

from course_lib.atomic_write import write_atomically
from course_lib.training.checkpoints import describe_mismatch

START_AGAIN = "To start again, move that file away and leave out --resume."
NO_FOLDER = "the course's own data (without --data)"


class TrainingLog(NamedTuple):
    """The progress of a training, and its curve.

    Attributes:
        step: The last step that was completed.
        seconds: Training time up to there.
        names: Names of the metrics, the columns of the curve after the step.
        curve: Rows; each holds the number of a step, then the mean of each metric over
            the steps since the row before, and what was validated at that step.
        pending: The metrics of each step since the last row.
    """

    step: int = 0
    seconds: float = 0.0
    names: tuple[str, ...] = ()
    curve: tuple[tuple[float, ...], ...] = ()
    pending: tuple[Mapping[str, float], ...] = ()


def write_snapshot(
    path: Path,
    training: str,
    state: Any,
    log: TrainingLog,
    *,
    config: str = "",
    data: str = "",
) -> None:
    """Write a snapshot; an older file is replaced at once, as a whole.

    Args:
        path: The file.
        training: Name, preset and seed of the training.
        state: All that the steps change.
        log: The log up to this state.
        config: What the steps depend on besides the state: the preset as text.
        data: Description and fingerprint of training data that are not the course's.

    Raises:
        TypeError: if the state holds an object that is no module, optimizer, scheduler
            or generator.
        OSError: if the disk is full or the folder cannot be written to; the older file
            is then unchanged.
    """
    content = {"training": training, "config": config, "data": data}
    states = {name: _state_of(component) for name, component in components(state)}
    file = BytesIO()
    torch.save({**content, "log": log._asdict(), "state": states}, file)
    write_atomically(path, file.getvalue())


def read_snapshot(
    path: Path,
    training: str,
    state: Any,
    *,
    config: str | None = None,
    data: str | None = None,
) -> TrainingLog:
    """Load a snapshot into ``state``, in place, and return its log.

    Everything is checked before anything is changed. ``config`` and ``data`` are not
    checked if they are None.

    Raises:
        ValueError: naming the file, if it is damaged or no snapshot, or belongs to
            another training, configuration or data set, or holds tensors of other
            shapes.
    """
    content = _read(path)
    stored = content.get("training", "no training at all")
    if stored != training:
        raise ValueError(f"{path} holds {stored!r}, not {training!r}. {START_AGAIN}")
    if data is not None and content["data"] != data:
        raise ValueError(
            f"{path} was trained on other data: {content['data'] or NO_FOLDER}. Now "
            f"the data are {data or NO_FOLDER}. Resume it with --data and the same "
            f"films. {START_AGAIN}"
        )
    if config is not None and content["config"] != config:
        raise ValueError(
            f"{path} was written by another version of the course: it was trained with "
            f"{content['config']}, which is now {config}. Resume it with that "
            f"version. {START_AGAIN}"
        )
    problem = _describe_problem(state, content["state"])
    if problem:
        raise ValueError(f"{path} does not fit this training: {problem}. {START_AGAIN}")
    for name, component in components(state):
        if isinstance(component, Generator):
            component.set_state(content["state"][name])
        else:
            component.load_state_dict(content["state"][name])
    return TrainingLog(**content["log"])


def components(state: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """The parts of a state, with their dotted names."""
    parts = state._asdict() if isinstance(state, tuple) else state
    if not isinstance(parts, Mapping):
        yield name, state
        return
    for field, value in parts.items():
        yield from components(value, f"{name}.{field}" if name else field)


def _state_of(component: Any) -> Any:
    if isinstance(component, Generator):
        return component.get_state()
    if not hasattr(component, "state_dict"):
        raise TypeError(
            f"A training state consists of modules, optimizers, schedulers and "
            f"generators; a {type(component).__name__} cannot be saved."
        )
    return component.state_dict()


def _read(path: Path) -> dict[str, Any]:
    """The content of a snapshot; ``torch.load`` itself does not verify the checksums.

    Raises:
        ValueError: naming the file, if it cannot be read, was cut short or changed.
    """
    try:
        file = BytesIO(path.read_bytes())
        with zipfile.ZipFile(file) as archive:
            damaged = archive.testzip()
        if damaged is not None:
            raise zipfile.BadZipFile(f"the checksum of {damaged} is wrong")
        file.seek(0)
        return dict(torch.load(file, map_location="cpu", weights_only=True))
    except Exception as error:  # damage can show itself at any place of the file
        raise ValueError(
            f"{path} is damaged or no snapshot of a training ({error}). {START_AGAIN}"
        ) from error


def _describe_problem(state: Any, stored: Mapping[str, Any]) -> str:
    """The first component that does not fit, in words; empty if all fit."""
    parts = dict(components(state))
    if parts.keys() != stored.keys():
        return f"it holds {', '.join(stored)}, here are {', '.join(parts)}"
    for name, part in parts.items():
        if isinstance(part, nn.Module):
            problem = describe_mismatch(stored[name], part.state_dict())
            if problem:
                return f"{name}.{problem}"
        elif isinstance(part, torch.optim.Optimizer):
            here, there = (
                [len(group["params"]) for group in one["param_groups"]]
                for one in (part.state_dict(), stored[name])
            )
            if here != there:
                return f"{name} has {there} weights in the file, {here} here"
    return ""
