"""Encode values as JSON and raw bytes, and decode them without trusting the sender.

Only None, bool, int, float, str, list, tuple, dict and dense CPU tensors are sent by a
worker. Of any other object only the name of its type is sent.
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
MAX_DEPTH, MAX_PARTS = 30, 20_000  # of a nested value
_SCALARS = (type(None), bool, int, float, str)


class Packer:
    """Encodes values; the numbers of their tensors are appended to ``blob``.

    ``live`` lists the tensors that require gradients.
    """

    def __init__(self) -> None:
        self.blob = bytearray()
        self.count = 0
        self.live: list[Tensor] = []

    def pack(self, value: Any, depth: int = 0) -> Any:
        """A value as JSON; the name of its type if it cannot be transmitted."""
        self.count += 1
        if type(value) in _SCALARS:
            return value if _is_short(value) else {"kind": _type_name(value)}
        if isinstance(value, Tensor):
            return self._tensor(value)
        long = isinstance(value, tuple | list | dict) and len(value) > MAX_PARTS // 10
        if depth >= MAX_DEPTH or self.count > MAX_PARTS // 2 or long:
            return {"kind": _type_name(value)}
        if isinstance(value, tuple | list):  # named tuples are sent as plain ones
            name = "list" if isinstance(value, list) else "tuple"
            return {name: [self.pack(part, depth + 1) for part in value]}
        if type(value) is dict:
            pairs = [[k, v] for k, v in value.items()]
            return {"dict": [self.pack(pair, depth + 1) for pair in pairs]}
        return {"kind": _type_name(value)}

    def _tensor(self, tensor: Tensor) -> Any:
        dtype = str(tensor.dtype).removeprefix("torch.")
        layout = str(tensor.layout).removeprefix("torch.")
        if tensor.device.type != "cpu" or layout != "strided":
            return {"kind": f"{layout} tensor on device {tensor.device.type}"}
        size = tensor.numel() * tensor.element_size()
        if dtype not in DTYPES or len(self.blob) + size > LIMITS.numbers:
            return {"kind": f"{dtype} tensor of {size:,} bytes"}
        start = len(self.blob)
        # A copy, because an expanded tensor of one element counts as contiguous.
        plain = tensor.detach().clone(memory_format=torch.contiguous_format)
        raw = plain.resolve_neg().flatten().view(torch.uint8)
        self.blob += raw.numpy().tobytes()
        live = tensor.requires_grad
        self.live += [tensor] * live
        return {"tensor": [dtype, [*tensor.shape], start, live]}


def unpack(node: Any, blob: bytes) -> Any:
    """The value that a worker encoded; ``requires_grad`` of its tensors is kept.

    Raises:
        Lost: if it is no valid output of ``Packer.pack``.
    """
    try:
        return _Reader(blob).read(node, 0)
    except OverflowError as error:
        raise broken(str(error)) from None
    except (TypeError, ValueError, KeyError, AttributeError, RuntimeError):
        raise broken("a value has an invalid encoding") from None


def _type_name(value: Any) -> str:
    """The type of a value that is not transmitted."""
    if isinstance(value, tuple | list):
        return f"tuple of {len(value)}"
    name = type(value).__name__[:80]
    return f"huge {name}" if type(value) in _SCALARS or type(value) is dict else name


def _is_short(value: Any) -> bool:
    if type(value) is int:
        return value.bit_length() < 1000
    return type(value) is not str or len(value) <= LIMITS.text


def placeholder(kind: str) -> Any:
    """An object without attributes whose type has this name."""
    # reprlib would iterate over an object whose type is named "list", "dict", ...
    special = hasattr(reprlib.Repr, f"repr_{kind}")
    name = f"{kind} object" if special else kind
    return type(name.replace("\0", "")[:80], (), {})()


class _Reader:
    """Decodes one node. No byte of the blob is used twice, which limits the memory."""

    def __init__(self, blob: bytes) -> None:
        self.blob, self.count, self.unread = blob, 0, len(blob)

    def read(self, node: Any, depth: int) -> Any:
        self.count += 1
        if self.count > MAX_PARTS:
            raise OverflowError(f"more than {MAX_PARTS} parts")
        if type(node) in _SCALARS:
            return node
        if depth > MAX_DEPTH or type(node) is not dict or len(node) != 1:
            raise ValueError(node)
        ((form, content),) = node.items()
        if form == "tensor":
            return self._tensor(*content)
        if form == "kind":
            return placeholder(content)
        parts = [self.read(part, depth + 1) for part in content]
        return {"list": list, "tuple": tuple, "dict": dict}[form](parts)

    def _tensor(self, word: Any, shape: Any, start: Any, live: Any) -> Tensor:
        dtype = DTYPES[word]
        if len(shape) > 16 or any(type(n) is not int or n < 0 for n in [*shape, start]):
            raise ValueError(shape)
        size = math.prod(shape) * dtype.itemsize
        if start + size > len(self.blob) or max([*shape, 0]) > 1 << 31:
            raise ValueError(shape)
        differentiable = live is True and dtype.is_floating_point
        if not size:
            return torch.empty(shape, dtype=dtype, requires_grad=differentiable)
        self.unread -= size
        if self.unread < 0:
            raise OverflowError("several tensors share the same numbers")
        part = bytearray(self.blob[start : start + size])
        raw = torch.frombuffer(part, dtype=torch.uint8)
        tensor = raw != 0 if dtype is torch.bool else raw.view(dtype)
        return tensor.reshape(shape).requires_grad_(differentiable)


def tensors(value: Any) -> Iterator[Tensor]:
    """All floating-point tensors in an argument or a result, in a fixed order."""
    if isinstance(value, Tensor):
        if value.is_floating_point():
            yield value
    elif isinstance(value, nn.Module):
        yield from value.parameters()
    elif isinstance(value, tuple | list):
        for part in value:
            yield from tensors(part)


def differentiated(value: Any) -> list[Tensor]:
    """The distinct tensors among them that require gradients, in a fixed order."""
    found = {id(tensor): tensor for tensor in tensors(value) if tensor.requires_grad}
    return [*found.values()]


def map_tensors(value: Any, function: Callable[[Tensor], Tensor]) -> Any:
    """A value with each tensor in it replaced by a function of the tensor."""
    if isinstance(value, Tensor):
        return function(value)
    if type(value) in (tuple, list):
        return type(value)(map_tensors(part, function) for part in value)
    return value
