"""E2.6: backward warping is bilinear interpolation, and a shift for whole pixels."""

from collections.abc import Sequence

import torch
from sympy import Abs, Add, Eq, Function, Mul, symbols
from torch import Tensor
from torch.nn.functional import pad

from course_lib.mathematics.equation import Comparison, Equation
from course_lib.mathematics.formula import AtomValues
from course_lib.mathematics.notation import PositivePart, SumOver, unevaluated
from course_lib.predictor.derivations import random_cases as draw
from course_lib.predictor.warping import backward_warp

ROWS, COLUMNS, MAX_SHIFT = 5, 7, 2

y, x, v, u, n, m, pixels = symbols("y x v u n m {n\\,m}")
new, old = map(Function, (r"\operatorname{new}", r"\operatorname{old}"))

with unevaluated():
    distances = (Abs(Add(y, v, -n)), Abs(Add(x, u, -m)))
    weights = (PositivePart(1 - distance) for distance in distances)
    formula = (
        Eq(new(y, x), SumOver(Mul(old(n, m), *weights), pixels)),
        Eq(new(y, x), old(y + v, x + u)),
    )


def warp_cases(rng: torch.Generator) -> Sequence[Comparison]:
    """Random flows, then flows of whole pixels; half of these are constant shifts."""
    any_flow = [2 * draw.normal(rng, 2, ROWS, COLUMNS) for _ in range(8)]
    whole_pixels = [
        torch.randint(-MAX_SHIFT, MAX_SHIFT + 1, (2, *shape), generator=rng).double()
        for shape in [(ROWS, COLUMNS), (1, 1)] * 8
    ]
    return (
        Comparison(
            [_case(rng, flow) for flow in any_flow],
            1e-12,
            "the library's warp against a weighted sum over all pixels",
        ),
        Comparison(
            [_case(rng, flow) for flow in whole_pixels],
            1e-12,
            "the library's warp against indexing of the old frame",
        ),
    )


def _case(rng: torch.Generator, flow: Tensor) -> AtomValues:
    """All pixels of one warped frame whose source is inside the old frame."""
    frame, flow = draw.normal(rng, 1, 1, ROWS, COLUMNS), flow.expand(2, ROWS, COLUMNS)
    grid = torch.cartesian_prod(torch.arange(ROWS), torch.arange(COLUMNS))
    source = grid + flow.flip(0).flatten(1).T
    edges = torch.tensor((ROWS, COLUMNS)) - 1
    rows, columns = grid[((source >= 0) & (source <= edges)).all(1)].T
    warped = backward_warp(frame, flow[None])[0, 0]
    # a wrong formula may index beyond the edge: padding gives it a wrong value there
    margin = 2 * COLUMNS
    padded = pad(frame, [margin] * 4, mode="replicate")[0, 0]
    return {
        y: rows,
        x: columns,
        u: flow[0, rows, columns],
        v: flow[1, rows, columns],
        n: grid[:, :1],
        m: grid[:, 1:],
        new: lambda row, column: warped[row, column],
        old: lambda row, column: padded[row.long() + margin, column.long() + margin],
    }


BACKWARD_WARP = Equation(
    "E2.6",
    "A warped pixel is the bilinear interpolation of the old frame at the position to "
    "which its flow (u right, v down) points. A flow of whole pixels reads exactly one "
    "old pixel: it is a shift.",
    formula,
    "Jaderberg et al. 2015, equation 5",
    warp_cases,
)
