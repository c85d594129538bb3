"""State what slopes tell of a shift, and how a window settles on one flow: E4.4."""

from collections.abc import Sequence

import torch
from sympy import Add, Eq, Function, Mul, Symbol, symbols
from torch import Tensor

from course_lib.mathematics.equation import Comparison, Equation
from course_lib.mathematics.formula import Measured
from course_lib.mathematics.notation import Summed, on_blackboard
from course_lib.metrics.optical_flow import lucas_kanade, slopes

COLOURS, SIDE = 3, 7

u, v, shift, before, after, pixel = symbols("u v d I_0 I_1 pixel")
I_x, I_y, I_t = map(Symbol, ("I_x", "I_y", "I_t"))
flow = Function(r"\operatorname{flow}")

with on_blackboard():
    moved = Add(Mul(I_x, u), Mul(I_y, v))
    formula = (
        Eq(I_t, -moved),
        Eq(flow(before, after), shift),
        Eq(Summed(Mul(I_x, moved), pixel), -Summed(Mul(I_x, I_t), pixel)),
        Eq(Summed(Mul(I_y, moved), pixel), -Summed(Mul(I_y, I_t), pixel)),
    )


def watch(rng: torch.Generator) -> Sequence[Comparison]:
    """Curved pictures that move as a whole; then pictures that have no flow at all."""
    known = [_parabola(rng) for _ in range(8)]
    noise = [_noise(rng) for _ in range(8)]
    least = "the library's flow between two pictures of noise, in the formula"
    return (
        Comparison(known, 1e-9, "differences of a shifted parabola, in the formula"),
        Comparison(known, 1e-9, "the library's flow against the shift"),
        Comparison(noise, 1e-9, least),
        Comparison(noise, 1e-9, least),
    )


def _parabola(rng: torch.Generator) -> Measured:
    """A polynomial of degree 2 in x and y, seen twice, the second time shifted."""
    weights, way = _normal(rng, COLOURS, 6, 1, 1), _normal(rng, 2)
    ticks = torch.arange(SIDE, dtype=torch.float64) - SIDE // 2

    def seen(dx: Tensor, dy: Tensor) -> Tensor:
        x, y = (ticks - dx).expand(SIDE, SIDE), (ticks - dy)[:, None].expand(SIDE, SIDE)
        terms = torch.stack((x * x, x * y, y * y, x, y, torch.ones_like(x)))
        return (weights * terms).sum(1)[None]

    return _measured(seen(*torch.zeros(2)), seen(*way), way)


def _noise(rng: torch.Generator) -> Measured:
    pictures = _normal(rng, 2, 1, COLOURS, SIDE, SIDE)
    return _measured(*pictures, lucas_kanade(*pictures)[0])


def _measured(first: Tensor, second: Tensor, way: Tensor) -> Measured:
    return {
        **dict(zip((u, v), way, strict=True)),
        shift: way,
        before: first,
        after: second,
        flow: lambda *pair: lucas_kanade(*pair)[0],
        **{
            name: slope.flatten()
            for name, slope in zip((I_x, I_y, I_t), slopes(first, second), strict=True)
        },
    }


def _normal(rng: torch.Generator, *shape: int) -> Tensor:
    return torch.randn(shape, generator=rng, dtype=torch.float64)


KNOWN_SHIFT = Equation(
    "E4.4",
    "What moves by (u, v) changes as its slopes say. A shift d that is known comes "
    "back as the flow; where no shift fits, least squares leaves an error that is "
    "orthogonal to both slopes.",
    formula,
    "Lucas and Kanade 1981, section 4, for two dimensions",
    watch,
)
