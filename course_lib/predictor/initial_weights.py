"""Draw every weight from one generator, within 1/sqrt(fan-in).

Home: 2.3 Memory fades.
"""

import torch
from torch import Tensor, nn


def uniform(shape: tuple[int, ...], fan_in: int, rng: torch.Generator) -> Tensor:
    """Weights for sums over ``fan_in`` values: uniform within 1/sqrt(fan_in)."""
    bound = fan_in**-0.5
    return torch.empty(shape, device=rng.device).uniform_(-bound, bound, generator=rng)


@torch.no_grad()
def redraw(network: nn.Module, rng: torch.Generator) -> None:
    """Redraw linear and convolutional layers in place, PyTorch's way, from ``rng``."""
    for layer in network.modules():
        if isinstance(layer, nn.Linear | nn.Conv2d):
            for values in (layer.weight, layer.bias):
                values.copy_(uniform(values.shape, layer.weight[0].numel(), rng))
