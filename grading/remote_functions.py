"""Calls of an answer that runs in a worker, one case at a time.

A call is differentiated like a local one. In the backward pass, the cotangents are sent
to the worker, which returns the gradients. The worker receives them only after it has
sent its results.
"""

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from grading.connection import Link
from grading.plain_values import (
    Packer,
    differentiated,
    map_tensors,
    placeholder,
    tensors,
    unpack,
)
from grading.remote_arguments import pack_arguments
from grading.remote_modules import RemoteModule, write_states
from grading.wire import broken
from teaching.exercise import Case
from teaching.torch_settings import SETTINGS

_EMPTY = inspect.Parameter.empty
UNANSWERED = "NotImplementedError"  # raised as this type, which marks a stub
Gradients = Callable[[Sequence[Tensor]], Sequence[Tensor | None]]


def stand_ins(shown: Any) -> tuple[Any, ...]:
    """An object for each part of an answer, as the worker describes them.

    It is of the same kind (a class, a function, a module, another object) and has the
    same signature, but cannot be called: ``RemoteCase`` does that.

    Raises:
        Lost: if the description is invalid.
    """
    try:
        return tuple(map(_stand_in, shown))
    except (KeyError, TypeError, AttributeError, ValueError):
        raise broken("its functions are described incorrectly") from None


def _stand_in(part: Mapping[str, Any]) -> Any:
    if part["callable"] is not True:
        return placeholder(part["type"])
    if part.get("module") == "object":
        return nn.Module()
    signature = _signature(part["signature"])
    own = {"__signature__": signature} if signature is not None else {}
    if part.get("module") == "class":
        return type("RemoteClass", (nn.Module,), own)
    return type("RemoteFunction", (), {"__call__": _not_here, **own})()


def _not_here(self: Any, **arguments: Any) -> Any:
    raise TypeError("A stand-in cannot be called.")


class RemoteCase:
    """The answer, to be called on one case: the function, or else the class.

    A class is called with the arguments of its constructor, and returns a stand-in of
    the module. All calls of a case are executed with the same objects in the worker,
    which go on from where the last call has left them.
    """

    def __init__(self, link: Link, case: Case) -> None:
        self.link, self.case, self.n_calls = link, case, 0
        self.module: RemoteModule | None = None

    def __call__(self, **arguments: Any) -> Any:
        """The result of the answer for these arguments, or its exception."""
        if self.case.construct is None:
            return self._call(arguments)
        packer = Packer()
        request = {
            "do": "construct",
            "part": self.case.part,
            "arguments": pack_arguments(arguments, packer),
            "state": {k: packer.pack(v) for k, v in self.case.state.items()},
            "stream": packer.pack(torch.get_rng_state()),
        }
        message, _ = self._ask(request, packer)
        self.module = RemoteModule(message.get("entries"), self._call)
        return self.module

    def _call(self, arguments: Mapping[str, Any]) -> Any:
        """The result of one call.

        Changes of the arguments and of PyTorch's settings are repeated here, so that an
        observer of the call finds them. They are known only from the worker: an answer
        that hides a change is treated like one that has undone it.
        """
        packer, number = Packer(), self.n_calls
        request = self._request(arguments, packer)
        message, blob = self._ask(request, packer)
        result = unpack(message.get("result"), blob)
        outputs = [tensor for tensor in tensors(result) if tensor.requires_grad]
        sources = differentiated([*arguments.values()])
        sources += self.module.differentiated() if self.module else []
        replaced: dict[int, Tensor] = {id(t): t.detach() for t in outputs}
        if outputs and sources:
            gradients = partial(self._gradients, number)
            live = _Remote.apply(gradients, replaced.values(), *sources)
            replaced = dict(zip(replaced, live, strict=True))
        if request["last"]:
            self._repeat_effects(message, blob, arguments)
        return map_tensors(result, lambda t: replaced.get(id(t), t))

    def _request(self, arguments: Mapping[str, Any], packer: Packer) -> dict[str, Any]:
        first, self.n_calls = self.n_calls == 0, self.n_calls + 1
        request: dict[str, Any] = {
            "do": "call",
            "last": self.n_calls == self.case.calls,
        }
        if not first:
            return request
        request["arguments"] = pack_arguments(arguments, packer)
        request["updates"] = [*self.case.updates]
        if self.module is not None:
            return request | {"train": self.module.training}
        stream = packer.pack(torch.get_rng_state())
        return request | {"part": self.case.part, "stream": stream}

    def _repeat_effects(
        self, message: Mapping[str, Any], blob: bytes, arguments: Mapping[str, Any]
    ) -> None:
        """Let the arguments and settings here be as the calls have left them there."""
        _repeat_changes(message.get("changes"), arguments)
        _repeat_settings(message.get("settings"))
        _advance_generators(unpack(message.get("generators"), blob), arguments)
        if self.case.updates:
            states = unpack(message.get("states"), blob)
            write_states(arguments, self.case.updates, states)
        if self.module is not None:
            self.module.write_buffers(unpack(message.get("buffers"), blob))

    def _gradients(
        self, call: int, cotangents: Sequence[Tensor]
    ) -> Sequence[Tensor | None]:
        packer = Packer()
        packed = packer.pack(tuple(cotangents))
        request = {"do": "gradients", "call": call, "cotangents": packed}
        message, blob = self.link.ask(request, bytes(packer.blob))
        if "raised" in message:
            raise RuntimeError(str(message.get("text")))
        return unpack(message.get("gradients"), blob)

    def _ask(
        self, request: Mapping[str, Any], packer: Packer
    ) -> tuple[Mapping[str, Any], bytes]:
        message, blob = self.link.ask({**request}, bytes(packer.blob))
        if "raised" in message:
            self.link.raised.add(f"{message['raised']}: {message.get('text')}")
        raise_again(message)
        return message, blob


class _Remote(torch.autograd.Function):
    """The values computed by the worker, as an autograd function of the inputs."""

    @staticmethod
    def forward(
        ctx: Any, gradients_of: Gradients, values: Any, *inputs: Tensor
    ) -> tuple[Tensor, ...]:
        ctx.gradients_of = gradients_of
        ctx.shapes = [(x.shape, x.dtype) for x in inputs]
        return tuple(value.clone() for value in values)

    @staticmethod
    def backward(ctx: Any, *cotangents: Tensor) -> tuple[Any, ...]:
        gradients = ctx.gradients_of(cotangents)
        if type(gradients) is not tuple or len(gradients) != len(ctx.shapes):
            raise broken("as many gradients as inputs are needed")
        for gradient, shape in zip(gradients, ctx.shapes, strict=True):
            if gradient is not None and _shape_of(gradient) != shape:
                raise broken("a gradient has another shape than its input")
        return (None, None, *gradients)


def raise_again(message: Mapping[str, Any]) -> None:
    """Raise an exception with the same name and text as that of the answer."""
    if "raised" not in message:
        return
    name, text = str(message["raised"]), str(message.get("text"))
    if name == UNANSWERED:
        raise NotImplementedError(text)
    raise type(name.replace("\0", ""), (Exception,), {})(text)


def _shape_of(value: Any) -> Any:
    return (value.shape, value.dtype) if isinstance(value, Tensor) else None


def _signature(listed: Any) -> inspect.Signature | None:
    """The signature with these parameters; None if there is none or it is invalid."""
    try:
        kinds = [inspect._ParameterKind(kind) for _, kind, _ in listed]
        return inspect.Signature(
            [
                inspect.Parameter(name, kind, default=None if optional else _EMPTY)
                for (name, _, optional), kind in zip(listed, kinds, strict=True)
            ]
        )
    except (TypeError, ValueError):
        return None


def _repeat_changes(changes: Any, arguments: Mapping[str, Any]) -> None:
    """Modify the arguments that the answer modified: ``x``, ``state.h``, ``x.grad``.

    See ``changed_arguments`` for the names.
    """
    parts = dict(_parts(arguments))
    if type(changes) is not list or len(changes) > len(parts):
        raise broken("the changes are not listed correctly")
    for name in changes:
        bare, _, attribute = str(name).rpartition(".")
        if bare not in parts:
            bare, attribute = str(name), ""
        part = parts.get(bare)
        first = next(tensors([part]), None)
        if attribute == "grad" and first is not None:
            first.grad = torch.zeros_like(first)
        elif attribute == "requires_grad" and first is not None:
            first.requires_grad_(not first.requires_grad)
        elif attribute == "training" and isinstance(part, nn.Module):
            part.training = not part.training
        elif isinstance(part, Tensor):
            part.data = part.logical_not().to(part.dtype)
        elif first is not None:
            first.data = first.logical_not().to(first.dtype)


def _advance_generators(found: Any, arguments: Mapping[str, Any]) -> None:
    """Give generators the states that the answer has left them in."""
    if type(found) is not dict:
        raise broken("the generators are not listed correctly")
    for name, state in found.items():
        rng = arguments.get(name)
        try:
            if isinstance(rng, torch.Generator):
                rng.set_state(state)
        except (RuntimeError, TypeError):
            raise broken("a generator has an invalid state") from None


def _parts(arguments: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in arguments.items():
        if isinstance(value, tuple):
            fields = getattr(value, "_fields", range(1, len(value) + 1))
            inside = zip(fields, value, strict=True)
            yield from _parts({f"{name}.{field}": part for field, part in inside})
        elif isinstance(value, Tensor | nn.Module):
            yield name, value


def _repeat_settings(changed: Any) -> None:
    """Change the settings of PyTorch that the answer changed."""
    if type(changed) is not list:
        raise broken("the settings are not listed correctly")
    for setting in SETTINGS:
        if setting.name in changed:
            now = setting.read()
            other = torch.float64 if now != torch.float64 else torch.float32
            setting.write((not now) if isinstance(now, bool) else other)
    if "the random seed" in changed:
        torch.default_generator.manual_seed(torch.initial_seed() + 1)
