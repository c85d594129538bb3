"""Controls of a figure, and its frames: one PNG for each combination of values."""

import inspect
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, NamedTuple

from course_lib.plotting import Figure, Number, alt_text, png

MAX_FRAMES = 60
MAX_BYTES = 2_000_000  # of one widget's frames, base64-encoded

Draw = Callable[..., Figure]


class Frame(NamedTuple):
    """A PNG with its alternative text; ``words`` is empty if ``draw`` gave none."""

    png: bytes
    words: str


Frames = dict[tuple[int, ...], Frame]  # by the indices of the controls' values


@dataclass(frozen=True)
class Control:
    """One control of a figure; made by ``slider`` or ``choice``.

    Attributes:
        values: The values passed to ``draw``. ``names``: their labels.
        start: The index of the start value.
        ordered: Whether the control is a slider (True) or a menu.
    """

    label: str
    values: tuple[Any, ...]
    names: tuple[str, ...]
    start: int
    ordered: bool


def slider(
    low: Number, high: Number, *, step: Number, start: Number, label: str
) -> Control:
    """A slider from ``low`` to ``high``, both included, in equal steps.

    Raises:
        ValueError: if ``high`` or ``start`` is not a whole number of steps from
            ``low``, or if there is only one value.

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
    return Control(label, values, _format_values(values), round(first), ordered=True)


def choice(values: tuple[Any, ...], *, label: str, start: Any = None) -> Control:
    """A menu of values, labelled by ``str``; starts at the first by default.

    Raises:
        ValueError: if there are fewer than two values, if two have the same label, or
            if ``start`` is not among them.
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


def ends_and_start(control: Control) -> Control:
    """The same control with the first, the last and the start value only.

    >>> ends_and_start(slider(0, 9, step=1, start=2, label="mean")).values
    (0, 2, 9)
    """
    indices = sorted({0, control.start, len(control.values) - 1})
    values, names = (
        tuple(x[i] for i in indices) for x in (control.values, control.names)
    )
    start = indices.index(control.start)
    return replace(control, values=values, names=names, start=start)


def render_frames(draw: Draw, controls: Mapping[str, Control]) -> Frames:
    """The frames of a figure, by the indices of the controls' values.

    Calls ``draw`` once for each combination of values, the last control varying
    fastest. Each figure becomes a PNG with the text that ``plotting.describe`` attached
    to it.

    Raises:
        ValueError: if ``draw`` does not take these controls or returns no figure, or if
            there are more than 60 frames or 2 MB.
    """
    _check_arguments(draw, controls)
    _check_number_of_frames(controls)
    frames: Frames = {}
    for state in product(*(enumerate(control.values) for control in controls.values())):
        values = dict(zip(controls, (value for _, value in state), strict=True))
        frames[tuple(index for index, _ in state)] = _render(draw(**values))
    size = sum(len(b64encode(frame.png)) for frame in frames.values())
    if size > MAX_BYTES:
        raise ValueError(
            f"These {len(frames)} pictures take {size / 1e6:.1f} MB in a notebook, but "
            f"at most {MAX_BYTES / 1e6:.0f} MB are allowed. {_advice(controls)} Or "
            "draw a smaller figure: 7 x 3 inches are enough."
        )
    return frames


def _render(figure: Any) -> Frame:
    if not isinstance(figure, Figure):
        raise ValueError(
            "draw must return a matplotlib Figure, got "
            f"{type(figure).__name__}. End draw with `return figure`."
        )
    return Frame(png(figure), alt_text(figure))


def describe_state(controls: Iterable[Control], position: tuple[int, ...]) -> str:
    """The values of the controls in words: "mean = 0.5, loss = hinge"."""
    pairs = zip(controls, position, strict=True)
    return ", ".join(f"{control.label} = {control.names[at]}" for control, at in pairs)


def _check_arguments(draw: Draw, controls: Mapping[str, Control]) -> None:
    signature = inspect.signature(draw)
    try:
        signature.bind(**controls)
    except TypeError as error:
        raise ValueError(
            f"draw{signature} cannot take ({', '.join(controls)}): {error}. "
            "Give every argument of draw one control of the same name."
        ) from None


def _check_number_of_frames(controls: Mapping[str, Control]) -> None:
    if not controls:
        raise ValueError("A widget needs at least one control: a slider or a choice.")
    count = 1
    for control in controls.values():
        count *= len(control.values)
    if count > MAX_FRAMES:
        sizes = " x ".join(f"{len(c.values)} ({c.label})" for c in controls.values())
        raise ValueError(
            f"These controls have {sizes} = {count} states, but at most {MAX_FRAMES} "
            f"pictures are allowed. {_advice(controls)}"
        )


def _advice(controls: Mapping[str, Control]) -> str:
    widest = max(controls.values(), key=lambda control: len(control.values))
    how = "by a larger step" if widest.ordered else "by leaving values out"
    return f"Thin out {widest.label!r}, which has {len(widest.values)} values, {how}."


def _format_values(values: tuple[Number, ...]) -> tuple[str, ...]:
    """All values with the same number of decimals, and a typographic minus sign."""
    texts = [f"{value:.10f}".rstrip("0").partition(".")[2] for value in values]
    n_decimals = max(len(decimals) for decimals in texts)
    return tuple(f"{v:.{n_decimals}f}".replace("-", "\N{MINUS SIGN}") for v in values)
