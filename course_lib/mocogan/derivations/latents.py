"""State what of a latent stays over time, and what remembers: E4.1."""

from collections.abc import Sequence

import torch
from sympy import Add, Eq, Mul, Symbol, symbols
from torch import Tensor, nn

from course_lib.mathematics.equation import Comparison, Equation
from course_lib.mathematics.formula import Cloud, Measured
from course_lib.mathematics.notation import Elementwise, Mean, on_blackboard
from course_lib.mocogan.latents import (
    Drawn,
    LatentSizes,
    draw_latents,
    latent_path,
    latent_path_as_released,
    motion_memory,
)

REPETITIONS, CLIPS, FRAMES = 40, 100, 3
CONTENT, MOTION = 2, 3

z_s, z_t, c_s, c_t = map(Symbol, ("z_{C,s}", "z_{C,t}", "c_{k,s}", "c_{k,t}"))
h_t, h_before, u_t, n_t, K, p = symbols("h_t h_{t-1} u_t n_t K p")

with on_blackboard():
    share = 1 / K
    formula = (
        Eq(Mean(z_s * z_t, z_s, z_t, p), 1),
        Eq(Mean(Mul(c_s - share, c_t), c_s, c_t, p), Mul(share, 1 - share)),
        Eq(h_t, Add(Elementwise(u_t, h_before), Elementwise(1 - u_t, n_t))),
    )


def stay_and_move(rng: torch.Generator) -> Sequence[Comparison]:
    """Paths drawn by the library, at two times; its motion against gates by hand."""
    clips = [_two_times(rng, categories) for categories in (2, 5)]
    sampled = f"{REPETITIONS * CLIPS} paths drawn by the library, at two times"
    return (
        Comparison(clips, 5.0, f"{sampled}, against the formula", sampled=True),
        Comparison(clips, 5.0, f"{sampled}, as released", sampled=True),
        Comparison(
            [_one_step(rng) for _ in range(8)],
            1e-12,
            "the library's path against gates written out",
        ),
    )


def _two_times(rng: torch.Generator, categories: int) -> Measured:
    sizes = LatentSizes(CONTENT, MOTION, categories, category_moves=False)
    drawn = draw_latents(REPETITIONS * CLIPS, FRAMES, sizes, rng)
    path = latent_path_as_released(drawn, motion_memory(sizes, rng), categories)
    columns = path.detach().double().unflatten(0, (REPETITIONS, CLIPS))
    shares = torch.full((CLIPS,), 1 / CLIPS, dtype=torch.float64)

    def first_and_last(column: int) -> Cloud:
        return Cloud((columns[:, :, 0, column], columns[:, :, -1, column]), shares)

    return {
        (z_s, z_t, p): first_and_last(0),
        (c_s, c_t, p): first_and_last(CONTENT),
        K: torch.tensor(categories).double(),
    }


def _one_step(rng: torch.Generator) -> Measured:
    """The last step of one clip's motion, its gates computed from the weights."""
    sizes = LatentSizes(CONTENT, MOTION, 2)
    memory = motion_memory(sizes, rng).double()
    drawn = draw_latents(1, FRAMES, sizes, rng)
    exact = (part.double() if part.is_floating_point() else part for part in drawn)
    drawn = Drawn(*exact)
    motion = latent_path(drawn, memory, 2)[0, :, CONTENT:].detach()
    told = torch.zeros(2, dtype=torch.float64)
    told[int(drawn.category)] = 1
    keep, candidate = _gates(memory, torch.cat((drawn.noise[0, -1], told)), motion[-2])
    return {h_t: motion[-1], h_before: motion[-2], u_t: keep, n_t: candidate}


@torch.no_grad()
def _gates(memory: nn.GRUCell, read: Tensor, held: Tensor) -> tuple[Tensor, Tensor]:
    new = (memory.weight_ih @ read + memory.bias_ih).chunk(3)
    old = (memory.weight_hh @ held + memory.bias_hh).chunk(3)
    reset = torch.sigmoid(new[0] + old[0])
    return torch.sigmoid(new[1] + old[1]), torch.tanh(new[2] + reset * old[2])


TWO_LATENTS = Equation(
    "E4.1",
    "Content is the same in every frame of its clip, and so is the category, one of K; "
    "motion is what a gate keeps of it, mixed with something new.",
    formula,
    "Tulyakov et al. 2018, section 3.1; Cho et al. 2014 for the gate",
    stay_and_move,
)
