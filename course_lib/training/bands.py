"""Bands: the range of a training curve over several seeds, for comparison.

``python -m lessons.record_bands ring`` records the bands of the ring again.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib.atomic_write import write_atomically
from course_lib.paths import DATA
from course_lib.plotting import Band

Runs = Float[Tensor, "seed step"]

BANDS = DATA / "bands"
QUANTILES = (0.05, 0.5, 0.95)  # low, median and high


class Recording(NamedTuple):
    """The bands of one training, by the names of curves, and how they were recorded."""

    curves: Mapping[str, Band]
    seeds: Sequence[int]
    command: str
    minutes: float


def envelope(steps: Sequence[int], runs: Runs) -> Band:
    """The 5 %, 50 % and 95 % quantiles over runs at each step.

    ``runs`` has one row for each seed and one column for each step.
    """
    low, median, high = torch.quantile(runs, torch.tensor(QUANTILES), dim=0)
    return Band(list(steps), *(_rounded(part) for part in (low, median, high)))


def read_band(name: str, *, folder: Path = BANDS) -> Recording:
    """The recorded bands of the training ``name``.

    Raises:
        ValueError: if there are none of that name, or the file is not valid.
    """
    path = folder / f"{name}.json"
    known = sorted(p.stem for p in folder.glob("*.json"))
    if name not in known:
        raise ValueError(
            f"There is no band named {name!r} in {folder}; "
            f"there are: {', '.join(known) or 'none'}."
        )
    try:
        card = json.loads(path.read_text())
        steps = card.pop("steps")
        bands = {k: Band(steps, **parts) for k, parts in card.pop("curves").items()}
        return Recording(bands, **card)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ValueError(
            f"{path} is no readable band ({error!r}); make it again with "
            "`python -m lessons.record_bands`."
        ) from error


def write_band(name: str, recording: Recording, *, folder: Path = BANDS) -> Path:
    """Write the bands of one training to ``name``.json, and return the path."""
    first = next(iter(recording.curves.values()))
    curves = {
        name: {part: getattr(band, part) for part in ("low", "median", "high")}
        for name, band in recording.curves.items()
    }
    card = {**recording._asdict(), "steps": first.steps, "curves": curves}
    path = folder / f"{name}.json"
    write_atomically(path, (json.dumps(card) + "\n").encode())
    return path


def _rounded(values: Tensor) -> list[float]:
    return [round(value, 4) for value in values.tolist()]
