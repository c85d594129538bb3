"""Divide by source: what a model is judged on comes from no source it has seen.

Sources lie in an order in which neighbours are kin: digits by one hand, frames of one
scene. So a part is a run of neighbours, never a random choice.
"""

from typing import Literal, get_args

Split = Literal["train", "validation", "test"]

BORDERS = {"train": (0, 70), "validation": (70, 85), "test": (85, 100)}  # per cent


def part(n_sources: int, split: str) -> range:
    """The places of those sources that belong to a part; the parts share none.

    Raises:
        ValueError: if there is no such part.

    >>> part(132, "validation")
    range(92, 112)
    """
    if split not in BORDERS:
        raise ValueError(f"split is one of {get_args(Split)}, got {split!r}.")
    first, end = (n_sources * border // 100 for border in BORDERS[split])
    return range(first, end)
