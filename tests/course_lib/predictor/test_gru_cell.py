"""The GRU against torch.nn in values and gradients, and its gates one by one."""

import torch
from torch import nn

from course_lib.predictor.gru_cell import GRUWeights, gru, gru_cell
from course_lib.predictor.recurrent_cell import HiddenState


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def noise(seed, *shape):
    return torch.randn(*shape, generator=rng(seed), dtype=torch.float64)


def test_a_sequence_agrees_with_torchs_gru_in_values_and_gradients():
    ours = gru(3, 5, rng()).double()
    reference = nn.GRU(3, 5, batch_first=True).double()
    weights = ours.weights
    zeros = torch.zeros(10).double()
    with torch.no_grad():
        reference.weight_ih_l0.copy_(weights.weight_ih)
        reference.weight_hh_l0.copy_(weights.weight_hh)
        reference.bias_ih_l0.copy_(weights.bias)
        reference.bias_hh_l0.copy_(torch.cat((zeros, weights.candidate_bias)))
    inputs, h = noise(1, 4, 7, 3).requires_grad_(), noise(2, 4, 5).requires_grad_()
    hidden_states, state = ours(inputs, HiddenState(h))
    expected, last = reference(inputs, h[None])
    assert torch.allclose(hidden_states, expected)
    assert torch.allclose(state.h, last[0])
    cotangent = noise(3, 4, 7, 5)
    actual = torch.autograd.grad(
        (hidden_states * cotangent).sum(), [inputs, h, *weights]
    )
    theirs = [getattr(reference, f"{name}_l0") for name in ("weight_ih", "weight_hh")]
    biases = [reference.bias_ih_l0, reference.bias_hh_l0]
    needed = list(
        torch.autograd.grad((expected * cotangent).sum(), [inputs, h, *theirs, *biases])
    )
    needed[-1] = needed[-1][10:]  # reset and update gate have one bias here
    for mine, reference_gradient in zip(actual, needed, strict=True):
        assert torch.allclose(mine, reference_gradient)


def test_one_step_agrees_with_torchs_cell():
    reference = nn.GRUCell(3, 5).double()
    with torch.no_grad():
        reference.bias_hh[:10] = 0
    weights = GRUWeights(
        reference.weight_ih,
        reference.weight_hh,
        reference.bias_ih,
        reference.bias_hh[10:],
    )
    x, h = noise(4, 4, 3), noise(5, 4, 5)
    assert torch.allclose(gru_cell(x, HiddenState(h), weights).h, reference(x, h))


def bias_only(update):
    """Weights of 0: the gates depend on the biases alone."""
    bias = torch.tensor([0.0, update, 0.5]).double().repeat_interleave(2)
    zeros = [torch.zeros(6, n).double() for n in (3, 2)]
    return GRUWeights(*zeros, bias, torch.zeros(2).double())


def test_an_update_gate_of_1_keeps_the_state():
    h = noise(6, 4, 2)
    assert torch.equal(gru_cell(noise(7, 4, 3), HiddenState(h), bias_only(800.0)).h, h)


def test_an_update_gate_of_0_replaces_the_state_by_the_candidate():
    new = gru_cell(noise(7, 4, 3), HiddenState(noise(6, 4, 2)), bias_only(-800.0)).h
    candidate = torch.full((4, 2), 0.5).double().tanh()
    assert torch.allclose(new, candidate)


def test_hidden_states_stay_between_minus_1_and_1():
    ours = gru(3, 5, rng(1)).double()
    hidden_states = ours(noise(8, 2, 50, 3), ours.initial_state(2)).hidden_states
    assert hidden_states.abs().max() < 1
