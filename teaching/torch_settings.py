"""Undo what a call does to the settings that all of torch shares, and say which."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import torch


class Setting(NamedTuple):
    """One setting of the whole process: its name, how it is read and written."""

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
def settings_kept() -> Iterator[list[str]]:
    """Restore every setting on leaving; the list yielded then names those changed.

    The state of torch's own random numbers is restored too. Drawing from it is not
    listed, setting its seed is.
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
