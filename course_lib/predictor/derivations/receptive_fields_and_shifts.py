"""D2.6 and D2.15: flows of whole pixels, and the receptive field of dilated layers."""

from collections.abc import Sequence

import torch
from sympy import Abs, Add, Function, Sum, Symbol, symbols
from torch.nn.functional import conv1d

from course_lib.mathematics.derivation import Derivation, Step
from course_lib.mathematics.formula import AtomValues
from course_lib.mathematics.notation import PositivePart, SumOver, unevaluated
from course_lib.predictor.derivations import random_cases as draw
from course_lib.predictor.warping import backward_warp

ROWS, COLUMNS, MAX_SHIFT, N_CASES = 5, 6, 2, 16

# D2.6: bilinear interpolation at a whole pixel.

y, x, v, u, n, m, pixels = symbols("y x v u n m {n\\,m}")
new, old = map(Function, (r"\operatorname{new}", r"\operatorname{old}"))
is_zero = Function(r"\mathbf{1}_{0}")

with unevaluated():
    row_distance, column_distance = Add(y, v, -n), Add(x, u, -m)
    shift_steps = (
        Step(new(y, x), "A pixel of the new frame, warped by the flow $(u, v)$."),
        Step(
            SumOver(
                old(n, m)
                * PositivePart(1 - Abs(row_distance))
                * PositivePart(1 - Abs(column_distance)),
                pixels,
            ),
            "Bilinear interpolation, the first line of E2.6: pixels nearer than 1 have "
            "a weight.",
        ),
        Step(
            SumOver(
                old(n, m) * is_zero(row_distance) * is_zero(column_distance), pixels
            ),
            r"For a flow of whole pixels both distances are whole numbers. "
            r"$\max(0, 1 - |k|)$ is 1 for $k = 0$ and 0 for every other whole number.",
        ),
        Step(
            old(y + v, x + u),
            "One pixel is left, with the weight 1: $n = y + v$ and $m = x + u$.",
        ),
    )


def shift_cases(rng: torch.Generator) -> Sequence[AtomValues]:
    """Random frames and flows of whole pixels; one pixel with its source inside."""
    return [_shift_case(rng) for _ in range(N_CASES)]


def _shift_case(rng: torch.Generator) -> AtomValues:
    frame = draw.normal(rng, 1, 1, ROWS, COLUMNS)
    flow = torch.randint(-MAX_SHIFT, MAX_SHIFT + 1, (2,), generator=rng).double()
    field = flow.view(1, 2, 1, 1).expand(1, 2, ROWS, COLUMNS)
    warped = backward_warp(frame, field)[0, 0]
    right, down = (int(part) for part in flow)
    row, column = (
        int(torch.randint(max(0, -shift), min(side, side - shift), (), generator=rng))
        for side, shift in ((ROWS, down), (COLUMNS, right))
    )
    grid = torch.cartesian_prod(torch.arange(ROWS), torch.arange(COLUMNS))
    places = torch.tensor([row, column, right, down])
    return {
        **dict(zip((y, x, u, v), places, strict=True)),
        **{n: grid[:, 0], m: grid[:, 1]},
        new: lambda row, column: warped[row.long(), column.long()],
        old: lambda row, column: frame[0, 0][row.long(), column.long()],
        is_zero: lambda distance: (distance == 0).double(),
    }


WHOLE_PIXELS = Derivation(
    "D2.6",
    "A flow of whole pixels reads exactly one old pixel.",
    shift_steps,
    "Jaderberg et al. 2015, equation 5, at whole pixels",
    shift_cases,
    proves=("E2.6.2",),
)

# D2.15: dilations 1, 2, 4, ...

R, k, d = symbols("R k d")
layer = Symbol("l", integer=True)

with unevaluated():
    doubled = Sum(2 ** (layer + 1), (layer, 0, d - 1))
    powers = Sum(2**layer, (layer, 0, d - 1))
    dilation_steps = (
        Step(
            R,
            "The number of frames on which one output of $d$ causal convolutions with "
            "kernel size $k$ and the dilations 1, 2, 4, ... depends.",
        ),
        Step(
            1 + Sum((k - 1) * 2**layer, (layer, 0, d - 1)),
            "The output itself is one frame. The kernel of layer $l$ reaches $k - 1$ "
            "times its dilation $2^l$ further back.",
        ),
        Step(1 + (k - 1) * powers, "Take the factor $k - 1$ out of the sum."),
        Step(
            1 + (k - 1) * (doubled - powers),
            "A number is twice the number, minus the number; twice $2^l$ is $2^{l+1}$.",
        ),
        Step(
            1 + (k - 1) * (2**d - 1),
            "The two sums have the powers 2 to $2^{d-1}$ in common, which cancel. Of "
            "the first sum $2^d$ is left, of the second $2^0 = 1$.",
        ),
    )


def dilation_cases(rng: torch.Generator) -> Sequence[AtomValues]:
    """Kernels of 2 to 4 frames in 1 to 4 layers; the frames with a gradient."""
    sizes = [(kernel, depth) for kernel in (3, 2, 4) for depth in (2, 3, 4, 1)]
    return [_dilation_case(*size) for size in sizes]


def _dilation_case(kernel: int, depth: int) -> AtomValues:
    inputs = torch.zeros(1, 1, 80, requires_grad=True)
    weight, outputs = torch.ones(1, 1, kernel), inputs
    for number in range(depth):
        outputs = conv1d(outputs, weight, dilation=2**number)
    (gradient,) = torch.autograd.grad(outputs[0, 0, -1], inputs)
    return {
        R: (gradient != 0).sum().double(),
        **{k: torch.tensor(kernel).double(), d: torch.tensor(depth).double()},
    }


DILATED_LAYERS = Derivation(
    "D2.15",
    "The receptive field of dilated convolutions grows exponentially with their "
    "number.",
    dilation_steps,
    "van den Oord et al. 2016 (WaveNet), section 2.1",
    dilation_cases,
)
