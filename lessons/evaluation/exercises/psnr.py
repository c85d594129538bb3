"""X5.1: the peak signal-to-noise ratio of each frame, in decibels."""

from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor

from course_lib.metrics.pixel import (
    check_data_range,
    check_same_shape,
    check_within_range,
    mse_per_frame,
    psnr,
)
from teaching.exercise import Answer, Case, Exercise, Mistake


def _clip_cases(rng: torch.Generator) -> Sequence[Case]:
    uniform = partial(torch.rand, generator=rng, dtype=torch.float64)

    def case(label: str, shape: tuple[int, ...], data_range: float, error: Tensor):
        target = (uniform(shape) - 0.5) * data_range
        predicted = target + error * (1 + uniform(shape))
        arguments = {"predicted": predicted, "target": target, "data_range": data_range}
        return Case(label, arguments, ("predicted",))

    growing = torch.logspace(-2.5, -0.5, 5, dtype=torch.float64).view(5, 1, 1, 1)
    error, tiny_error = 0.3 * uniform(1), 1e-6 * (1 + uniform(1))
    small = case("float32 stays float32", (2, 3, 1, 4, 2), 2.0, error)
    as_float32 = {
        name: value.float() if isinstance(value, Tensor) else value
        for name, value in small.arguments.items()
    }
    narrow_range = dict(small.arguments, data_range=0.1 * error.item())
    fewer_targets = dict(small.arguments, target=small.arguments["target"][:1])
    equal = case("", (2, 2, 1, 3, 3), 2.0, error).arguments
    equal["predicted"][1, 0] = equal["target"][1, 0]
    far_from_0 = case("", (2, 2, 1, 2, 3), 1.0, 0.4 * error).arguments
    for name in ("predicted", "target"):
        far_from_0[name] = far_from_0[name] + 3
    opposite = dict(equal, data_range=1.0)
    opposite["predicted"] = torch.full_like(equal["predicted"], 0.6)
    opposite["target"] = torch.full_like(equal["target"], -0.6)
    not_a_number = dict(equal, predicted=equal["predicted"].clone())
    not_a_number["predicted"][0, 1, 0, 0, 0] = torch.nan
    return [
        case("one value for each frame", (2, 3, 1, 4, 5), 2.0, error),
        case("errors that grow with time", (2, 5, 3, 3, 4), 2.0, growing),
        case("as many clips as frames and channels", (3, 3, 3, 2, 2), 1.0, error),
        case("pixels from 0 to 255", (1, 4, 3, 5, 2), 255.0, 20 * error),
        case("frames that are nearly equal", (2, 2, 1, 3, 3), 1.0, tiny_error),
        Case(small.label, as_float32, small.differentiate),
        Case("equal frames have an infinite ratio", equal),
        Case("pixels far from 0", far_from_0),
        Case("a range of 0 is refused", dict(small.arguments, data_range=0.0)),
        Case("a negative range is refused", dict(equal, data_range=-2.0)),
        Case("pixels 1.2 apart in a range of 1 is refused", opposite),
        Case("a pixel that is nan is refused", not_a_number),
        Case("pixels that differ by more than the range is refused", narrow_range),
        Case("two clips compared with one is refused", fewer_targets),
    ]


def _checked(rule: Callable[[Tensor, Tensor, float], Tensor]) -> Answer:
    """Another ratio, with the checks of the correct one."""

    def answer(predicted, target, data_range):
        check_data_range(data_range)
        check_same_shape(predicted, target)
        check_within_range(predicted, target, data_range)
        return rule(predicted, target, data_range)

    return answer


def _pixel_errors(predicted: Tensor, target: Tensor) -> Tensor:
    return (predicted - target).square()


def _decibels(ratio: Tensor) -> Tensor:
    return 10 * torch.log10(ratio)


def _with_check(check: Callable[[Tensor, Tensor, float], bool]) -> Answer:
    """The correct ratio, refused by another check of clips and range."""

    def answer(predicted, target, data_range):
        if check(predicted, target, data_range):
            raise ValueError("The clips or the range cannot be used.")
        return _decibels(data_range**2 / (predicted - target).square().mean((2, 3, 4)))

    return answer


def _too_far_apart(predicted: Tensor, target: Tensor, data_range: float) -> bool:
    return bool((predicted - target).abs().max() > data_range)


def _unlike(predicted: Tensor, target: Tensor) -> bool:
    return predicted.shape != target.shape


def _of_error(rule: Callable[[Tensor, float], Tensor]) -> Answer:
    """Another function of the correct errors and the range."""
    return _checked(lambda p, t, r: rule(mse_per_frame(p, t), r))


@_checked
def _difference_of_logarithms(predicted, target, data_range):
    error = (target - predicted).flatten(2).pow(2).mean(-1)
    peak = torch.as_tensor(data_range, dtype=error.dtype)
    return 20 * peak.log10() - 10 * error.log10()


@_checked
def _relative_to_the_range(predicted, target, data_range):
    relative = (predicted - target) / data_range
    n_pixels = relative[0, 0].numel()
    return -10 * torch.log10(torch.einsum("btchw->bt", relative**2) / n_pixels)


PSNR = Exercise(
    id="X5.1",
    title="Peak signal-to-noise ratio",
    reference=psnr,
    points=1,
    minutes=6,
    difficulty=1,
    cases=_clip_cases,
    mistakes=(
        Mistake(
            "ratio of the mean error",
            _of_error(lambda error, r: 10 * torch.log10(r**2 / error.mean())),
            "The errors of all frames are averaged before the logarithm, so that one "
            "bad frame dominates. The mean of the ratios is another number, which "
            "differs by decibels. Compute a ratio for each frame.",
        ),
        Mistake(
            "mean over all frames",
            _checked(lambda p, t, r: psnr(p, t, data_range=r).mean()),
            "The whole batch is reduced to one number, so that an error that grows "
            "with time is hidden. Keep the axes of clips and frames.",
        ),
        Mistake(
            "one ratio for each clip",
            _of_error(lambda error, r: 10 * torch.log10(r**2 / error.mean(1))),
            "The errors of the frames of a clip are averaged first. Each frame needs "
            "its own ratio, so that the shape is (batch, time).",
        ),
        Mistake(
            "one ratio for each time",
            _of_error(lambda error, r: _decibels(r**2 / error.mean(0))),
            "The errors of all clips are averaged for each time. Each frame of each "
            "clip needs its own ratio, so that the shape is (batch, time).",
        ),
        Mistake(
            "mean of the pixels' ratios",
            _checked(
                lambda p, t, r: _decibels(r**2 / _pixel_errors(p, t)).mean((2, 3, 4))
            ),
            "The logarithm is taken of the error of each pixel, and pixels with a tiny "
            "error dominate. Take the mean of the squared errors of a frame first.",
        ),
        Mistake(
            "mean of the channels' ratios",
            _checked(
                lambda p, t, r: _decibels(r**2 / _pixel_errors(p, t).mean((3, 4))).mean(
                    2
                )
            ),
            "Each channel has a ratio of its own here, and the ratios are averaged. "
            "Take the mean of the squared errors over channels and pixels first.",
        ),
        Mistake(
            "no gradient",
            _of_error(lambda error, r: _decibels(r**2 / error).detach()),
            "The ratios are correct, but no gradient flows back to the prediction, so "
            "the ratio cannot be a loss. Leave out `detach` and `no_grad`.",
        ),
        Mistake(
            "range of the observed pixels",
            _checked(
                lambda p, t, r: (
                    10 * torch.log10((t.max() - t.min()) ** 2 / mse_per_frame(p, t))
                )
            ),
            "The range of these pixels is not the range of possible pixels: a dark "
            "clip would get a lower ratio for the same error. Use the argument.",
        ),
        Mistake(
            "largest target pixel in place of the range",
            _checked(lambda p, t, r: _decibels(t.max() ** 2 / mse_per_frame(p, t))),
            "The peak is the largest pixel of these clips. It is the largest "
            "*possible* difference of two pixels: use `data_range`.",
        ),
        Mistake(
            "range of 1 in every case",
            _of_error(lambda error, r: -10 * torch.log10(error)),
            "The peak is assumed to be 1. For pixels in [-1, 1] it is 2, which adds "
            "6.02 dB, and for bytes 255, which adds 48 dB. Use `data_range`.",
        ),
        Mistake(
            "range not squared",
            _of_error(lambda error, r: 10 * torch.log10(r / error)),
            "The error is in squared units of the pixels, but the range is in plain "
            "units, so the ratio is not dimensionless.",
        ),
        Mistake(
            "natural logarithm",
            _of_error(lambda error, r: 10 * torch.log(r**2 / error)),
            "Decibels are defined by the logarithm to base 10. `torch.log` is the "
            "natural logarithm, which makes every value 2.3 times too large.",
        ),
        Mistake(
            "factor 10 for a ratio of amplitudes",
            _of_error(lambda error, r: _decibels(r / error.sqrt())),
            "The range is divided by the root of the error, a ratio of amplitudes, "
            "which has the factor 20. With 10, all values are half of what they "
            "should be.",
        ),
        Mistake(
            "factor 20 for a ratio of squares",
            _of_error(lambda error, r: 20 * torch.log10(r**2 / error)),
            "The factor 20 belongs to a ratio of amplitudes. This is a ratio of "
            "squares, which already contains the factor 2.",
        ),
        Mistake(
            "noise divided by signal",
            _of_error(lambda error, r: 10 * torch.log10(error / r**2)),
            "The sign is reversed, so that better frames have lower values. The signal "
            "is the numerator, and higher values are better.",
        ),
        Mistake(
            "absolute error",
            _checked(
                lambda p, t, r: 10 * torch.log10(r**2 / (p - t).abs().mean((2, 3, 4)))
            ),
            "A ratio of powers needs squared errors. The absolute error has other "
            "units, and gives less weight to large errors.",
        ),
        Mistake(
            "sum over the pixels",
            _checked(
                lambda p, t, r: 10 * torch.log10(r**2 / (p - t).square().sum((2, 3, 4)))
            ),
            "With a sum, large frames get a lower ratio than small ones for the same "
            "error a pixel. The ratio uses the mean squared error.",
        ),
        Mistake(
            "clipped at 100 dB",
            _checked(lambda p, t, r: psnr(p, t, data_range=r).clamp(max=100)),
            "An arbitrary upper bound changes every mean in which it occurs. Equal "
            "frames have an infinite ratio, and nearly equal frames a finite one.",
        ),
        Mistake(
            "100 dB for equal frames",
            _of_error(
                lambda error, r: _decibels(r**2 / error).where(
                    error > 0, torch.tensor(100.0, dtype=error.dtype)
                )
            ),
            "Equal frames get 100 dB, as in much published code, although a small "
            "error can have a higher ratio. Their ratio is infinite: division by 0 "
            "gives that without a special case.",
        ),
        *(
            Mistake(
                f"{epsilon} added to the error",
                _of_error(
                    lambda error, r, epsilon=epsilon: _decibels(
                        r**2 / (error + epsilon)
                    )
                ),
                "The constant limits the ratio, to other values for other ranges. "
                "Equal frames may have an infinite ratio: leave the constant out.",
            )
            for epsilon in (1e-8, 1e-10, 1e-12)
        ),
        *(
            Mistake(
                f"error clamped at {bound}",
                _of_error(
                    lambda error, r, bound=bound: _decibels(
                        r**2 / error.clamp(min=bound)
                    )
                ),
                "The bound limits the ratio, to other values for other ranges. Equal "
                "frames may have an infinite ratio: leave the bound out.",
            )
            for bound in (1e-8, 1e-10, 1e-12)
        ),
        Mistake(
            "nan not refused",
            _with_check(
                lambda p, t, r: r <= 0 or _unlike(p, t) or _too_far_apart(p, t, r)
            ),
            "The ratios are correct. But a pixel that is nan makes a ratio nan, which "
            "goes unnoticed in a mean: `check_same_shape` and `mse_per_frame` refuse "
            "such clips.",
        ),
        Mistake(
            "pixels compared with the range",
            _with_check(
                lambda p, t, r: (
                    r <= 0
                    or _unlike(p, t)
                    or not bool(p.isfinite().all())
                    or bool(p.abs().max() > r)
                )
            ),
            "The ratios are correct. But the pixels themselves are compared with the "
            "range. The range is the largest possible *difference* of two pixels: 2 "
            "for pixels in [-1, 1].",
        ),
        Mistake(
            "too narrow a range not refused",
            lambda predicted, target, data_range: (
                check_data_range(data_range)
                or _decibels(data_range**2 / mse_per_frame(predicted, target))
            ),
            "The ratios are correct. But if two pixels differ by more than the range, "
            "the range is wrong, and so is the ratio: `check_within_range`.",
        ),
        Mistake(
            "the range not checked to be positive",
            lambda predicted, target, data_range: (
                check_within_range(predicted, target, abs(data_range) or 9.0)
                or _decibels(data_range**2 / mse_per_frame(predicted, target))
            ),
            "The ratios are correct. But a range of 0 gives minus infinity, and the "
            "square hides the sign of a negative one: `check_data_range`.",
        ),
        Mistake(
            "no range is refused",
            lambda predicted, target, data_range: (
                10 * torch.log10(data_range**2 / mse_per_frame(predicted, target))
            ),
            "The ratios are correct. But a range of 0 gives minus infinity, and a "
            "range that the pixels exceed gives a meaningless value: check both.",
        ),
    ),
    alternatives=(_difference_of_logarithms, _relative_to_the_range),
    hints=(
        "Compare two clips: one is perfect except for its last frame, the other is "
        "slightly wrong everywhere. Why is a ratio for each frame more informative "
        "than one for the whole clip?",
        "A factor of 10 in power is 10 decibels. The power of the signal is the square "
        "of the largest possible difference; that of the noise is the squared error.",
        "Call the checks first. `mse_per_frame` returns the error of each frame. "
        "Divide, with the signal as the numerator, and take `torch.log10`.",
    ),
)
