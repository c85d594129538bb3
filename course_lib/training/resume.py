"""Snapshots: the complete state of a training in one file, from which it resumes.

A state is a NamedTuple, possibly nested, of modules, optimizers and random generators:
everything that a step changes. A snapshot is one safetensors file with all tensors of
the state and the training log. A resumed training continues bit for bit.
"""

import json
from collections.abc import Iterator, Mapping
from functools import singledispatch
from pathlib import Path
from typing import Any, NamedTuple
from zlib import crc32

import torch
from safetensors.torch import save
from torch import Generator, Tensor, nn
from torch.optim import Optimizer

from course_lib.atomic_write import write_atomically
from course_lib.training.checkpoints import describe_mismatch, read_tensors

CURVE = "curve"  # the tensor of the log's rows
START_AGAIN = "To start again, move that file away and leave out --resume."
RENAMED_METADATA = {"what": "training", "recipe": "config", "logbook": "log"}
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
        TypeError: if the state holds an object that is no module, optimizer or
            generator.
        OSError: if the disk is full or the folder cannot be written to; the older file
            is then unchanged.
    """
    tensors = {name: value.cpu().contiguous() for name, value in _tensors_of(state)}
    tensors[CURVE] = torch.tensor(log.curve, dtype=torch.float64)
    fields = log._asdict()
    del fields["curve"]
    metadata = {"training": training, "config": config, "data": data}
    metadata["log"] = json.dumps(fields)
    metadata["checksum"] = _checksum(tensors, metadata["log"])
    write_atomically(path, save(tensors, metadata))


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
    checked if they are None. Snapshots of older versions, which lack some of the
    metadata or name them otherwise, are read too.

    Raises:
        ValueError: naming the file, if it is damaged or no snapshot, or belongs to
            another training, configuration or data set, or holds tensors of other
            shapes.
    """
    try:
        tensors, metadata = read_tensors(path)
    except ValueError as error:
        raise ValueError(f"{error} {START_AGAIN}") from error
    metadata = {RENAMED_METADATA.get(k, k): v for k, v in metadata.items()}
    stored = metadata.get("training", "no training at all")
    if stored != training or CURVE not in tensors:
        raise ValueError(f"{path} holds {stored!r}, not {training!r}. {START_AGAIN}")
    checksum = _checksum(tensors, metadata["log"])
    if metadata.get("checksum", checksum) != checksum:
        raise ValueError(f"{path} is damaged: its checksum is wrong. {START_AGAIN}")
    stored_data = metadata.get("data", "")
    if data is not None and stored_data != data:
        raise ValueError(
            f"{path} was trained on other data: {stored_data or NO_FOLDER}. Now "
            f"the data are {data or NO_FOLDER}. Resume it with --data and the same "
            f"films. {START_AGAIN}"
        )
    if config is not None and metadata.get("config", config) != config:
        raise ValueError(
            f"{path} was written by another version of the course: it was trained with "
            f"{metadata['config']}, which is now {config}. Resume it with that "
            f"version. {START_AGAIN}"
        )
    curve = tensors.pop(CURVE)
    problem = _describe_problem(state, tensors)
    if problem:
        raise ValueError(f"{path} does not fit this training: {problem}. {START_AGAIN}")
    _load(state, tensors)
    fields = json.loads(metadata["log"])
    return TrainingLog(
        fields["step"] if "step" in fields else fields["done"],
        fields["seconds"],
        tuple(fields["names"]),
        tuple(map(tuple, curve.tolist())),
        tuple(fields.get("pending", ())),
    )


def components(state: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """The modules, optimizers and generators of a state, with their dotted names."""
    if isinstance(state, tuple):
        for field, value in state._asdict().items():
            yield from components(value, f"{name}.{field}" if name else field)
    else:
        yield name, state


def _checksum(tensors: Mapping[str, Tensor], text: str) -> str:
    checksum = crc32(text.encode())
    for name in sorted(tensors):
        data = tensors[name].reshape(-1).view(torch.uint8).numpy()
        checksum = crc32(data, checksum)
    return str(checksum)


def _tensors_of(state: Any) -> Iterator[tuple[str, Tensor]]:
    for prefix, component in components(state):
        for name, value in _state_tensors(component).items():
            yield f"{prefix}.{name}", value


@singledispatch
def _state_tensors(component: Any) -> Mapping[str, Tensor]:
    """All tensors of one component of a state, by name."""
    raise TypeError(
        f"A training state consists of modules, optimizers and generators; a "
        f"{type(component).__name__} cannot be saved."
    )


@_state_tensors.register
def _(component: nn.Module) -> Mapping[str, Tensor]:
    return component.state_dict()


@_state_tensors.register
def _(component: Generator) -> Mapping[str, Tensor]:
    return {"state": component.get_state()}


@_state_tensors.register
def _(component: Optimizer) -> Mapping[str, Tensor]:
    return {
        f"{index}.{name}": value
        for index, entries in component.state_dict()["state"].items()
        for name, value in entries.items()
        if isinstance(value, Tensor)
    }


def _describe_problem(state: Any, tensors: Mapping[str, Tensor]) -> str:
    """The first tensor that does not fit, in words; empty if all fit."""
    expected: dict[str, Tensor] = {}
    for prefix, component in components(state):
        if isinstance(component, Optimizer):
            weights = [w for group in component.param_groups for w in group["params"]]
            for name, value in _with_prefix(prefix, tensors).items():
                index = int(name.split(".")[0])
                if index < len(weights):  # a step count has a shape of its own
                    like = weights[index] if value.ndim else value
                    expected[f"{prefix}.{name}"] = like.detach().to(value.dtype)
        else:
            for name, value in _state_tensors(component).items():
                expected[f"{prefix}.{name}"] = value
    return describe_mismatch(tensors, expected)


def _load(state: Any, tensors: Mapping[str, Tensor]) -> None:
    for prefix, component in components(state):
        stored = _with_prefix(prefix, tensors)
        if isinstance(component, nn.Module):
            component.load_state_dict(stored)
        elif isinstance(component, Generator):
            component.set_state(stored["state"])
        else:
            entries: dict[int, dict[str, Tensor]] = {}
            for key, value in stored.items():
                index, name = key.split(".", 1)
                entries.setdefault(int(index), {})[name] = value
            component.load_state_dict({**component.state_dict(), "state": entries})


def _with_prefix(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    start = f"{prefix}."
    return {k.removeprefix(start): v for k, v in tensors.items() if k.startswith(start)}
