"""D2.3, D2.12 and D2.4: Jacobians of an LSTM's cell state, and 1 x 1 kernels."""

from collections.abc import Sequence

import torch
from sympy import Add, Dummy, Function, symbols
from torch import Tensor
from torch.autograd.functional import jacobian

from course_lib.mathematics.derivation import Derivation, Step
from course_lib.mathematics.formula import AtomValues
from course_lib.mathematics.notation import (
    Convolution,
    Diagonal,
    ElementwiseProduct,
    Jacobian,
    MatrixProduct,
    SumOver,
    unevaluated,
)
from course_lib.predictor.derivations import random_cases as draw

SIZE, N_CASES = 3, 16

c, c_before, h_before = symbols("c_t c_{t-1} h_{t-1}")
f, i, g = symbols("f_t i_t g_t")
U_f, U_i, U_g = symbols("U_f U_i U_g")
kept, written = symbols(r"(f_t\odot{c_{t-1}}) (i_t\odot{g_t})")
by_cell, by_state = Jacobian(c, c_before), Jacobian(c, h_before)

with unevaluated():
    cell_steps = (
        Step(
            by_cell,
            r"The Jacobian of the cell state $c_t = f_t \odot c_{t-1} + i_t \odot g_t$ "
            "by the cell state before it, with the hidden state $h_{t-1}$ held fixed.",
        ),
        Step(
            Jacobian(kept, c_before) + Jacobian(written, c_before),
            "The derivative of a sum.",
        ),
        Step(
            Jacobian(kept, c_before),
            "The gates and the candidate are functions of $x_t$ and $h_{t-1}$. They do "
            "not depend on $c_{t-1}$, so the second Jacobian is 0.",
        ),
        Step(
            Diagonal(f),
            "Unit by unit, the derivative of $f c$ by $c$ is $f$. No weight and no "
            "tanh stands in the way.",
        ),
    )
    state_steps = (
        Step(
            by_state,
            "The Jacobian of the same cell state by the hidden state.",
        ),
        Step(
            Add(
                MatrixProduct(Diagonal(c_before), Jacobian(f, h_before)),
                MatrixProduct(Diagonal(g), Jacobian(i, h_before)),
                MatrixProduct(Diagonal(i), Jacobian(g, h_before)),
            ),
            r"The product rule, unit by unit: $c_t = f_t \odot c_{t-1} + i_t \odot "
            "g_t$, where $f_t$, $i_t$ and $g_t$ depend on $h_{t-1}$.",
        ),
        Step(
            Add(
                MatrixProduct(
                    Diagonal(c_before), Diagonal(ElementwiseProduct(f, 1 - f)), U_f
                ),
                MatrixProduct(Diagonal(g), Diagonal(ElementwiseProduct(i, 1 - i)), U_i),
                MatrixProduct(Diagonal(i), Diagonal(1 - g**2), U_g),
            ),
            r"The chain rule: $\sigma' = \sigma (1 - \sigma)$ for the gates (D1.11), "
            r"$1 - \tanh^2$ for the candidate, and $U$ from the pre-activations.",
        ),
        Step(
            Add(
                MatrixProduct(Diagonal(ElementwiseProduct(c_before, f, 1 - f)), U_f),
                MatrixProduct(Diagonal(ElementwiseProduct(g, i, 1 - i)), U_i),
                MatrixProduct(Diagonal(ElementwiseProduct(i, 1 - g**2)), U_g),
            ),
            "The product of diagonal matrices is the diagonal matrix of the "
            "elementwise product.",
        ),
    )


def gate_cases(rng: torch.Generator) -> Sequence[AtomValues]:
    """Random steps of an LSTM that is written out here; Jacobians by autograd."""
    return [_gate_case(rng) for _ in range(N_CASES)]


def _gate_case(rng: torch.Generator) -> AtomValues:
    matrices = [draw.normal(rng, SIZE, SIZE) / 2 for _ in range(3)]
    offsets = [draw.normal(rng, SIZE) for _ in range(3)]  # W x + b of each gate
    cell, hidden = draw.normal(rng, 2, SIZE)
    squash = (torch.sigmoid, torch.sigmoid, torch.tanh)

    def gate(n: int, state: Tensor) -> Tensor:
        return squash[n](offsets[n] + matrices[n] @ state)

    def new_cell(state: Tensor, old: Tensor) -> Tensor:
        return gate(0, state) * old + gate(1, state) * gate(2, state)

    gates = [gate(n, hidden) for n in range(3)]
    return {
        **dict(zip((f, i, g), gates, strict=True)),
        **dict(zip((U_f, U_i, U_g), matrices, strict=True)),
        c_before: cell,
        by_cell: jacobian(lambda old: new_cell(hidden, old), cell),
        by_state: jacobian(lambda state: new_cell(state, cell), hidden),
        Jacobian(kept, c_before): jacobian(lambda old: gates[0] * old, cell),
        Jacobian(written, c_before): torch.zeros(SIZE, SIZE).double(),
        **{
            Jacobian(name, h_before): jacobian(
                lambda state, n=n: gate(n, state), hidden
            )
            for n, name in enumerate((f, i, g))
        },
    }


CELL_JACOBIAN = Derivation(
    "D2.3",
    "Along the cell state the gradient is multiplied by the forget gate alone.",
    cell_steps,
    "Gers et al. 2000, section 3, for the forget gate",
    gate_cases,
    proves=("E2.3.7",),
)

HIDDEN_JACOBIAN = Derivation(
    "D2.12",
    "The derivative of the cell state by the hidden state, through all three gates.",
    state_steps,
    "Gers et al. 2000, by the product and the chain rule",
    gate_cases,
    proves=("E2.3.8",),
)

# D2.4: a convolution with a 1 x 1 kernel.

ROWS, COLUMNS, INPUTS, OUTPUTS = 2, 3, 2, 4
W, kernel, x, W_m, x_m, x_pixel, m = symbols("W W x W_m x_m x_{r\\,s} m", cls=Dummy)
pixel = Function(r"\operatorname{pixel}_{r,s}")

with unevaluated():
    kernel_steps = (
        Step(
            pixel(Convolution(kernel, x)),
            "The output of a convolution with a 1 x 1 kernel at the pixel in row $r$ "
            "and column $s$: a vector of all output channels.",
        ),
        Step(
            SumOver(W_m * pixel(x_m), m),
            "The definition of a convolution: a sum over the input channels $m$ and "
            "over the pixels that the kernel covers. A 1 x 1 kernel covers the pixel "
            "alone; $W_m$ holds its weights from channel $m$ to every output channel.",
        ),
        Step(
            MatrixProduct(W, x_pixel),
            "That sum is the product of the weight matrix with the vector of all input "
            "channels at this pixel. The pre-activations are those of an LSTM with "
            "this matrix, and its gates act on each pixel separately.",
        ),
    )


def kernel_cases(rng: torch.Generator) -> Sequence[AtomValues]:
    """Random images and kernels, and one pixel of each."""
    return [_kernel_case(rng) for _ in range(N_CASES)]


def _kernel_case(rng: torch.Generator) -> AtomValues:
    image, matrix = (
        draw.normal(rng, INPUTS, ROWS, COLUMNS),
        draw.normal(rng, OUTPUTS, INPUTS),
    )
    row = int(torch.randint(ROWS, (), generator=rng))
    column = int(torch.randint(COLUMNS, (), generator=rng))

    return {
        x: image,
        W: matrix,
        kernel: matrix[..., None, None],
        W_m: matrix.T,
        x_m: image[:, None],
        x_pixel: image[:, row, column],
        pixel: lambda maps: maps[..., row, column],
    }


ONE_PIXEL = Derivation(
    "D2.4",
    "A convolution with a 1 x 1 kernel is one matrix product at every pixel.",
    kernel_steps,
    "Shi et al. 2015, equation 3, for kernels of 1 x 1",
    kernel_cases,
    proves=("E2.4.2",),
)
