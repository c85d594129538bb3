"""Keep where a training's curves went over many seeds: the learner's yardstick.

``python -m lessons.record_bands ring`` makes the bands of the ring anew.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib.atomic_write import write_atomically
from course_lib.plotting import Band

Runs = Float[Tensor, "seed reading"]

BANDS = Path(__file__).parents[2] / "data" / "bands"
SHARES = (0.05, 0.5, 0.95)  # of the runs that lie below low, median and high


class Recording(NamedTuple):
    """Bands of one training by curve name, and how they were made."""

    curves: Mapping[str, Band]
    seeds: Sequence[int]
    command: str
    minutes: float


def envelope(steps: Sequence[int], runs: Runs) -> Band:
    """Where 90 % of the runs lie at each step, and their median; one row a run."""
    low, median, high = torch.quantile(runs, torch.tensor(SHARES), dim=0)
    return Band(list(steps), *(_rounded(part) for part in (low, median, high)))


def read_band(name: str, *, folder: Path = BANDS) -> Recording:
    """The bands kept under ``name``.

    Raises:
        ValueError: if there are none of that name, or the file does not read as bands.
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
    """Keep the bands of one training under ``name``; the steps are written once."""
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
