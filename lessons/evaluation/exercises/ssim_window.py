"""X5.2: the Gaussian window of SSIM."""

from collections.abc import Callable, Sequence
from math import pi, sqrt

import torch
from torch import Tensor
from torch.distributions import Normal

from course_lib.metrics.ssim import gaussian_window
from teaching.exercise import Answer, Case, Exercise, Mistake


def _window_cases(rng: torch.Generator) -> Sequence[Case]:
    def sigma(low: float, high: float) -> float:
        fraction = torch.rand((), generator=rng, dtype=torch.float64)
        return low + (high - low) * float(fraction)

    windows = (
        ("the window of SSIM", 11, 1.5),
        ("another sigma", 7, sigma(1.1, 2.0)),
        ("an even number of pixels", 8, sigma(1.2, 1.8)),
        ("a sigma larger than the window", 5, sigma(3.0, 6.0)),
        ("a sigma much smaller than the window", 13, sigma(0.6, 0.9)),
        ("a wide window", 41, sigma(5.0, 7.0)),
        ("a single pixel", 1, sigma(0.8, 1.6)),
        ("two pixels with equal weights", 2, sigma(0.8, 1.6)),
    )
    return [Case(label, {"side": n, "sigma": s}) for label, n, s in windows]


def _offsets(side: int) -> Tensor:
    return torch.arange(side, dtype=torch.float64) - (side - 1) / 2


def _with_weights(rule: Callable[[Tensor, float], Tensor]) -> Answer:
    """Other weights of the correct offsets, normalized to sum 1."""

    def answer(side, sigma):
        weights = rule(_offsets(side), sigma)
        return weights / weights.sum()

    return answer


def _with_offsets(offsets: Callable[[int], Tensor]) -> Answer:
    """The correct weights of other offsets, normalized to sum 1."""

    def answer(side, sigma):
        weights = (-(offsets(side) ** 2) / (2 * sigma**2)).exp()
        return weights / weights.sum()

    return answer


def _unnormalized(side: int, sigma: float) -> Tensor:
    return torch.exp(-(_offsets(side) ** 2) / (2 * sigma**2))


def _integrated(offsets: Tensor, sigma: float) -> Tensor:
    """The integral of the density over each pixel."""
    ends = ((offsets + shift) / (sigma * sqrt(2)) for shift in (0.5, -0.5))
    upper, lower = (end.erf() for end in ends)
    return upper - lower


def _in_single_precision(side: int, sigma: float) -> Tensor:
    offsets = torch.arange(side) - (side - 1) / 2
    weights = torch.exp(-(offsets**2) / (2 * sigma**2))
    return (weights / weights.sum()).double()


GAUSSIAN_WINDOW = Exercise(
    id="X5.2",
    title="The Gaussian window of SSIM",
    reference=gaussian_window,
    points=1,
    minutes=5,
    difficulty=1,
    cases=_window_cases,
    mistakes=(
        Mistake(
            "weights that do not sum to 1",
            _unnormalized,
            "A weighted mean needs weights with sum 1; otherwise the mean of a "
            "constant image is not that constant. Divide the weights by their sum.",
        ),
        Mistake(
            "divided by the largest weight",
            lambda side, sigma: (
                _unnormalized(side, sigma) / _unnormalized(side, sigma).max()
            ),
            "The largest weight is 1, so that the weights sum to more than 1. What "
            "must they sum to, if the mean of a constant is to be that constant?",
        ),
        Mistake(
            "divided by the normalizing constant of the density",
            lambda side, sigma: _unnormalized(side, sigma) / (sigma * sqrt(2 * pi)),
            "That constant normalizes the integral over the whole line. The window has "
            "a few pixels and no tails: divide by the sum of the weights.",
        ),
        Mistake(
            "divided by the root of the sum of squares",
            lambda side, sigma: _unnormalized(side, sigma).div(
                _unnormalized(side, sigma).norm()
            ),
            "The squares of the weights sum to 1, not the weights. A weighted mean "
            "needs weights with sum 1.",
        ),
        Mistake(
            "offsets between plus and minus half the side",
            _with_offsets(
                lambda side: torch.linspace(
                    -(side // 2), side // 2, side, dtype=torch.float64
                )
            ),
            "This is correct for odd sides only. With `side // 2` at both ends an even "
            "window has pixels that are more than 1 apart.",
        ),
        Mistake(
            "one pixel too many for an even side",
            _with_offsets(
                lambda side: torch.arange(-(side // 2), side // 2 + 1).double()
            ),
            "For an even side this window has one pixel too many. It must have exactly "
            "`side` pixels, and the middle lies between two of them.",
        ),
        Mistake(
            "side taken for the radius",
            _with_offsets(lambda side: torch.arange(-side, side + 1).double()),
            "`side` is the number of pixels of the window, not the number on each side "
            "of the middle. The window of SSIM has eleven weights.",
        ),
        Mistake(
            "middle rounded to a pixel",
            _with_offsets(lambda side: torch.arange(side).double() - side // 2),
            "This is correct for odd sides only. The middle of an even window lies "
            "between two pixels, which have the same weight.",
        ),
        Mistake(
            "middle half a pixel off",
            _with_offsets(lambda side: torch.arange(side).double() - side / 2),
            "Pixels have the indices 0 to `side - 1`, so the middle is halfway between "
            "these two. This window is not symmetric.",
        ),
        Mistake(
            "centred on the first pixel",
            _with_offsets(lambda side: torch.arange(side).double()),
            "The first pixel has the largest weight, so that only half of the Gaussian "
            "remains. Offsets are measured from the middle of the window.",
        ),
        Mistake(
            "offsets from -1 to 1",
            _with_offsets(lambda side: torch.linspace(-1, 1, side).double()),
            "`sigma` is in pixels, but these offsets are in half windows. Neighbouring "
            "pixels have a distance of 1.",
        ),
        Mistake(
            "sigma not squared",
            _with_weights(lambda offsets, sigma: (-(offsets**2) / (2 * sigma)).exp()),
            "Squared pixels are divided by pixels, so that for the sigma of SSIM the "
            "window is too narrow. A Gaussian divides by twice the *variance*.",
        ),
        Mistake(
            "sigma of 1.5 for every window",
            lambda side, sigma: gaussian_window(side, 1.5),
            "sigma is 1.5 whatever the argument says. SSIM uses 1.5, but the function "
            "takes any sigma.",
        ),
        *(
            Mistake(
                f"sigma of a {n}th of the side",
                lambda side, sigma, n=n: gaussian_window(side, side / n),
                "sigma is computed from the side. It is an argument: the window of "
                "SSIM has 11 pixels and a sigma of 1.5.",
            )
            for n in (4, 6)
        ),
        Mistake(
            "integrated over each pixel",
            _with_weights(_integrated),
            "Each weight is the integral of the Gaussian over a pixel. That is a good "
            "window, but SSIM uses the density at the middle of each pixel.",
        ),
        Mistake(
            "factor 2 missing",
            _with_weights(lambda offsets, sigma: (-(offsets**2) / sigma**2).exp()),
            "This window is narrower by a factor of 1.41, because the exponent of a "
            "Gaussian contains a factor 1/2.",
        ),
        Mistake(
            "offset not squared",
            _with_weights(
                lambda offsets, sigma: (-offsets.abs() / (2 * sigma**2)).exp()
            ),
            "This is a Laplace window with a sharp peak and long tails. The logarithm "
            "of a Gaussian is a parabola.",
        ),
        Mistake(
            "sign missing",
            _with_weights(lambda offsets, sigma: (offsets**2 / (2 * sigma**2)).exp()),
            "The outermost pixels have the largest weights and the middle the "
            "smallest. Weights must fall with the distance from the middle.",
        ),
        Mistake(
            "equal weights",
            _with_weights(lambda offsets, sigma: torch.ones_like(offsets)),
            "This is a uniform window, as in the 7 x 7 variant of SSIM, which gives "
            ".874 in place of .799 for the same pair of images. Weights must depend on "
            "the offset.",
        ),
        Mistake(
            "two-dimensional window",
            lambda side, sigma: torch.outer(
                gaussian_window(side, sigma), gaussian_window(side, sigma)
            ),
            "This is a correct two-dimensional window, but the exercise needs one "
            "axis. Filtering rows and then columns gives the same result faster.",
        ),
        Mistake(
            "converted to float64 at the end",
            _in_single_precision,
            "The weights are computed in float32 and converted afterwards, so half of "
            "the digits are missing. Pass the `dtype` to `torch.arange`.",
        ),
        Mistake(
            "single precision",
            lambda side, sigma: gaussian_window(side, sigma).float(),
            "SSIM subtracts nearly equal numbers, so the window must be float64. Pass "
            "the `dtype` when you create the indices of the pixels.",
        ),
    ),
    alternatives=(
        lambda side, sigma: torch.softmax(-((_offsets(side) / sigma) ** 2) / 2, dim=0),
        _with_weights(
            lambda offsets, sigma: Normal(0 * offsets, sigma).log_prob(offsets).exp()
        ),
    ),
    hints=(
        "How far is each pixel from the middle of the window? Write down the offsets "
        "for five pixels, then for four.",
        "The weight of a pixel at offset d is proportional to exp(-d^2 / (2 s^2)), "
        "with s for sigma. What must the weights sum to, if the mean of a constant "
        "image is to be that constant?",
        "`torch.arange` with `dtype=torch.float64` creates the indices; the middle is "
        "halfway between the first and the last. At the end, divide by the sum.",
    ),
)
