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

import torch
from safetensors.torch import save
from torch import Generator, Tensor, nn
from torch.optim import Optimizer

from course_lib.atomic_write import write_atomically
from course_lib.training.checkpoints import misfit, read_tensors

CURVE = "curve"


class Logbook(NamedTuple):
    """How far a training is: steps done, seconds taken, and its curve.

    A row of the curve holds the number of a step, then the mean of each reading, in the
    order of ``names``, over the steps since the row before.
    """

    done: int = 0
    seconds: float = 0.0
    names: tuple[str, ...] = ()
    curve: tuple[tuple[float, ...], ...] = ()


def write_snapshot(path: Path, what: str, state: Any, logbook: Logbook) -> None:
    """Keep a training of this name in a file, whole, in place of an older one."""
    tensors = {name: value.cpu().contiguous() for name, value in _numbers(state)}
    tensors[CURVE] = torch.tensor(logbook.curve, dtype=torch.float64)
    kept = {"done": logbook.done, "seconds": logbook.seconds, "names": logbook.names}
    note = {"what": what, "logbook": json.dumps(kept)}
    write_atomically(path, save(tensors, note))


def read_snapshot(path: Path, what: str, state: Any) -> Logbook:
    """Bring ``state`` to where the snapshot was taken, in place; its logbook.

    Nothing is filled in before everything is found to fit.

    Raises:
        ValueError: naming the file, if it is cut short, comes from elsewhere, or holds
            another training or other sizes.
    """
    tensors, note = read_tensors(path)
    if note.get("what") != what:
        raise ValueError(
            f"{path} holds {note.get('what', 'no training at all')!r}, not {what!r}. "
            "Take up that one, or move the file away and begin anew."
        )
    curve = tensors.pop(CURVE)
    problem = _problem(state, tensors)
    if problem:
        raise ValueError(f"{path} does not fit this training: {problem}.")
    _fill(state, "", tensors)
    kept = json.loads(note["logbook"])
    rows = tuple(map(tuple, curve.tolist()))
    return Logbook(kept["done"], kept["seconds"], tuple(kept["names"]), rows)


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
