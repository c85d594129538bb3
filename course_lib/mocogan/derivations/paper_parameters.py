"""D4.2 and D4.6: the parameters of the paper's networks, added layer by layer."""

from collections.abc import Sequence

import torch
from sympy import Add, Mul, Symbol
from torch import nn

from course_lib.mathematics.derivation import Derivation, Step
from course_lib.mathematics.formula import AtomValues
from course_lib.mathematics.notation import unevaluated
from course_lib.mocogan.discriminators import build_video_discriminator
from course_lib.mocogan.generator import ImageGenerator, count_parameters

m, a = map(Symbol, ("m", "a"))
N_G, N_D = map(Symbol, (r"N_{G_I}", r"N_{D_V}"))

with unevaluated():
    generator_steps = (
        Step(
            N_G,
            "The number of parameters of the image generator, for latents of $m$ "
            "numbers a frame.",
        ),
        Step(
            Add(
                Mul(
                    4**2,
                    Add(
                        Mul(m, 512),
                        Mul(512, 256),
                        Mul(256, 128),
                        Mul(128, 64),
                        Mul(64, 3),
                    ),
                ),
                Mul(2, Add(512, 256, 128, 64)),
            ),
            "Five layers with kernels of $4 \\times 4$ weights, one for each pair of "
            "input and output channels, without a bias. Four of them are followed by "
            "a batch norm, which has a scale and a shift for each channel.",
        ),
        Step(
            Add(Mul(8192, m), Mul(16, 172224), Mul(2, 960)),
            "Only the first layer depends on $m$, with $16 \\cdot 512 = 8192$ weights "
            "for each latent number. Add up the other layers, and the norms.",
        ),
        Step(Add(Mul(8192, m), 2757504), "$16 \\cdot 172224 + 2 \\cdot 960$."),
    )
    discriminator_steps = (
        Step(
            N_D,
            "The number of parameters of the video discriminator, which predicts one "
            "logit and $a$ categories.",
        ),
        Step(
            Add(
                Mul(
                    4**3,
                    Add(
                        Mul(3, 64),
                        Mul(64, 128),
                        Mul(128, 256),
                        Mul(256, 512),
                        Mul(512, Add(1, a)),
                    ),
                ),
                Mul(2, Add(128, 256, 512)),
            ),
            "Five layers with kernels of $4 \\times 4 \\times 4$ weights. The three "
            "in the middle are followed by a batch norm.",
        ),
        Step(
            Add(Mul(32768, a), Mul(64, 172736), Mul(2, 896)),
            "Only the last layer depends on $a$, with $64 \\cdot 512 = 32768$ weights "
            "for each category. Its logit is counted with the other layers.",
        ),
        Step(Add(Mul(32768, a), 11056896), "$64 \\cdot 172736 + 2 \\cdot 896$."),
    )


def generator_cases(rng: torch.Generator) -> Sequence[AtomValues]:
    """The paper's image generator with two sizes of the latent."""
    return [
        {
            m: torch.tensor(size).double(),
            N_G: _count(ImageGenerator(size, 64, rng)),
        }
        for size in (52, 61)
    ]


def discriminator_cases(rng: torch.Generator) -> Sequence[AtomValues]:
    """The paper's video discriminator with two numbers of categories."""
    return [
        {
            a: torch.tensor(size).double(),
            N_D: _count(build_video_discriminator(64, size, rng)),
        }
        for size in (4, 7)
    ]


def _count(network: nn.Module) -> torch.Tensor:
    return torch.tensor(count_parameters(network)).double()


GENERATOR_PARAMETERS = Derivation(
    "D4.2",
    "The parameters of the image generator.",
    generator_steps,
    "The released code of Tulyakov et al. 2018",
    generator_cases,
    proves=("E4.2.2",),
)

DISCRIMINATOR_PARAMETERS = Derivation(
    "D4.6",
    "The parameters of the video discriminator.",
    discriminator_steps,
    "The released code of Tulyakov et al. 2018",
    discriminator_cases,
    proves=("E4.2.3",),
)
