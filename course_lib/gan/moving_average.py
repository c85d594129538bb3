"""The exponential moving average of a network's parameters."""

import torch
from torch import nn


def update_ema(average: nn.Module, model: nn.Module, decay: float) -> None:
    """Update an exponential moving average of the parameters of ``model``, in place.

    Each parameter of ``average`` becomes decay * average + (1 - decay) * parameter, for
    a ``decay`` from 0 to 1. ``model`` stays unchanged; no autograd graph is built.
    """
    with torch.no_grad():
        pairs = zip(average.parameters(), model.parameters(), strict=True)
        for mean, parameter in pairs:
            mean.lerp_(parameter, 1 - decay)
