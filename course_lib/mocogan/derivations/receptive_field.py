"""E4.3: how the receptive field of a discriminator grows from layer to layer."""

from collections.abc import Sequence

import torch
from sympy import Add, Eq, Mul, Symbol
from torch import nn

from course_lib.mathematics.equation import Comparison, Equation
from course_lib.mathematics.formula import AtomValues
from course_lib.mathematics.notation import unevaluated
from course_lib.mocogan.discriminators import (
    build_patch_discriminator,
    build_video_discriminator,
)
from course_lib.mocogan.receptive_field import conv_specs, receptive_field

N_OUTPUTS = 3  # of the chains of layers: two neighbours, and one beside the edge

R, R_before, J, J_before, k, s = map(
    Symbol, ("R_l", "R_{l-1}", "J_l", "J_{l-1}", "k_l", "s_l")
)

with unevaluated():
    formula = (
        Eq(R, Add(R_before, Mul(k - 1, J_before))),
        Eq(J, Mul(J_before, s)),
    )

Layers = Sequence[tuple[int, int, int]]


def compare(rng: torch.Generator) -> Sequence[Comparison]:
    """The paper's discriminators in time and space; then random layers."""
    networks = build_video_discriminator(1, 1, rng), build_patch_discriminator(1, rng)
    chains = [conv_specs(networks[0], 0), *(conv_specs(net, 1) for net in networks)]
    for _ in range(6):
        kernels, strides = (
            torch.randint(low, low + 4, (3,), generator=rng) for low in (2, 1)
        )
        chains.append(
            [(int(a), int(b), 0) for a, b in zip(kernels, strides, strict=True)]
        )
    cases = [
        _last_layer(chain[:n]) for chain in chains for n in range(1, len(chain) + 1)
    ]
    label = "where a gradient is not 0, with one layer more, against the formula"
    return Comparison(cases, 1e-12, label), Comparison(cases, 1e-12, label)


def _last_layer(layers: Layers) -> AtomValues:
    """Size and jump with and without the last of some layers."""
    kernel, stride, _ = layers[-1]
    return {
        **dict(zip((R, J), _size_and_jump(layers), strict=True)),
        **dict(zip((R_before, J_before), _size_and_jump(layers[:-1]), strict=True)),
        k: torch.tensor(kernel).double(),
        s: torch.tensor(stride).double(),
    }


def _size_and_jump(layers: Layers) -> tuple[torch.Tensor, torch.Tensor]:
    """Receptive field size and jump, from the gradients of two neighbouring outputs."""
    _, size, jump = receptive_field(10**6, layers)  # for the length of the input only
    convolutions = [nn.Conv1d(1, 1, *layer[:2], bias=False) for layer in layers]
    for convolution in convolutions:
        nn.init.ones_(convolution.weight)
    x = torch.zeros(1, size + N_OUTPUTS * jump, requires_grad=True)
    y = nn.Sequential(*convolutions)(x)
    inputs = [
        torch.autograd.grad(y[0, output], x, retain_graph=True)[0][0].nonzero()
        for output in (0, 1)
    ]
    (first, last), (second, _) = ((t.min(), t.max()) for t in inputs)
    return (last - first + 1).double(), (second - first).double()


RECEPTIVE_FIELD = Equation(
    "E4.3",
    "A kernel of k adds k - 1 neighbouring outputs of the previous layer to the "
    "receptive field; these are one jump J apart in the input. Every stride multiplies "
    "the jump.",
    formula,
    "Araujo, Norris and Sim 2019, equation 2, step by step",
    compare,
)
