"""Call an answer once and write down all that can be seen of it, as plain tensors."""

import reprlib
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from teaching.argument_copies import (
    advanced,
    changed,
    copied,
    sources,
    states,
)
from teaching.exercise import Case
from teaching.torch_settings import settings_kept

PRECISION = {torch.float64: (1e-7, 1e-9), torch.float32: (1e-4, 1e-5)}
COARSE = (1e-2, 1e-3)  # of other dtypes: relative to the entry, to the largest one
UNANSWERED = ("", "Your turn.")  # torch raises NotImplementedError with other texts
Items = list[tuple[str, Any]]  # named parts of a result

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
    with respect to ``case.differentiate``, the states of ``case.updates``, and whether
    any other argument or a setting of torch was changed. Results are weighed with the
    case's random numbers before differentiating, so that an error in one element cannot
    cancel another's. A class is constructed and given the case's state first; the
    module's parameters are differentiated with respect to as well. Exceptions are
    recorded, never raised, the stub's ``NotImplementedError`` aside.
    """
    arguments = copied(case.arguments)
    leaves = sources(arguments, case.differentiate)
    try:
        with settings_kept() as settings:
            call, module = function, None
            if case.construct is not None:
                module = call = function(**copied(case.construct))
                names = load_state(module, case.state)
                if names is None:
                    shapes = described(module.state_dict())
                    return Observation({"parameters": shapes}, {})
                module.train(case.mode == "train")
                for own, parameter in module.named_parameters():
                    leaves[names[own]] = parameter
            results = [call(**arguments) for _ in range(case.calls)]
        changes = changed(case.arguments, arguments, case.updates)
        facts = {
            "changed arguments": ", ".join(changes) or "none",
            "changed settings": ", ".join(settings) or "none",
        }
        for name, drawn in advanced(case.arguments, arguments).items():
            facts[f"generator {name}"] = "advanced" if drawn else "not advanced"
        result = results[0] if case.calls == 1 else tuple(results)
        found = _record(result, facts, leaves, case.weights)
        after = states(arguments, case.updates)
        if module is not None:
            facts["parameters"] = described(case.state)
            for own, buffer in module.named_buffers():
                if own in names:  # others are not stored, the learner's own affair
                    after[f"buffer {names[own]}"] = buffer.detach()
        return _with_states(found, after)
    except (Exception, SystemExit, KeyboardInterrupt) as error:
        if isinstance(error, NotImplementedError) and str(error) in UNANSWERED:
            raise
        return Observation({"raised": type(error).__name__}, {}, str(error))


def load_state(module: nn.Module, state: Mapping[str, Tensor]) -> dict[str, str] | None:
    """Give a module this state; how its names stand for the state's, None if misfit.

    Entries are matched by name where the names are the same, else by their order, if
    their shapes agree: a learner may name layers as they like.
    """
    own = module.state_dict()
    names = {name: name for name in own}
    if own.keys() != state.keys():
        names = dict(zip(own, state, strict=False))
    fits = len(own) == len(state) and all(
        own[name].shape == state[known].shape for name, known in names.items()
    )
    if not fits:
        return None
    floats = [x.dtype for x in state.values() if x.is_floating_point()]
    if floats:
        module.to(floats[0])
    module.load_state_dict({name: state[known] for name, known in names.items()})
    return names


def described(state: Mapping[str, Tensor]) -> str:
    """Shapes of a state's entries, sorted: the names are the learner's to choose."""
    shapes = sorted(str(tuple(value.shape)) for value in state.values())
    return ", ".join(shapes) or "none"


def _with_states(found: Observation, after: Mapping[str, Tensor]) -> Observation:
    """The observation, with states after the call among its values."""
    if "raised" in found.facts:
        return found
    facts = {f"shape of {name}": str(tuple(x.shape)) for name, x in after.items()}
    values = {name: x.double() for name, x in after.items()}
    return found._replace(
        facts={**found.facts, **facts}, values={**found.values, **values}
    )


def first_difference(got: Observation, needed: Observation) -> Difference | None:
    """The first fact or value in which two observations disagree; None if they agree.

    Values agree within 1e-7 (float64) or 1e-4 (float32) of their own size, or within
    1e-9 or 1e-5 of the tensor's largest entry: a sum cancels to no better than that.
    """
    numbers = _numbers_for_tensors(got, needed)
    for what in ["raised", *got.facts, *needed.facts]:
        a, b = got.facts.get(what, "nothing"), needed.facts.get(what, "nothing")
        if a != b and what.partition(" of ")[2] not in numbers:
            return Difference(what, a, b)
    for what, value in needed.values.items():
        if not _close(got.values[what], value):
            if what.startswith("gradient") and numbers:  # a number has none
                kind = f"kind of {min(numbers)}"
                return Difference(kind, got.facts[kind], needed.facts[kind])
            return Difference(what, got.values[what], value)
    return None


def _numbers_for_tensors(a: Observation, b: Observation) -> set[str]:
    """Results that are a number on one side and a 0-dimensional tensor on the other.

    They are one answer where no gradient is asked for: an exercise that needs a tensor
    differentiates it.
    """
    found = set()
    for what, kind in a.facts.items():
        name = what.removeprefix("kind of ")
        kinds = {kind, b.facts.get(what, "")}
        if kinds in ({"tensor", "float"}, {"tensor", "int"}):
            shape = f"shape of {name}"
            if "()" in (a.facts.get(shape), b.facts.get(shape)):
                found.add(name)
    return found


def _close(a: Tensor, b: Tensor) -> bool:
    own, largest = max(PRECISION.get(x.dtype, COARSE) for x in (a, b))
    a, b = a.double(), b.double()
    finite = b[b.isfinite()].abs()
    floor = largest * float(finite.max()) if finite.numel() else 0.0
    return torch.allclose(a, b, rtol=own, atol=floor + 1e-12, equal_nan=True)


def _record(
    result: Any, facts: dict[str, str], leaves: dict[str, Tensor], seed: int
) -> Observation:
    seen: dict[str, str] = {}
    values: dict[str, Tensor] = {}
    items = _flatten(result)
    for name, item in items:
        seen[f"kind of {name}"] = kind = _kind(item)
        if kind == "tensor":
            seen[f"shape of {name}"] = str(tuple(item.shape))
            seen[f"dtype of {name}"] = str(item.dtype).removeprefix("torch.")
            values[name] = item.detach().clone()
        elif kind in ("int", "float"):
            values[name] = torch.tensor(float(item), dtype=torch.float64)
        elif not kind.startswith("tuple of"):
            seen[name] = reprlib.repr(item)
    try:
        gradients = _gradients(items, leaves, seed)
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
    if isinstance(result, float):  # NumPy's float64 is one
        return "float"
    return type(result).__name__


def _flatten(result: Any) -> Items:
    """A result and all that is nested in it, by name; containers come first."""
    found: Items = []
    waiting: Items = [("the result", result)]
    while waiting and len(found) < MANY:
        name, item = waiting.pop()
        found.append((name, item))
        if isinstance(item, tuple | list):
            stem = "result " if name == "the result" else f"{name}."
            parts = [(f"{stem}{i}", part) for i, part in enumerate(item[:MANY], 1)]
            waiting += reversed(parts)
    return found


def _gradients(items: Items, leaves: dict[str, Tensor], seed: int) -> dict[str, Tensor]:
    weights = torch.Generator().manual_seed(seed)
    total = torch.zeros((), dtype=torch.float64)
    for _, item in items:
        if _kind(item) == "tensor" and item.is_floating_point():
            weight = torch.randn(item.shape, generator=weights, dtype=torch.float64)
            total = total + (item.double() * weight).sum()
    found: tuple[Tensor | None, ...] = (None,) * len(leaves)
    if leaves and total.requires_grad:
        found = torch.autograd.grad(total, [*leaves.values()], allow_unused=True)
    return {
        f"gradient with respect to {name}": torch.zeros_like(leaf) if g is None else g
        for (name, leaf), g in zip(leaves.items(), found, strict=True)
    }
