"""Draw every weight from one generator, within 1/sqrt(fan-in)."""

from math import prod

import torch
from torch import Tensor, nn
from torch.nn.modules.conv import _ConvNd


def uniform(shape: tuple[int, ...], fan_in: int, rng: torch.Generator) -> Tensor:
    """Weights for sums over ``fan_in`` values: uniform within 1/sqrt(fan_in)."""
    bound = fan_in**-0.5
    return torch.empty(shape, device=rng.device).uniform_(-bound, bound, generator=rng)


@torch.no_grad()
def redraw(network: nn.Module, rng: torch.Generator, *, gain: float = 1.0) -> None:
    """Redraw all weights and biases of linear and convolutional layers in place.

    With a ``gain``, weights lie within gain/sqrt(fan-in): about 4 keeps what a SiLU
    behind each layer would else make ever smaller.
    """
    for layer in network.modules():
        if isinstance(layer, nn.Linear | _ConvNd):
            for values in (layer.weight, layer.bias):
                if values is not None:
                    values.copy_(uniform(values.shape, _fan_in(layer), rng))
            layer.weight.mul_(gain)


def _fan_in(layer: nn.Module) -> int:
    weight: Tensor = layer.weight
    if getattr(layer, "transposed", False):  # its weight is (in, out, ...), and a
        return weight[:, 0].numel() // prod(layer.stride)  # stride shares out the taps
    return weight[0].numel()
