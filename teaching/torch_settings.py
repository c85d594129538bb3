"""Restore PyTorch's global settings after a call, and report which ones it changed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import torch


class Setting(NamedTuple):
    """One global setting: its name, and functions to read and write it."""

    name: str
    read: Callable[[], Any]
    write: Callable[[Any], object]


SETTINGS = (
    Setting("the gradient mode", torch.is_grad_enabled, torch.set_grad_enabled),
    Setting("the default dtype", torch.get_default_dtype, torch.set_default_dtype),
    Setting(
        "the choice of algorithms",
        torch.are_deterministic_algorithms_enabled,
        torch.use_deterministic_algorithms,
    ),
    Setting(
        "the search for anomalies",
        torch.is_anomaly_enabled,
        torch.autograd.set_detect_anomaly,
    ),
)


@contextmanager
def preserved_settings() -> Iterator[list[str]]:
    """Restore every setting on exit; the yielded list then names the changed ones.

    The state of PyTorch's global random number generator is restored too. A changed
    seed is listed; numbers drawn are not.
    """
    changed: list[str] = []
    before = [setting.read() for setting in SETTINGS]
    seed, stream = torch.initial_seed(), torch.get_rng_state()
    try:
        yield changed
    finally:
        if torch.initial_seed() != seed:
            changed.append("the random seed")
        torch.set_rng_state(stream)
        for setting, value in zip(SETTINGS, before, strict=True):
            if setting.read() != value:
                changed.append(setting.name)
                setting.write(value)
