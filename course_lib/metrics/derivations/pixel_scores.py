"""E5.1: the definitions of PSNR and SSIM, checked on images with known values."""

from collections.abc import Sequence

import torch
from sympy import Add, Eq, Mul, Symbol, log, symbols
from torch import Tensor

from course_lib.mathematics.equation import Comparison, Equation
from course_lib.mathematics.formula import AtomValues, WeightedPoints
from course_lib.mathematics.notation import Expectation, unevaluated
from course_lib.metrics.pixel import psnr
from course_lib.metrics.ssim import SIDE, SIGMA, ssim

PIXELS = 16  # of the side of a random image

x, y, R, c_1, c_2, pixel, window = symbols("x y R c_1 c_2 pixel window")
m, n, u, v, w = symbols(r"\mu_x \mu_y \sigma_x^2 \sigma_y^2 \sigma_{xy}")
PSNR, SSIM = (Symbol(rf"\operatorname{{{name}}}") for name in ("PSNR", "SSIM"))

with unevaluated():
    numerator = Mul(Add(2 * m * n, c_1), Add(2 * w, c_2))
    denominator = Mul(Add(m**2, n**2, c_1), Add(u, v, c_2))
    formula = (
        Eq(PSNR, 10 * log(R**2 / Expectation((x - y) ** 2, x, y, pixel)) / log(10)),
        Eq(SSIM, Expectation(numerator / denominator, m, n, u, v, w, window)),
    )


def image_cases(rng: torch.Generator) -> Sequence[Comparison]:
    """Random images, and three pairs with known PSNR and SSIM."""
    cases = [_random_case(rng) for _ in range(6)]
    known = [
        _image_case(*_pattern_pair(), 1.0, (24.635484, 0.975705)),
        _image_case(*_shifted_boxes(), 1.0, (15.0515, 0.799169)),
        _image_case(torch.zeros(12, 12), torch.ones(12, 12), 1.0, (0.0, 9.9990001e-5)),
    ]
    psnr_label = "the library, and known values, against the formula pixel by pixel"
    ssim_label = "the library, and known values, against windows of 11 x 11 pixels"
    return (
        Comparison([*known, *cases], 1e-6, psnr_label),
        Comparison([*known, *cases], 1e-6, ssim_label),
    )


def _random_case(rng: torch.Generator) -> AtomValues:
    one, noise = torch.rand(2, PIXELS, PIXELS, generator=rng, dtype=torch.float64)
    peak = 0.5 + 2 * torch.rand((), generator=rng, dtype=torch.float64).item()
    other = (one + noise) / 2
    pair = [(peak * z)[None, None, None] for z in (one, other)]
    scores = [score(*pair, data_range=peak).item() for score in (psnr, ssim)]
    return _image_case(peak * one, peak * other, peak, (scores[0], scores[1]))


def _image_case(
    one: Tensor, other: Tensor, data_range: float, scores: tuple[float, float]
) -> AtomValues:
    one, other = one.double(), other.double()
    peak = torch.tensor(data_range, dtype=torch.float64)
    weights = torch.full((one.numel(),), 1 / one.numel(), dtype=torch.float64)
    moments = _moments(one, other)
    window_weights = torch.full_like(moments[0], 1 / len(moments[0]))
    return {
        **{R: peak, c_1: (0.01 * peak) ** 2, c_2: (0.03 * peak) ** 2},
        (x, y, pixel): WeightedPoints((one.flatten(), other.flatten()), weights),
        (m, n, u, v, w, window): WeightedPoints(moments, window_weights),
        PSNR: torch.tensor(scores[0], dtype=torch.float64),
        SSIM: torch.tensor(scores[1], dtype=torch.float64),
    }


def _moments(one: Tensor, other: Tensor) -> tuple[Tensor, ...]:
    """Means, variances and covariance in each window that lies inside the images."""
    offsets = torch.arange(SIDE) - SIDE // 2
    gaussian = torch.exp(
        -(offsets[:, None] ** 2 + offsets**2).double() / (2 * SIGMA**2)
    )
    gaussian = (gaussian / gaussian.sum()).flatten()
    windows = [z.unfold(0, SIDE, 1).unfold(1, SIDE, 1).flatten(2) for z in (one, other)]
    a, b = (z.flatten(0, 1) for z in windows)
    mean_a, mean_b = a @ gaussian, b @ gaussian
    centred_a, centred_b = a - mean_a[:, None], b - mean_b[:, None]
    products = (centred_a**2, centred_b**2, centred_a * centred_b)
    return mean_a, mean_b, *(product @ gaussian for product in products)


def _pattern_pair() -> tuple[Tensor, Tensor]:
    i, j = torch.meshgrid(torch.arange(64), torch.arange(64), indexing="ij")
    image = ((7 * i + 13 * j) % 64).double() / 63
    return image, 0.8 * image + 0.1


def _shifted_boxes() -> tuple[Tensor, Tensor]:
    one, other = torch.zeros(2, 64, 64)
    one[10:30, 10:20] = 1
    other[13:33, 12:22] = 1
    return one, other


PIXEL_SCORES = Equation(
    "E5.1",
    "PSNR compares the data range with the mean squared error of a frame. SSIM "
    "compares means, variances and the covariance in each Gaussian window that lies "
    "inside the frame; c_1 and c_2 are the squares of 1 % and 3 % of the data range.",
    formula,
    "Wang et al. 2004, equation 13, for SSIM",
    image_cases,
)
