"""Put what was measured into Markdown: figures with their spread, beside their bar."""

from collections.abc import Iterable, Mapping, Sequence

from benchmarks.fresh import in_fresh_processes
from benchmarks.ratio import Pair, Ratio, Spread, Work, compare

HEAD = ("", "ours", "peer", "peer / ours", "bar", "memory, ours", "memory, peer")


SIDES = ("ours", "peer")


def pairs_table(case: str, pairs: Sequence[Pair]) -> str:
    """Every pair of a case, measured here in turn."""
    return table_of(case, {pair: compare(pair) for pair in pairs})


def table_of(case: str, ratios: Mapping[Pair, Ratio]) -> str:
    """The ratios of a case; memory is measured now, in fresh processes."""
    wanted = [(pair.name, side) for pair in ratios for side in SIDES]
    held = [cost.bytes for cost in in_fresh_processes(case, *wanted)]
    sides = zip(ratios.items(), held[::2], held[1::2], strict=True)
    return markdown(HEAD, [row(*pair, *both) for pair, *both in sides])


def row(pair: Pair, ratio: Ratio, ours: float, peer: float) -> tuple[str, ...]:
    """The cells of a pair whose two sides held so many bytes."""
    times = ratio.ours.middle, ratio.peer.middle
    return (
        pair.name,
        *map(duration, times),
        with_ends(ratio.times_faster),
        verdict(ratio.times_faster.middle, pair.bar),
        *map(size, (ours, peer)),
    )


def side_of(pairs: Iterable[Pair], name: str, side: str) -> Work:
    """One side of the pair of that name, prepared: what a fresh process runs."""
    (pair,) = (pair for pair in pairs if pair.name == name)
    return {"ours": pair.ours, "peer": pair.peer}[side]()


def verdict(found: float, bar: float | None) -> str:
    """Whether at least so much was reached."""
    if bar is None:
        return ""
    return f"{bar:g}: {'reached' if found >= bar else 'missed'}"


def within(found: float, limit: float) -> str:
    """Whether at most so many seconds were taken."""
    return f"{duration(limit)}: {'kept' if found <= limit else 'missed'}"


def with_ends(spread: Spread) -> str:
    """2.1 (1.9 to 2.4)."""
    return f"{spread.middle:.3g} ({spread.least:.3g} to {spread.most:.3g})"


def duration(seconds: float) -> str:
    """Seconds in the unit that leaves few zeros."""
    for unit, factor in (("s", 1.0), ("ms", 1e3)):
        if seconds * factor >= 1:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds * 1e6:.3g} µs"


def size(n_bytes: float) -> str:
    """Bytes in millions; - where the system does not tell."""
    return "-" if n_bytes != n_bytes else f"{n_bytes / 1e6:.0f} MB"


def markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table."""
    lines = (head, ["---"] * len(head), *rows)
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
