"""Call an answer once and write down all that can be seen of it, as plain tensors.

Home: every lesson.
"""

import copy
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from course_lib.teaching.exercise import Case

PRECISION = {torch.float64: 1e-7, torch.float32: 1e-4}  # relative; else 1e-2


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


def observe(function: Callable[..., Any], case: Case) -> Observation:
    """Call ``function`` on copies of the case's arguments and record what happens.

    Recorded are the type, shape and dtype of each result, its values, the gradients
    with respect to ``case.differentiate``, and whether an argument was changed. Results
    are weighed with fixed random numbers before differentiating, so that an error in
    one element cannot cancel another's. Exceptions are recorded, never raised,
    ``NotImplementedError`` aside: it means that there is no answer yet.
    """
    arguments = {name: _copy(value) for name, value in case.arguments.items()}
    sources = _prepare_gradients(arguments, case.differentiate)
    try:
        result = function(**arguments)
        return _record(result, case, arguments, sources)
    except NotImplementedError:
        raise
    except (Exception, SystemExit) as error:
        return Observation({"raised": type(error).__name__}, {}, str(error))


def first_difference(got: Observation, needed: Observation) -> Difference | None:
    """The first fact or value in which two observations disagree; None if they agree.

    Values agree within 1e-7 (float64) or 1e-4 (float32), relative to the larger of
    their own size and a hundredth of the tensor's largest entry.
    """
    for what in [*got.facts, *needed.facts]:
        a, b = got.facts.get(what, "nothing"), needed.facts.get(what, "nothing")
        if a != b:
            return Difference(what, a, b)
    for what, value in needed.values.items():
        if not _close(got.values[what], value):
            return Difference(what, got.values[what], value)
    return None


def _close(a: Tensor, b: Tensor) -> bool:
    rtol = max(PRECISION.get(x.dtype, 1e-2) for x in (a, b))
    a, b = a.double(), b.double()
    finite = b[b.isfinite()].abs()
    floor = rtol * (float(finite.max()) / 100 if finite.numel() else 0.0) + 1e-12
    return bool(torch.allclose(a, b, rtol=rtol, atol=floor, equal_nan=True))


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
    result: Any, case: Case, arguments: dict[str, Any], sources: dict[str, Tensor]
) -> Observation:
    facts = {"kind of result": _kind(result)}
    values: dict[str, Tensor] = {}
    for name, item in _flatten(result):
        if isinstance(item, Tensor):
            facts[f"shape of {name}"] = str(tuple(item.shape))
            facts[f"dtype of {name}"] = str(item.dtype).removeprefix("torch.")
            values[name] = item.detach().clone()
        else:
            facts[name] = repr(item)[:200]
    values.update(_gradients(result, sources))
    changed = [n for n, v in case.arguments.items() if _changed(v, arguments[n])]
    facts["changed arguments"] = ", ".join(changed) or "none"
    return Observation(facts, values)


def _kind(result: Any) -> str:
    if isinstance(result, Tensor):
        return "tensor"
    if isinstance(result, tuple | list):  # a plain tuple may stand for a named one
        return f"tuple of {len(result)}"
    return type(result).__name__


def _flatten(result: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(result, tuple | list):
        for position, item in enumerate(result, 1):
            yield f"result {position}", item
    else:
        yield "the result", result


def _gradients(result: Any, sources: dict[str, Tensor]) -> dict[str, Tensor]:
    weights = torch.Generator().manual_seed(0)
    total = torch.zeros((), dtype=torch.float64)
    for _, item in _flatten(result):
        if isinstance(item, Tensor) and item.is_floating_point():
            weight = torch.randn(item.shape, generator=weights, dtype=torch.float64)
            total = total + (item.double() * weight).sum()
    found: tuple[Tensor | None, ...] = (None,) * len(sources)
    if sources and total.requires_grad:
        found = torch.autograd.grad(total, [*sources.values()], allow_unused=True)
    return {
        f"gradient with respect to {name}": torch.zeros_like(source) if g is None else g
        for (name, source), g in zip(sources.items(), found, strict=True)
    }


def _changed(before: Any, after: Any) -> bool:
    if isinstance(before, Tensor):
        return before.shape != after.shape or not torch.equal(
            before.nan_to_num(), after.detach().nan_to_num()
        )
    if isinstance(before, nn.Module):
        now = after.state_dict()
        return any(_changed(v, now[name]) for name, v in before.state_dict().items())
    return False
