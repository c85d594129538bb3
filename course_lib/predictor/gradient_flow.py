"""Vanishing gradients: how much the last state depends on each earlier input."""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib.predictor.recurrent_cell import Hidden, Sequences, Weights, rnn_cell
from course_lib.shapes import Points

Jacobians = Float[Tensor, "batch lag hidden feature"]
PerLag = Float[Tensor, "lag"]


def jacobians_by_lag(run: Callable[[Tensor], Points], inputs: Sequences) -> Jacobians:
    """d (last state) / d (input ``lag`` steps before the last), by autograd.

    ``run`` maps inputs to what is shown at the end, sequence by sequence: a memory's
    ``last``. Lag 0 is the last input.
    """
    # a sequence's state depends on no other, so the sum over the batch loses nothing
    slopes = torch.autograd.functional.jacobian(lambda x: run(x).sum(dim=0), inputs)
    return slopes.permute(1, 2, 0, 3).flip(dims=(1,))


def product_of_jacobians(
    inputs: Sequences, state: Hidden, weights: Weights
) -> Jacobians:
    """The same of the plain recurrent cell, by the chain rule, step by step.

    d h_t / d x_t = diag(1 - h_t^2) W and d h_t / d h_t-1 = diag(1 - h_t^2) U: every
    step back multiplies once more, so norms shrink or grow like powers.

    Source: Pascanu et al. 2013, equation 5.
    """
    slopes = []
    for x in inputs.unbind(dim=1):
        state = rnn_cell(x, state, weights)
        through = (1 - state.h.square()).unsqueeze(2)  # tanh' at every unit
        slopes = [through * (weights.recurrent @ slope) for slope in slopes]
        slopes.append(through * weights.input)
    return torch.stack(slopes[::-1], dim=1)


def memory_norms(jacobians: Jacobians) -> PerLag:
    """One number a lag: the Frobenius norm of each Jacobian, mean over sequences."""
    return torch.linalg.matrix_norm(jacobians).mean(dim=0)
