"""Spell values as plain JSON and raw numbers, and read them back without trust.

Only None, bool, int, float, str, list, tuple, dict and plain tensors come out of a
worker; of anything else its kind alone, as a word.
"""

import math
import reprlib
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn

from grading.limits import LIMITS
from grading.wire import broken

DTYPES = {
    str(dtype).removeprefix("torch."): dtype
    for dtype in (
        *(torch.float64, torch.float32, torch.float16, torch.bfloat16),
        *(torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool),
    )
}
DEEPEST, MOST = 30, 20_000  # levels, and parts, of a nested value
_SCALARS = (type(None), bool, int, float, str)


class Packer:
    """Spells values one after the other; their numbers gather in ``blob``.

    ``live`` lists the tensors among them that gradients reach.
    """

    def __init__(self) -> None:
        self.blob = bytearray()
        self.count = 0
        self.live: list[Tensor] = []

    def pack(self, value: Any, depth: int = 0) -> Any:
        """What JSON can carry of a value: all of a plain one, the kind of another."""
        self.count += 1
        if type(value) in _SCALARS:
            return value if _is_short(value) else {"kind": _word(value)}
        if isinstance(value, Tensor):
            return self._tensor(value)
        long = isinstance(value, tuple | list | dict) and len(value) > MOST // 10
        if depth >= DEEPEST or self.count > MOST // 2 or long:
            return {"kind": _word(value)}
        if isinstance(value, tuple | list):  # a plain tuple may stand for a named one
            name = "list" if isinstance(value, list) else "tuple"
            return {name: [self.pack(part, depth + 1) for part in value]}
        if type(value) is dict:
            pairs = [[k, v] for k, v in value.items()]
            return {"dict": [self.pack(pair, depth + 1) for pair in pairs]}
        return {"kind": _word(value)}

    def _tensor(self, tensor: Tensor) -> Any:
        word = str(tensor.dtype).removeprefix("torch.")
        layout = str(tensor.layout).removeprefix("torch.")
        if tensor.device.type != "cpu" or layout != "strided":
            return {"kind": f"{layout} tensor on device {tensor.device.type}"}
        size = tensor.numel() * tensor.element_size()
        if word not in DTYPES or len(self.blob) + size > LIMITS.numbers:
            return {"kind": f"{word} tensor of {size:,} bytes"}
        start = len(self.blob)
        raw = tensor.detach().resolve_neg().contiguous().flatten().view(torch.uint8)
        self.blob += raw.numpy().tobytes()
        live = tensor.requires_grad
        self.live += [tensor] * live
        return {"tensor": [word, [*tensor.shape], start, live]}


def unpack(node: Any, blob: bytes) -> Any:
    """The value that a worker spelt. A tensor that gradients reach says so.

    Raises:
        Lost: if it is spelt in any other way than ``Packer.pack`` does it.
    """
    try:
        return _Reader(blob).read(node, 0)
    except OverflowError as error:
        raise broken(str(error)) from None
    except (TypeError, ValueError, KeyError, AttributeError, RuntimeError):
        raise broken("a value was spelt wrongly") from None


def _word(value: Any) -> str:
    """The kind of a value that does not go on the wire."""
    if isinstance(value, tuple | list):
        return f"tuple of {len(value)}"
    word = type(value).__name__[:80]
    return f"huge {word}" if type(value) in _SCALARS or type(value) is dict else word


def _is_short(value: Any) -> bool:
    if type(value) is int:
        return value.bit_length() < 1000
    return type(value) is not str or len(value) <= LIMITS.text


def stranger(kind: str) -> Any:
    """An object of no use, whose type bears this name."""
    known = hasattr(reprlib.Repr, f"repr_{kind}")  # by its name it would be iterated
    name = f"{kind} object" if known else kind
    return type(name.replace("\0", "")[:80], (), {})()


class _Reader:
    """Reads a node once; no byte of the blob is in two tensors, so it stays small."""

    def __init__(self, blob: bytes) -> None:
        self.blob, self.count, self.unread = blob, 0, len(blob)

    def read(self, node: Any, depth: int) -> Any:
        self.count += 1
        if self.count > MOST:
            raise OverflowError(f"more than {MOST} parts")
        if type(node) in _SCALARS:
            return node
        if depth > DEEPEST or type(node) is not dict or len(node) != 1:
            raise ValueError(node)
        ((form, content),) = node.items()
        if form == "tensor":
            return self._tensor(*content)
        if form == "kind":
            return stranger(content)
        parts = [self.read(part, depth + 1) for part in content]
        return {"list": list, "tuple": tuple, "dict": dict}[form](parts)

    def _tensor(self, word: Any, shape: Any, start: Any, live: Any) -> Tensor:
        dtype = DTYPES[word]
        if len(shape) > 16 or any(type(n) is not int or n < 0 for n in [*shape, start]):
            raise ValueError(shape)
        size = math.prod(shape) * dtype.itemsize
        if start + size > len(self.blob) or max([*shape, 0]) > 1 << 31:
            raise ValueError(shape)
        if not size:
            return torch.empty(shape, dtype=dtype)
        self.unread -= size
        if self.unread < 0:
            raise OverflowError("several tensors share the same numbers")
        part = bytearray(self.blob[start : start + size])
        raw = torch.frombuffer(part, dtype=torch.uint8)
        tensor = raw != 0 if dtype is torch.bool else raw.view(dtype)
        tensor = tensor.reshape(shape)
        return tensor.requires_grad_(live is True and dtype.is_floating_point)


def tensors(value: Any) -> Iterator[Tensor]:
    """All tensors of floats in an argument or a result, in an order of their own."""
    if isinstance(value, Tensor):
        if value.is_floating_point():
            yield value
    elif isinstance(value, nn.Module):
        yield from value.parameters()
    elif isinstance(value, tuple | list):
        for part in value:
            yield from tensors(part)


def exchanged(value: Any, new: Callable[[Tensor], Tensor]) -> Any:
    """A plain value with its tensors replaced, where ``tensors`` finds them."""
    if isinstance(value, Tensor):
        return new(value)
    if type(value) in (tuple, list):
        return type(value)(exchanged(part, new) for part in value)
    return value
