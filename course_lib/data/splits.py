"""Splits by source: train, validation and test share no source.

Neighbouring sources are similar: digits by one writer, frames of one scene. A split is
therefore a range of consecutive sources and not a random subset.
"""

from typing import Literal, get_args

Split = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = get_args(Split)

PERCENT = {"train": (0, 70), "validation": (70, 85), "test": (85, 100)}  # start, end


def split_range(n_sources: int, split: str) -> range:
    """The indices of the sources of one split, out of ``n_sources`` in their order.

    Raises:
        ValueError: if ``split`` is none of SPLITS.

    >>> split_range(132, "validation")
    range(92, 112)
    """
    if split not in PERCENT:
        raise ValueError(f"split is one of {SPLITS}, got {split!r}.")
    start, end = (n_sources * percent // 100 for percent in PERCENT[split])
    return range(start, end)
