"""Sampled futures of one context, with their mean and standard deviation."""

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

Context = Float[Tensor, "context channel height width"]
Future = Float[Tensor, "horizon channel height width"]
Futures = Float[Tensor, "sample horizon channel height width"]
Frames = Float[Tensor, "sample channel height width"]
Frame = Float[Tensor, "channel height width"]
PixelMap = Float[Tensor, "height width"]

N_SHOWN = 3  # single samples
MAX_STD = 0.5  # of a pixel in [0, 1]: black or white with equal probability
PANEL_INCHES = 128 / 110  # two dots for a pixel of a frame of digits


@course_style
def many_futures(
    context: Context, truth: Future, futures: Futures, baseline: Future, horizon: int
) -> Figure:
    """One time step, ``horizon`` frames ahead, from 1: truth, samples and their mean.

    Above: the last frame of the context, over the trail of those before; the truth;
    the mean of all ``futures``; and ``baseline``, a deterministic prediction. Below:
    three single samples, and the standard deviation of all, for pixels in [0, 1].

    Below each panel stands its squared error, summed over pixels in [0, 1]. The mean
    error of a sample equals the error of the mean plus the variance.

    Raises:
        ValueError: if there are fewer than three samples, or the horizon is too large.
    """
    _check_futures(futures[:, : min(len(truth), len(baseline))], [horizon])
    n, target, samples = len(futures), truth[horizon - 1], futures[:, horizon - 1]
    mean = samples.mean(dim=0)
    frames = {"truth": target, f"mean of {n}": mean, "baseline": baseline[horizon - 1]}
    frames |= {f"sample {i + 1}": samples[i] for i in range(N_SHOWN)}
    errors = {name: _mean_error(frame[None], target) for name, frame in frames.items()}
    sample_error, mean_error = _mean_error(samples, target), errors[f"mean of {n}"]
    variance = _mean_error(samples, mean)
    space = 0.12
    ratios = (PANEL_INCHES,) * 4 + (0.08,)
    layout = Layout(0.1, 0.6, 0.45, 0.35, space, 0.5, ratios, (1, 1))
    width, height = 4 * (PANEL_INCHES + space) + 0.78, 2 * PANEL_INCHES + 1.3
    drawing, panels = figure(width, height, layout)
    panels.pop(4).set_visible(False)  # no colour bar in the upper row
    _draw_frame(panels[0], with_trail(context, len(context) - 1))
    panels[0].set_xlabel("context")
    for axes, (name, frame) in zip(panels[1:], frames.items(), strict=False):
        _draw_frame(axes, frame)
        axes.set_xlabel(f"{name}\nerror {errors[name]:.0f}")
    draw_heatmap(panels[7], _standard_deviation(samples), MAX_STD)
    panels[7].set_xlabel(f"deviation\nvariance {variance:.0f}")
    add_colour_bar(panels[7], panels[8], "deviation")
    summary = f"error of a sample {sample_error:.0f}, of their mean {mean_error:.0f}"
    title(panels[0], f"At {horizon:+d}: {summary}")
    each = ", ".join(f"{name} {error:.0f}" for name, error in errors.items())
    return describe(
        drawing,
        f"{n} futures of one context, at the time {horizon:+d}: {summary}; their "
        f"variance is {variance:.0f}. Squared errors: {each}.",
    )


@course_style
def future_spread(context: Context, futures: Futures, times: Sequence[int]) -> Figure:
    """The mean of all futures, and below it their standard deviation, at some times.

    ``times`` count frames ahead, from 1. The first column is the last frame of the
    context, which has no deviation. Deviations are those of pixels in [0, 1]; the
    variance of a frame is the sum of their squares.

    Raises:
        ValueError: if there are fewer than three samples, or a time is too large.
    """
    _check_futures(futures, times)
    n, columns = len(futures), 1 + len(times)
    by_time = {"context": context[-1:].expand(n, -1, -1, -1)}
    by_time |= {f"+{t}": futures[:, t - 1] for t in times}
    side = min(1.5, 5.57 / columns - 0.12)
    ratios = (side,) * columns + (0.08,)
    layout = Layout(0.75, 0.6, 0.45, 0.35, 0.12, 0.12, ratios, (1, 1))
    width, height = columns * (side + 0.12) + 1.43, 2 * side + 0.92
    drawing, panels = figure(width, height, layout)
    above, below = panels[: columns + 1], panels[columns + 1 :]
    above.pop().set_visible(False)
    variances = []
    for i, (name, frames) in enumerate(by_time.items()):
        mean = frames.mean(dim=0)
        _draw_frame(above[i], mean)
        draw_heatmap(below[i], _standard_deviation(frames), MAX_STD)
        variances.append(f"{_mean_error(frames, mean):.0f}")
        below[i].set_xlabel(f"{name}\nvariance {variances[-1]}")
    add_colour_bar(below[0], below[-1], "deviation")
    above[0].set_ylabel(f"mean of {n}")
    below[0].set_ylabel("standard\ndeviation")
    title(above[0], f"{n} sampled futures of one context")
    return describe(
        drawing,
        f"The mean of {n} futures and the deviation of every pixel, at the times "
        f"{', '.join(by_time)}. The variance of a frame is {', '.join(variances)}.",
    )


@course_style
def draw_heatmap(axes: Axes, values: PixelMap, top: Number) -> None:
    """Values from 0 to ``top`` at every pixel as colours, from dark to light."""
    draw_mosaic(axes, values.detach().cpu().numpy())
    axes.images[-1].set(cmap="cividis", clim=(0, top))


@course_style
def add_colour_bar(heatmap: Axes, axes: Axes, label: str) -> None:
    """The colour scale of a heatmap, in axes of its own."""
    heatmap.figure.colorbar(heatmap.images[-1], cax=axes).set_label(label)
    axes.grid(False)


def _draw_frame(axes: Axes, frame: Frame) -> None:
    """One frame; a grey one with a single channel, for fewer bytes."""
    sheet = mosaic(frame[None], 1)
    draw_mosaic(axes, sheet[..., 0] if len(frame) == 1 else sheet)


def _mean_error(frames: Frames, target: Frame) -> float:
    """Squared error summed over pixels in [0, 1], mean over the frames."""
    return frame_errors(frames[None], target.expand_as(frames)[None]).mean().item()


def _standard_deviation(frames: Frames) -> PixelMap:
    """Root of the variance of each pixel in [0, 1], mean over colour channels."""
    return (frames / 2).var(dim=0, correction=0).mean(dim=0).sqrt()


def _check_futures(futures: Futures, times: Sequence[int]) -> None:
    n, horizon = futures.shape[:2]
    if n < N_SHOWN or not all(1 <= t <= horizon for t in times):
        raise ValueError(
            f"This figure needs at least {N_SHOWN} samples, and times from 1 to "
            f"{horizon} frames ahead; got {n} samples and the times {[*times]}."
        )
