"""LSTMState what a warp reads: weighed neighbours, and for whole pixels a shift, E2.6."""

from collections.abc import Sequence

import torch
from sympy import Abs, Add, Eq, Function, Mul, symbols
from torch import Tensor
from torch.nn.functional import pad

from course_lib.mathematics.equation import Comparison, Equation
from course_lib.mathematics.formula import Measured
from course_lib.mathematics.notation import PositivePart, Summed, on_blackboard
from course_lib.predictor.derivations import random_cases as draw
from course_lib.predictor.warping import backward_warp

ROWS, COLUMNS, FARTHEST = 5, 7, 2

y, x, v, u, n, m, pixels = symbols("y x v u n m {n\\,m}")
new, old = map(Function, (r"\operatorname{new}", r"\operatorname{old}"))

with on_blackboard():
    gaps = (Abs(Add(y, v, -n)), Abs(Add(x, u, -m)))
    nearness = (PositivePart(1 - gap) for gap in gaps)
    formula = (
        Eq(new(y, x), Summed(Mul(old(n, m), *nearness), pixels)),
        Eq(new(y, x), old(y + v, x + u)),
    )


def fetch(rng: torch.Generator) -> Sequence[Comparison]:
    """Random frames and flows, then flows of whole pixels, half of them one shift."""
    anywhere = [2 * draw.normal(rng, 2, ROWS, COLUMNS) for _ in range(8)]
    whole = [
        torch.randint(-FARTHEST, FARTHEST + 1, (2, *shape), generator=rng).double()
        for shape in [(ROWS, COLUMNS), (1, 1)] * 8
    ]
    return (
        Comparison(
            [_inside(rng, flow) for flow in anywhere],
            1e-12,
            "the library's warp against a sum over all pixels",
        ),
        Comparison(
            [_inside(rng, flow) for flow in whole],
            1e-12,
            "the library's warp against an index into the old frame",
        ),
    )


def _inside(rng: torch.Generator, flow: Tensor) -> Measured:
    """All pixels of one warped frame that read from inside the old frame."""
    frame, flow = draw.normal(rng, 1, 1, ROWS, COLUMNS), flow.expand(2, ROWS, COLUMNS)
    places = torch.cartesian_prod(torch.arange(ROWS), torch.arange(COLUMNS))
    there = places + flow.flip(0).flatten(1).T
    edges = torch.tensor((ROWS, COLUMNS)) - 1
    rows, columns = places[((there >= 0) & (there <= edges)).all(1)].T
    warped = backward_warp(frame, flow[None])[0, 0]
    # a wrong formula looks beyond the edge: there it finds the frame continued
    margin = 2 * COLUMNS
    wide = pad(frame, [margin] * 4, mode="replicate")[0, 0]
    return {
        y: rows,
        x: columns,
        u: flow[0, rows, columns],
        v: flow[1, rows, columns],
        n: places[:, :1],
        m: places[:, 1:],
        new: lambda row, column: warped[row, column],
        old: lambda row, column: wide[row.long() + margin, column.long() + margin],
    }


SHIFTS = Equation(
    "E2.6",
    "A warped pixel is read where its flow (u right, v down) points, from the pixels "
    "less than one step away; with a flow of whole pixels that is one pixel: a shift.",
    formula,
    "Jaderberg et al. 2015, equation 5",
    fetch,
)
