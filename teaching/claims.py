"""Empirical statements as functions that repeat the measurement and assert it.

A lesson's ``claims.py`` registers each of its statements:

    CLAIMS = Claims()

    @CLAIMS.claim("C1.7", "Plain gradient descent loses modes at rate 0.12.", seeds=3)
    def sgd_loses_modes(run: Run) -> Figures:
        covered = [... for seed in run.seeds]
        assert max(covered) < 8
        return {"most modes": max(covered)}

The suite runs each claim in its short form; ``make claims`` runs all in full and stores
the figures, which the lesson's text shows beside the statement.
"""

import json
import platform
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import TypeVar

import torch

T = TypeVar("T")
Figures = Mapping[str, float]


@dataclass(frozen=True)
class Run:
    """How a claim is measured this time.

    Attributes:
        full: Whether all seeds and full lengths are used; else the short form.
        seeds: The seeds to repeat the measurement with: all of the claim's when full,
            the first one otherwise.
    """

    full: bool
    seeds: tuple[int, ...]

    def pick(self, *, short: T, full: T) -> T:
        """One of two values, e.g. a number of steps."""
        return full if self.full else short


@dataclass(frozen=True)
class Claim:
    """One empirical statement.

    Attributes:
        id: As in the lesson's text, "C1.7".
        statement: The sentence, with the settings it holds for.
        measure: Repeats the measurement, asserts the statement, returns its figures.
        seeds: How many seeds a full run uses.
    """

    id: str
    statement: str
    measure: Callable[[Run], Figures]
    seeds: int = 3

    def run(self, *, full: bool) -> dict[str, float]:
        """Measure once.

        Raises:
            AssertionError: if the statement does not hold.
        """
        seeds = tuple(range(self.seeds if full else 1))
        return {n: float(x) for n, x in self.measure(Run(full, seeds)).items()}


class Claims(Mapping[str, Claim]):
    """The claims of one lesson by id, in the order in which they are written."""

    def __init__(self) -> None:
        self._claims: dict[str, Claim] = {}

    def claim(
        self, id: str, statement: str, *, seeds: int = 3
    ) -> Callable[[Callable[[Run], Figures]], Claim]:
        """Register the decorated function as the measurement of a statement.

        Raises:
            ValueError: if the id is taken.
        """
        if id in self._claims:
            raise ValueError(f"There are two claims {id}; give each an id of its own.")

        def register(measure: Callable[[Run], Figures]) -> Claim:
            self._claims[id] = Claim(id, statement, measure, seeds)
            return self._claims[id]

        return register

    def __getitem__(self, id: str) -> Claim:
        return self._claims[id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._claims)

    def __len__(self) -> int:
        return len(self._claims)


@dataclass(frozen=True)
class ClaimRecord:
    """What a full run of a claim measured, and where."""

    statement: str
    seeds: int
    figures: dict[str, float]
    seconds: float
    day: str
    machine: str


def record(claim: Claim) -> ClaimRecord:
    """Run a claim in full.

    Raises:
        AssertionError: if the statement does not hold.
    """
    began = time.perf_counter()
    figures = {name: float(f"{x:.4g}") for name, x in claim.run(full=True).items()}
    return ClaimRecord(
        statement=claim.statement,
        seeds=claim.seeds,
        figures=figures,
        seconds=round(time.perf_counter() - began, 1),
        day=date.today().isoformat(),
        machine=f"{platform.machine()}, torch {torch.__version__}",
    )


def read_records(path: Path) -> dict[str, ClaimRecord]:
    """The records in a file by the claims' ids; none if there is no file."""
    if not path.exists():
        return {}
    rows = json.loads(path.read_text(encoding="utf-8"))
    return {id: ClaimRecord(**row) for id, row in rows.items()}


def as_json(records: Mapping[str, ClaimRecord]) -> str:
    """Records as the text of a file, sorted by id."""
    rows = {id: asdict(records[id]) for id in sorted(records)}
    return json.dumps(rows, indent=1, ensure_ascii=False) + "\n"
