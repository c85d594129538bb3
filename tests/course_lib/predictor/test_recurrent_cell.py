"""The plain recurrent network, against torch.nn.RNN in values and gradients."""

import torch
from torch import nn

from course_lib.predictor.recurrent_cell import HiddenState, rnn, rnn_cell, unroll


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def noise(seed, *shape):
    return torch.randn(*shape, generator=rng(seed), dtype=torch.float64)


def pair(features=3, hidden=5):
    """Ours and PyTorch's network with the same weights; its second bias is 0."""
    ours = rnn(features, hidden, rng()).double()
    reference = nn.RNN(features, hidden, batch_first=True).double()
    names = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0")
    with torch.no_grad():
        for name, value in zip(names, ours.weights, strict=True):
            getattr(reference, name).copy_(value)
        reference.bias_hh_l0.zero_()
    return ours, reference, [getattr(reference, name) for name in names]


def test_reading_a_sequence_agrees_with_torch_s_rnn():
    ours, reference, _ = pair()
    inputs, h = noise(1, 4, 7, 3), noise(2, 4, 5)
    shown, state = ours(inputs, HiddenState(h))
    expected, last = reference(inputs, h[None])
    assert torch.allclose(shown, expected)
    assert torch.allclose(state.h, last[0])


def test_and_so_do_all_its_gradients():
    ours, reference, weights = pair()
    inputs, h = noise(1, 4, 7, 3).requires_grad_(), noise(2, 4, 5).requires_grad_()
    weigh = noise(3, 4, 7, 5)
    found = torch.autograd.grad(
        (ours(inputs, HiddenState(h)).hidden_states * weigh).sum(), [inputs, h, *ours.weights]
    )
    needed = torch.autograd.grad(
        (reference(inputs, h[None])[0] * weigh).sum(), [inputs, h, *weights]
    )
    for mine, theirs in zip(found, needed, strict=True):
        assert torch.allclose(mine, theirs)


def test_a_cell_without_weights_shows_its_bias():
    ours, *_ = pair()
    still = ours.weights._replace(
        weight_ih=torch.zeros(5, 3).double(), weight_hh=torch.zeros(5, 5).double()
    )
    shown = rnn_cell(noise(1, 4, 3), HiddenState(noise(2, 4, 5)), still).h
    assert torch.allclose(shown, still.bias.tanh().expand(4, 5))


def test_reading_in_two_parts_is_reading_at_once():
    ours, *_ = pair()
    inputs = noise(4, 2, 6, 3)
    whole = ours(inputs, ours.initial_state(2))
    first = ours(inputs[:, :2], ours.initial_state(2))
    second = ours(inputs[:, 2:], first.state)
    assert torch.allclose(torch.cat((first.hidden_states, second.hidden_states), 1), whole.hidden_states)
    assert torch.allclose(ours.last_output(inputs), whole.hidden_states[:, -1])


def test_nothing_is_remembered_between_two_questions():
    ours, *_ = pair()
    inputs, state = noise(5, 2, 6, 3), HiddenState(noise(6, 2, 5))
    before = state.h.clone()
    assert torch.equal(ours(inputs, state).hidden_states, ours(inputs, state).hidden_states)
    assert torch.equal(state.h, before)


def test_the_loop_serves_any_cell():
    def adding(x, state, weights):
        return HiddenState(state.h + weights * x)

    inputs = noise(7, 3, 5, 2)
    shown, state = unroll(adding, inputs, HiddenState(torch.zeros(3, 2).double()), 2.0)
    assert torch.allclose(shown, 2 * inputs.cumsum(1))
    assert torch.equal(state.h, shown[:, -1])


def test_no_weight_is_wider_than_the_fan_in_of_its_drive_allows():
    bound = (3 + 5) ** -0.5
    for value in rnn(3, 5, rng()).parameters():
        assert 0 < value.abs().max() <= bound
