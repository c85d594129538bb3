"""Copies of an answer's arguments, and comparison of both after the call.

A tensor inside a tuple is named by its path: ``state.h`` in a named tuple, ``pair.1``
in a plain one.
"""

import copy
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

Parts = dict[str, Tensor | nn.Module]


def copy_arguments(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Deep copies of the arguments, detached from their autograd graphs.

    Objects that the arguments share stay shared among the copies: the copy of an
    optimizer holds the parameters of the copied module.
    """
    memo: dict[int, Any] = {}
    return {name: _copy(value, memo) for name, value in arguments.items()}


def _copy(value: Any, memo: dict[int, Any]) -> Any:
    if isinstance(value, Tensor) and not isinstance(value, nn.Parameter):
        return value.detach().clone()
    if isinstance(value, tuple):
        inside = [_copy(part, memo) for part in value]
        return type(value)(*inside) if _is_named_tuple(value) else tuple(inside)
    if isinstance(value, torch.Generator):
        if id(value) not in memo:
            memo[id(value)] = torch.Generator(value.device)
            memo[id(value)].set_state(value.get_state())
        return memo[id(value)]
    return copy.deepcopy(value, memo)


def differentiable_tensors(
    arguments: Mapping[str, Any], names: Sequence[str]
) -> dict[str, Tensor]:
    """The tensors to differentiate with respect to, by name.

    These are the floating-point tensors among the named arguments, including those in
    tuples, for which ``requires_grad`` is set here, and the parameters of modules.
    """
    result: dict[str, Tensor] = {}
    for name, part in _parts({name: arguments[name] for name in names}).items():
        if isinstance(part, nn.Module):
            result |= part.named_parameters(prefix=name)
        elif part.is_floating_point():
            result[name] = part.requires_grad_()
    return result


def changed_arguments(
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    allowed: Sequence[str] = (),
    differentiated: Collection[str] = (),
) -> list[str]:
    """The names of tensors and modules that a call changed.

    A stored gradient is named ``x.grad``, a tensor that now requires a gradient
    ``x.requires_grad``, and a module that is now in another mode ``x.training``.
    Arguments named in ``allowed`` are not compared; the tensors in ``differentiated``
    require a gradient in ``after`` from the start.
    """
    old = _parts({k: v for k, v in before.items() if k not in allowed})
    new = _parts({k: v for k, v in after.items() if k not in allowed})
    changes = (
        _change(name, old[name], new[name], name in differentiated) for name in old
    )
    return [change for change in changes if change]


def states_of(arguments: Mapping[str, Any], names: Sequence[str]) -> dict[str, Tensor]:
    """The parameters, buffers and optimizer states of the named arguments, by name."""
    result: dict[str, Tensor] = {}
    for name in names:
        value = arguments[name]
        if isinstance(value, nn.Module):
            entries = {**dict(value.named_parameters()), **dict(value.named_buffers())}
            result |= {f"{name}.{key}": entry for key, entry in entries.items()}
        elif isinstance(value, torch.optim.Optimizer):
            for number, state in value.state_dict()["state"].items():
                for key, entry in state.items():
                    if isinstance(entry, Tensor):
                        result[f"{name}: {key} of parameter {number}"] = entry
        elif isinstance(value, Tensor):
            result[name] = value
    return {key: entry.detach().clone() for key, entry in result.items()}


def advanced_generators(
    before: Mapping[str, Any], after: Mapping[str, Any]
) -> dict[str, bool]:
    """For each random number generator, whether numbers were drawn from it."""
    return {
        name: not torch.equal(value.get_state(), after[name].get_state())
        for name, value in before.items()
        if isinstance(value, torch.Generator)
    }


def _is_named_tuple(value: tuple[Any, ...]) -> bool:
    return hasattr(value, "_fields")


def _parts(arguments: Mapping[str, Any]) -> Parts:
    result: Parts = {}
    for name, value in arguments.items():
        if isinstance(value, tuple):
            fields = (
                value._fields if _is_named_tuple(value) else range(1, len(value) + 1)
            )
            inside = zip(fields, value, strict=True)
            result |= _parts({f"{name}.{field}": part for field, part in inside})
        elif isinstance(value, Tensor | nn.Module):
            result[name] = value
    return result


def _change(
    name: str,
    before: Tensor | nn.Module,
    after: Tensor | nn.Module,
    differentiated: bool,
) -> str:
    """The name of what a call changed; "" for nothing."""
    old, new = _contents(before), _contents(after)
    if any(leaf.is_leaf and leaf.grad is not None for leaf in new.values()):
        return f"{name}.grad"
    if old.keys() != new.keys() or any(_differs(old[k], new[k]) for k in old):
        return name
    if isinstance(after, nn.Module):
        assert isinstance(before, nn.Module)
        modes = ([x.training for x in part.modules()] for part in (before, after))
        if next(modes) != next(modes):
            return f"{name}.training"
    flags = [old[k].requires_grad or differentiated for k in old]
    if flags != [new[k].requires_grad for k in old]:
        return f"{name}.requires_grad"
    return ""


def _contents(part: Tensor | nn.Module) -> dict[str, Tensor]:
    if isinstance(part, Tensor):
        return {"": part}
    return {**dict(part.named_parameters()), **dict(part.named_buffers())}


def _differs(a: Tensor, b: Tensor) -> bool:
    if a.shape != b.shape or a.dtype != b.dtype:
        return True
    return not torch.allclose(a, b, rtol=0, atol=0, equal_nan=True)
