"""The GRU: one update gate interpolates between old state and candidate."""

from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor

from course_lib.initialization import uniform
from course_lib.predictor.recurrent_cell import (
    HiddenState,
    RecurrentNetwork,
    init_cell_weights,
    unroll,
)
from course_lib.shapes import Points


class GRUWeights(NamedTuple):
    """As ``CellWeights``, with the gates reset, update, candidate, and a second bias.

    ``candidate_bias``, (hidden,), is added to the hidden state's part of the candidate
    before the reset gate multiplies it. (In the two gates a second bias would only be
    added to ``bias``.)
    """

    weight_ih: Tensor
    weight_hh: Tensor
    bias: Tensor
    candidate_bias: Tensor


def gru_cell(x: Points, state: HiddenState, weights: GRUWeights) -> HiddenState:
    """One step of the GRU: h' = z * h + (1 - z) * candidate, with the update gate z.

    Source: Cho et al. 2014, section 2.3, in the form of ``torch.nn.GRUCell``: the reset
    gate multiplies the hidden state after its linear map, not before.
    """
    from_input = (x @ weights.weight_ih.T + weights.bias).chunk(3, dim=1)
    from_hidden = (state.h @ weights.weight_hh.T).chunk(3, dim=1)
    reset = (from_input[0] + from_hidden[0]).sigmoid()
    update = (from_input[1] + from_hidden[1]).sigmoid()
    candidate = from_input[2] + reset * (from_hidden[2] + weights.candidate_bias)
    return HiddenState(update * state.h + (1 - update) * candidate.tanh())


def gru(features: int, hidden: int, rng: torch.Generator) -> RecurrentNetwork:
    """A GRU layer."""
    weights = init_cell_weights(3, hidden, (features,), rng)
    candidate_bias = uniform((hidden,), features + hidden, rng)
    return RecurrentNetwork(
        partial(unroll, gru_cell), HiddenState, GRUWeights(*weights, candidate_bias)
    )
