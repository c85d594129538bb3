"""See a judge's time shrink: frames below, verdicts on top, one verdict's view lit."""

from collections.abc import Sequence

from course_lib.mocogan.receptive_field import reach
from course_lib.plotting import (
    FAINT,
    INK,
    JUDGE,
    Figure,
    Page,
    describe,
    figure,
    styled,
    title,
)

LONGEST = 40  # frames that fit beside each other


@styled
def time_pyramid(n_frames: int, windows: Sequence[tuple[int, int, int]]) -> Figure:
    """Rows of dots: the clip's frames, then the places that each layer leaves.

    Windows are (kernel, stride, padding), as ``reach`` takes them; here without
    padding. Green is what the first verdict rests on. A clip that is too short ends
    in the layer that finds no room.

    Raises:
        ValueError: for padding, or for a clip that does not fit the page.
    """
    if any(padding for _, _, padding in windows) or not 1 <= n_frames <= LONGEST:
        raise ValueError(
            f"The picture has room for 1 to {LONGEST} frames and no padding, got "
            f"{n_frames} frames and windows {[*windows]}."
        )
    depth = next(
        (n for n in range(len(windows), 0, -1) if _fits(n_frames, windows[:n])), 0
    )
    lit = 1
    rows = []
    for n in range(depth, -1, -1):
        rows.append((n, reach(n_frames, windows[:n]), lit))
        if n:
            lit = (lit - 1) * windows[n - 1][1] + windows[n - 1][0]
    drawing, (axes,) = figure(7, 0.75 + 0.34 * (len(windows) + 1), Page(1.1, 0.2, 0.3))
    for n, (places, seen, apart), bright in rows:
        x = [i * apart + (seen - 1) / 2 for i in range(places)]
        look = {"marker": "s" if n else "o", "s": 26}
        axes.scatter(x[bright:], [n] * (places - bright), color=FAINT, **look)
        axes.scatter(x[:bright], [n] * bright, color=JUDGE, **look)
        axes.text(n_frames + 0.3, n, str(places), color=INK, va="center")
    names = ["frames", *(f"layer {n}" for n in range(1, len(windows) + 1))]
    axes.set(xlim=(-0.7, n_frames + 1.6), ylim=(-0.6, len(windows) + 0.6), xticks=[])
    axes.set_yticks(range(len(names)), names)
    axes.tick_params(length=0)
    axes.grid(False)
    axes.spines[:].set_visible(False)
    said = _in_words(n_frames, windows, depth)
    title(axes, said)
    return describe(
        drawing,
        f"Rows of dots from {n_frames} frames up through {len(windows)} layers, with "
        f"{', '.join(str(row[1].places) for row in rows[::-1])} places each. {said}.",
    )


def _fits(n_frames: int, windows: Sequence[tuple[int, int, int]]) -> bool:
    try:
        reach(n_frames, windows)
    except ValueError:
        return False
    return True


def _in_words(
    n_frames: int, windows: Sequence[tuple[int, int, int]], depth: int
) -> str:
    if depth < len(windows):
        return f"{n_frames} frames are too few: layer {depth + 1} finds no room"
    places, seen, _ = reach(n_frames, windows)
    verdicts = "1 verdict" if places == 1 else f"{places} verdicts"
    return f"{n_frames} frames leave {verdicts}; each sees {seen} frames"
