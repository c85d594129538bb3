"""The plain recurrent network, against torch.nn.RNN in values and gradients."""

import torch
from torch import nn

from course_lib.predictor.recurrent_cell import HiddenState, rnn, rnn_cell, unroll


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def noise(seed, *shape):
    return torch.randn(*shape, generator=rng(seed), dtype=torch.float64)


def pair(features=3, hidden=5):
    """Our network and PyTorch's with the same weights; PyTorch's second bias is 0."""
    ours = rnn(features, hidden, rng()).double()
    reference = nn.RNN(features, hidden, batch_first=True).double()
    names = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0")
    with torch.no_grad():
        for name, value in zip(names, ours.weights, strict=True):
            getattr(reference, name).copy_(value)
        reference.bias_hh_l0.zero_()
    return ours, reference, [getattr(reference, name) for name in names]


def test_hidden_states_agree_with_torchs_rnn():
    ours, reference, _ = pair()
    inputs, h = noise(1, 4, 7, 3), noise(2, 4, 5)
    hidden_states, state = ours(inputs, HiddenState(h))
    expected, last = reference(inputs, h[None])
    assert torch.allclose(hidden_states, expected)
    assert torch.allclose(state.h, last[0])


def test_all_gradients_agree_with_torchs_rnn():
    ours, reference, weights = pair()
    inputs, h = noise(1, 4, 7, 3).requires_grad_(), noise(2, 4, 5).requires_grad_()
    cotangent = noise(3, 4, 7, 5)
    actual = torch.autograd.grad(
        (ours(inputs, HiddenState(h)).hidden_states * cotangent).sum(),
        [inputs, h, *ours.weights],
    )
    expected = torch.autograd.grad(
        (reference(inputs, h[None])[0] * cotangent).sum(), [inputs, h, *weights]
    )
    for mine, theirs in zip(actual, expected, strict=True):
        assert torch.allclose(mine, theirs)


def test_with_weights_of_0_the_hidden_state_is_tanh_of_the_bias():
    ours, *_ = pair()
    bias_only = ours.weights._replace(
        weight_ih=torch.zeros(5, 3).double(), weight_hh=torch.zeros(5, 5).double()
    )
    h = rnn_cell(noise(1, 4, 3), HiddenState(noise(2, 4, 5)), bias_only).h
    assert torch.allclose(h, bias_only.bias.tanh().expand(4, 5))


def test_a_sequence_in_two_parts_gives_the_same_hidden_states():
    ours, *_ = pair()
    inputs = noise(4, 2, 6, 3)
    expected = ours(inputs, ours.initial_state(2)).hidden_states
    first = ours(inputs[:, :2], ours.initial_state(2))
    second = ours(inputs[:, 2:], first.state)
    actual = torch.cat((first.hidden_states, second.hidden_states), dim=1)
    assert torch.allclose(actual, expected)
    assert torch.allclose(ours.last_output(inputs), expected[:, -1])


def test_the_module_stores_no_state_between_calls():
    ours, *_ = pair()
    inputs, state = noise(5, 2, 6, 3), HiddenState(noise(6, 2, 5))
    before = state.h.clone()
    assert torch.equal(
        ours(inputs, state).hidden_states, ours(inputs, state).hidden_states
    )
    assert torch.equal(state.h, before)


def test_unroll_works_with_any_cell():
    def adding_cell(x, state, weights):
        return HiddenState(state.h + weights * x)

    inputs = noise(7, 3, 5, 2)
    hidden_states, state = unroll(
        adding_cell, inputs, HiddenState(torch.zeros(3, 2).double()), 2.0
    )
    assert torch.allclose(hidden_states, 2 * inputs.cumsum(1))
    assert torch.equal(state.h, hidden_states[:, -1])


def test_initial_weights_are_bounded_by_the_fan_in_of_a_pre_activation():
    bound = (3 + 5) ** -0.5
    for value in rnn(3, 5, rng()).parameters():
        assert 0 < value.abs().max() <= bound
