"""State how many weights a painter and its judges have: E4.2."""

from collections.abc import Callable, Sequence
from functools import partial

import torch
from sympy import Add, Eq, Mul, Symbol, symbols
from torch import Tensor, nn

from course_lib.mathematics.equation import Comparison, Equation
from course_lib.mathematics.formula import Measured
from course_lib.mathematics.notation import Summed, on_blackboard
from course_lib.mocogan.discriminators import patch_judge, video_judge, whole_judge
from course_lib.mocogan.generator import Painter, count_weights

N, d, m, a, layer = symbols("N d m a l")
k, n, n_before, b = map(Symbol, ("k_l", "n_l", "n_{l-1}", "b_l"))
N_painter, N_judge = map(Symbol, (r"N_{\text{painter}}", r"N_{\text{video}}"))

with on_blackboard():
    kernel, norm = Mul(k**d, n_before, n), Mul(2, b, n)
    formula = (
        Eq(N, Summed(Add(kernel, norm), layer)),
        Eq(N_painter, Add(Mul(8192, m), 2757504)),
        Eq(N_judge, Add(Mul(32768, a), 11056896)),
    )

Build = Callable[[int, torch.Generator], nn.Module]


def count(rng: torch.Generator) -> Sequence[Comparison]:
    """Networks of random widths, layer by layer; then those of the paper's width."""

    def one(low: int, high: int) -> int:
        return int(torch.randint(low, high, (), generator=rng))

    networks = [
        Painter(one(3, 20), one(2, 6), rng),
        patch_judge(one(2, 6), rng),
        whole_judge(one(2, 6), rng),
        video_judge(one(2, 6), one(2, 9), rng),
    ]
    painter, judge = partial(Painter, width=64), partial(video_judge, 64)
    counted = "the library's network, number by number, against the formula"
    return (
        Comparison([_layers(x) for x in networks], 1e-9, counted),
        Comparison(_of_paper(N_painter, m, painter, one(52, 70), rng), 1e-9, counted),
        Comparison(_of_paper(N_judge, a, judge, one(2, 9), rng), 1e-9, counted),
    )


def _layers(network: nn.Module) -> Measured:
    kinds = (nn.modules.conv._ConvNd, nn.modules.batchnorm._BatchNorm)
    layers = [x for x in network.modules() if isinstance(x, kinds)]
    convolutions = [x for x in layers if isinstance(x, kinds[0])]
    after = [*layers[1:], None]
    normed = [isinstance(after[layers.index(x)], kinds[1]) for x in convolutions]
    return {
        N: _number(count_weights(network)),
        d: _number(len(convolutions[0].kernel_size)),
        k: _numbers(x.kernel_size[0] for x in convolutions),
        n: _numbers(x.out_channels for x in convolutions),
        n_before: _numbers(x.in_channels for x in convolutions),
        b: _numbers(normed),
    }


def _of_paper(
    total: Symbol, free: Symbol, build: Build, size: int, rng: torch.Generator
) -> list[Measured]:
    return [
        {total: _number(count_weights(build(n, rng=rng))), free: _number(n)}
        for n in (size, size + 1)
    ]


def _number(value: int) -> Tensor:
    return torch.tensor(value, dtype=torch.float64)


def _numbers(values) -> Tensor:
    return torch.tensor([*values], dtype=torch.float64)


WEIGHTS = Equation(
    "E4.2",
    "A kernel of side k in d dimensions has a weight for each pair of channels; a "
    "batch norm (b = 1) adds two for each channel. So each number more in a frame's "
    "latent, m, and each category more, a, has its fixed price.",
    formula,
    "The released code of Tulyakov et al. 2018, whose convolutions have no bias",
    count,
)
