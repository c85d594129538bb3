"""Proxies of the functions of an answer that runs in a worker.

A proxy is called and differentiated like a local function. In the backward pass, the
cotangents are sent to the worker, which returns the gradients. The worker receives them
only after it has sent its results.
"""

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from grading.connection import Link
from grading.plain_values import Packer, map_tensors, placeholder, tensors, unpack
from grading.remote_modules import pack_argument
from grading.wire import broken
from teaching.torch_settings import SETTINGS

_EMPTY = inspect.Parameter.empty
UNANSWERED = "NotImplementedError"  # raised as this type, which marks a stub
Gradients = Callable[[Sequence[Tensor]], Sequence[Tensor | None]]


def make_remote_functions(link: Link, shown: Any) -> tuple[Any, ...]:
    """One proxy for each function of an answer, as the worker describes them.

    Raises:
        Lost: if the description is invalid.
    """
    try:
        return tuple(_proxy(link, *part) for part in enumerate(shown))
    except (KeyError, TypeError, AttributeError, ValueError):
        raise broken("its functions are described incorrectly") from None


def _proxy(link: Link, number: int, part: Mapping[str, Any]) -> Any:
    if part["callable"] is not True:
        return placeholder(part["type"])
    return RemoteFunction(link, number, _signature(part["signature"]))


class RemoteFunction:
    """A proxy of a function of an answer; a call is executed in the worker."""

    def __init__(
        self, link: Link, part: int, signature: inspect.Signature | None
    ) -> None:
        self.link, self.part = link, part
        if signature is not None:
            self.__signature__ = signature

    def __call__(self, **arguments: Any) -> Any:
        """The result of the answer for these arguments, or its exception.

        Changes of the arguments and of PyTorch's settings are repeated here, so that an
        observer of the call finds them. They are known only from the worker: an answer
        that hides a change is treated like one that has undone it.
        """
        packer = Packer()
        request = {
            "do": "call",
            "part": self.part,
            "arguments": {k: pack_argument(v, packer) for k, v in arguments.items()},
            "stream": packer.pack(torch.get_rng_state()),
        }
        message, blob = self.link.ask(request, bytes(packer.blob))
        if "raised" in message:
            self.link.raised.add(f"{message['raised']}: {message.get('text')}")
        raise_again(message)
        result = unpack(message.get("result"), blob)
        outputs = [tensor for tensor in tensors(result) if tensor.requires_grad]
        sources = [t for t in tensors([*arguments.values()]) if t.requires_grad]
        replaced: dict[int, Tensor] = {id(t): t.detach() for t in outputs}
        if outputs and sources:
            live = _Remote.apply(self._gradients, replaced.values(), *sources)
            replaced = dict(zip(replaced, live, strict=True))
        _repeat_changes(message.get("changes"), arguments)
        _repeat_settings(message.get("settings"))
        return map_tensors(result, lambda t: replaced.get(id(t), t))

    def _gradients(self, cotangents: Sequence[Tensor]) -> Sequence[Tensor | None]:
        packer = Packer()
        request = {"do": "gradients", "cotangents": packer.pack(tuple(cotangents))}
        message, blob = self.link.ask(request, bytes(packer.blob))
        if "raised" in message:
            raise RuntimeError(str(message.get("text")))
        return unpack(message.get("gradients"), blob)


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
