"""Stand-ins of a module in a worker, and the states that a training step leaves.

A worker describes the module that it has constructed: the names, shapes and dtypes of
its parameters and buffers. A stand-in with these can be loaded, called and
differentiated. What a worker says is checked for its form alone: the values decide.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from grading.plain_values import DTYPES
from grading.wire import broken

MAX_ENTRIES = 2000  # parameters and buffers of a module
PLAIN = (type(None), bool, int, float, str, list, tuple, dict)
INVALID = (TypeError, ValueError, KeyError, AttributeError, RuntimeError, OverflowError)


class RemoteModule(nn.Module):
    """The stand-in of a module; a call is executed in the worker.

    ``entries`` lists its parameters and buffers: the name, the dtype, the shape,
    whether it is a parameter, and whether it requires a gradient. Their values take no
    memory until a state is loaded.

    Raises:
        Lost: if the entries are described incorrectly.
    """

    def __init__(self, entries: Any, call: Callable[[Mapping[str, Any]], Any]) -> None:
        super().__init__()
        self.call = call
        self.order: list[str] = []  # of the names, in the worker
        try:
            if len(entries) > MAX_ENTRIES:
                raise ValueError(entries)
            for entry in entries:
                self._add(*entry)
        except INVALID:
            raise broken("its parameters are described incorrectly") from None

    def _add(
        self, name: Any, word: Any, shape: Any, is_parameter: Any, live: Any
    ) -> None:
        if type(name) is not str or len(shape) > 16:
            raise ValueError(name)
        self.order.append(name)
        value = torch.zeros((), dtype=DTYPES[word]).expand(shape)
        if is_parameter is True:
            live = live is True and value.is_floating_point()
            self._parameters[name] = nn.Parameter(value, live)
        else:
            self._buffers[name] = value

    def forward(self, **arguments: Any) -> Any:
        """The result of the module in the worker."""
        return self.call(arguments)

    def state_dict(self, *_: Any, **__: Any) -> dict[str, Tensor]:
        """The parameters and buffers in the worker's order, by which they are matched.

        PyTorch would list all parameters before all buffers.
        """
        held = {**self._parameters, **self._buffers}
        return {name: held[name].detach() for name in self.order if name in held}

    def load_state_dict(self, state: Mapping[str, Any], *_: Any, **__: Any) -> None:
        """Keep the values that the module in the worker was loaded with, too."""
        for name, value in {**self._parameters, **self._buffers}.items():
            value.data = state[name].clone()

    def differentiated(self) -> list[Tensor]:
        """The parameters that require gradients, in the worker's order."""
        return [p for p in self._parameters.values() if p.requires_grad]

    def write_buffers(self, found: Any) -> None:
        """Set the buffers to these values; one without a value is removed.

        Raises:
            Lost: if the values have an invalid form.
        """
        found = _named_tensors(found)
        for name in [*self._buffers]:
            if name in found:
                self._buffers[name] = found[name]
            else:
                del self._buffers[name]


def write_states(
    arguments: Mapping[str, Any], names: Sequence[str], found: Any
) -> None:
    """Give the named arguments the parameters, buffers and states of the worker's.

    A module keeps its parameters and buffers by their full names only: afterwards it
    can be read, but not called.

    Raises:
        Lost: if the states have an invalid form.
    """
    if type(found) is not dict or found.keys() != {*names}:
        raise broken("the states are not listed correctly")
    for name in names:
        value, state = arguments[name], found[name]
        try:
            if isinstance(value, nn.Module):
                _write_module(value, state)
            elif isinstance(value, Optimizer):
                _write_optimizer(value, state)
            elif isinstance(value, Tensor):
                value.data = state.detach()
        except INVALID:
            raise broken(f"the state of {name} has an invalid form") from None


def _write_module(module: nn.Module, state: Any) -> None:
    module._modules.clear()
    module._parameters.clear()
    module._buffers.clear()
    for name, value in _named_tensors(state["parameters"]).items():
        module._parameters[name] = nn.Parameter(value, requires_grad=False)
    module._buffers.update(_named_tensors(state["buffers"]))


def _write_optimizer(optimizer: Optimizer, state: Any) -> None:
    """The numbers of parameters are the keys, as in ``optimizer.state_dict()``."""
    optimizer.state.clear()
    for number, entries in state.items():
        if type(number) is not int:
            raise ValueError(number)
        optimizer.state[number] = _named_tensors(entries)


def _named_tensors(found: Any) -> dict[str, Tensor]:
    """The tensors in a dict, without numbers and other plain values.

    An empty tensor stands for one that is too large to be sent: to leave it out would
    hide a buffer that should not be there.
    """
    if type(found) is not dict or any(type(name) is not str for name in found):
        raise broken("tensors are not listed by their names")
    kept = {k: v for k, v in found.items() if not isinstance(v, PLAIN)}
    return {
        name: value.detach() if isinstance(value, Tensor) else torch.empty(0)
        for name, value in kept.items()
    }
