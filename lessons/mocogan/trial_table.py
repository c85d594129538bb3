"""Table of the trials on moving bars, one training a row.

``python -m lessons.mocogan.trial_table`` runs all of them and writes the table.
"""

import csv
from collections.abc import Iterable
from pathlib import Path

from course_lib.atomic_write import as_csv, write_atomically
from course_lib.paths import DATA
from course_lib.progress import progress
from course_lib.training.presets import TRIALS_LAPTOP
from lessons.mocogan.experiments.moving_bars import BarMetrics
from lessons.mocogan.experiments.trials import TRIALS, run_trials

TABLE = DATA / "trials.csv"
SEEDS = range(5)
HEADER = ("trial", "seed", *BarMetrics._fields)


def read_trials(table: Path = TABLE) -> list[tuple[str, BarMetrics]]:
    """The metrics of every training, with the name of its trial.

    Raises:
        ValueError: if the file cannot be read as such a table.
    """
    try:
        _, *rows = csv.reader(table.read_text().splitlines())
        return [(name, BarMetrics(*map(float, metrics))) for name, _, *metrics in rows]
    except (OSError, ValueError, TypeError) as error:
        raise ValueError(
            f"{table} cannot be read as a table of trials ({error!r}). Write it again "
            "with `python -m lessons.mocogan.trial_table`."
        ) from error


def write_trials(
    runs: Iterable[tuple[str, int, BarMetrics]], table: Path = TABLE
) -> None:
    """Write one row for each training: trial, seed and metrics."""
    rows = (
        [name, seed, *(f"{x:.4f}" for x in metrics)] for name, seed, metrics in runs
    )
    write_atomically(table, as_csv([HEADER, *rows]).encode())


if __name__ == "__main__":
    runs = run_trials(TRIALS_LAPTOP.steps, SEEDS)
    write_trials(progress(runs, "trials", total=len(TRIALS) * len(SEEDS)))
