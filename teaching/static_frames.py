"""Draw a picture once for every state of its controls: a finite lattice of pictures."""

import inspect
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, NamedTuple

from course_lib.plotting import Figure, Number, alt_text, png

MOST_PICTURES = 60
MOST_BYTES = 2_000_000  # of one widget's pictures as text in the notebook

Draw = Callable[..., Figure]


class Picture(NamedTuple):
    """A PNG, and what it shows in words; no words where ``draw`` gave none."""

    png: bytes
    words: str


Lattice = dict[tuple[int, ...], Picture]  # by its position on every control


@dataclass(frozen=True)
class Control:
    """One control of a picture; made by ``slider`` or ``choice``.

    Attributes:
        values: What ``draw`` receives. ``names``: how each of them is shown.
        start: The position at which the control stands first, counted from 0.
        ordered: Whether the values form a scale (a slider) or a list (a menu).
    """

    label: str
    values: tuple[Any, ...]
    names: tuple[str, ...]
    start: int
    ordered: bool


def slider(
    low: Number, high: Number, *, step: Number, start: Number, label: str
) -> Control:
    """A scale from ``low`` to ``high``, both included, in equal steps.

    Raises:
        ValueError: if the steps miss ``high`` or ``start``, or if nothing can move.

    >>> slider(-1, 1, step=0.5, start=0, label="mean").values
    (-1.0, -0.5, 0.0, 0.5, 1.0)
    """
    if step <= 0 or high <= low:
        raise ValueError(
            f"The slider {label!r} needs low < high and a step above 0, "
            f"got {low} to {high} by {step}."
        )
    last, first = (high - low) / step, (start - low) / step
    if abs(last - round(last)) > 1e-6 or abs(first - round(first)) > 1e-6:
        raise ValueError(
            f"The slider {label!r} goes from {low} by steps of {step}: these must "
            f"meet {high} and the start, {start}. Choose another step or start."
        )
    if not low <= start <= high:
        raise ValueError(
            f"The slider {label!r} starts at {start}; choose a start "
            f"between {low} and {high}."
        )
    values = tuple(round(low + i * step, 10) for i in range(round(last) + 1))
    return Control(label, values, _as_written(values), round(first), ordered=True)


def choice(values: tuple[Any, ...], *, label: str, start: Any = None) -> Control:
    """A menu of values, shown as ``str`` writes them; starts at the first by default.

    Raises:
        ValueError: if there are fewer than two, if two look alike, or if ``start`` is
            none of them.
    """
    names = tuple(str(value) for value in values)
    if len(set(names)) < max(2, len(names)):
        raise ValueError(
            f"The menu {label!r} needs at least two values that read differently, "
            f"got {names}."
        )
    if start is not None and start not in values:
        raise ValueError(f"The menu {label!r} starts at {start!r}, not one of {names}.")
    first = 0 if start is None else tuple(values).index(start)
    return Control(label, tuple(values), names, first, ordered=False)


def thinned(control: Control) -> Control:
    """The same control with its ends and its start only.

    >>> thinned(slider(0, 9, step=1, start=2, label="mean")).values
    (0, 2, 9)
    """
    places = sorted({0, control.start, len(control.values) - 1})
    values, names = (
        tuple(x[at] for at in places) for x in (control.values, control.names)
    )
    start = places.index(control.start)
    return replace(control, values=values, names=names, start=start)


def lattice(draw: Draw, controls: Mapping[str, Control]) -> Lattice:
    """Every picture that ``draw`` can show, by the positions of its controls.

    Calls ``draw`` once for each combination of values, the last control varying
    fastest, and keeps each figure as a PNG, with the words that ``plotting.describe``
    attached to it.

    Raises:
        ValueError: if ``draw`` does not take these controls or returns no figure; if
            there are more than 60 pictures, or more than 2 MB of them.
    """
    _refuse_misfit(draw, controls)
    _refuse_crowd(controls)
    pictures: Lattice = {}
    for state in product(*(enumerate(control.values) for control in controls.values())):
        values = dict(zip(controls, (value for _, value in state), strict=True))
        pictures[tuple(at for at, _ in state)] = _picture(draw(**values))
    size = sum(len(b64encode(picture.png)) for picture in pictures.values())
    if size > MOST_BYTES:
        raise ValueError(
            f"These {len(pictures)} pictures take {size / 1e6:.1f} MB in a notebook, "
            f"and {MOST_BYTES / 1e6:.0f} MB is the most. {_advice(controls)} Or draw "
            "a smaller figure: 7 x 3 inches are enough."
        )
    return pictures


def _picture(figure: Any) -> Picture:
    if not isinstance(figure, Figure):
        raise ValueError(
            "draw must return a matplotlib Figure, got "
            f"{type(figure).__name__}; end it with `return figure`."
        )
    return Picture(png(figure), alt_text(figure))


def state_in_words(controls: Iterable[Control], position: tuple[int, ...]) -> str:
    """Where the controls stand: "mean = 0.5, loss = hinge"."""
    pairs = zip(controls, position, strict=True)
    return ", ".join(f"{control.label} = {control.names[at]}" for control, at in pairs)


def _refuse_misfit(draw: Draw, controls: Mapping[str, Control]) -> None:
    taken = inspect.signature(draw)
    try:
        taken.bind(**controls)
    except TypeError as error:
        raise ValueError(
            f"draw{taken} cannot take ({', '.join(controls)}): {error}. "
            "Give every argument of draw one control of the same name."
        ) from None


def _refuse_crowd(controls: Mapping[str, Control]) -> None:
    if not controls:
        raise ValueError("A widget needs at least one control: a slider or a choice.")
    count = 1
    for control in controls.values():
        count *= len(control.values)
    if count > MOST_PICTURES:
        sizes = " x ".join(f"{len(c.values)} ({c.label})" for c in controls.values())
        raise ValueError(
            f"These controls have {sizes} = {count} states, and {MOST_PICTURES} "
            f"pictures is the most. {_advice(controls)}"
        )


def _advice(controls: Mapping[str, Control]) -> str:
    widest = max(controls.values(), key=lambda control: len(control.values))
    way = "by a larger step" if widest.ordered else "by leaving values out"
    return f"Thin out {widest.label!r}, which has {len(widest.values)} values, {way}."


def _as_written(values: tuple[Number, ...]) -> tuple[str, ...]:
    """All values with the decimals that the longest needs, and a true minus sign."""
    texts = [f"{value:.10f}".rstrip("0").partition(".")[2] for value in values]
    places = max(len(decimals) for decimals in texts)
    return tuple(f"{v:.{places}f}".replace("-", "\N{MINUS SIGN}") for v in values)
