"""Ask for the signal in a prediction, frame by frame, in decibels."""

from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor

from course_lib.metrics.pixel import (
    mse_per_frame,
    psnr,
    refuse_narrow,
    refuse_range,
    refuse_unlike,
)
from teaching.exercise import Answer, Case, Exercise, Mistake


def _clip_cases(rng: torch.Generator) -> Sequence[Case]:
    uniform = partial(torch.rand, generator=rng, dtype=torch.float64)

    def ask(label: str, shape: tuple[int, ...], data_range: float, error: Tensor):
        target = (uniform(shape) - 0.5) * data_range
        predicted = target + error * (1 + uniform(shape))
        given = {"predicted": predicted, "target": target, "data_range": data_range}
        return Case(label, given, ("predicted",))

    growing = torch.logspace(-2.5, -0.5, 5, dtype=torch.float64).view(5, 1, 1, 1)
    unit, alike = 0.3 * uniform(1), 1e-6 * (1 + uniform(1))
    small = ask("float32 stays float32", (2, 3, 1, 4, 2), 2.0, unit)
    as_floats = {
        name: value.float() if isinstance(value, Tensor) else value
        for name, value in small.arguments.items()
    }
    narrow = dict(small.arguments, data_range=0.1 * unit.item())
    unlike = dict(small.arguments, target=small.arguments["target"][:1])
    return [
        ask("a number for each frame", (2, 3, 1, 4, 5), 2.0, unit),
        ask("errors that grow with time", (2, 5, 3, 3, 4), 2.0, growing),
        ask("as many clips as frames and channels", (3, 3, 3, 2, 2), 1.0, unit),
        ask("pixels from 0 to 255", (1, 4, 3, 5, 2), 255.0, 20 * unit),
        ask("frames that are nearly equal", (2, 2, 1, 3, 3), 1.0, alike),
        Case(small.label, as_floats, small.differentiate),
        Case("a range of 0 is refused", dict(small.arguments, data_range=0.0)),
        Case("pixels further apart than the range is refused", narrow),
        Case("two clips beside one is refused", unlike),
    ]


def _refusing(rule: Callable[[Tensor, Tensor, float], Tensor]) -> Answer:
    """Another ratio, which refuses what the right one refuses."""

    def answer(predicted, target, data_range):
        refuse_range(data_range)
        refuse_unlike(predicted, target)
        refuse_narrow(predicted, target, data_range)
        return rule(predicted, target, data_range)

    return answer


def _of_error(rule: Callable[[Tensor, float], Tensor]) -> Answer:
    """Another ratio, made of the right errors and the range."""
    return _refusing(lambda p, t, r: rule(mse_per_frame(p, t), r))


def _difference_of_logarithms(predicted, target, data_range):
    refuse_range(data_range)
    refuse_unlike(predicted, target)
    refuse_narrow(predicted, target, data_range)
    error = (target - predicted).flatten(2).pow(2).mean(-1)
    peak = torch.as_tensor(data_range, dtype=error.dtype)
    return 20 * peak.log10() - 10 * error.log10()


@_refusing
def _in_units_of_the_range(predicted, target, data_range):
    share = (predicted - target) / data_range
    return -10 * torch.log10(torch.einsum("btchw->bt", share**2) / share[0, 0].numel())


PSNR = Exercise(
    id="X5.1",
    title="How much of it is signal?",
    reference=psnr,
    points=1,
    minutes=6,
    difficulty=1,
    cases=_clip_cases,
    mistakes=(
        Mistake(
            "one ratio for the mean error",
            _of_error(lambda error, r: 10 * torch.log10(r**2 / error.mean())),
            "The logarithm came last, and one bad frame drowned all the good ones. The "
            "mean of ratios is another number, decibels away: answer frame by frame.",
        ),
        Mistake(
            "mean over all frames",
            _refusing(lambda p, t, r: psnr(p, t, data_range=r).mean()),
            "One number is left of a whole batch, and nobody sees an error that grows "
            "with time. Keep the axes of clips and frames.",
        ),
        Mistake(
            "a number for each clip",
            _of_error(lambda error, r: 10 * torch.log10(r**2 / error.mean(1))),
            "The errors of a clip's frames were averaged first. Each frame has a ratio "
            "of its own: shape (batch, time).",
        ),
        Mistake(
            "range read off the pictures",
            _refusing(
                lambda p, t, r: (
                    10 * torch.log10((t.max() - t.min()) ** 2 / mse_per_frame(p, t))
                )
            ),
            "What these pixels happen to span is not what they may span: a dark clip "
            "would get a worse score for the same error. The range is an argument.",
        ),
        Mistake(
            "range of 1 whatever is given",
            _of_error(lambda error, r: -10 * torch.log10(error)),
            "The peak is taken to be 1. In [-1, 1] it is 2, which is 6.02 dB more, and "
            "48 dB with bytes: use the range that is handed in.",
        ),
        Mistake(
            "range not squared",
            _of_error(lambda error, r: 10 * torch.log10(r / error)),
            "The error is squared, in pixel units squared; a range in plain units "
            "beside it leaves a unit over, and decibels of nothing.",
        ),
        Mistake(
            "natural logarithm",
            _of_error(lambda error, r: 10 * torch.log(r**2 / error)),
            "Decibels count powers of ten. `torch.log` counts powers of e, which makes "
            "every figure 2.3 times too large.",
        ),
        Mistake(
            "twenty in place of ten",
            _of_error(lambda error, r: 20 * torch.log10(r**2 / error)),
            "Twenty belongs to the ratio of amplitudes; this is a ratio of squares, "
            "which has the two in it already.",
        ),
        Mistake(
            "noise over signal",
            _of_error(lambda error, r: 10 * torch.log10(error / r**2)),
            "The sign is turned: better frames get lower figures. The signal stands "
            "above the noise, and higher is better.",
        ),
        Mistake(
            "absolute error",
            _refusing(
                lambda p, t, r: 10 * torch.log10(r**2 / (p - t).abs().mean((2, 3, 4)))
            ),
            "A ratio of powers needs squared errors. With absolute ones a few large "
            "errors weigh as little as many small ones.",
        ),
        Mistake(
            "sum over the pixels",
            _refusing(
                lambda p, t, r: 10 * torch.log10(r**2 / (p - t).square().sum((2, 3, 4)))
            ),
            "With a sum, large frames score worse than small ones for the same error a "
            "pixel. The ratio is made of the mean squared error.",
        ),
        Mistake(
            "stopped at 100 dB",
            _refusing(lambda p, t, r: psnr(p, t, data_range=r).clamp(max=100)),
            "A made-up ceiling enters every mean that it is part of. Infinity is "
            "infinity; frames that are nearly equal have whatever they have.",
        ),
        Mistake(
            "epsilon beside the error",
            _of_error(lambda error, r: 10 * torch.log10(r**2 / (error + 1e-8))),
            "The small constant is a floor of 80 dB for clips in [0, 1], and of other "
            "heights in other ranges. No error has infinitely many decibels: let it.",
        ),
        Mistake(
            "no range is refused",
            lambda predicted, target, data_range: (
                10 * torch.log10(data_range**2 / mse_per_frame(predicted, target))
            ),
            "The ratios are right. A range of 0 gives minus infinity, and one that the "
            "pixels overflow a figure that nobody can compare: refuse both.",
        ),
    ),
    alternatives=(_difference_of_logarithms, _in_units_of_the_range),
    hints=(
        "Two clips, one perfect but for its last frame, the other a little wrong "
        "everywhere. Which question should a score per frame be able to answer?",
        "A power of ten is worth ten decibels. The power of the signal is the square "
        "of the largest difference there can be, that of the noise the squared error.",
        "Refuse first. `mse_per_frame` gives a number for each frame; divide, take "
        "`torch.log10`, and mind which of the two stands above.",
    ),
)
