"""Call an answer once and write down all that can be seen of it, as plain tensors.

Home: every lesson.
"""

import copy
import reprlib
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from course_lib.teaching.exercise import Case
from course_lib.teaching.settings import settings_kept

PRECISION = {torch.float64: (1e-7, 1e-9), torch.float32: (1e-4, 1e-5)}
COARSE = (1e-2, 1e-3)  # of other dtypes: relative to the entry, to the largest one
UNANSWERED = ("", "Your turn.")  # torch raises NotImplementedError with other texts
MANY = 200  # parts of a nested result that are looked at; lengths are facts anyway


class Observation(NamedTuple):
    """What one call showed.

    ``facts`` holds words that must agree exactly (types, shapes, dtypes, exceptions),
    ``values`` tensors that must agree closely, ``message`` an exception's text.
    """

    facts: dict[str, str]
    values: dict[str, Tensor]
    message: str = ""


class Difference(NamedTuple):
    """The first thing in which two observations differ: both sides of it."""

    what: str
    got: str | Tensor
    needed: str | Tensor


@torch.enable_grad()  # the notebook may have switched it off
def observe(function: Callable[..., Any], case: Case) -> Observation:
    """Call ``function`` on copies of the case's arguments and record what happens.

    Recorded are the type, shape and dtype of each result, its values, the gradients
    with respect to ``case.differentiate``, and whether an argument or a setting of
    torch was changed. Results are weighed with fixed random numbers before
    differentiating, so that an error in one element cannot cancel another's.
    Exceptions are recorded, never raised, the stub's ``NotImplementedError`` aside.
    """
    arguments = {name: _copy(value) for name, value in case.arguments.items()}
    sources = _prepare_gradients(arguments, case.differentiate)
    try:
        with settings_kept() as settings:
            result = function(**arguments)
        changes = [_change(n, v, arguments[n]) for n, v in case.arguments.items()]
        facts = {
            "changed arguments": ", ".join(filter(None, changes)) or "none",
            "changed settings": ", ".join(settings) or "none",
        }
        return _record(result, facts, sources)
    except (Exception, SystemExit, KeyboardInterrupt) as error:
        if isinstance(error, NotImplementedError) and str(error) in UNANSWERED:
            raise
        return Observation({"raised": type(error).__name__}, {}, str(error))


def first_difference(got: Observation, needed: Observation) -> Difference | None:
    """The first fact or value in which two observations disagree; None if they agree.

    Values agree within 1e-7 (float64) or 1e-4 (float32) of their own size, or within
    1e-9 or 1e-5 of the tensor's largest entry: a sum cancels to no better than that.
    """
    for what in ["raised", *got.facts, *needed.facts]:
        a, b = got.facts.get(what, "nothing"), needed.facts.get(what, "nothing")
        if a != b:
            return Difference(what, a, b)
    for what, value in needed.values.items():
        if not _close(got.values[what], value):
            return Difference(what, got.values[what], value)
    return None


def _close(a: Tensor, b: Tensor) -> bool:
    own, largest = max(PRECISION.get(x.dtype, COARSE) for x in (a, b))
    a, b = a.double(), b.double()
    finite = b[b.isfinite()].abs()
    floor = largest * float(finite.max()) if finite.numel() else 0.0
    return torch.allclose(a, b, rtol=own, atol=floor + 1e-12, equal_nan=True)


def _copy(value: Any) -> Any:
    if isinstance(value, torch.Generator):
        twin = torch.Generator(value.device)
        twin.set_state(value.get_state())
        return twin
    return copy.deepcopy(value)


def _prepare_gradients(
    arguments: dict[str, Any], names: tuple[str, ...]
) -> dict[str, Tensor]:
    sources = {}
    for name in names:
        value = arguments[name]
        if isinstance(value, nn.Module):
            sources.update({f"{name}.{n}": p for n, p in value.named_parameters()})
        else:
            sources[name] = value.requires_grad_()
    return sources


def _record(
    result: Any, facts: dict[str, str], sources: dict[str, Tensor]
) -> Observation:
    seen: dict[str, str] = {}
    values: dict[str, Tensor] = {}
    for name, item in _flatten(result):
        seen[f"kind of {name}"] = kind = _kind(item)
        if kind == "tensor":
            seen[f"shape of {name}"] = str(tuple(item.shape))
            seen[f"dtype of {name}"] = str(item.dtype).removeprefix("torch.")
            values[name] = item.detach().clone()
        elif kind in ("int", "float"):
            values[name] = torch.tensor(item, dtype=torch.float64)
        elif not kind.startswith("tuple of"):
            seen[name] = reprlib.repr(item)
    try:
        gradients = _gradients(result, sources)
    except RuntimeError as error:  # backward() was called inside, or in-place work
        seen["way back for gradients"] = f"broken ({str(error).partition('.')[0]})"
        return Observation(seen | facts, values)
    seen["way back for gradients"] = "open"
    return Observation(seen | facts, values | gradients)


def _kind(result: Any) -> str:
    if isinstance(result, Tensor):
        place, layout = result.device.type, str(result.layout).removeprefix("torch.")
        ordinary = place == "cpu" and layout == "strided"
        return "tensor" if ordinary else f"{layout} tensor on device {place}"
    if isinstance(result, tuple | list):  # a plain tuple may stand for a named one
        return f"tuple of {len(result)}"
    return type(result).__name__


def _flatten(result: Any) -> Iterator[tuple[str, Any]]:
    """A result and all that is nested in it, by name; containers come first."""
    return islice(_nested("the result", result), MANY)


def _nested(name: str, item: Any) -> Iterator[tuple[str, Any]]:
    yield name, item
    if isinstance(item, tuple | list):
        stem = "result " if name == "the result" else f"{name}."
        for position, part in enumerate(item, 1):
            yield from _nested(f"{stem}{position}", part)


def _gradients(result: Any, sources: dict[str, Tensor]) -> dict[str, Tensor]:
    weights = torch.Generator().manual_seed(0)
    total = torch.zeros((), dtype=torch.float64)
    for _, item in _flatten(result):
        if _kind(item) == "tensor" and item.is_floating_point():
            weight = torch.randn(item.shape, generator=weights, dtype=torch.float64)
            total = total + (item.double() * weight).sum()
    found: tuple[Tensor | None, ...] = (None,) * len(sources)
    if sources and total.requires_grad:
        found = torch.autograd.grad(total, [*sources.values()], allow_unused=True)
    return {
        f"gradient with respect to {name}": torch.zeros_like(source) if g is None else g
        for (name, source), g in zip(sources.items(), found, strict=True)
    }


def _change(name: str, before: Any, after: Any) -> str:
    """What a call changed of one argument: nothing (empty), its gradients or itself."""
    old, new = _contents(before), _contents(after)
    if any(leaf.is_leaf and leaf.grad is not None for leaf in new.values()):
        return f"{name}.grad"
    if old.keys() != new.keys():
        return name
    return name if any(_differs(old[k], new[k]) for k in old) else ""


def _contents(value: Any) -> dict[str, Tensor]:
    if isinstance(value, nn.Module):
        mode = {"training": torch.tensor(value.training)}
        return {**dict(value.named_parameters()), **dict(value.named_buffers()), **mode}
    return {"": value} if isinstance(value, Tensor) else {}


def _differs(a: Tensor, b: Tensor) -> bool:
    if a.shape != b.shape or a.dtype != b.dtype:
        return True
    return not torch.allclose(a, b, rtol=0, atol=0, equal_nan=True)
