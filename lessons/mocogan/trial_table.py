"""Keep what trials of a recipe came to, game by game.

``python -m lessons.mocogan.trial_table`` plays all of them anew.
"""

import csv
from collections.abc import Iterable
from pathlib import Path

from course_lib.atomic_write import as_csv, write_atomically
from course_lib.progress import progress
from course_lib.training.video_gan_presets import TRIALS_LAPTOP
from lessons.mocogan.experiments.moving_bars import Truth
from lessons.mocogan.experiments.trials import TRIALS, trials

TABLE = Path(__file__).parents[2] / "data" / "trials.csv"
SEEDS = range(5)
HEAD = ("trial", "seed", *Truth._fields)


def read_trials(table: Path = TABLE) -> list[tuple[str, Truth]]:
    """What every game came to, by the name of its trial.

    Raises:
        ValueError: if the file is no such table.
    """
    try:
        _, *rows = csv.reader(table.read_text().splitlines())
        return [(name, Truth(*map(float, truth))) for name, _, *truth in rows]
    except (OSError, ValueError, TypeError) as error:
        raise ValueError(
            f"{table} is no table of trials ({error!r}); make it again with "
            "`python -m lessons.mocogan.trial_table`."
        ) from error


def write_trials(played: Iterable[tuple[str, int, Truth]], table: Path = TABLE) -> None:
    """Keep games, one in a line: trial, seed, and the truth of what was drawn."""
    rows = ([name, seed, *(f"{x:.4f}" for x in truth)] for name, seed, truth in played)
    write_atomically(table, as_csv([HEAD, *rows]).encode())


if __name__ == "__main__":
    games = trials(TRIALS_LAPTOP.steps, SEEDS)
    write_trials(progress(games, "trials", total=len(TRIALS) * len(SEEDS)))
