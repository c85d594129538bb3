"""E4.4: brightness constancy, and the normal equations of Lucas and Kanade."""

from collections.abc import Sequence

import torch
from sympy import Add, Eq, Function, Mul, Symbol, symbols
from torch import Tensor

from course_lib.mathematics.equation import Comparison, Equation
from course_lib.mathematics.formula import AtomValues
from course_lib.mathematics.notation import SumOver, unevaluated
from course_lib.metrics.optical_flow import image_gradients, lucas_kanade

CHANNELS, SIDE = 3, 7

u, v, shift, before, after, pixel = symbols("u v d I_0 I_1 pixel")
I_x, I_y, I_t = map(Symbol, ("I_x", "I_y", "I_t"))
flow = Function(r"\operatorname{flow}")

with unevaluated():
    spatial = Add(Mul(I_x, u), Mul(I_y, v))
    formula = (
        Eq(I_t, -spatial),
        Eq(flow(before, after), shift),
        Eq(SumOver(Mul(I_x, spatial), pixel), -SumOver(Mul(I_x, I_t), pixel)),
        Eq(SumOver(Mul(I_y, spatial), pixel), -SumOver(Mul(I_y, I_t), pixel)),
    )


def compare(rng: torch.Generator) -> Sequence[Comparison]:
    """Shifted quadratic images; then unrelated images, which no shift explains."""
    shifted = [_shifted_image(rng) for _ in range(8)]
    noise = [_noise_images(rng) for _ in range(8)]
    least_squares = "the library's flow between two images of noise, in the formula"
    return (
        Comparison(shifted, 1e-9, "differences of a shifted parabola, in the formula"),
        Comparison(shifted, 1e-9, "the library's flow against the shift"),
        Comparison(noise, 1e-9, least_squares),
        Comparison(noise, 1e-9, least_squares),
    )


def _shifted_image(rng: torch.Generator) -> AtomValues:
    """A polynomial of degree 2 in x and y, before and after a shift."""
    weights, displacement = _normal(rng, CHANNELS, 6, 1, 1), _normal(rng, 2)
    ticks = torch.arange(SIDE, dtype=torch.float64) - SIDE // 2

    def image(dx: Tensor, dy: Tensor) -> Tensor:
        x, y = (ticks - dx).expand(SIDE, SIDE), (ticks - dy)[:, None].expand(SIDE, SIDE)
        terms = torch.stack((x * x, x * y, y * y, x, y, torch.ones_like(x)))
        return (weights * terms).sum(1)[None]

    return _measured(image(*torch.zeros(2)), image(*displacement), displacement)


def _noise_images(rng: torch.Generator) -> AtomValues:
    images = _normal(rng, 2, 1, CHANNELS, SIDE, SIDE)
    return _measured(*images, lucas_kanade(*images)[0])


def _measured(first: Tensor, second: Tensor, displacement: Tensor) -> AtomValues:
    gradients = zip((I_x, I_y, I_t), image_gradients(first, second), strict=True)
    return {
        **dict(zip((u, v), displacement, strict=True)),
        shift: displacement,
        before: first,
        after: second,
        flow: lambda *images: lucas_kanade(*images)[0],
        **{symbol: gradient.flatten() for symbol, gradient in gradients},
    }


def _normal(rng: torch.Generator, *shape: int) -> Tensor:
    return torch.randn(shape, generator=rng, dtype=torch.float64)


FLOW_OF_A_SHIFT = Equation(
    "E4.4",
    "A pixel that moves by (u, v) changes by minus the image gradient times (u, v). "
    "The flow of an image and its shift by d is d. Where no shift fits, the "
    "least-squares residual is orthogonal to both spatial gradients.",
    formula,
    "Lucas and Kanade 1981, section 4, for two dimensions",
    compare,
)
