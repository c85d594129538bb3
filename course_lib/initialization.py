"""Weight initialization from an explicit random number generator.

PyTorch's layers initialize themselves from the global generator; the functions here
take a generator, so that a seed fixes the weights of a model whatever ran before.
"""

from math import prod

import torch
from torch import Tensor, nn
from torch.nn.modules.conv import _ConvNd


def uniform(shape: tuple[int, ...], fan_in: int, rng: torch.Generator) -> Tensor:
    """A tensor of values uniform in +-1/sqrt(fan_in), on the generator's device."""
    bound = fan_in**-0.5
    return torch.empty(shape, device=rng.device).uniform_(-bound, bound, generator=rng)


@torch.no_grad()
def reset_parameters(
    network: nn.Module, rng: torch.Generator, *, gain: float = 1.0
) -> None:
    """Initialize all linear and convolutional layers of ``network``, in place.

    Weights are uniform within gain/sqrt(fan_in), biases within 1/sqrt(fan_in). A
    ``gain`` above 1 compensates for activation functions that shrink their input: by
    sqrt(3) for the uniform distribution, times sqrt(2) or more for ReLU-like ones.
    """
    for layer in network.modules():
        if isinstance(layer, nn.Linear | _ConvNd):
            for values in (layer.weight, layer.bias):
                if values is not None:
                    values.copy_(uniform(values.shape, _fan_in(layer), rng))
            layer.weight.mul_(gain)


def _fan_in(layer: nn.Module) -> int:
    weight: Tensor = layer.weight
    if getattr(layer, "transposed", False):
        # weight is (in, out, ...); with a stride, an output uses 1 tap in prod(stride)
        return weight[:, 0].numel() // prod(layer.stride)
    return weight[0].numel()
