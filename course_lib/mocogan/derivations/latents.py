"""E4.1: moments of the content and category over time, and the GRU's update."""

from collections.abc import Sequence

import torch
from sympy import Add, Eq, Mul, Symbol, symbols
from torch import Tensor, nn

from course_lib.mathematics.equation import Comparison, Equation
from course_lib.mathematics.formula import AtomValues, WeightedPoints
from course_lib.mathematics.notation import ElementwiseProduct, Expectation, unevaluated
from course_lib.mocogan.latents import (
    ClipLatents,
    LatentSizes,
    build_motion_rnn,
    latent_path,
    latent_path_as_released,
    sample_latents,
)

REPETITIONS, CLIPS, FRAMES = 40, 100, 3
CONTENT, MOTION = 2, 3

z_s, z_t, c_s, c_t = map(Symbol, ("z_{C,s}", "z_{C,t}", "c_{k,s}", "c_{k,t}"))
h_t, h_before, u_t, n_t, K, p = symbols("h_t h_{t-1} u_t n_t K p")

with unevaluated():
    frequency = 1 / K
    formula = (
        Eq(Expectation(z_s * z_t, z_s, z_t, p), 1),
        Eq(
            Expectation(Mul(c_s - frequency, c_t), c_s, c_t, p),
            Mul(frequency, 1 - frequency),
        ),
        Eq(
            h_t,
            Add(ElementwiseProduct(u_t, h_before), ElementwiseProduct(1 - u_t, n_t)),
        ),
    )


def compare(rng: torch.Generator) -> Sequence[Comparison]:
    """Sampled paths at two times; the motion code against explicit GRU gates."""
    moments = [_first_and_last_frame(rng, categories) for categories in (2, 5)]
    sampled = f"{REPETITIONS * CLIPS} paths sampled by the library, at two times"
    return (
        Comparison(moments, 5.0, f"{sampled}, against the formula", sampled=True),
        Comparison(moments, 5.0, f"{sampled}, as released", sampled=True),
        Comparison(
            [_last_step(rng) for _ in range(8)],
            1e-12,
            "the library's path against gates written out",
        ),
    )


def _first_and_last_frame(rng: torch.Generator, categories: int) -> AtomValues:
    sizes = LatentSizes(CONTENT, MOTION, categories, category_in_motion=False)
    latents = sample_latents(REPETITIONS * CLIPS, FRAMES, sizes, rng)
    path = latent_path_as_released(latents, build_motion_rnn(sizes, rng), categories)
    columns = path.detach().double().unflatten(0, (REPETITIONS, CLIPS))
    weights = torch.full((CLIPS,), 1 / CLIPS, dtype=torch.float64)

    def samples_of(column: int) -> WeightedPoints:
        return WeightedPoints(
            (columns[:, :, 0, column], columns[:, :, -1, column]), weights
        )

    return {
        (z_s, z_t, p): samples_of(0),
        (c_s, c_t, p): samples_of(CONTENT),
        K: torch.tensor(categories).double(),
    }


def _last_step(rng: torch.Generator) -> AtomValues:
    """The last step of one clip's motion, with gates computed from the weights."""
    sizes = LatentSizes(CONTENT, MOTION, 2)
    motion_rnn = build_motion_rnn(sizes, rng).double()
    latents = sample_latents(1, FRAMES, sizes, rng)
    latents = ClipLatents(
        *(part.double() if part.is_floating_point() else part for part in latents)
    )
    motion = latent_path(latents, motion_rnn, 2)[0, :, CONTENT:].detach()
    condition = torch.zeros(2, dtype=torch.float64)
    condition[int(latents.category)] = 1
    x = torch.cat((latents.noise[0, -1], condition))
    update, candidate = _gru_gates(motion_rnn, x, motion[-2])
    return {h_t: motion[-1], h_before: motion[-2], u_t: update, n_t: candidate}


@torch.no_grad()
def _gru_gates(cell: nn.GRUCell, x: Tensor, h: Tensor) -> tuple[Tensor, Tensor]:
    """Update gate and candidate state."""
    from_input = (cell.weight_ih @ x + cell.bias_ih).chunk(3)
    from_state = (cell.weight_hh @ h + cell.bias_hh).chunk(3)
    reset = torch.sigmoid(from_input[0] + from_state[0])
    update = torch.sigmoid(from_input[1] + from_state[1])
    return update, torch.tanh(from_input[2] + reset * from_state[2])


CONTENT_AND_MOTION = Equation(
    "E4.1",
    "The content code is the same in all frames of a clip, and so is the one-hot "
    "category, one of K. The motion code is a GRU state: the update gate mixes the "
    "previous state with a candidate.",
    formula,
    "Tulyakov et al. 2018, section 3.1; Cho et al. 2014 for the gate",
    compare,
)
