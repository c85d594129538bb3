"""Watch three players at once: who is fooled, who obeys, and what the clips do."""

from collections.abc import Mapping
from math import log

from course_lib.mocogan.training import StepLosses
from course_lib.plotting import (
    Band,
    Figure,
    Number,
    Page,
    curves,
    describe,
    figure,
    hang,
    mosaic,
    styled,
    title,
)
from course_lib.shapes import Videos
from lessons.mocogan.figures.sample_grids import few_colours

WIDEST = 6.9  # inches of a strip of frames


@styled
def game_monitor(
    losses: Mapping[int, StepLosses],
    shares: Mapping[str, Mapping[int, Number]],
    samples: Videos,
    categories: int = 2,
) -> Figure:
    """Three panels of curves by the step; below them frames of clips, a clip a row.

    Left, how real the fakes look to both judges; middle, what categories cost, with
    "no idea" dashed; right, whatever was measured of the clips, up to 1.4.

    Raises:
        ValueError: if nothing was read yet.
    """
    if not losses or not shares:
        raise ValueError("A game without readings has no curves; take a step first.")
    strip = mosaic(few_colours(samples.flatten(0, 1)), samples.shape[1])
    below = min(WIDEST * strip.shape[0] / strip.shape[1], 2.0)
    tall = 2.35 + below
    page = Page(0.45, 0.95, 0.55 + below, 0.35, 1.1, widths=(1, 1, 1))
    drawing, panels = figure(7, tall, page)
    box = (0.05 / 7, 0.05 / tall, WIDEST / 7, below / tall)
    axes = drawing.add_axes(box)
    hang(axes, strip)
    fooled = {"frames": "frames_fool", "clips": "clips_fool"}
    told = {"real": "category", "fake": "obeyed"}
    for panel, fields, bar in zip(
        panels, (fooled, told), (0.5, log(categories)), strict=False
    ):
        series = {
            name: [getattr(seen, field) for seen in losses.values()]
            for name, field in fields.items()
        }
        panel.set_ylim(0, 1 if fields is fooled else 2 * bar)
        curves(panel, [*losses], series, bar=bar)
    panels[2].set_ylim(0, 1.4)
    (steps,) = {tuple(readings) for readings in shares.values()}
    curves(panels[2], steps, {name: [*x.values()] for name, x in shares.items()})
    for panel, words in zip(
        panels, ("Taken for real", "Category, nats", "The clips"), strict=True
    ):
        panel.set_xlabel("step")
        title(panel, words)
    return describe(drawing, _in_words(losses, shares))


@styled
def obedience(
    games: Mapping[str, Mapping[int, Number]], band: Band | None = None
) -> Figure:
    """What the categories of fakes cost the generator, in nats, a line for each game.

    Dashed, the price of no idea, log 2; grey, where reference games went.

    Raises:
        ValueError: if no game was played.
    """
    if not games or not all(games.values()):
        raise ValueError("A game without readings has no curve; take a step first.")
    drawing, (axes,) = figure(7, 2.6, Page(left=0.55, right=1.4, top=0.35))
    (steps,) = {tuple(readings) for readings in games.values()}
    series = {name: [*readings.values()] for name, readings in games.items()}
    axes.set_ylim(0, 1.25)
    curves(axes, steps, series, band=band, bar=log(2))
    axes.set(xlabel="step", ylabel="nats")
    axes.text(steps[len(steps) // 2], log(2) + 0.03, "no idea: log 2", fontsize=8)
    title(axes, "What it costs to name the fakes' categories")
    ends = "; ".join(f"{name} ends at {x[-1]:.2f}" for name, x in series.items())
    return describe(drawing, f"Cost of fakes' categories in nats: {ends}.")


def _in_words(
    losses: Mapping[int, StepLosses], shares: Mapping[str, Mapping[int, Number]]
) -> str:
    step, last = [*losses.items()][-1]
    ends = (
        f"{name} {[*readings.values()][-1]:.2f}" for name, readings in shares.items()
    )
    return (
        f"After {step} steps fakes look real to the frame judge by "
        f"{last.frames_fool:.2f} and to the clip judge by {last.clips_fool:.2f}; "
        f"categories cost {last.category:.2f} nats of real and {last.obeyed:.2f} of "
        f"fake clips. Of the clips: {', '.join(ends)}."
    )
