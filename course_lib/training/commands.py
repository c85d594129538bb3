"""Name every training of the course, run it to its end, and keep what came of it.

A training that was killed leaves a snapshot of its last reading; ``resume`` takes it
up. At the end the snapshot gives way to a checkpoint with its card.
"""

import platform
from collections.abc import Callable, Mapping
from pathlib import Path
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
from course_lib.training.checkpoints import Card, rounded, save_weights
from course_lib.training.distributed import average_slopes, count, joined, place
from course_lib.training.loop import Plan, train_unattended
from course_lib.training.resume import Logbook, parts, read_snapshot, write_snapshot

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
    resume: bool,
    say: Callable[[str], object] = print,
) -> None:
    """Train to the end of the preset; leave a checkpoint and its card in ``folder``.

    Until then a snapshot of the last reading lies in ``folder``/unfinished. Shared
    among processes where ``torchrun`` started several; the first one writes.

    Raises:
        ValueError: if there is no such training, if an unfinished one lies there and
            ``resume`` is not said, or for the reasons of ``read_snapshot``.
    """
    make = _maker(request)
    name = f"{'-'.join(map(str, request))}.safetensors"
    snapshot = folder / "unfinished" / name
    if snapshot.exists() and not resume:
        raise ValueError(
            f"{snapshot} is an unfinished training. Go on with it by --resume, or move "
            "it away to begin anew."
        )

    def keep(state: Any, logbook: Logbook) -> None:
        if place() == 0:
            write_snapshot(snapshot, str(request), state, logbook)
            say(_in_words(logbook))

    with joined():
        device = "cuda" if torch.cuda.is_available() else "cpu"
        plan = make(torch.Generator(device).manual_seed(request.seed))
        logbook = Logbook()
        if snapshot.exists():
            logbook = read_snapshot(snapshot, str(request), plan.state)
            say(f"Going on after step {logbook.done}.")
        average_slopes(p for _, p in parts(plan.state) if isinstance(p, nn.Module))
        state, logbook = train_unattended(plan, keep=keep, logbook=logbook)
        if place() == 0:
            product = rounded(plan.product(state))
            card = _card(request, logbook, plan.result(product))
            path = save_weights(request.name, product, card, folder=folder)
            say(f"{path}: {card.result}")
            snapshot.unlink(missing_ok=True)


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
