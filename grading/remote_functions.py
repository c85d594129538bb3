"""Stand in for an answer that runs elsewhere, so that it is observed like any other.

Gradients too: the worker learns by which cotangents they are weighed when its values
are here already.
"""

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from grading.connection import Link
from grading.plain_values import Packer, exchanged, stranger, tensors, unpack
from grading.remote_modules import lend
from grading.wire import broken
from teaching.torch_settings import SETTINGS

_EMPTY = inspect.Parameter.empty
UNANSWERED = "NotImplementedError"  # the stub's own: the judge wants the real one
Slopes = Callable[[Sequence[Tensor]], Sequence[Tensor | None]]


def stand_ins(link: Link, shown: Any) -> tuple[Any, ...]:
    """One for each function of an answer that a worker has loaded and ``shown``.

    Raises:
        Lost: if they are shown in a way that the worker's own program does not.
    """
    try:
        return tuple(_stand_in(link, *part) for part in enumerate(shown))
    except (KeyError, TypeError, AttributeError, ValueError):
        raise broken("its functions were shown wrongly") from None


def _stand_in(link: Link, number: int, part: Mapping[str, Any]) -> Any:
    if part["callable"] is not True:
        return stranger(part["type"])
    return StandIn(link, number, _signature(part["signature"]))


class StandIn:
    """A function of an answer: called here, it runs in its worker."""

    def __init__(
        self, link: Link, part: int, signature: inspect.Signature | None
    ) -> None:
        self.link, self.part = link, part
        if signature is not None:
            self.__signature__ = signature

    def __call__(self, **arguments: Any) -> Any:
        """What the answer returns, or raises, for these arguments.

        What it did to them and to torch's settings is done here as well, so that
        whoever observes the call finds it. Its worker's word is all that there is for
        that: an answer that hides what it did gets what one that undoes it would get.
        """
        packer = Packer()
        request = {
            "do": "call",
            "part": self.part,
            "arguments": {k: lend(v, packer) for k, v in arguments.items()},
            "stream": packer.pack(torch.get_rng_state()),
        }
        message, blob = self.link.ask(request, bytes(packer.blob))
        if "raised" in message:
            self.link.raised.add(f"{message['raised']}: {message.get('text')}")
        raise_again(message)
        result = unpack(message.get("result"), blob)
        outputs = [tensor for tensor in tensors(result) if tensor.requires_grad]
        sources = [t for t in tensors([*arguments.values()]) if t.requires_grad]
        moved: dict[int, Tensor] = {id(t): t.detach() for t in outputs}
        if outputs and sources:
            live = _Remote.apply(self._slopes, moved.values(), *sources)
            moved = dict(zip(moved, live, strict=True))
        _repeat_changes(message.get("changes"), arguments)
        _repeat_settings(message.get("settings"))
        return exchanged(result, lambda t: moved.get(id(t), t))

    def _slopes(self, cotangents: Sequence[Tensor]) -> Sequence[Tensor | None]:
        packer = Packer()
        request = {"do": "slopes", "cotangents": packer.pack(tuple(cotangents))}
        message, blob = self.link.ask(request, bytes(packer.blob))
        if "raised" in message:
            raise RuntimeError(str(message.get("text")))
        return unpack(message.get("slopes"), blob)


class _Remote(torch.autograd.Function):
    """Values that were computed elsewhere, as a function of tensors that are here."""

    @staticmethod
    def forward(
        ctx: Any, slopes: Slopes, values: Any, *sources: Tensor
    ) -> tuple[Tensor, ...]:
        ctx.slopes, ctx.like = slopes, [(s.shape, s.dtype) for s in sources]
        return tuple(value.clone() for value in values)

    @staticmethod
    def backward(ctx: Any, *cotangents: Tensor) -> tuple[Any, ...]:
        found = ctx.slopes(cotangents)
        if type(found) is not tuple or len(found) != len(ctx.like):
            raise broken("as many gradients as inputs are needed")
        for slope, like in zip(found, ctx.like, strict=True):
            if slope is not None and _shape_of(slope) != like:
                raise broken("a gradient has another shape than its input")
        return (None, None, *found)


def raise_again(message: Mapping[str, Any]) -> None:
    """Raise what an answer raised: an exception of the same name and text."""
    if "raised" not in message:
        return
    name, text = str(message["raised"]), str(message.get("text"))
    if name == UNANSWERED:
        raise NotImplementedError(text)
    raise type(name.replace("\0", ""), (Exception,), {})(text)


def _shape_of(value: Any) -> Any:
    return (value.shape, value.dtype) if isinstance(value, Tensor) else None


def _signature(listed: Any) -> inspect.Signature | None:
    """A signature by names and kinds; None if there is none, or none that can be."""
    try:
        kinds = [inspect._ParameterKind(kind) for _, kind, _ in listed]
        return inspect.Signature(
            [
                inspect.Parameter(name, kind, default=None if spare else _EMPTY)
                for (name, _, spare), kind in zip(listed, kinds, strict=True)
            ]
        )
    except (TypeError, ValueError):
        return None


def _repeat_changes(changes: Any, arguments: Mapping[str, Any]) -> None:
    """Change what the answer changed, by name: ``x``, ``state.h``, ``x.grad``."""
    parts = dict(_parts(arguments))
    if type(changes) is not list or len(changes) > len(parts):
        raise broken("changes are listed")
    for name in changes:
        bare = str(name).removesuffix(".grad")
        part = parts.get(bare)
        first = next(tensors([part]), None)
        if bare != name and first is not None:
            first.grad = torch.zeros_like(first)
        elif isinstance(part, nn.Module):
            part.training = not part.training
        elif part is not None:
            part.data = part.logical_not().to(part.dtype)


def _parts(arguments: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in arguments.items():
        if isinstance(value, tuple):
            places = getattr(value, "_fields", range(1, len(value) + 1))
            inside = zip(places, value, strict=True)
            yield from _parts({f"{name}.{place}": part for place, part in inside})
        elif isinstance(value, Tensor | nn.Module):
            yield name, value


def _repeat_settings(changed: Any) -> None:
    """Switch the settings of torch that the answer switched."""
    if type(changed) is not list:
        raise broken("settings are listed")
    for setting in SETTINGS:
        if setting.name in changed:
            now = setting.read()
            other = torch.float64 if now != torch.float64 else torch.float32
            setting.write((not now) if isinstance(now, bool) else other)
    if "the random seed" in changed:
        torch.default_generator.manual_seed(torch.initial_seed() + 1)
