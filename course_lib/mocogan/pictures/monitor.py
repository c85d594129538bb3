"""Watch three players at once: who is fooled, who obeys, and what the clips do.

Home: 4.4 Three moves.
"""

from collections.abc import Mapping
from math import log

from course_lib.evaluation.content import ContentDistance
from course_lib.mocogan.training import StepLosses
from course_lib.plotting import (
    Figure,
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

WIDEST = 6.9  # inches of a strip of frames


@styled
def game_monitor(
    losses: Mapping[int, StepLosses],
    content: Mapping[int, ContentDistance],
    samples: Videos,
    categories: int = 2,
) -> Figure:
    """Three panels of curves by the step; below them frames of clips, a clip a row.

    Left, how real the fakes look to both judges; middle, what categories cost, with
    "no idea" dashed; right, content distance, 0 to 255, beside how far things move in
    pixels and how many of 100 frames are empty.

    Raises:
        ValueError: if nothing was read yet.
    """
    if not losses or not content:
        raise ValueError("A game without readings has no curves; take a step first.")
    strip = mosaic(samples.flatten(0, 1), samples.shape[1])
    below = min(WIDEST * strip.shape[0] / strip.shape[1], 2.0)
    tall = 2.35 + below
    page = Page(0.45, 0.85, 0.55 + below, 0.35, 1.1, widths=(1, 1, 1))
    drawing, panels = figure(7, tall, page)
    box = (0.05 / 7, 0.05 / tall, WIDEST / 7, below / tall)
    axes = drawing.add_axes(box)
    hang(axes, strip)
    steps = [*losses]
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
        curves(panel, steps, series, bar=bar)
    panels[2].set_ylim(0, 100)
    curves(panels[2], [*content], _of_clips(content))
    for panel, words in zip(
        panels, ("Taken for real", "Category, nats", "The clips"), strict=True
    ):
        panel.set_xlabel("step")
        title(panel, words)
    return describe(drawing, _in_words(losses, content))


def _of_clips(content: Mapping[int, ContentDistance]) -> dict[str, list[float]]:
    seen = content.values()
    return {
        "distance": [x.distance for x in seen],
        "pixels": [x.step for x in seen],
        "empty, %": [100 * x.empty_share for x in seen],
    }


def _in_words(
    losses: Mapping[int, StepLosses], content: Mapping[int, ContentDistance]
) -> str:
    step, last = [*losses.items()][-1]
    clips = [*content.values()][-1]
    return (
        f"After {step} steps fakes look real to the frame judge by "
        f"{last.frames_fool:.2f} and to the clip judge by {last.clips_fool:.2f}; "
        f"categories cost {last.category:.2f} nats of real and {last.obeyed:.2f} of "
        f"fake clips. Content distance {clips.distance:.2f}, step {clips.step:.2f} "
        f"pixels, {100 * clips.empty_share:.0f} % of frames empty."
    )
