"""Share out one gate: what the GRU writes anew is what it lets go of."""

from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor

from course_lib.initialization import uniform
from course_lib.predictor.recurrent_cell import Hidden, Recurrent, cell_weights, unroll
from course_lib.shapes import Points


class GRUWeights(NamedTuple):
    """As ``Weights``, with gates reset, keep, candidate, and a bias inside the reset.

    ``candidate_bias``, (hidden,), belongs to the state's part of the candidate; in the
    other gates it would only be added to ``bias``.
    """

    input: Tensor
    recurrent: Tensor
    bias: Tensor
    candidate_bias: Tensor


def gru_cell(x: Points, state: Hidden, weights: GRUWeights) -> Hidden:
    """One step of the GRU: h' = keep h + (1 - keep) candidate.

    Source: Cho et al. 2014, section 2.3, in the form of ``torch.nn.GRUCell``: the reset
    gate acts on the state's product, not on the state.
    """
    new = (x @ weights.input.T + weights.bias).chunk(3, dim=1)
    old = (state.h @ weights.recurrent.T).chunk(3, dim=1)
    reset, keep = (new[0] + old[0]).sigmoid(), (new[1] + old[1]).sigmoid()
    candidate = (new[2] + reset * (old[2] + weights.candidate_bias)).tanh()
    return Hidden(keep * state.h + (1 - keep) * candidate)


def gru(features: int, hidden: int, rng: torch.Generator) -> Recurrent:
    """A GRU to train."""
    weights = cell_weights(3, hidden, (features,), rng)
    candidate_bias = uniform((hidden,), features + hidden, rng)
    return Recurrent(
        partial(unroll, gru_cell), Hidden, GRUWeights(*weights, candidate_bias)
    )
