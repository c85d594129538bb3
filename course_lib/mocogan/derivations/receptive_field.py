"""State how a judge's view grows from layer to layer: E4.3."""

from collections.abc import Sequence

import torch
from sympy import Add, Eq, Mul, Symbol
from torch import nn

from course_lib.mathematics.equation import Comparison, Equation
from course_lib.mathematics.formula import Measured
from course_lib.mathematics.notation import on_blackboard
from course_lib.mocogan.discriminators import patch_judge, video_judge
from course_lib.mocogan.receptive_field import reach, windows_of

FIRST = 3  # places that a chain of layers ends with: two neighbours beside the edge

R, R_before, J, J_before, k, s = map(
    Symbol, ("R_l", "R_{l-1}", "J_l", "J_{l-1}", "k_l", "s_l")
)

with on_blackboard():
    formula = (
        Eq(R, Add(R_before, Mul(k - 1, J_before))),
        Eq(J, Mul(J_before, s)),
    )

Windows = Sequence[tuple[int, int, int]]


def look(rng: torch.Generator) -> Sequence[Comparison]:
    """The paper's judges in time and in space, layer by layer; then random layers."""
    judges = video_judge(1, 1, rng), patch_judge(1, rng)
    chains = [windows_of(judges[0], 0), *(windows_of(judge, 1) for judge in judges)]
    for _ in range(6):
        kernels, strides = (
            torch.randint(low, low + 4, (3,), generator=rng) for low in (2, 1)
        )
        chains.append(
            [(int(a), int(b), 0) for a, b in zip(kernels, strides, strict=True)]
        )
    cases = [_layer(chain[:n]) for chain in chains for n in range(1, len(chain) + 1)]
    routes = "what a gradient reaches, with one layer more, against the formula"
    return Comparison(cases, 1e-12, routes), Comparison(cases, 1e-12, routes)


def _layer(windows: Windows) -> Measured:
    """What the last of some layers adds to what a place sees."""
    names = (R, J), (R_before, J_before)
    found = zip(names, (windows, windows[:-1]), strict=True)
    kernel, stride, _ = windows[-1]
    return {
        **{
            n: x for pair, part in found for n, x in zip(pair, _seen(part), strict=True)
        },
        k: torch.tensor(kernel).double(),
        s: torch.tensor(stride).double(),
    }


def _seen(windows: Windows) -> tuple[torch.Tensor, torch.Tensor]:
    """From autograd: steps that a place sees, steps from it to its neighbour."""
    _, wide, apart = reach(10**6, windows)  # so that the axis is long enough
    layers = [nn.Conv1d(1, 1, *window[:2], bias=False) for window in windows]
    for layer in layers:
        nn.init.ones_(layer.weight)
    x = torch.zeros(1, wide + FIRST * apart, requires_grad=True)
    y = nn.Sequential(*layers)(x)
    touched = [
        torch.autograd.grad(y[0, place], x, retain_graph=True)[0][0].nonzero()
        for place in (0, 1)
    ]
    (first, last), (second, _) = ((t.min(), t.max()) for t in touched)
    return (last - first + 1).double(), (second - first).double()


REACH = Equation(
    "E4.3",
    "A kernel of k steps lets a place see k - 1 places more of the layer before, which "
    "stand J apart in the film; every stride sets the places further apart.",
    formula,
    "Araujo, Norris and Sim 2019, equation 2, step by step",
    look,
)
