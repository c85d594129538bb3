"""Encode the arguments of a case, including modules, and rebuild them in a worker.

A module is encoded as its class, parameters, buffers, submodules and attributes.
"""

import sys
from importlib import import_module
from typing import Any

import torch
from torch import nn

from grading.plain_values import Packer, unpack


def pack_argument(value: Any, packer: Packer) -> Any:
    """An argument as JSON; the numbers of its tensors go to the packer."""
    if isinstance(value, torch.Generator):
        return {"generator": packer.pack(value.get_state())}
    if isinstance(value, nn.Module):
        return {"module": _qualified_name(type(value)), "holds": _state(value, packer)}
    if isinstance(value, tuple):
        name = _qualified_name(type(value)) if hasattr(value, "_fields") else None
        return {"named": name, "parts": [pack_argument(x, packer) for x in value]}
    return packer.pack(value)


def rebuild(node: Any, blob: bytes) -> Any:
    """The argument encoded by ``pack_argument``; trusted, it comes from the course."""
    form = next(iter(node)) if isinstance(node, dict) else None
    if form == "generator":
        return torch.Generator().set_state(unpack(node[form], blob))
    if form == "module":
        return _module(_class(node[form]), node["holds"], blob)
    if form == "named":
        parts = [rebuild(part, blob) for part in node["parts"]]
        return _class(node[form])(*parts) if node[form] else tuple(parts)
    return unpack(node, blob)


def _state(module: nn.Module, packer: Packer) -> dict[str, Any]:
    own = vars(module).keys() - vars(nn.Module()).keys()
    return {
        "training": module.training,
        "parameters": {k: packer.pack(t) for k, t in module._parameters.items()},
        "buffers": {k: packer.pack(t) for k, t in module._buffers.items()},
        "parts": {k: pack_argument(x, packer) for k, x in module._modules.items()},
        "attributes": {k: packer.pack(vars(module)[k]) for k in sorted(own)},
    }


def _module(kind: type[nn.Module], state: dict[str, Any], blob: bytes) -> nn.Module:
    module = kind.__new__(kind)
    nn.Module.__init__(module)
    for name, node in state["parameters"].items():
        tensor = unpack(node, blob)
        module.register_parameter(name, tensor if tensor is None else _leaf(tensor))
    for name, node in state["buffers"].items():
        module.register_buffer(name, unpack(node, blob))
    for name, node in state["parts"].items():
        module.add_module(name, rebuild(node, blob))
    for name, node in state["attributes"].items():
        setattr(module, name, unpack(node, blob))
    module.training = state["training"]
    return module


def _leaf(tensor: torch.Tensor) -> nn.Parameter:
    return nn.Parameter(tensor.detach(), tensor.requires_grad)


def _qualified_name(kind: type) -> str:
    return f"{kind.__module__}:{kind.__qualname__}"


def _class(qualified_name: str) -> Any:
    module, _, name = qualified_name.partition(":")
    import_module(module)
    return getattr(sys.modules[module], name)
