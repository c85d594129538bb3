"""Write down all that a training is, so that it goes on as if it had never stopped.

A state is a (nested) NamedTuple of modules, optimizers and generators: what a step
changes. A snapshot is one safetensors file with every number of it, the logbook, and
what was trained: weights, optimizers, random numbers and curve.
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
from course_lib.training.checkpoints import misfit, read_tensors

CURVE = "curve"
ANEW = "To begin anew, move that file away and leave out --resume."


class Logbook(NamedTuple):
    """How far a training is: steps done, seconds taken, and its curve.

    A row of the curve holds the number of a step, then the mean of each reading, in the
    order of ``names``, over the steps since the row before. ``pending`` are the
    readings of the steps since the last row, one mapping a step.
    """

    done: int = 0
    seconds: float = 0.0
    names: tuple[str, ...] = ()
    curve: tuple[tuple[float, ...], ...] = ()
    pending: tuple[Mapping[str, float], ...] = ()


def write_snapshot(
    path: Path, what: str, state: Any, logbook: Logbook, *, recipe: str = ""
) -> None:
    """Keep a training of this name in a file, whole, in place of an older one.

    ``recipe`` is what the steps depend on besides the state: the preset, spelled out.

    Raises:
        TypeError: if the state holds anything but modules, optimisers and generators.
        OSError: if the disk is full or the folder cannot be written to; the older file
            is then as it was.
    """
    tensors = {name: value.cpu().contiguous() for name, value in _numbers(state)}
    tensors[CURVE] = torch.tensor(logbook.curve, dtype=torch.float64)
    kept = logbook._asdict()
    del kept["curve"]
    note = {"what": what, "recipe": recipe, "logbook": json.dumps(kept)}
    note["checksum"] = _checksum(tensors, note["logbook"])
    write_atomically(path, save(tensors, note))


def read_snapshot(
    path: Path, what: str, state: Any, *, recipe: str | None = None
) -> Logbook:
    """Bring ``state`` to where the snapshot was taken, in place; its logbook.

    Nothing is filled in before everything is found to fit. A snapshot that says
    nothing of its recipe fits every one.

    Raises:
        ValueError: naming the file, if it is damaged, comes from elsewhere, or holds
            another training, another recipe or other sizes.
    """
    try:
        tensors, note = read_tensors(path)
    except ValueError as error:
        raise ValueError(f"{error} {ANEW}") from error
    if note.get("what") != what or CURVE not in tensors:
        raise ValueError(
            f"{path} holds {note.get('what', 'no training at all')!r}, not {what!r}. "
            f"{ANEW}"
        )
    checksum = _checksum(tensors, note["logbook"])
    if note.get("checksum", checksum) != checksum:
        raise ValueError(f"{path} is damaged: its checksum is wrong. {ANEW}")
    if recipe is not None and note.get("recipe", recipe) != recipe:
        raise ValueError(
            f"{path} was written by another version of the course: it was trained with "
            f"{note['recipe']}, which is now {recipe}. Resume it with that version. "
            f"{ANEW}"
        )
    curve = tensors.pop(CURVE)
    problem = _problem(state, tensors)
    if problem:
        raise ValueError(f"{path} does not fit this training: {problem}. {ANEW}")
    _fill(state, "", tensors)
    kept = json.loads(note["logbook"])
    return Logbook(
        kept["done"],
        kept["seconds"],
        tuple(kept["names"]),
        tuple(map(tuple, curve.tolist())),
        tuple(kept.get("pending", ())),
    )


def _checksum(tensors: Mapping[str, Tensor], text: str) -> str:
    found = crc32(text.encode())
    for name in sorted(tensors):
        found = crc32(tensors[name].reshape(-1).view(torch.uint8).numpy(), found)
    return str(found)


def parts(state: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """The modules, optimizers and generators of a state, by dotted names."""
    if isinstance(state, tuple):
        for field, part in state._asdict().items():
            yield from parts(part, f"{name}.{field}" if name else field)
    else:
        yield name, state


def _numbers(state: Any) -> Iterator[tuple[str, Tensor]]:
    for stem, part in parts(state):
        yield from ((f"{stem}.{name}", value) for name, value in _tensors(part).items())


@singledispatch
def _tensors(part: Any) -> Mapping[str, Tensor]:
    """All numbers of one part, by name."""
    raise TypeError(
        f"A state is made of modules, optimizers and generators; {type(part).__name__} "
        "cannot be written down."
    )


@_tensors.register
def _(part: nn.Module) -> Mapping[str, Tensor]:
    return part.state_dict()


@_tensors.register
def _(part: Generator) -> Mapping[str, Tensor]:
    return {"state": part.get_state()}


@_tensors.register
def _(part: Optimizer) -> Mapping[str, Tensor]:
    slots = part.state_dict()["state"].items()
    return {
        f"{place}.{name}": value
        for place, slot in slots
        for name, value in slot.items()
        if isinstance(value, Tensor)
    }


def _problem(state: Any, tensors: Mapping[str, Tensor]) -> str:
    """In words, the first thing that does not fit; empty if all does."""
    needed: dict[str, Tensor] = {}
    for stem, part in parts(state):
        if isinstance(part, Optimizer):
            weights = [w for group in part.param_groups for w in group["params"]]
            found = _below(stem, tensors)
            for name, value in found.items():
                place = int(name.split(".")[0])
                if place < len(weights):  # a count of steps has no shape of its own
                    like = weights[place] if value.ndim else value
                    needed[f"{stem}.{name}"] = like.detach().to(value.dtype)
        else:
            needed |= {f"{stem}.{k}": value for k, value in _tensors(part).items()}
    return misfit(tensors, needed)


def _fill(state: Any, name: str, tensors: Mapping[str, Tensor]) -> None:
    for stem, part in parts(state, name):
        found = _below(stem, tensors)
        if isinstance(part, nn.Module):
            part.load_state_dict(found)
        elif isinstance(part, Generator):
            part.set_state(found["state"])
        else:
            slots: dict[int, dict[str, Tensor]] = {}
            for key, value in found.items():
                place, field = key.split(".", 1)
                slots.setdefault(int(place), {})[field] = value
            part.load_state_dict({**part.state_dict(), "state": slots})


def _below(stem: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    start = f"{stem}."
    return {k.removeprefix(start): v for k, v in tensors.items() if k.startswith(start)}
