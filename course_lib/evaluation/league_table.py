"""The league: all shipped models of clips in one table, as text, Markdown and CSV.

``python -m course_lib.evaluation.league_table`` updates the table in the README and
``data/league.csv``.
"""

import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from torch import Generator

from course_lib.atomic_write import as_csv, write_atomically
from course_lib.evaluation.league import (
    LEAGUE_METRICS,
    N_CLIPS,
    PROTOCOL,
    Scores,
    evaluate_clips,
    real_clips,
)
from course_lib.evaluation.registry import METRICS
from course_lib.evaluation.video_gan_table import frozen_clips
from course_lib.metrics.intervals import Interval
from course_lib.mocogan.training import Clips
from course_lib.training.checkpoints import CHECKPOINTS, read_card
from course_lib.training.sampling import SAMPLERS, load

ROOT = Path(__file__).parents[2]
BEGIN, END = "<!-- league: written by make table -->", "<!-- end of league -->"
TEST_SEED = 2021  # of the real clips that are evaluated like those of a model
REAL, FROZEN = "real clips", "frozen real clips"  # rows that are no models
README_METRICS = ("distance", "step", "frechet", "coverage", "warping", "motion")

DISPLAY_COLUMNS = {  # title in a figure: (name of the metric, unit of its values there)
    "content, of 255": ("distance", 1),
    "step, pixels": ("step", 1),
    "warping, 1e-4": ("warping", 1e-4),
    "Fréchet": ("frechet", 1),
    "kernel, thousands": ("kernel", 1e3),
    "precision": ("precision", 1),
    "coverage": ("coverage", 1),
    "motion": ("motion", 1),
}


class Cost(NamedTuple):
    """The cost of a model.

    Attributes:
        seconds: Measured time to sample a clip.
        parameters: Number of parameters.
        minutes: Time of the training, from the model's card.
    """

    seconds: float | None = None
    parameters: int | None = None
    minutes: float | None = None


class Row(NamedTuple):
    """One row of the league: the number of evaluated clips, their scores, the cost."""

    clips: int
    scores: Scores
    cost: Cost


def evaluate_row(clips: Clips, cost: Cost) -> Row:
    """The row of a set of clips."""
    return Row(len(clips.videos), evaluate_clips(clips), cost)


def real_row(n: int = N_CLIPS) -> Row:
    """The row of n real clips other than the reference set: the best possible row."""
    return evaluate_row(real_clips(n, seed=TEST_SEED), Cost())


def sample_from_checkpoint(
    name: str, *, n: int, folder: Path = CHECKPOINTS
) -> tuple[Clips, Cost]:
    """n clips sampled from a checkpoint with seed 0, and the cost of the model.

    Raises:
        ValueError: as ``sampling.load`` or ``read_card``.
    """
    model = load(name, folder=folder)
    start = time.perf_counter()
    clips = SAMPLERS[name].sample(model, n, Generator().manual_seed(0))
    seconds = (time.perf_counter() - start) / n
    n_parameters = sum(weights.numel() for weights in model.parameters())
    return clips, Cost(seconds, n_parameters, read_card(name, folder=folder).minutes)


def league(
    names: Iterable[str] = tuple(SAMPLERS),
    *,
    n: int = N_CLIPS,
    folder: Path = CHECKPOINTS,
) -> dict[str, Row]:
    """Rows of real clips, each model with a checkpoint in the folder, frozen clips.

    Frozen clips are a baseline: they show which metrics ignore motion.
    """
    rows = {REAL: real_row(n)}
    for name in names:
        if (folder / f"{name}.safetensors").exists():
            rows[name] = evaluate_row(*sample_from_checkpoint(name, n=n, folder=folder))
    frozen = frozen_clips(n, Generator().manual_seed(TEST_SEED))
    return {**rows, FROZEN: evaluate_row(frozen, Cost())}


def display_columns(scores: Scores) -> dict[str, Interval | None]:
    """The scores that figures show, by title, in the units of the titles."""
    columns = {}
    for title, (name, unit) in DISPLAY_COLUMNS.items():
        interval = scores[name]
        columns[title] = interval and Interval(*(value / unit for value in interval))
    return columns


def display_directions() -> dict[str, str]:
    """For each title in a figure whether "lower" or "higher" is better, if one is."""
    directions = {
        title: METRICS[name].direction for title, (name, _) in DISPLAY_COLUMNS.items()
    }
    return {title: better for title, better in directions.items() if better}


def format_table(rows: Mapping[str, Row]) -> str:
    """The table as text: one line for each metric, one column for each set of clips."""
    head = ["", *rows]
    lines = [["clips", *(str(row.clips) for row in rows.values())]]
    for name in LEAGUE_METRICS:
        intervals = [row.scores[name] for row in rows.values()]
        lines.append([name, *(format_interval(interval) for interval in intervals)])
    for name in Cost._fields:
        costs = [getattr(row.cost, name) for row in rows.values()]
        lines.append(
            [name, *("-" if cost is None else f"{cost:.4g}" for cost in costs)]
        )
    widths = [max(map(len, column)) for column in zip(head, *lines, strict=True)]
    table = [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        for line in (head, *lines)
    ]
    return "\n".join([*(line.rstrip() for line in table), "", f"Protocol: {PROTOCOL}."])


def format_interval(interval: Interval | None) -> str:
    """A value with its interval, "0.912 (0.9 to 0.925)"; "-" for None."""
    if interval is None:
        return "-"
    return f"{interval.value:.3g} ({interval.low:.3g} to {interval.high:.3g})"


def to_markdown(rows: Mapping[str, Row]) -> str:
    """The short table of the README, with the protocol below it."""
    head = ("clips from", *README_METRICS, "parameters", "trained, minutes")
    lines = [head, ("---",) * len(head)]
    for name, row in rows.items():
        cells = [format_interval(row.scores[metric]) for metric in README_METRICS]
        _, n_parameters, minutes = row.cost
        cost = (
            f"{n_parameters:,}" if n_parameters else "",
            f"{minutes:g}" if minutes else "",
        )
        lines.append((name.replace("_", " "), *cells, *cost))
    table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    numbers = " or ".join(map(str, sorted({row.clips for row in rows.values()})))
    return f"{table}\n\nProtocol: {numbers} clips rated; {PROTOCOL}."


def to_csv(rows: Mapping[str, Row]) -> str:
    """All metrics with the ends of their intervals as CSV; empty cells for None."""
    ends = [f"{name}{end}" for name in LEAGUE_METRICS for end in ("_low", "", "_high")]
    lines = [["model", "clips", *ends, *Cost._fields]]
    for name, row in rows.items():
        values = [
            value
            for metric in LEAGUE_METRICS
            for value in row.scores[metric] or (None,) * 3
        ]
        cells = [row.clips, *values, *row.cost]
        rounded = [f"{x:.5g}" if isinstance(x, float) else x for x in cells]
        lines.append([name, *rounded])
    return as_csv(lines)


def write(rows: Mapping[str, Row], readme: Path, table: Path) -> None:
    """Write the short table between the README's markers and the full table as CSV.

    Raises:
        ValueError: if a marker is missing in the README; then nothing is written.
    """
    before, begin, rest = readme.read_text().partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{readme} needs the lines {BEGIN} and {END}, in this order.")
    text = f"{before}{BEGIN}\n{to_markdown(rows)}\n{END}{after}"
    write_atomically(readme, text.encode())
    write_atomically(table, to_csv(rows).encode())


if __name__ == "__main__":
    write(league(), ROOT / "README.md", ROOT / "data" / "league.csv")
