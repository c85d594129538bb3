"""How time and memory grow: the exponents, beside those that one expects."""

from collections.abc import Mapping, Sequence
from math import log
from pathlib import Path

from matplotlib.ticker import LogLocator, NullFormatter

from benchmarks.fresh import Cost, in_fresh_processes
from benchmarks.ratio import Work
from benchmarks.scaling import SCALING_CASES, ScalingCase
from benchmarks.tables import duration, markdown, size
from course_lib import plotting
from course_lib.atomic_write import write_atomically

TITLE = "how time and memory grow"
PICTURE = Path(__file__).with_name("growth.png")
CALLS = 2
AXES = {"batch": "clips in a batch", "frames": "frames", "side": "side, pixels"}
AXES["clips"] = "clips"
ALT = "Four panels of seconds against size, logarithmic; a line for each model."
HEAD = ("", "sizes", "time", "exponent", "memory", "exponent", "expected")
WORDS = """
A step is forward, backward and the optimizer, in float32; that of a GAN
updates all of its networks once.
Clips in a batch count at 10 frames of 64 x 64 pixels (16 where a model knows no other
number), frames and sides at 4 clips. Exponents are those between the two largest sizes,
where what is fixed weighs least: calls of small operators, weights and their optimizer.
One below its expected value tells of that, one far above it would tell of a fault.
"""

Costs = Mapping[str, Sequence[Cost]]


def prepare(name: str, part: str) -> Work:
    """The work of a case at one size."""
    (case,) = (case for case in SCALING_CASES if case.name == name)
    return case.prepare(int(part))


def exponent(sizes: Sequence[float], values: Sequence[float]) -> float:
    """The power with which values grow from the last size but one to the last."""
    return log(values[-1] / values[-2]) / log(sizes[-1] / sizes[-2])


def row(case: ScalingCase, costs: Sequence[Cost]) -> list[str]:
    """The cells of one case."""
    times, held = ([cost[i] for cost in costs] for i in range(2))
    return [
        case.name,
        ", ".join(map(str, case.sizes)),
        ", ".join(map(duration, times)),
        f"{exponent(case.sizes, times):.2f}",
        ", ".join(map(size, held)),
        f"{exponent(case.sizes, held):.2f}",
        str(case.power),
    ]


@plotting.course_style
def draw(costs: Costs) -> plotting.Figure:
    """Seconds against size, both on logarithmic axes, a panel for each axis."""
    layout = plotting.Layout(
        right=1.5, wspace=2.0, width_ratios=(1, 1), height_ratios=(1, 1)
    )
    drawing, panels = plotting.figure(9, 7, layout)
    for axes, (axis, label) in zip(panels, AXES.items(), strict=True):
        axes.set(xscale="log", yscale="log", xlabel=label, ylabel="seconds")
        cases = [case for case in SCALING_CASES if case.axis == axis]
        sizes = [n for case in cases for n in case.sizes]
        tick_factors = (1, 2, 5) if max(sizes) < 100 * min(sizes) else (1,)
        axes.xaxis.set_major_locator(LogLocator(subs=tick_factors))
        axes.xaxis.set_major_formatter("{x:g}")
        axes.xaxis.set_minor_formatter(NullFormatter())
        for case in cases:
            axes.plot(case.sizes, [cost.seconds for cost in costs[case.name]])
            axes.lines[-1].set_label(case.model)
        plotting.label_lines(axes)
    return plotting.describe(drawing, ALT)


def report() -> str:
    """The table and the picture."""
    wanted = [(case.name, str(n)) for case in SCALING_CASES for n in case.sizes]
    found = iter(in_fresh_processes("growth", *wanted))
    costs = {case.name: [next(found) for _ in case.sizes] for case in SCALING_CASES}
    write_atomically(PICTURE, plotting.png(draw(costs), 2 * 110))
    table = markdown(HEAD, [row(case, costs[case.name]) for case in SCALING_CASES])
    picture = f"![{ALT}]({PICTURE.name})"
    return f"{table}\n\n{picture}\n\n{WORDS.strip()}"
