"""E4.2: number of parameters of the image generator and the discriminators."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial

import torch
from sympy import Add, Eq, Mul, Symbol, symbols
from torch import Tensor, nn

from course_lib.mathematics.equation import Comparison, Equation
from course_lib.mathematics.formula import AtomValues
from course_lib.mathematics.notation import SumOver, unevaluated
from course_lib.mocogan.discriminators import (
    build_patch_discriminator,
    build_video_discriminator,
    build_whole_image_discriminator,
)
from course_lib.mocogan.generator import ImageGenerator, count_parameters

N, d, m, a, layer = symbols("N d m a l")
k, n, n_before, b = map(Symbol, ("k_l", "n_l", "n_{l-1}", "b_l"))
N_G, N_D = map(Symbol, (r"N_{G_I}", r"N_{D_V}"))

with unevaluated():
    kernel, norm = Mul(k**d, n_before, n), Mul(2, b, n)
    formula = (
        Eq(N, SumOver(Add(kernel, norm), layer)),
        Eq(N_G, Add(Mul(8192, m), 2757504)),
        Eq(N_D, Add(Mul(32768, a), 11056896)),
    )

Build = Callable[[int, torch.Generator], nn.Module]


def compare(rng: torch.Generator) -> Sequence[Comparison]:
    """Networks of random widths, layer by layer; then those of the paper's width."""

    def randint(low: int, high: int) -> int:
        return int(torch.randint(low, high, (), generator=rng))

    networks = [
        ImageGenerator(randint(3, 20), randint(2, 6), rng),
        build_patch_discriminator(randint(2, 6), rng),
        build_whole_image_discriminator(randint(2, 6), rng),
        build_video_discriminator(randint(2, 6), randint(2, 9), rng),
    ]
    generator = partial(ImageGenerator, width=64)
    discriminator = partial(build_video_discriminator, 64)
    label = "the parameters of the library's network against the formula"
    return (
        Comparison([_layers(network) for network in networks], 1e-9, label),
        Comparison(
            _paper_network(N_G, m, generator, randint(52, 70), rng), 1e-9, label
        ),
        Comparison(
            _paper_network(N_D, a, discriminator, randint(2, 9), rng), 1e-9, label
        ),
    )


def _layers(network: nn.Module) -> AtomValues:
    kinds = (nn.modules.conv._ConvNd, nn.modules.batchnorm._BatchNorm)
    layers = [x for x in network.modules() if isinstance(x, kinds)]
    convolutions = [x for x in layers if isinstance(x, kinds[0])]
    following = [*layers[1:], None]
    has_norm = [isinstance(following[layers.index(x)], kinds[1]) for x in convolutions]
    return {
        N: _numbers(count_parameters(network)),
        d: _numbers(len(convolutions[0].kernel_size)),
        k: _numbers(x.kernel_size[0] for x in convolutions),
        n: _numbers(x.out_channels for x in convolutions),
        n_before: _numbers(x.in_channels for x in convolutions),
        b: _numbers(has_norm),
    }


def _paper_network(
    total: Symbol, free: Symbol, build: Build, size: int, rng: torch.Generator
) -> list[AtomValues]:
    return [
        {total: _numbers(count_parameters(build(n, rng=rng))), free: _numbers(n)}
        for n in (size, size + 1)
    ]


def _numbers(values: int | Iterable[int]) -> Tensor:
    values = values if isinstance(values, int) else [*values]
    return torch.tensor(values, dtype=torch.float64)


PARAMETER_COUNTS = Equation(
    "E4.2",
    "A kernel of side k in d dimensions has one weight for each pair of input and "
    "output channels and each of its positions; a batch norm (b = 1) adds two for each "
    "channel. The count of the image generator grows linearly with the dimensions of a "
    "frame's latent, m, that of the video discriminator with the categories, a.",
    formula,
    "The released code of Tulyakov et al. 2018, whose convolutions have no bias",
    compare,
)
