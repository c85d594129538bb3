"""Spell the course's own arguments, networks included, so that a worker rebuilds them.

A network goes by its class and what it holds: parameters, buffers, parts.
"""

import sys
from importlib import import_module
from typing import Any

import torch
from torch import nn

from grading.plain_values import Packer, unpack


def lend(value: Any, packer: Packer) -> Any:
    """What JSON can carry of an argument; its numbers go to the packer's."""
    if isinstance(value, torch.Generator):
        return {"generator": packer.pack(value.get_state())}
    if isinstance(value, nn.Module):
        return {"module": _place(type(value)), "holds": _held(value, packer)}
    if isinstance(value, tuple):
        place = _place(type(value)) if hasattr(value, "_fields") else None
        return {"named": place, "parts": [lend(part, packer) for part in value]}
    return packer.pack(value)


def rebuild(node: Any, blob: bytes) -> Any:
    """The argument that ``lend`` spelt: trusted, as only the course does so."""
    form = next(iter(node)) if isinstance(node, dict) else None
    if form == "generator":
        return torch.Generator().set_state(unpack(node[form], blob))
    if form == "module":
        return _module(_named(node[form]), node["holds"], blob)
    if form == "named":
        parts = [rebuild(part, blob) for part in node["parts"]]
        return _named(node[form])(*parts) if node[form] else tuple(parts)
    return unpack(node, blob)


def _held(module: nn.Module, packer: Packer) -> dict[str, Any]:
    own = vars(module).keys() - vars(nn.Module()).keys()
    return {
        "training": module.training,
        "parameters": {k: packer.pack(t) for k, t in module._parameters.items()},
        "buffers": {k: packer.pack(t) for k, t in module._buffers.items()},
        "parts": {k: lend(part, packer) for k, part in module._modules.items()},
        "plain": {k: packer.pack(vars(module)[k]) for k in sorted(own)},
    }


def _module(kind: type[nn.Module], held: dict[str, Any], blob: bytes) -> nn.Module:
    module = kind.__new__(kind)
    nn.Module.__init__(module)
    for name, node in held["parameters"].items():
        tensor = unpack(node, blob)
        module.register_parameter(name, tensor if tensor is None else _leaf(tensor))
    for name, node in held["buffers"].items():
        module.register_buffer(name, unpack(node, blob))
    for name, node in held["parts"].items():
        module.add_module(name, rebuild(node, blob))
    for name, node in held["plain"].items():
        setattr(module, name, unpack(node, blob))
    module.training = held["training"]
    return module


def _leaf(tensor: torch.Tensor) -> nn.Parameter:
    return nn.Parameter(tensor.detach(), tensor.requires_grad)


def _place(kind: type) -> str:
    return f"{kind.__module__}:{kind.__qualname__}"


def _named(place: str) -> Any:
    module, _, name = place.partition(":")
    import_module(module)
    return getattr(sys.modules[module], name)
