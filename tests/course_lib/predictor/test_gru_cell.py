"""The GRU by hand, against torch.nn in values and gradients."""

import torch
from torch import nn

from course_lib.predictor.gru_cell import GRUWeights, gru, gru_cell
from course_lib.predictor.recurrent_cell import HiddenState


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def noise(seed, *shape):
    return torch.randn(*shape, generator=rng(seed), dtype=torch.float64)


def test_a_sequence_agrees_with_torch_s_gru_in_values_and_gradients():
    ours = gru(3, 5, rng()).double()
    reference = nn.GRU(3, 5, batch_first=True).double()
    weights = ours.weights
    nothing = torch.zeros(10).double()
    with torch.no_grad():
        reference.weight_ih_l0.copy_(weights.weight_ih)
        reference.weight_hh_l0.copy_(weights.weight_hh)
        reference.bias_ih_l0.copy_(weights.bias)
        reference.bias_hh_l0.copy_(torch.cat((nothing, weights.candidate_bias)))
    inputs, h = noise(1, 4, 7, 3).requires_grad_(), noise(2, 4, 5).requires_grad_()
    shown, state = ours(inputs, HiddenState(h))
    expected, last = reference(inputs, h[None])
    assert torch.allclose(shown, expected)
    assert torch.allclose(state.h, last[0])
    weigh = noise(3, 4, 7, 5)
    found = torch.autograd.grad((shown * weigh).sum(), [inputs, h, *weights])
    theirs = [getattr(reference, f"{name}_l0") for name in ("weight_ih", "weight_hh")]
    biases = [reference.bias_ih_l0, reference.bias_hh_l0]
    needed = list(
        torch.autograd.grad((expected * weigh).sum(), [inputs, h, *theirs, *biases])
    )
    needed[-1] = needed[-1][10:]  # the two other gates' second bias only doubles one
    for mine, reference_s in zip(found, needed, strict=True):
        assert torch.allclose(mine, reference_s)


def test_one_step_agrees_with_torch_s_cell():
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


def biased(keep):
    """A cell that looks at nothing: its gates follow the bias alone."""
    bias = torch.tensor([0.0, keep, 0.5]).double().repeat_interleave(2)
    zeros = [torch.zeros(6, n).double() for n in (3, 2)]
    return GRUWeights(*zeros, bias, torch.zeros(2).double())


def test_an_open_keep_gate_keeps_the_state_and_writes_nothing():
    h = noise(6, 4, 2)
    assert torch.equal(gru_cell(noise(7, 4, 3), HiddenState(h), biased(800.0)).h, h)


def test_a_shut_keep_gate_writes_the_candidate_alone():
    shown = gru_cell(noise(7, 4, 3), HiddenState(noise(6, 4, 2)), biased(-800.0)).h
    candidate = torch.full((4, 2), 0.5).double().tanh()
    assert torch.allclose(shown, candidate)


def test_a_new_state_lies_between_the_old_and_the_candidate():
    ours = gru(3, 5, rng(1)).double()
    shown = ours(noise(8, 2, 50, 3), ours.initial_state(2)).hidden_states
    assert shown.abs().max() < 1
