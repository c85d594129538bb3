"""Conversion of metric inputs: tensors, arrays and nested lists to float tensors.

Every public metric accepts its numbers as a tensor, as an array of NumPy (or of any
library whose arrays NumPy can read), or as nested lists of one shape. The metric itself
works on dense tensors of floats:

- float32 and float64 tensors are used as they are, and keep their gradient;
- float16, bfloat16 and shorter floats become float32, because squares of small
  differences underflow in them;
- integers and booleans become float64, which represents them exactly;
- two arguments of different precision are both converted to the higher one.

A ValueError that says what to do is raised for text, objects, complex numbers, masked
arrays (their mask would be lost), tensors without data (device "meta"), arguments on
different devices, and a wrong number of axes.
"""

import inspect
import operator
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

import torch
from torch import Tensor

Function = TypeVar("Function", bound=Callable[..., Any])
Converter = Callable[[Any, str], Any]  # (argument, its name) -> converted argument

LONG_FLOATS = (torch.float32, torch.float64)  # used as they are
MIN_FLOAT_BYTES = torch.float32.itemsize  # shorter floats become float32
ACCEPTED_KINDS = "a tensor, an array, or nested lists of one shape"

VIDEOS = ("batch", "time", "channel", "height", "width")
IMAGES = ("batch", "channel", "height", "width")
FEATURES = ("sample", "feature")


def convert_arguments(
    *, same_scale: bool = False, **converters: Converter
) -> Callable[[Function], Function]:
    """A decorator that passes each named argument through its converter.

    Converted tensors must lie on one device; those with floats get one precision.
    With ``same_scale``, integers beside floats are refused, because bytes lie in
    [0, 255] and floats usually in [-1, 1] or [0, 1].

    The function itself then contains the formula alone, as lessons show it.
    """

    def decorator(function: Function) -> Function:
        names = tuple(inspect.signature(function).parameters)

        @wraps(function)
        def converting(*args: Any, **kwargs: Any) -> Any:
            arguments = dict(zip(names, args, strict=False)) | kwargs
            present = {x: arguments[x] for x in converters if x in arguments}
            if same_scale:
                check_same_scale(present)
            converted = _to_common_precision(
                {name: converters[name](x, name) for name, x in present.items()}
            )
            named_args = zip(names, args, strict=False)
            new_args = [converted.get(name, x) for name, x in named_args]
            new_args += args[len(names) :]
            new_kwargs = {name: converted.get(name, x) for name, x in kwargs.items()}
            return function(*new_args, **new_kwargs)

        return converting

    return decorator


def _to_common_precision(arguments: dict[str, Any]) -> dict[str, Any]:
    """The same arguments, with all float tensors in the highest precision of them."""
    tensors = {name: x for name, x in arguments.items() if isinstance(x, Tensor)}
    if len(tensors) < 2:
        return arguments
    if len({x.device for x in tensors.values()}) > 1:
        devices = ", ".join(f"{name} on {x.device}" for name, x in tensors.items())
        raise ValueError(
            f"All arguments must be on one device, but got {devices}. Move one with "
            ".to()."
        )
    floats = {name: x for name, x in tensors.items() if x.is_floating_point()}
    if len({x.dtype for x in floats.values()}) < 2:
        return arguments
    highest = max((x.dtype for x in floats.values()), key=lambda dtype: dtype.itemsize)
    return arguments | {name: x.to(highest) for name, x in floats.items()}


# Converters


def as_floats(x: Any, name: str) -> Tensor:
    """``x`` as a dense tensor of floats, by the rules of this module's docstring.

    A float32 or float64 tensor is returned as it is; an array may share its memory.
    Shape and device do not change.

    Raises:
        ValueError: if ``x`` does not consist of real numbers; the message calls it
            ``name``.
    """
    if isinstance(x, Tensor):
        is_dense = x.layout is torch.strided and not x.is_meta
        return x if x.dtype in LONG_FLOATS and is_dense else _from_tensor(x, name)
    if hasattr(x, "__array__"):
        return _from_array(x, name)
    if isinstance(x, list | tuple):
        return _from_list(x, name)
    if isinstance(x, bool | int | float):
        return torch.tensor(x, dtype=torch.float64)
    raise ValueError(f"{name} has to be {ACCEPTED_KINDS}; got {_type_name(x)}.")


def with_axes(*axes: str, converter: Converter = as_floats) -> Converter:
    """A converter that also checks the number of axes, which it names in its error.

    >>> with_axes("batch", "feature")([[1, 2], [3, 4]], "x").shape
    torch.Size([2, 2])
    """

    def convert(x: Any, name: str) -> Tensor:
        numbers = converter(x, name)
        if numbers.ndim != len(axes):
            is_single = numbers.ndim == len(axes) - 1
            advice = " A single one is x[None]." if is_single else ""
            raise ValueError(
                f"{name} needs the axes ({', '.join(axes)}); got shape "
                f"{tuple(numbers.shape)}.{advice}"
            )
        return numbers

    return convert


def detach(converter: Converter) -> Converter:
    """The converter without gradients, for metrics whose results are no tensors."""
    return lambda x, name: converter(x, name).detach()


def as_clips(x: Any, name: str) -> Tensor:
    """Clips in [-1, 1] as floats; floats keep their precision, short ones as well.

    Raises:
        ValueError: as ``as_floats``, or for integers, which are most likely bytes in
            [0, 255].
    """
    if integer_range(x) is not None:
        raise ValueError(
            f"Clips must be floats in [-1, 1], but {name} holds integers "
            f"({_type_name(x)}). Convert bytes with x / 127.5 - 1."
        )
    if isinstance(x, Tensor) and x.is_floating_point() and x.layout is torch.strided:
        _check_not_meta(x, name)
        return x
    return as_floats(x, name)


def as_tensor(x: Any, name: str) -> Tensor:
    """A tensor of real numbers, unchanged.

    Raises:
        ValueError: if ``x`` is not a tensor, or holds no real numbers.
    """
    if not isinstance(x, Tensor):
        raise ValueError(
            f"{name} has to be a tensor; got {_type_name(x)}. Convert it with "
            "torch.as_tensor(x)."
        )
    if x.is_complex() or x.layout is not torch.strided:
        return _from_tensor(x, name)
    _check_not_meta(x, name)
    return x


def as_number(x: Any, name: str) -> float | int:
    """One real number as a Python int or float; tensors and arrays of one value too.

    Raises:
        ValueError: if ``x`` is not one real number.
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
    raise ValueError(f"{name} has to be one number; got {_type_name(x)}.")


def as_integer(x: Any, name: str) -> int:
    """One integer.

    Raises:
        ValueError: if ``x`` is not an integer; 3.0 is a float.
    """
    try:
        if not isinstance(x, bool):
            return operator.index(x)
    except (TypeError, RuntimeError):
        pass
    raise ValueError(
        f"{name} has to be an integer; got {_type_name(x)}"
        + (f" {x}." if isinstance(x, float | bool) else ".")
    )


def as_generator(x: Any, name: str) -> torch.Generator:
    """A ``torch.Generator``, unchanged.

    Raises:
        ValueError: if ``x`` is anything else, for example a seed.
    """
    if isinstance(x, torch.Generator):
        return x
    raise ValueError(
        f"{name} has to be a torch.Generator; got {_type_name(x)}. Create one from a "
        "seed with torch.Generator().manual_seed(0)."
    )


# Properties of inputs before their conversion


def integer_range(x: Any) -> int | None:
    """The largest difference of two values of an integer type, or None.

    It is 255 for bytes and 1 for booleans; None for floats and for lists, which have no
    type.

    >>> integer_range(torch.zeros(1, dtype=torch.uint8)), integer_range(torch.zeros(1))
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


def machine_epsilon(x: Any) -> float:
    """The distance from 1 to the next larger float of the type in which ``x`` is given.

    For integers and for lists of Python numbers, that of float32.

    >>> machine_epsilon(torch.zeros(1).half())
    0.0009765625
    """
    while isinstance(x, list | tuple) and len(x):
        x = x[0]
    dtype = getattr(x, "dtype", None)
    if not isinstance(dtype, torch.dtype):
        short_types = {"float16": torch.float16, "bfloat16": torch.bfloat16}
        dtype = short_types.get(getattr(dtype, "name", ""), torch.float32)
    return torch.finfo(dtype if dtype.is_floating_point else torch.float32).eps


def check_same_scale(arguments: dict[str, Any]) -> None:
    """Raise a ValueError if some of the arguments are integers and others floats."""
    is_integer = {
        name: integer_range(x) is not None
        for name, x in arguments.items()
        if hasattr(x, "dtype")
    }
    if len(set(is_integer.values())) > 1:
        types = [f"{name} holds {_type_name(arguments[name])}" for name in is_integer]
        raise ValueError(
            f"Both arguments must hold integers or both must hold floats, but "
            f"{', '.join(types)}. Convert them to one scale first: bytes become "
            "x / 127.5 - 1 in [-1, 1], or x / 255 in [0, 1]."
        )


def _from_tensor(x: Tensor, name: str) -> Tensor:
    if x.is_complex():
        raise ValueError(
            f"{name} holds complex numbers, which have no order. Use x.abs() or x.real."
        )
    _check_not_meta(x, name)
    try:
        dense = x.dequantize() if x.is_quantized else x
        dense = dense if dense.layout is torch.strided else dense.to_dense()
        if not dense.is_floating_point():
            return dense.to(torch.float64)
        is_short = dense.dtype.itemsize < MIN_FLOAT_BYTES
        return dense.to(torch.float32) if is_short else dense
    except (RuntimeError, NotImplementedError) as error:
        raise ValueError(
            f"{name} is a tensor ({_type_name(x)}) that cannot be converted to dense "
            "floats. Convert it first with x.to_dense().float()."
        ) from error


def _check_not_meta(x: Tensor, name: str) -> None:
    if x.is_meta:
        raise ValueError(
            f'{name} is a tensor without data (device "meta"). Create it on another '
            "device first."
        )


def _from_array(x: Any, name: str) -> Tensor:
    if type(x).__name__ == "MaskedArray":
        raise ValueError(
            f"{name} is a masked array, whose mask would be lost. Fill the masked "
            "values or remove their rows first."
        )
    try:
        array = x.__array__()
        kind, size = array.dtype.kind, array.dtype.itemsize
        if array.dtype.name == "bfloat16" or (kind == "f" and size <= MIN_FLOAT_BYTES):
            dtype = "float32"
        elif kind in "fiub":
            dtype = "float64"
        else:
            raise TypeError
        # torch.from_numpy needs contiguous, writeable arrays in native byte order.
        array = array.astype(dtype, order="C", copy=not array.flags.writeable)
        return torch.from_numpy(array)
    except (TypeError, ValueError, RuntimeError, AttributeError) as error:
        raise ValueError(
            f"{name} has to be an array of real numbers; got {_type_name(x)}. Convert "
            'it first with x.astype("float32").'
        ) from error


def _from_list(x: list[Any] | tuple[Any, ...], name: str) -> Tensor:
    first: Any = x
    while isinstance(first, list | tuple) and len(first):
        first = first[0]
    try:
        if isinstance(first, Tensor) or hasattr(first, "__array__"):
            return torch.stack([as_floats(element, name) for element in x])
        return torch.tensor(x, dtype=torch.float64)
    except (TypeError, ValueError, RuntimeError, OverflowError) as error:
        raise ValueError(
            f"{name} has to be {ACCEPTED_KINDS}, of numbers only, but this list cannot "
            f"be converted: {error}"
        ) from error


def _type_name(x: Any) -> str:
    """The type of ``x`` and of its elements, as its own library writes them."""
    dtype = getattr(x, "dtype", None)
    if isinstance(x, Tensor):
        return str(dtype).removeprefix("torch.")
    kind = "None" if x is None else type(x).__name__
    return kind if dtype is None else f"{kind} of {dtype}"
