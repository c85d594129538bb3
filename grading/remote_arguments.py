"""Encode the arguments of a case, and rebuild them in a worker.

A module is encoded as its class, parameters, buffers, submodules and attributes; an
optimizer as its class, options and state. Modules, optimizers, parameters and
generators that arguments share are encoded once and stay shared: a rebuilt optimizer
updates the parameters of the rebuilt module.
"""

import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import torch
from torch import nn
from torch.optim import Optimizer

from grading.plain_values import Packer, unpack

_WEIGHTS_OF_RNN = ("_flat_weights", "_flat_weight_refs")  # its parameters once more


def pack_arguments(arguments: Mapping[str, Any], packer: Packer) -> dict[str, Any]:
    """The arguments of a call as JSON; the numbers of tensors go to the packer.

    Raises:
        TypeError: if an argument cannot be encoded.
    """
    encode = _Encoder(packer).encode
    nodes = {name: encode(value) for name, value in arguments.items()}
    for name, node in nodes.items():
        if isinstance(node, dict) and "kind" in node:
            raise TypeError(f"The argument {name} ({node['kind']}) cannot be sent.")
    return nodes


def rebuild_arguments(nodes: Mapping[str, Any], blob: bytes) -> dict[str, Any]:
    """The arguments encoded by ``pack_arguments``; trusted, the course sends them."""
    rebuild = _Rebuilder(blob).rebuild
    return {name: rebuild(node) for name, node in nodes.items()}


class _Encoder:
    """``numbers`` has the objects that may be shared, by identity."""

    def __init__(self, packer: Packer) -> None:
        self.packer = packer
        self.numbers: dict[int, int] = {}

    def encode(self, value: Any) -> Any:
        """One value as JSON."""
        if isinstance(value, torch.Generator | nn.Module | nn.Parameter | Optimizer):
            if id(value) in self.numbers:
                return {"same": self.numbers[id(value)]}
            self.numbers[id(value)] = len(self.numbers)
        if isinstance(value, torch.Generator):
            return {"generator": self.packer.pack(value.get_state())}
        if isinstance(value, nn.Module):
            return {"module": _qualified_name(type(value)), "holds": self._held(value)}
        if isinstance(value, nn.Parameter):
            return {"parameter": self.packer.pack(value)}
        if isinstance(value, Optimizer):
            return {"optimizer": _qualified_name(type(value)), **self._groups(value)}
        if isinstance(value, tuple):
            name = _qualified_name(type(value)) if hasattr(value, "_fields") else None
            return {"named": name, "parts": [self.encode(part) for part in value]}
        if _is_importable(value):
            return {"import": _qualified_name(value)}
        return self.packer.pack(value)

    def _held(self, module: nn.Module) -> dict[str, Any]:
        own = vars(module).keys() - vars(nn.Module()).keys() - {*_WEIGHTS_OF_RNN}
        attributes = {name: vars(module)[name] for name in sorted(own)}
        found = {"training": module.training}
        for kind, named in (
            ("parameters", module._parameters),
            ("buffers", module._buffers),
            ("parts", module._modules),
            ("attributes", attributes),
        ):
            found[kind] = {name: self.encode(part) for name, part in named.items()}
        return found

    def _groups(self, optimizer: Optimizer) -> dict[str, Any]:
        groups, pack = [], self.packer.pack
        for group in optimizer.param_groups:
            options = {k: pack(v) for k, v in group.items() if k != "params"}
            groups.append([[self.encode(p) for p in group["params"]], options])
        state = [
            [self.encode(parameter), {name: pack(x) for name, x in entries.items()}]
            for parameter, entries in optimizer.state.items()
        ]
        return {"groups": groups, "state": state}


class _Rebuilder:
    """``shared`` has the objects that may be shared, in the order of their encoding."""

    def __init__(self, blob: bytes) -> None:
        self.blob = blob
        self.shared: list[Any] = []

    def rebuild(self, node: Any) -> Any:
        """The value of one node."""
        form = next(iter(node)) if isinstance(node, dict) else None
        if form == "same":
            return self.shared[node[form]]
        if form == "named":
            parts = [self.rebuild(part) for part in node["parts"]]
            return _imported(node[form])(*parts) if node[form] else tuple(parts)
        if form == "import":
            return _imported(node[form])
        build = {
            "generator": self._generator,
            "module": self._module,
            "parameter": self._parameter,
            "optimizer": self._optimizer,
        }.get(form)
        if build is None:
            return unpack(node, self.blob)
        number = len(self.shared)
        self.shared.append(None)  # what it holds is numbered after it
        self.shared[number] = build(node)
        return self.shared[number]

    def _generator(self, node: Any) -> torch.Generator:
        return torch.Generator().set_state(unpack(node["generator"], self.blob))

    def _parameter(self, node: Any) -> nn.Parameter:
        tensor = unpack(node["parameter"], self.blob)
        return nn.Parameter(tensor.detach(), tensor.requires_grad)

    def _module(self, node: Any) -> nn.Module:
        kind, held = _imported(node["module"]), node["holds"]
        module = kind.__new__(kind)
        nn.Module.__init__(module)
        for name, part in held["parameters"].items():
            module.register_parameter(name, self.rebuild(part))
        for name, part in held["buffers"].items():
            module.register_buffer(name, self.rebuild(part))
        for name, part in held["parts"].items():
            module.add_module(name, self.rebuild(part))
        for name, part in held["attributes"].items():
            setattr(module, name, self.rebuild(part))
        module.training = held["training"]
        if isinstance(module, nn.RNNBase):
            module._init_flat_weights()
        return module

    def _optimizer(self, node: Any) -> Optimizer:
        groups = [
            {
                "params": [self.rebuild(parameter) for parameter in parameters],
                **{name: unpack(x, self.blob) for name, x in options.items()},
            }
            for parameters, options in node["groups"]
        ]
        optimizer = _imported(node["optimizer"])(groups)
        for parameter, entries in node["state"]:
            optimizer.state[self.rebuild(parameter)] = {
                name: unpack(x, self.blob) for name, x in entries.items()
            }
        return optimizer


def _qualified_name(value: Any) -> str:
    return f"{value.__module__}:{value.__qualname__}"


def _imported(qualified_name: str) -> Any:
    module, _, name = qualified_name.partition(":")
    import_module(module)
    return getattr(sys.modules[module], name)


def _is_importable(value: Any) -> bool:
    """Whether it is a class or function that is found by its name, as nn.ReLU is."""
    if not callable(value):
        return False
    module = sys.modules.get(getattr(value, "__module__", None) or "")
    return getattr(module, getattr(value, "__qualname__", ""), None) is value
