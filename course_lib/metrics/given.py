"""Take numbers in whatever form they come, or say in words what they are instead.

Every public measure takes its numbers as a tensor, as an array of NumPy (or of any
library whose arrays NumPy can read), or as nested lists of one shape. Within a measure
they are a dense tensor of floats:

- single and double precision stay what they are, and so does their gradient;
- half precision, bfloat16 and shorter floats become single: squares of small
  differences vanish in them;
- whole numbers and booleans become double, which holds each of them exactly;
- two arguments of unlike precision are taken in the higher one.

Refused with a ValueError that says what to do: text, objects, complex numbers, masked
arrays (the mask would be lost), tensors without numbers (device "meta"), arguments on
different devices, a wrong number of axes.
"""

import inspect
import operator
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

import torch
from torch import Tensor

Function = TypeVar("Function", bound=Callable[..., Any])
Taken = Callable[[Any, str], Any]  # (what came, the argument's name) -> what is meant

LONG = (torch.float32, torch.float64)  # stay what they are
SHORT = torch.float32.itemsize  # bytes: shorter floats become floats of this length
RIGHT_KINDS = "a tensor, an array, or nested lists of one shape"

VIDEOS = ("batch", "time", "channel", "height", "width")
IMAGES = ("batch", "channel", "height", "width")
ROWS = ("sample", "feature")


def takes(*, one_scale: bool = False, **taken: Taken) -> Callable[[Function], Function]:
    """A decorator: each named argument is replaced by what its rule makes of it.

    Tensors that come out of the rules lie on one device, and, if they are floats, have
    one precision. ``one_scale``: whole numbers beside floats are refused, for bytes
    reach to 255 and floats, mostly, to 1.

    The text of the function stays what the formula needs; a lesson shows it as it is.
    """

    def decorated(function: Function) -> Function:
        names = tuple(inspect.signature(function).parameters)

        @wraps(function)
        def checked(*args: Any, **kwargs: Any) -> Any:
            given = dict(zip(names, args, strict=False)) | kwargs
            if one_scale:
                refuse_two_scales(
                    {name: given[name] for name in taken if name in given}
                )
            found = {
                name: taken[name](given[name], name) for name in taken if name in given
            }
            found = _together(found)
            places = zip(names, args, strict=False)
            changed = [found.get(name, x) for name, x in places] + [*args[len(names) :]]
            later = {name: found.get(name, x) for name, x in kwargs.items()}
            return function(*changed, **later)

        return checked

    return decorated


def _together(found: dict[str, Any]) -> dict[str, Any]:
    """The same, with all floats in the highest precision among them."""
    tensors = {name: x for name, x in found.items() if isinstance(x, Tensor)}
    if len(tensors) < 2:
        return found
    if len({x.device for x in tensors.values()}) > 1:
        said = ", ".join(f"{name} on {x.device}" for name, x in tensors.items())
        raise ValueError(
            f"All numbers have to lie on one device; got {said}. Move one with .to()."
        )
    floats = {name: x for name, x in tensors.items() if x.is_floating_point()}
    if len({x.dtype for x in floats.values()}) < 2:
        return found
    most = max((x.dtype for x in floats.values()), key=lambda dtype: dtype.itemsize)
    return found | {name: x.to(most) for name, x in floats.items()}


# What a rule can be.


def floats(x: Any, name: str) -> Tensor:
    """``x`` as a dense tensor of floats, as the head of this module says.

    A tensor of single or double precision comes back itself; an array may share its
    memory. Shape and device stay.

    Raises:
        ValueError: if ``x`` is no such numbers, in words that call it ``name``.
    """
    if isinstance(x, Tensor):
        ready = x.dtype in LONG and x.layout is torch.strided and not x.is_meta
        return x if ready else _of_tensor(x, name)
    if hasattr(x, "__array__"):
        return _of_array(x, name)
    if isinstance(x, list | tuple):
        return _of_list(x, name)
    if isinstance(x, bool | int | float):
        return torch.tensor(x, dtype=torch.float64)
    raise ValueError(f"{name} has to be {RIGHT_KINDS}; got {_kind(x)}.")


def shaped(*axes: str, rule: Taken = floats) -> Taken:
    """A rule: as ``rule``, with as many axes as there are names of them.

    >>> shaped("batch", "feature")([[1, 2], [3, 4]], "x").shape
    torch.Size([2, 2])
    """

    def found(x: Any, name: str) -> Tensor:
        numbers = rule(x, name)
        if numbers.ndim != len(axes):
            single = (
                " A single one is x[None]." if numbers.ndim == len(axes) - 1 else ""
            )
            raise ValueError(
                f"{name} needs the axes ({', '.join(axes)}); got shape "
                f"{tuple(numbers.shape)}.{single}"
            )
        return numbers

    return found


def detached(rule: Taken) -> Taken:
    """A rule: as ``rule``, without the gradient, for figures that are no tensors."""
    return lambda x, name: rule(x, name).detach()


def pixels(x: Any, name: str) -> Tensor:
    """Clips in [-1, 1]: floats of any precision, which stay what they are.

    Raises:
        ValueError: as ``floats``, or for whole numbers, which are bytes in all
            likelihood and lie in [0, 255].
    """
    if reach(x) is not None:
        raise ValueError(
            f"Clips are floats in [-1, 1]; {name} holds whole numbers ({_kind(x)}). "
            "Bytes become x / 127.5 - 1."
        )
    if isinstance(x, Tensor) and x.is_floating_point() and x.layout is torch.strided:
        _refuse_meta(x, name)
        return x
    return floats(x, name)


def tensor(x: Any, name: str) -> Tensor:
    """A tensor as it stands, for what only looks at it.

    Raises:
        ValueError: if it is none, or holds no numbers.
    """
    if not isinstance(x, Tensor):
        raise ValueError(
            f"{name} has to be a tensor; got {_kind(x)}. torch.as_tensor(x) makes one."
        )
    if x.is_complex() or x.layout is not torch.strided:
        return _of_tensor(x, name)
    _refuse_meta(x, name)
    return x


def plain(x: Any, name: str) -> float | int:
    """One real number, as Python's own: of a tensor or an array, its single value.

    Raises:
        ValueError: if ``x`` is no number, or several.
    """
    if isinstance(x, int | float) and not isinstance(x, bool):
        return x
    try:
        if isinstance(x, bool | str):
            raise ValueError
        value = x.item() if hasattr(x, "item") else float(x)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return value
    except (TypeError, ValueError, RuntimeError):
        pass
    raise ValueError(f"{name} has to be one number; got {_kind(x)}.")


def whole(x: Any, name: str) -> int:
    """One whole number.

    Raises:
        ValueError: if ``x`` is none. 3.0 is none: a count is not measured.
    """
    try:
        if not isinstance(x, bool):
            return operator.index(x)
    except (TypeError, RuntimeError):
        pass
    raise ValueError(
        f"{name} has to be a whole number; got {_kind(x)}"
        + (f" {x}." if isinstance(x, float | bool) else ".")
    )


def dice(x: Any, name: str) -> torch.Generator:
    """A generator of torch.

    Raises:
        ValueError: if ``x`` is none, say a seed.
    """
    if isinstance(x, torch.Generator):
        return x
    raise ValueError(
        f"{name} has to be a torch.Generator; got {_kind(x)}. One with seed 0 is "
        "torch.Generator().manual_seed(0)."
    )


# What is known of numbers before they are floats.


def reach(x: Any) -> int | None:
    """How far apart two values of a whole type can be: 255 for bytes, 1 for booleans.

    None for floats, and for what bears no type: lists.

    >>> reach(torch.zeros(1, dtype=torch.uint8)), reach(torch.zeros(1))
    (255, None)
    """
    dtype = getattr(x, "dtype", None)
    if isinstance(x, Tensor):
        if x.is_floating_point() or x.is_complex() or x.is_quantized:
            return None
        return 1 if dtype is torch.bool else 2 ** (8 * dtype.itemsize) - 1
    kind = getattr(dtype, "kind", None)
    if kind == "b":
        return 1
    return 2 ** (8 * dtype.itemsize) - 1 if kind in ("i", "u") else None


def roughness(x: Any) -> float:
    """The distance from 1 to the next number of the precision in which ``x`` came.

    That of single precision for whole numbers and lists of plain ones.

    >>> roughness(torch.zeros(1).half())
    0.0009765625
    """
    while isinstance(x, list | tuple) and len(x):
        x = x[0]
    dtype = getattr(x, "dtype", None)
    if not isinstance(dtype, torch.dtype):
        shorts = {"float16": torch.float16, "bfloat16": torch.bfloat16}
        dtype = shorts.get(getattr(dtype, "name", ""), torch.float32)
    return torch.finfo(dtype if dtype.is_floating_point else torch.float32).eps


def refuse_two_scales(there: dict[str, Any]) -> None:
    """Refuse whole numbers beside floats: are both on one scale?"""
    kinds = {
        name: reach(x) is not None for name, x in there.items() if hasattr(x, "dtype")
    }
    if len(set(kinds.values())) > 1:
        said = ", ".join(f"{name} holds {_kind(there[name])}" for name in kinds)
        raise ValueError(
            f"Whole numbers are compared with whole numbers, floats with floats; "
            f"{said}. Bring both to one scale first: bytes become x / 127.5 - 1 in "
            "[-1, 1] and x / 255 in [0, 1]."
        )


def _of_tensor(x: Tensor, name: str) -> Tensor:
    if x.is_complex():
        raise ValueError(
            f"{name} holds complex numbers, which have no order. Take x.abs() or "
            "x.real."
        )
    _refuse_meta(x, name)
    try:
        dense = x.dequantize() if x.is_quantized else x
        dense = dense if dense.layout is torch.strided else dense.to_dense()
        if not dense.is_floating_point():
            return dense.to(torch.float64)
        return dense.to(torch.float32) if dense.dtype.itemsize < SHORT else dense
    except (RuntimeError, NotImplementedError) as error:
        raise ValueError(
            f"{name} is a tensor ({_kind(x)}) of which no dense floats can be made. "
            "Give a dense tensor, x.float()."
        ) from error


def _refuse_meta(x: Tensor, name: str) -> None:
    if x.is_meta:
        raise ValueError(
            f'{name} is a tensor without numbers (device "meta"). Make it on another '
            "device first."
        )


def _of_array(x: Any, name: str) -> Tensor:
    if type(x).__name__ == "MaskedArray":
        raise ValueError(
            f"{name} is a masked array, and the mask would be lost. Fill it or leave "
            "the masked rows out first."
        )
    try:
        array = x.__array__()
        kind, size = array.dtype.kind, array.dtype.itemsize
        if array.dtype.name == "bfloat16" or (kind == "f" and size <= SHORT):
            length = "float32"
        elif kind in "fiub":
            length = "float64"
        else:
            raise TypeError
        # Contiguous, of this machine's byte order, and writeable, as torch wants it.
        array = array.astype(length, order="C", copy=not array.flags.writeable)
        return torch.from_numpy(array)
    except (TypeError, ValueError, RuntimeError, AttributeError) as error:
        raise ValueError(
            f"{name} has to be an array of real numbers; got {_kind(x)}. Convert it "
            'first: x.astype("float32").'
        ) from error


def _of_list(x: list[Any] | tuple[Any, ...], name: str) -> Tensor:
    leaf: Any = x
    while isinstance(leaf, list | tuple) and len(leaf):
        leaf = leaf[0]
    try:
        if isinstance(leaf, Tensor) or hasattr(leaf, "__array__"):
            return torch.stack([floats(part, name) for part in x])
        return torch.tensor(x, dtype=torch.float64)
    except (TypeError, ValueError, RuntimeError, OverflowError) as error:
        raise ValueError(
            f"{name} has to be {RIGHT_KINDS}, numbers throughout; this list is not: "
            f"{error}"
        ) from error


def _kind(x: Any) -> str:
    """The type of ``x``, and of its numbers, in the words of its library."""
    dtype = getattr(x, "dtype", None)
    if isinstance(x, Tensor):
        return str(dtype).removeprefix("torch.")
    kind = "None" if x is None else type(x).__name__
    return kind if dtype is None else f"{kind} of {dtype}"
