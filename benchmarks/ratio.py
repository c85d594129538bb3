"""Run ours and a peer in turn, and say how many times faster ours is.

One round is A B: both feel the same moments of a busy machine, so the ratio of a round
is steadier than either time.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil
from statistics import median
from typing import NamedTuple

Work = Callable[[], object]
Clock = Callable[[], float]

SHORTEST = 0.1  # seconds of one timing: shorter work is repeated until it lasts as long


@dataclass(frozen=True)
class Pair:
    """Two ways to one result, and the bar of their ratio.

    ``ours`` and ``peer`` prepare everything and return the work that is timed.
    ``bar`` is the least ratio asked for, seconds of the peer over ours; None for a pair
    that only informs.
    """

    name: str
    ours: Callable[[], Work]
    peer: Callable[[], Work]
    bar: float | None = None
    rounds: int = 7


class Spread(NamedTuple):
    """The median of some rounds, with the least and the most."""

    middle: float
    least: float
    most: float


class Ratio(NamedTuple):
    """What the rounds of a pair showed: seconds of a call, and peer over ours."""

    ours: Spread
    peer: Spread
    times_faster: Spread


def compare(pair: Pair, *, clock: Clock = time.perf_counter) -> Ratio:
    """Warm both up, then time them in turn: ours, peer, ours, peer.

    The very first call prepares what later ones find ready, and on the side that comes
    first, what both use. So it says nothing about how often to repeat the work.
    """
    works = pair.ours(), pair.peer()
    for work in works:
        work()
    calls = [calls_for(seconds(work, 1, clock)) for work in works]
    sides = [*zip(works, calls, strict=True)]
    rounds = [[seconds(*side, clock) for side in sides] for _ in range(pair.rounds)]
    ours, peer = zip(*rounds, strict=True)
    return Ratio(spread(ours), spread(peer), spread([b / a for a, b in rounds]))


def calls_for(one: float) -> int:
    """How many calls one timing takes, if a call takes so many seconds."""
    return max(1, ceil(SHORTEST / max(one, 1e-7)))


def seconds(work: Work, calls: int, clock: Clock) -> float:
    """Seconds of one call, the mean of some."""
    start = clock()
    for _ in range(calls):
        work()
    return (clock() - start) / calls


def spread(values: Sequence[float]) -> Spread:
    """The middle and the ends of what was measured."""
    return Spread(median(values), min(values), max(values))
