"""Vanishing gradients: derivatives of the last state by each earlier input."""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib.predictor.recurrent_cell import (
    CellWeights,
    HiddenState,
    Sequences,
    rnn_cell,
)
from course_lib.shapes import Points

Jacobians = Float[Tensor, "batch lag hidden feature"]
PerLag = Float[Tensor, "lag"]


def jacobians_by_lag(
    last_output: Callable[[Tensor], Points], inputs: Sequences
) -> Jacobians:
    """d (last output) / d (input ``lag`` steps before the last), by autograd.

    Args:
        last_output: maps inputs (batch, time, feature) to the output after the last
            step, (batch, hidden), each sequence by itself; for example
            ``RecurrentNetwork.last_output``.
        inputs: the sequences at which the derivatives are taken.

    Returns:
        Jacobians by lag from 0, the last input, to time - 1, the first.
    """
    # No output depends on another sequence, so the Jacobian of the sum over the batch
    # contains each sequence's own Jacobian.
    jacobian = torch.autograd.functional.jacobian(
        lambda x: last_output(x).sum(dim=0), inputs
    )
    return jacobian.permute(1, 2, 0, 3).flip(dims=(1,))


def jacobians_by_chain_rule(
    inputs: Sequences, state: HiddenState, weights: CellWeights
) -> Jacobians:
    """``jacobians_by_lag`` of the plain recurrent cell, as products of Jacobians.

    d h_t / d x_t = diag(1 - h_t^2) W and d h_t / d h_(t-1) = diag(1 - h_t^2) U. Every
    further step back multiplies by one more factor, so the norms shrink or grow
    exponentially with the lag.

    Source: Pascanu et al. 2013, equation 5.
    """
    jacobians = []
    for x in inputs.unbind(dim=1):
        state = rnn_cell(x, state, weights)
        tanh_derivative = (1 - state.h.square()).unsqueeze(2)
        jacobians = [tanh_derivative * (weights.weight_hh @ j) for j in jacobians]
        jacobians.append(tanh_derivative * weights.weight_ih)
    return torch.stack(jacobians[::-1], dim=1)


def jacobian_norms(jacobians: Jacobians) -> PerLag:
    """Frobenius norm of the Jacobians of each lag, mean over the batch."""
    return torch.linalg.matrix_norm(jacobians).mean(dim=0)
