"""Run a notebook and its answers on request, in a process that does nothing else.

All of this runs beside the answers, so nothing that it says is believed: it hands over
values, for inputs that were drawn after the notebook was run.
"""

import inspect
import io
import socket
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import Any

import torch
from torch import Tensor

from grading import program, remarks
from grading.cells import Cell, Unreadable, contents
from grading.execution import Execution, ExecutionPlan, exception_text
from grading.plain_values import Packer, tensors, unpack
from grading.remote_modules import rebuild
from grading.wire import FOREVER, Frame, Lost, receive, send
from teaching.argument_copies import changed_arguments
from teaching.torch_settings import preserved_settings

Reply = dict[str, Any]
EMPTY = program.Reading([], frozenset(), frozenset(), frozenset())


class Worker:
    """One notebook, and what the last call of an answer left for its gradients."""

    def __init__(self) -> None:
        self.execution: Execution | None = None
        self.parts: Sequence[Any] = ()
        self.live: list[Tensor] = []
        self.sources: list[Tensor] = []
        self.packer = Packer()

    def read(self, message: dict[str, Any], blob: bytes) -> Reply:
        """The code cells of a notebook."""
        try:
            return contents(blob)._asdict()
        except Unreadable as error:
            return {"unreadable": str(error)}

    def survey(self, message: dict[str, Any], blob: bytes) -> Reply:
        """What the text of a notebook shows of each answer, before anything is run."""
        cells = [Cell(*cell) for cell in message["cells"]]
        readings = [
            program.read(cell.source) if written else EMPTY
            for cell, written in zip(cells, message["written"], strict=True)
        ]
        found = {}
        for slug, names in message["asked"]:
            answer = program.compose(cells, readings, slug, names)
            rest = [
                statement
                for place, reading in enumerate(readings)
                if place not in answer.cells
                for statement in reading.statements
            ]
            found[slug] = {
                "own": answer.own,
                "cells": answer.cells,
                "binding": [
                    place
                    for place, reading in enumerate(readings)
                    if reading.bound & {*names}
                    or (not reading.statements and reading.touched & {*names})
                ],
                "remarks": remarks.remarks(answer, names, rest),
                "fingerprint": remarks.fingerprint(answer.answer, names),
            }
        return {"found": found}

    def open(self, message: dict[str, Any], blob: bytes) -> Reply:
        """Make a notebook's namespace; nothing of the student's is run yet."""
        with _quiet():
            self.execution = Execution(ExecutionPlan(**message["order"]))
        return {}

    def cells(self, message: dict[str, Any], blob: bytes) -> Reply:
        """Run all cells until this one, and tell what went wrong in it."""
        with _quiet():
            trouble = self.execution.run_until(message["until"], message["seconds"])
        return {"trouble": trouble and list(trouble)}

    def finish(self, message: dict[str, Any], blob: bytes) -> Reply:
        """No more cells are to be run; where each answer was complete."""
        self.execution.finish()
        last = self.execution.last_cell
        return {"last": {id: last(id, names) for id, names in message["asked"]}}

    def load(self, message: dict[str, Any], blob: bytes) -> Reply:
        """Turn to an exercise; what can be seen of its functions from outside."""
        self.execution.judged = message["id"]
        found = self.execution.answer(message["id"], message["names"])
        if found is None:
            return {"missing": True}
        if self.execution.untouched(message["id"], found):
            return {"untouched": True}
        self.parts = found
        return {"parts": [_shown(part) for part in self.parts]}

    def call(self, message: dict[str, Any], blob: bytes) -> Reply:
        """Call a function of the answer; its result, and what it changed."""
        asked = message["arguments"]
        arguments, before = (
            {name: rebuild(node, blob) for name, node in asked.items()}
            for _ in range(2)
        )
        given = tensors([*arguments.values()])
        self.sources = [tensor for tensor in given if tensor.requires_grad]
        torch.set_rng_state(unpack(message["stream"], blob))
        with _quiet(), torch.enable_grad(), preserved_settings() as settings:
            result = self.parts[message["part"]](**arguments)
        reply = {
            "result": self.packer.pack(result),
            "changes": changed_arguments(before, arguments),
            "settings": settings,
        }
        self.live = self.packer.live
        return reply

    def gradients(self, message: dict[str, Any], blob: bytes) -> Reply:
        """Gradients of the last result, weighed by the cotangents that come now."""
        cotangents = unpack(message["cotangents"], blob)
        found = torch.autograd.grad(
            self.live, self.sources, cotangents, allow_unused=True
        )
        return {"gradients": self.packer.pack(found)}

    def answer(self, frame: Frame) -> tuple[Reply, bytes]:
        """The reply to one request; an exception becomes words."""
        self.packer = Packer()
        act = getattr(self, frame.message["do"])
        try:
            reply = act(frame.message, frame.blob)
        except BaseException as error:  # an answer can raise anything
            reply = {"raised": type(error).__name__[:80], "text": exception_text(error)}
        reply |= {"number": frame.message["number"]}
        return reply, bytes(self.packer.blob)


def serve(line: socket.socket) -> None:
    """Answer until the other side has heard enough."""
    worker = Worker()
    while True:
        try:
            frame = receive(line, FOREVER, trusted=True)
            send(line, *worker.answer(frame), FOREVER)
        except Lost:
            return


class _Nowhere(io.RawIOBase):
    def writable(self) -> bool:
        return True

    def write(self, content: Any) -> int:
        return len(content)


@contextmanager
def _quiet() -> Iterator[None]:
    """What an answer prints and warns of goes nowhere."""
    out = io.TextIOWrapper(io.BufferedWriter(_Nowhere()), "utf-8", "replace")
    with redirect_stdout(out), redirect_stderr(out), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _shown(part: Any) -> Reply:
    """What misfits are told by: the type, whether it can be called, its signature."""
    shown = {"type": type(part).__name__[:80], "callable": callable(part)}
    try:
        parameters = inspect.signature(part).parameters.values()
    except (TypeError, ValueError):
        return shown | {"signature": None}
    needed = inspect.Parameter.empty
    listed = [[p.name, int(p.kind), p.default is not needed] for p in parameters]
    return shown | {"signature": listed}
