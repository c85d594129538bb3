"""Write the league of the shipped models: the same table in words, README and CSV.

``python -m course_lib.evaluation.league_table`` makes README's part and the CSV anew.
"""

import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from torch import Generator

from course_lib.atomic_write import as_csv, write_atomically
from course_lib.evaluation.league import CLIPS, PROTOCOL, Rating, rate, real_clips
from course_lib.evaluation.video_gan_table import frozen_clips
from course_lib.metrics.intervals import Interval
from course_lib.mocogan.training import Clips
from course_lib.training.checkpoints import CHECKPOINTS, read_card
from course_lib.training.sampling import SAMPLERS, load

ROOT = Path(__file__).parents[2]
BEGIN, END = "<!-- league: written by make table -->", "<!-- end of league -->"
FRESH = 2021  # the seed of the real clips that are rated
REAL, FROZEN = "real clips", "frozen real clips"  # no models, so no rivals
SHORT = ("distance", "step", "frechet", "coverage", "warping", "motion")  # in README

COLUMNS = {  # in a picture: the figure of a rating, and how many make one unit
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
    """Seconds for a clip drawn here, parameters, minutes of training on its card."""

    seconds: float | None = None
    parameters: int | None = None
    minutes: float | None = None


class Row(NamedTuple):
    """A set of clips in the table: how many were rated, how well, at what cost."""

    clips: int
    rating: Rating
    cost: Cost


def row_of(drawn: Clips, cost: Cost) -> Row:
    """The row of any clips."""
    return Row(len(drawn.videos), rate(drawn), cost)


def real_row(n: int = CLIPS) -> Row:
    """The row that no model beats: real clips, but others than are compared with."""
    return row_of(real_clips(n, seed=FRESH), Cost())


def drawn_by(name: str, *, n: int, folder: Path = CHECKPOINTS) -> tuple[Clips, Cost]:
    """n clips of a checkpoint, seed 0, and what they cost.

    Raises:
        ValueError: as ``samplers.load``, or ``read_card``.
    """
    model = load(name, folder=folder)
    start = time.perf_counter()
    drawn = SAMPLERS[name].draw(model, n, Generator().manual_seed(0))
    seconds = (time.perf_counter() - start) / n
    size = sum(weights.numel() for weights in model.parameters())
    return drawn, Cost(seconds, size, read_card(name, folder=folder).minutes)


def league(
    names: Iterable[str] = tuple(SAMPLERS),
    *,
    n: int = CLIPS,
    folder: Path = CHECKPOINTS,
) -> dict[str, Row]:
    """Real clips, each model of which a checkpoint lies in the folder, frozen clips.

    The last are the real ones, stopped: what they win is worth nothing by itself.
    """
    rows = {REAL: real_row(n)}
    for name in names:
        if (folder / f"{name}.safetensors").exists():
            rows[name] = row_of(*drawn_by(name, n=n, folder=folder))
    frozen = frozen_clips(n, Generator().manual_seed(FRESH))
    return {**rows, FROZEN: row_of(frozen, Cost())}


def columns(rating: Rating) -> dict[str, Interval | None]:
    """The figures that a picture has room for, in units that fit its cells."""
    cells = {}
    for title, (name, unit) in COLUMNS.items():
        figure = getattr(rating, name)
        cells[title] = figure and Interval(*(end / unit for end in figure))
    return cells


def in_words(rows: Mapping[str, Row]) -> str:
    """The table for a screen: a line for each figure, a column for each set."""
    head = ["", *rows]
    lines = [["clips", *(str(row.clips) for row in rows.values())]]
    for name in Rating._fields:
        figures = [getattr(row.rating, name) for row in rows.values()]
        lines.append([name, *(with_interval(figure) for figure in figures)])
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


def with_interval(figure: Interval | None) -> str:
    """0.912 (0.9 to 0.925), or - where there is none."""
    if figure is None:
        return "-"
    return f"{figure.value:.3g} ({figure.low:.3g} to {figure.high:.3g})"


def as_markdown(rows: Mapping[str, Row]) -> str:
    """The short table of README, with the protocol below it."""
    head = ("clips from", *SHORT, "parameters", "trained, minutes")
    lines = [head, ("---",) * len(head)]
    for name, row in rows.items():
        figures = [with_interval(getattr(row.rating, measure)) for measure in SHORT]
        _, size, minutes = row.cost
        cost = (f"{size:,}" if size else "", f"{minutes:g}" if minutes else "")
        lines.append((name.replace("_", " "), *figures, *cost))
    table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return f"{table}\n\nProtocol: {rows_rated(rows)} clips rated; {PROTOCOL}."


def rows_rated(rows: Mapping[str, Row]) -> str:
    """How many clips stand behind the rows: one number, or all of them."""
    return " or ".join(map(str, sorted({row.clips for row in rows.values()})))


def every_figure(rows: Mapping[str, Row]) -> str:
    """A CSV: every figure with its interval's ends; empty where there is none."""
    ends = [f"{name}{end}" for name in Rating._fields for end in ("_low", "", "_high")]
    lines = [["model", "clips", *ends, *Cost._fields]]
    for name, row in rows.items():
        figures = [x for figure in row.rating for x in figure or (None,) * 3]
        cells = [row.clips, *figures, *row.cost]
        short = [f"{x:.5g}" if isinstance(x, float) else x for x in cells]
        lines.append([name, *short])
    return as_csv(lines)


def write(rows: Mapping[str, Row], readme: Path, table: Path) -> None:
    """Put the table between README's markers, and all of it into a CSV beside the data.

    Raises:
        ValueError: if README lacks a marker; then nothing is written.
    """
    before, begin, rest = readme.read_text().partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{readme} needs the lines {BEGIN} and {END}, in this order.")
    text = f"{before}{BEGIN}\n{as_markdown(rows)}\n{END}{after}"
    write_atomically(readme, text.encode())
    write_atomically(table, every_figure(rows).encode())


if __name__ == "__main__":
    write(league(), ROOT / "README.md", ROOT / "data" / "league.csv")
