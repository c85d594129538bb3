"""Dream many futures of one past: each of them is sharp, their mean is a blur."""

from collections.abc import Sequence

from jaxtyping import Float
from torch import Tensor

from course_lib.plotting import (
    Axes,
    Figure,
    Layout,
    Number,
    course_style,
    describe,
    draw_mosaic,
    figure,
    mosaic,
    title,
)
from course_lib.predictor.squared_error import frame_errors
from lessons.video_vae.figures.conditional import with_trail

Past = Float[Tensor, "seen channel height width"]
Ahead = Float[Tensor, "horizon channel height width"]
Futures = Float[Tensor, "dream horizon channel height width"]
Frames = Float[Tensor, "dream channel height width"]
Frame = Float[Tensor, "channel height width"]
Place = Float[Tensor, "height width"]

SHOWN = 3  # single dreams
WIDEST = 0.5  # deviation of a pixel in [0, 1] that a coin makes black or white
SIDE = 128 / 110  # inches: two dots for a pixel of a digit's frame


@course_style
def many_futures(
    past: Past, truth: Ahead, futures: Futures, rival: Ahead, horizon: int
) -> Figure:
    """One moment, ``horizon`` frames ahead, from 1: in truth, in dreams, in the mean.

    Above: the last frame seen, over the trail of those before; the truth; the mean of
    all ``futures``; and ``rival``, the one answer of a predictor. Below: three single
    dreams, and the standard deviation of all, of pixels in [0, 1].

    Below each stands its squared error, summed over pixels in [0, 1]. What a dream
    costs in the mean is exactly what the mean costs, and the variance.

    Raises:
        ValueError: if there are fewer than three dreams, or none so far ahead.
    """
    _refuse(futures[:, : min(len(truth), len(rival))], [horizon])
    n, actual, dreams = len(futures), truth[horizon - 1], futures[:, horizon - 1]
    mean = dreams.mean(dim=0)
    answers = {"truth": actual, f"mean of {n}": mean, "predictor": rival[horizon - 1]}
    answers |= {f"dream {i + 1}": dreams[i] for i in range(SHOWN)}
    costs = {name: _cost(frame[None], actual) for name, frame in answers.items()}
    one, both, apart = _cost(dreams, actual), costs[f"mean of {n}"], _cost(dreams, mean)
    beside = 0.12
    layout = Layout(0.1, 0.6, 0.45, 0.35, beside, 0.5, (SIDE,) * 4 + (0.08,), (1, 1))
    drawing, places = figure(4 * (SIDE + beside) + 0.78, 2 * SIDE + 1.3, layout)
    places.pop(4).set_visible(False)  # no bar in the upper row
    _hang(places[0], with_trail(past, len(past) - 1))
    places[0].set_xlabel("seen")
    for axes, (name, frame) in zip(places[1:], answers.items(), strict=False):
        _hang(axes, frame)
        axes.set_xlabel(f"{name}\nerror {costs[name]:.0f}")
    hang_heat(places[7], _deviation(dreams), WIDEST)
    places[7].set_xlabel(f"deviation\nvariance {apart:.0f}")
    colour_bar(places[7], places[8], "deviation")
    said = f"a dream costs {one:.0f} on average, the mean of all {both:.0f}"
    title(places[0], f"At {horizon:+d} {said}")
    each = ", ".join(f"{name} {cost:.0f}" for name, cost in costs.items())
    return describe(
        drawing,
        f"{n} futures of one past, at the moment {horizon:+d}: {said}; the variance "
        f"between them is {apart:.0f}. Squared errors: {each}.",
    )


@course_style
def spread_by_place(past: Past, futures: Futures, times: Sequence[int]) -> Figure:
    """The mean of all futures, and below it where they differ, at several moments.

    ``times`` count frames ahead, from 1. The first column is the last frame seen, in
    which nothing is open. Deviations are those of pixels in [0, 1]; their squares,
    summed over a frame, are its variance.

    Raises:
        ValueError: if there are fewer than three dreams, or none so far ahead.
    """
    _refuse(futures, times)
    n, columns = len(futures), 1 + len(times)
    moments = {"now": past[-1:].expand(n, -1, -1, -1)}
    moments |= {f"+{t}": futures[:, t - 1] for t in times}
    side = min(1.5, 5.57 / columns - 0.12)
    widths = (side,) * columns + (0.08,)
    layout = Layout(0.75, 0.6, 0.45, 0.35, 0.12, 0.12, widths, (1, 1))
    drawing, places = figure(columns * (side + 0.12) + 1.43, 2 * side + 0.92, layout)
    above, below = places[: columns + 1], places[columns + 1 :]
    above.pop().set_visible(False)
    variances = []
    for i, (name, frames) in enumerate(moments.items()):
        mean = frames.mean(dim=0)
        _hang(above[i], mean)
        hang_heat(below[i], _deviation(frames), WIDEST)
        variances.append(f"{_cost(frames, mean):.0f}")
        below[i].set_xlabel(f"{name}\nvariance {variances[-1]}")
    colour_bar(below[0], below[-1], "deviation")
    above[0].set_ylabel(f"mean of {n}")
    below[0].set_ylabel("standard\ndeviation")
    title(above[0], f"{n} dreams of one past: where do they part?")
    return describe(
        drawing,
        f"The mean of {n} futures and the deviation of every pixel, at the moments "
        f"{', '.join(moments)}. The variance of a frame is {', '.join(variances)}.",
    )


@course_style
def hang_heat(axes: Axes, values: Place, top: Number) -> None:
    """Values from 0 to ``top`` of every pixel as colours, dark to light."""
    draw_mosaic(axes, values.detach().cpu().numpy())
    axes.images[-1].set(cmap="cividis", clim=(0, top))


@course_style
def colour_bar(hung: Axes, place: Axes, words: str) -> None:
    """What the colours of a panel mean, as a scale in a place of its own."""
    hung.figure.colorbar(hung.images[-1], cax=place).set_label(words)
    place.grid(False)


def _hang(axes: Axes, frame: Frame) -> None:
    """One frame; a grey one as one channel, which saves bytes."""
    sheet = mosaic(frame[None], 1)
    draw_mosaic(axes, sheet[..., 0] if len(frame) == 1 else sheet)


def _cost(frames: Frames, target: Frame) -> float:
    """Squared error summed over pixels in [0, 1], the mean of several answers."""
    return frame_errors(frames[None], target.expand_as(frames)[None]).mean().item()


def _deviation(frames: Frames) -> Place:
    """Root of the variance over answers of every pixel in [0, 1], mean over colours."""
    return (frames / 2).var(dim=0, correction=0).mean(dim=0).sqrt()


def _refuse(futures: Futures, times: Sequence[int]) -> None:
    n, ahead = futures.shape[:2]
    if n < SHOWN or not all(1 <= t <= ahead for t in times):
        raise ValueError(
            f"A spread needs at least {SHOWN} dreams, and moments that they reach, 1 "
            f"to {ahead} frames ahead; got {n} dreams and the moments {[*times]}."
        )
