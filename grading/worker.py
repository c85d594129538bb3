"""Run one answer on request, in a process that has nothing else left to do.

All of this runs beside the answer, so nothing that it says is believed: it hands over
values, for inputs that were drawn after the answer was loaded.
"""

import __future__

import ast
import inspect
import io
import socket
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import Any

import torch
from torch import Tensor

from grading import program, remarks
from grading.cells import Cell, Unreadable, code_cells
from grading.limits import LIMITS
from grading.plain_values import Packer, tensors, unpack
from grading.remote_modules import rebuild
from grading.wire import FOREVER, Frame, Lost, receive, send
from teaching.argument_copies import changed
from teaching.torch_settings import settings_kept

Reply = dict[str, Any]


class Worker:
    """One answer, and what its last call left behind for its gradients."""

    def __init__(self) -> None:
        self.found = program.Program([], [])
        self.parts: Sequence[Any] = ()
        self.live: list[Tensor] = []
        self.sources: list[Tensor] = []
        self.packer = Packer()

    def read(self, message: dict[str, Any], blob: bytes) -> Reply:
        """The code cells of a notebook."""
        try:
            return {"cells": [list(cell) for cell in code_cells(blob)]}
        except Unreadable as error:
            return {"unreadable": str(error)}

    def find(self, message: dict[str, Any], blob: bytes) -> Reply:
        """Find an answer among the cells; what its text shows, before it is run."""
        names = message["names"]
        cells = [Cell(*cell) for cell in message["cells"]]
        try:
            places = program.find(cells, message["slug"], names)
            self.found = program.compose(
                cells, places, program.Given(*message["given"])
            )
        except program.NoAnswer as error:
            return {"status": error.status, "reason": str(error)}
        except SyntaxError as error:
            return {"status": "raised", "reason": f"SyntaxError: {error}"}
        return {
            "remarks": remarks.remarks(self.found, names),
            "fingerprint": remarks.fingerprint(self.found.answer, names),
        }

    def load(self, message: dict[str, Any], blob: bytes) -> Reply:
        """Define the answer; what can be seen of its functions from outside."""
        scope = _scope()
        with _quiet():
            _run(self.found.before, scope)
            trouble = _run(self.found.answer, scope)
        missing = [name for name in message["names"] if name not in scope]
        if missing:
            nothing = f"The cell defines no {' and no '.join(missing)}."
            return {"status": "raised", "reason": trouble or nothing}
        self.parts = [scope[name] for name in message["names"]]
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
        with _quiet(), torch.enable_grad(), settings_kept() as settings:
            result = self.parts[message["part"]](**arguments)
        reply = {
            "result": self.packer.pack(result),
            "changes": changed(before, arguments),
            "settings": settings,
        }
        self.live = self.packer.live
        return reply

    def slopes(self, message: dict[str, Any], blob: bytes) -> Reply:
        """Gradients of the last result, weighed by the cotangents that come now."""
        cotangents = unpack(message["cotangents"], blob)
        found = torch.autograd.grad(
            self.live, self.sources, cotangents, allow_unused=True
        )
        return {"slopes": self.packer.pack(found)}

    def answer(self, frame: Frame) -> tuple[Reply, bytes]:
        """The reply to one request; an exception becomes words."""
        self.packer = Packer()
        act = getattr(self, frame.message["do"])
        try:
            reply = act(frame.message, frame.blob)
        except BaseException as error:  # an answer can raise anything
            reply = {"raised": type(error).__name__[:80], "text": _text(error)}
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


class _Nowhere(io.TextIOBase):
    def write(self, text: str) -> int:
        return len(text)


@contextmanager
def _quiet() -> Iterator[None]:
    """What an answer prints and warns of goes nowhere."""
    out = _Nowhere()
    with redirect_stdout(out), redirect_stderr(out), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _scope() -> dict[str, Any]:
    """The names that every cell has; the checks of the notebook do nothing here."""
    silent = ("hint", "solution", "verify", "quiz", "diagnose", "show", "display")
    nothing: Callable[..., None] = lambda *_, **__: None  # noqa: E731
    checks = {"check": lambda id, answer: answer, "__name__": "__main__"}
    return dict.fromkeys(silent, nothing) | checks


def _run(statements: Sequence[ast.stmt], scope: dict[str, Any]) -> str:
    """Run statement by statement, as far as each goes; the first trouble, in words."""
    trouble = ""
    for statement in statements:
        module = ast.Module([statement], [])
        flags = __future__.annotations.compiler_flag  # types are for readers
        try:
            exec(compile(module, "answer", "exec", flags), scope)
        except BaseException as error:
            trouble = trouble or f"{type(error).__name__}: {_text(error)}"
    return trouble


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


def _text(error: BaseException) -> str:
    try:
        return str(error)[: LIMITS.text]
    except BaseException:
        return "an exception that cannot be told"
