"""Say where the time goes: the operators of some work by their own share of it."""

from collections.abc import Mapping, Sequence
from time import perf_counter

import torch
from torch.profiler import ProfilerActivity, profile
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.ratio import Pair, Ratio, Work, compare, seconds
from benchmarks.tables import duration, markdown, table_of

FIRST = "Where the time of the first row goes, an operator's own:"
LISTED = 8  # operators of each side, the rest in one line
SIDE = 2048  # of the matrices whose product is the fastest that torch does here

Shares = Mapping[str, float]


def where_time_goes(work: Work) -> Shares:
    """Seconds of each operator itself, those it calls aside, in one call.

    Let the work be done once before: a first call prepares things.
    """
    with profile(activities=[ProfilerActivity.CPU]) as profiler:
        work()
    averages = profiler.key_averages()
    return {event.key: event.self_cpu_time_total / 1e6 for event in averages}


def profile_table(ours: Shares, peer: Shares) -> str:
    """The operators that take longest on either side, both sides beside each other."""
    sides = ours, peer
    most = sorted({*ours, *peer}, key=lambda name: -max(s.get(name, 0) for s in sides))
    rows = [[f"`{name}`", *_cells(sides, [name])] for name in most[:LISTED]]
    rows.append(["all others", *_cells(sides, most[LISTED:])])
    return markdown(("operator", "ours", "share", "peer", "share"), rows)


def _cells(sides: tuple[Shares, Shares], names: list[str]) -> list[str]:
    cells = []
    for side in sides:
        own = sum(side.get(name, 0.0) for name in names)
        cells += [duration(own), f"{own / sum(side.values()):.0%}"]
    return cells


def flops(work: Work) -> int:
    """Multiplications and additions of matrix products and convolutions in one call."""
    counter = FlopCounterMode(display=False)
    with counter:
        work()
    return counter.get_total_flops()


def peak(dtype: torch.dtype = torch.float32, device: str = "cpu") -> float:
    """The most that this machine multiplies and adds a second, in a matrix product."""
    a = torch.randn(SIDE, SIDE, dtype=dtype, device=device)
    product = finished(lambda: a @ a, device)
    product()
    return 2 * SIDE**3 / min(seconds(product, 1, perf_counter) for _ in range(10))


def finished(work: Work, device: str) -> Work:
    """The work until its last result is there: an accelerator answers before that."""
    if device == "cpu":
        return work

    def waited() -> None:
        work()
        torch.accelerator.synchronize()

    return waited


def where_it_goes(ratio: Ratio, ours: Work, peer: Work) -> str:
    """Both sides of a pair: how near they are to the peak, and their operators."""
    best, sides = peak(), {"ours": (ours, ratio.ours), "peer": (peer, ratio.peer)}
    lines = [
        f"- {name}: {roofline(work, spread.middle, best)}."
        for name, (work, spread) in sides.items()
    ]
    shares = profile_table(where_time_goes(ours), where_time_goes(peer))
    return "\n\n".join(("\n".join(lines), shares))


def roofline(work: Work, taken: float, best: float) -> str:
    """How much of the peak some work reaches that takes so many seconds, in words."""
    done = flops(work)
    return (
        f"{done / 1e9:.0f} GFLOP in {duration(taken)}: {done / taken / 1e9:.0f} "
        f"GFLOP/s, {done / taken / best:.0%} of the {best / 1e9:.0f} GFLOP/s of a "
        "matrix product"
    )


def with_profile(case: str, pairs: Sequence[Pair], words: str) -> str:
    """The ratios of a case, what is to be said of them, and a profile of the first."""
    ratios = {pair: compare(pair) for pair in pairs}
    where = where_it_goes(ratios[pairs[0]], pairs[0].ours(), pairs[0].peer())
    return "\n\n".join((table_of(case, ratios), words.strip(), FIRST, where))
