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
from torch import Tensor, nn
from torch.optim import Optimizer

from grading import program, remarks
from grading.cells import Cell, Unreadable, contents
from grading.execution import Execution, ExecutionPlan, exception_text
from grading.plain_values import Packer, differentiated, unpack
from grading.remote_arguments import rebuild_arguments
from grading.wire import FOREVER, Frame, Lost, receive, send
from teaching.argument_copies import advanced_generators, changed_arguments
from teaching.observation import load_state
from teaching.torch_settings import preserved_settings

Reply = dict[str, Any]
EMPTY = program.Reading([], frozenset(), frozenset(), frozenset())


class Worker:
    """One notebook, and what the calls of an answer left for its gradients.

    The calls of one case share their arguments, the module that was constructed, and
    the stream of PyTorch's random numbers.
    """

    def __init__(self) -> None:
        self.execution: Execution | None = None
        self.parts: Sequence[Any] = ()
        self.packer = Packer()
        self._begin(None)

    def _begin(self, callee: Any, module: nn.Module | None = None) -> None:
        """Forget the last case; this function or module is called next."""
        self.callee, self.module = callee, module
        self.parameters: list[Tensor] = []  # of the module
        self.before: dict[str, Any] = {}
        self.arguments: dict[str, Any] = {}
        self.updates: Sequence[str] = ()
        self.outputs: list[tuple[list[Tensor], list[Tensor]]] = []  # call by call

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
        for slug, names, methods in message["asked"]:
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
                "fingerprint": remarks.fingerprint(answer.answer, names, methods),
                "source": program.source(cells, answer, names),
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

    def construct(self, message: dict[str, Any], blob: bytes) -> Reply:
        """Construct a class of the answer, load the state, and describe the module."""
        arguments = rebuild_arguments(message["arguments"], blob)
        state = {name: unpack(node, blob) for name, node in message["state"].items()}
        self._begin(None)
        torch.set_rng_state(unpack(message["stream"], blob))
        with _quiet(), torch.enable_grad(), preserved_settings():
            module = self.parts[message["part"]](**arguments)
            load_state(module, state)
            self.stream = torch.get_rng_state()
        self._begin(module, module)
        entries = []
        for name, value in module.state_dict(keep_vars=True).items():
            dtype = str(value.dtype).removeprefix("torch.")
            kind = [isinstance(value, nn.Parameter), value.requires_grad]
            entries.append([name, dtype, [*value.shape], *kind])
            self.parameters += [value] * all(kind)
        return {"entries": entries}

    def call(self, message: dict[str, Any], blob: bytes) -> Reply:
        """Call the answer; its result, and after the last call what it changed."""
        if "part" in message:
            self._begin(self.parts[message["part"]])
            self.stream = unpack(message["stream"], blob)
        if "arguments" in message:
            asked = message["arguments"]
            self.before, self.arguments = (
                rebuild_arguments(asked, blob) for _ in range(2)
            )
            self.updates = message["updates"]
        if "train" in message:
            self.module.train(message["train"])
        sources = differentiated([*self.arguments.values()])
        torch.set_rng_state(self.stream)
        with _quiet(), torch.enable_grad(), preserved_settings() as settings:
            result = self.callee(**self.arguments)
            self.stream = torch.get_rng_state()
        reply = {"result": self.packer.pack(result), "settings": settings}
        self.outputs.append(([*self.packer.live], sources + self.parameters))
        return reply | (self._effects() if message["last"] else {})

    def _effects(self) -> Reply:
        """What all calls together have changed."""
        before, after = self.before, self.arguments
        advanced = advanced_generators(before, after)
        states = {name: after[name].get_state() for name in advanced if advanced[name]}
        effects = {
            "changes": changed_arguments(before, after, self.updates),
            "generators": self.packer.pack(states),
        }
        if self.updates:
            held = {name: _state(after[name]) for name in self.updates}
            effects["states"] = self.packer.pack(held)
        if self.module is not None:
            entries = self.module.state_dict(keep_vars=True).items()
            buffers = {k: v for k, v in entries if not isinstance(v, nn.Parameter)}
            effects["buffers"] = self.packer.pack(buffers)
        return effects

    def gradients(self, message: dict[str, Any], blob: bytes) -> Reply:
        """Gradients of the result of a call, weighed by cotangents that come now."""
        cotangents = unpack(message["cotangents"], blob)
        live, sources = self.outputs[message["call"]]
        found = torch.autograd.grad(live, sources, cotangents, allow_unused=True)
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


def _state(value: Any) -> Any:
    """What a training step updates of a module, an optimizer or a tensor."""
    if isinstance(value, nn.Module):
        parameters = dict(value.named_parameters())
        return {"parameters": parameters, "buffers": dict(value.named_buffers())}
    if isinstance(value, Optimizer):
        return value.state_dict()["state"]
    return value


def _shown(part: Any) -> Reply:
    """What misfits are told by: the type, whether it can be called, its signature."""
    shown = {"type": type(part).__name__[:80], "callable": callable(part)}
    if isinstance(part, nn.Module):
        shown["module"] = "object"
    elif inspect.isclass(part) and issubclass(part, nn.Module):
        shown["module"] = "class"
    try:
        parameters = inspect.signature(part).parameters.values()
    except (TypeError, ValueError):
        return shown | {"signature": None}
    needed = inspect.Parameter.empty
    listed = [[p.name, int(p.kind), p.default is not needed] for p in parameters]
    return shown | {"signature": listed}
