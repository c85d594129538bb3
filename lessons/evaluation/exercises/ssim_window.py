"""Ask for the window through which SSIM looks: a Gaussian over a few pixels."""

from collections.abc import Callable, Sequence
from math import pi, sqrt

import torch
from torch import Tensor
from torch.distributions import Normal

from course_lib.metrics.ssim import gaussian_window
from teaching.exercise import Answer, Case, Exercise, Mistake


def _window_cases(rng: torch.Generator) -> Sequence[Case]:
    def width(low: float, high: float) -> float:
        share = torch.rand((), generator=rng, dtype=torch.float64)
        return low + (high - low) * float(share)

    questions = (
        ("the window of SSIM", 11, 1.5),
        ("another width", 7, width(1.1, 2.0)),
        ("a window without a middle pixel", 8, width(1.2, 1.8)),
        ("a window that a wide Gaussian overflows", 5, width(3.0, 6.0)),
        ("a narrow one, whose ends weigh next to nothing", 13, width(0.6, 0.9)),
        ("a single pixel", 1, width(0.8, 1.6)),
        ("two pixels share the weight", 2, width(0.8, 1.6)),
    )
    return [Case(label, {"side": n, "sigma": s}) for label, n, s in questions]


def _away(side: int) -> Tensor:
    return torch.arange(side, dtype=torch.float64) - (side - 1) / 2


def _weighed(rule: Callable[[Tensor, float], Tensor]) -> Answer:
    """Other weights for the right distances, made to sum to 1."""

    def answer(side, sigma):
        weights = rule(_away(side), sigma)
        return weights / weights.sum()

    return answer


def _from(away: Callable[[int], Tensor]) -> Answer:
    """The right weights, for other distances."""

    def answer(side, sigma):
        weights = (-(away(side) ** 2) / (2 * sigma**2)).exp()
        return weights / weights.sum()

    return answer


def _bell(side: int, sigma: float) -> Tensor:
    return torch.exp(-(_away(side) ** 2) / (2 * sigma**2))


GAUSSIAN_WINDOW = Exercise(
    id="X5.2",
    title="A window without edges",
    reference=gaussian_window,
    points=1,
    minutes=5,
    difficulty=1,
    cases=_window_cases,
    mistakes=(
        Mistake(
            "weights that do not sum to 1",
            _bell,
            "A mean in such a window is not a mean: a white picture would come out "
            "brighter than white. Divide the weights by their sum.",
        ),
        Mistake(
            "divided by the largest",
            lambda side, sigma: _bell(side, sigma) / _bell(side, sigma).max(),
            "Now the middle weighs 1, and the whole window more than that. What has to "
            "be 1 for a weighted mean of a constant to be the constant?",
        ),
        Mistake(
            "divided by the Gaussian's own constant",
            lambda side, sigma: _bell(side, sigma) / (sigma * sqrt(2 * pi)),
            "That constant makes the integral over the whole line 1. The window has a "
            "few pixels and cuts off the tails: divide by what there is.",
        ),
        Mistake(
            "side taken for the radius",
            _from(lambda side: torch.arange(-side, side + 1).double()),
            "The window has `side` pixels in all, not as many to either side and one "
            "in the middle. Count the weights of SSIM's: eleven.",
        ),
        Mistake(
            "middle at a whole pixel",
            _from(lambda side: torch.arange(side).double() - side // 2),
            "Right for odd sides only. An even window has its middle between two "
            "pixels, and both weigh the same.",
        ),
        Mistake(
            "middle half a pixel off",
            _from(lambda side: torch.arange(side).double() - side / 2),
            "Pixels are numbered from 0, so the last is at `side - 1`, and the middle "
            "halfway between first and last. This window leans to one side.",
        ),
        Mistake(
            "centred on the first pixel",
            _from(lambda side: torch.arange(side).double()),
            "The first pixel has the largest weight: only half a bell is left. The "
            "distances are counted from the middle of the window.",
        ),
        Mistake(
            "distances in half windows",
            _from(lambda side: torch.linspace(-1, 1, side).double()),
            "`sigma` is in pixels; here the whole window is 2 wide, whatever its side. "
            "Neighbouring pixels are 1 apart.",
        ),
        Mistake(
            "sigma not squared",
            _weighed(lambda away, sigma: (-(away**2) / (2 * sigma)).exp()),
            "Squared pixels are divided by pixels: with SSIM's width the bell comes "
            "out too narrow. A Gaussian divides by twice the *variance*.",
        ),
        Mistake(
            "two forgotten",
            _weighed(lambda away, sigma: (-(away**2) / sigma**2).exp()),
            "This bell is narrower than `sigma` by a factor of 1.41: there is a half "
            "in the exponent of a Gaussian.",
        ),
        Mistake(
            "distance not squared",
            _weighed(lambda away, sigma: (-away.abs() / (2 * sigma**2)).exp()),
            "A tent with a sharp top and long tails, not a bell. The logarithm of a "
            "Gaussian is a parabola.",
        ),
        Mistake(
            "sign forgotten",
            _weighed(lambda away, sigma: (away**2 / (2 * sigma**2)).exp()),
            "The ends weigh most here, and the middle least. Weights fall with the "
            "distance.",
        ),
        Mistake(
            "equal weights",
            _weighed(lambda away, sigma: torch.ones_like(away)),
            "A box, as in the 7 x 7 variant of SSIM, with other figures: .874 in place "
            "of .799 for the same pair of pictures. Weights depend on the distance.",
        ),
        Mistake(
            "the whole square at once",
            lambda side, sigma: torch.outer(
                gaussian_window(side, sigma), gaussian_window(side, sigma)
            ),
            "A correct window for the plane, but asked for is one axis of it: blurring "
            "rows, then columns, is the same and cheaper.",
        ),
        Mistake(
            "single precision",
            lambda side, sigma: gaussian_window(side, sigma).float(),
            "SSIM takes differences of nearly equal means of squares, so the window is "
            "float64: say the `dtype` where you number the pixels.",
        ),
    ),
    alternatives=(
        lambda side, sigma: torch.softmax(-((_away(side) / sigma) ** 2) / 2, dim=0),
        _weighed(lambda away, sigma: Normal(0 * away, sigma).log_prob(away).exp()),
    ),
    hints=(
        "How far is each pixel from the middle of the window? Write the distances for "
        "five pixels, then for four.",
        "The weight of a pixel at distance d is exp(-d^2 / (2 s^2)), with s the width. "
        "What must all weights together be, if a grey picture is to stay as grey?",
        "`torch.arange` with `dtype=torch.float64` numbers the pixels; the middle is "
        "halfway between the first and the last. The sum divides at the end.",
    ),
)
