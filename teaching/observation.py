"""Call an answer once, record its results, gradients and side effects, compare both."""

import reprlib
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from teaching.argument_copies import (
    advanced_generators,
    changed_arguments,
    copy_arguments,
    differentiable_tensors,
    states_of,
)
from teaching.exercise import Case
from teaching.torch_settings import preserved_settings

TOLERANCES = {torch.float64: (1e-7, 1e-9), torch.float32: (1e-4, 1e-5)}
# (relative to the entry, relative to the largest entry); for other dtypes
DEFAULT_TOLERANCES = (1e-2, 1e-3)
STUB_MESSAGES = (
    "",
    "Your turn.",
)  # PyTorch's own NotImplementedErrors have other texts
Items = list[tuple[str, Any]]  # named parts of a result

MAX_PARTS = 200  # parts of a nested result that are compared; lengths always are


class Observation(NamedTuple):
    """The results and side effects of one call.

    ``facts`` are strings that must agree exactly (types, shapes, dtypes, exceptions),
    ``values`` are tensors that must agree within the tolerances, and ``message`` is the
    text of an exception.
    """

    facts: dict[str, str]
    values: dict[str, Tensor]
    message: str = ""


class Difference(NamedTuple):
    """The first fact or value in which two observations differ: its name and both."""

    what: str
    got: str | Tensor
    needed: str | Tensor


@torch.enable_grad()  # gradients may be disabled in the notebook
def observe(function: Callable[..., Any], case: Case) -> Observation:
    """Call ``function`` on copies of the case's arguments and record the results.

    Recorded are the type, shape, dtype and values of each result, the gradients with
    respect to ``case.differentiate``, the states of ``case.updates``, and whether any
    other argument or a global setting of PyTorch was changed. The differentiated scalar
    is a randomly weighted sum of the results, so that errors in two elements do not
    cancel. A class is constructed and loaded with the case's state first; the gradients
    then include those of the module's parameters. Exceptions are recorded, except the
    ``NotImplementedError`` of a stub, which is raised.
    """
    arguments = copy_arguments(case.arguments)
    leaves = differentiable_tensors(arguments, case.differentiate)
    try:
        with preserved_settings() as settings:
            call, module = function, None
            if case.construct is not None:
                module = call = function(**copy_arguments(case.construct))
                names = load_state(module, case.state)
                if names is None:
                    shapes = parameter_shapes(module.state_dict())
                    return Observation({"parameters": shapes}, {})
                module.train(case.mode == "train")
                for own, parameter in module.named_parameters():
                    leaves[names[own]] = parameter
            results = [call(**arguments) for _ in range(case.calls)]
        changes = changed_arguments(
            case.arguments, arguments, case.updates, leaves.keys()
        )
        facts = {
            "changed arguments": ", ".join(changes) or "none",
            "changed settings": ", ".join(settings) or "none",
        }
        for name, advanced in advanced_generators(case.arguments, arguments).items():
            facts[f"generator {name}"] = "advanced" if advanced else "not advanced"
        result = results[0] if case.calls == 1 else tuple(results)
        if case.detached:
            facts |= _kept_graphs(result)
        if module is not None:
            facts["parameters"] = parameter_shapes(case.state)
        observation = _observation_of(result, facts, leaves, case)
        after = states_of(arguments, case.updates)
        if module is not None:
            for own, buffer in module.named_buffers():
                if own in names:  # non-persistent buffers are free to choose
                    after[f"buffer {names[own]}"] = buffer.detach()
        return _add_states(observation, after)
    except (Exception, SystemExit, KeyboardInterrupt) as error:
        if isinstance(error, NotImplementedError) and str(error) in STUB_MESSAGES:
            raise
        return Observation({"raised": type(error).__name__}, {}, str(error))


def load_state(module: nn.Module, state: Mapping[str, Tensor]) -> dict[str, str] | None:
    """Load a state dict; return the map from the module's names to the state's.

    Entries are matched by name if all names agree, otherwise by their order, because
    the learner is free to name the layers. None if the shapes do not match.
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


def parameter_shapes(state: Mapping[str, Tensor]) -> str:
    """The sorted shapes of a state's entries; the learner is free to name them."""
    shapes = sorted(str(tuple(value.shape)) for value in state.values())
    return ", ".join(shapes) or "none"


def _add_states(observation: Observation, after: Mapping[str, Tensor]) -> Observation:
    """The observation, with the states after the call among its values."""
    if "raised" in observation.facts:
        return observation
    facts = {f"shape of {name}": str(tuple(x.shape)) for name, x in after.items()}
    values = {name: x.double() for name, x in after.items()}
    return observation._replace(
        facts={**observation.facts, **facts}, values={**observation.values, **values}
    )


def first_difference(
    got: Observation, needed: Observation, *, strict: bool = False
) -> Difference | None:
    """The first fact or value in which two observations disagree; None if they agree.

    If ``strict``, a number and a tensor of no axes are different kinds of result.

    Values agree within 1e-7 (float64) or 1e-4 (float32) relative to the entry, or
    within 1e-9 or 1e-5 of the tensor's largest entry, which allows for the rounding of
    sums with cancellation.
    """
    numbers = set() if strict else _scalar_results(got, needed)
    for what in ["raised", *got.facts, *needed.facts]:
        a, b = got.facts.get(what, "nothing"), needed.facts.get(what, "nothing")
        if what.startswith("graph of") and a == "nothing":
            continue  # the graph of the reference is not asked for
        kept = what.startswith("graph of")  # also a result that may be a number
        if a != b and (kept or what.partition(" of ")[2] not in numbers):
            return Difference(what, a, b)
    for what, value in needed.values.items():
        if what not in got.values:  # a parameter that two layers share, for instance
            return Difference(what, "nothing", "a tensor")
        if not _close(got.values[what], value):
            if what.startswith("gradient") and numbers:  # a number has no gradient
                kind = f"kind of {min(numbers)}"
                return Difference(kind, got.facts[kind], needed.facts[kind])
            return Difference(what, got.values[what], value)
    return None


def _scalar_results(a: Observation, b: Observation) -> set[str]:
    """Results that are a number on one side and a 0-dimensional tensor on the other.

    Both are accepted where no gradient is compared; an exercise that needs a tensor
    differentiates it. A whole number is accepted where a float is needed.
    """
    found = set()
    for what, kind in a.facts.items():
        name = what.removeprefix("kind of ")
        needed = b.facts.get(what, "")
        kinds = {kind, needed}
        if what.startswith("kind of") and (kind, needed) == ("int", "float"):
            found.add(name)
        if kinds in ({"tensor", "float"}, {"tensor", "int"}):
            shape = f"shape of {name}"
            if "()" in (a.facts.get(shape), b.facts.get(shape)):
                found.add(name)
    return found


def _close(a: Tensor, b: Tensor) -> bool:
    if torch.equal(a, b):
        return True
    own, largest = max(TOLERANCES.get(x.dtype, DEFAULT_TOLERANCES) for x in (a, b))
    a, b = a.double(), b.double()
    finite = b[b.isfinite()].abs()
    floor = largest * float(finite.max()) if finite.numel() else 0.0
    return torch.allclose(a, b, rtol=own, atol=floor + 1e-12, equal_nan=True)


def _kept_graphs(result: Any) -> dict[str, str]:
    """A fact for each result that still requires a gradient."""
    return {
        f"graph of {name}": "kept"
        for name, item in _flatten_result(result)
        if isinstance(item, Tensor) and item.requires_grad
    }


def _observation_of(
    result: Any, facts: dict[str, str], leaves: dict[str, Tensor], case: Case
) -> Observation:
    recorded: dict[str, str] = {}
    values: dict[str, Tensor] = {}
    items = _flatten_result(result)
    for name, item in items:
        recorded[f"kind of {name}"] = kind = _kind_of(item)
        if kind == "tensor":
            recorded[f"shape of {name}"] = str(tuple(item.shape))
            recorded[f"dtype of {name}"] = str(item.dtype).removeprefix("torch.")
            values[name] = item.detach().clone()
        elif kind in ("int", "float"):
            values[name] = torch.tensor(float(item), dtype=torch.float64)
        elif kind == "bool":
            recorded[name] = str(bool(item))
        elif not kind.startswith("tuple of"):
            plain = bool(item) if kind == "bool" else item  # also NumPy's
            recorded[name] = reprlib.repr(plain)
    try:
        gradients = _gradients(items, leaves, case)
    except RuntimeError as error:  # the answer called backward() or worked in place
        recorded["autograd graph"] = f"broken ({str(error).partition('.')[0]})"
        return Observation(recorded | facts, values)
    recorded["autograd graph"] = "intact"
    return Observation(recorded | facts, values | gradients)


def _kind_of(result: Any) -> str:
    if isinstance(result, Tensor):
        device, layout = result.device.type, str(result.layout).removeprefix("torch.")
        dense_on_cpu = device == "cpu" and layout == "strided"
        return "tensor" if dense_on_cpu else f"{layout} tensor on device {device}"
    if isinstance(
        result, tuple | list
    ):  # tuples, named tuples and lists are equivalent
        return f"tuple of {len(result)}"
    if isinstance(result, bool | np.bool_):
        return "bool"
    if isinstance(result, int | np.integer):
        return "int"
    if isinstance(result, float | np.floating):
        return "float"
    return type(result).__name__


def _flatten_result(result: Any) -> Items:
    """A result and its nested parts, by name; containers precede their parts."""
    items: Items = []
    stack: Items = [("the result", result)]
    while stack and len(items) < MAX_PARTS:
        name, item = stack.pop()
        items.append((name, item))
        if isinstance(item, tuple | list):
            prefix = "result " if name == "the result" else f"{name}."
            parts = [(f"{prefix}{i}", x) for i, x in enumerate(item[:MAX_PARTS], 1)]
            stack += reversed(parts)
    return items


def _gradients(
    items: Items, leaves: dict[str, Tensor], case: Case
) -> dict[str, Tensor]:
    weights = torch.Generator().manual_seed(case.weights)
    total = torch.zeros((), dtype=torch.float64)
    for _, item in items:
        if _kind_of(item) == "tensor" and item.is_floating_point():
            weight = torch.randn(item.shape, generator=weights, dtype=torch.float64)
            total = total + (item.double() * weight).sum()
    found: tuple[Tensor | None, ...] = (None,) * len(leaves)
    if leaves and total.requires_grad:
        found = torch.autograd.grad(total, [*leaves.values()], allow_unused=True)
    gradients = {}
    for (name, leaf), g in zip(leaves.items(), found, strict=True):
        gradient = torch.zeros_like(leaf) if g is None else g
        if name in case.simplex:  # only changes that keep the sum exist
            gradient = gradient - gradient.mean(-1, keepdim=True)
        gradients[f"gradient with respect to {name}"] = gradient
    return gradients
