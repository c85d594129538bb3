"""The LSTM against torch.nn in values and gradients, and its gates one by one."""

import math
from functools import partial

import torch
from torch import nn

from course_lib.predictor.lstm_cell import (
    LSTMState,
    add_forget_bias,
    apply_gates,
    lstm,
    lstm_cell,
    lstm_unroll,
)
from course_lib.predictor.recurrent_cell import unroll

ONE, ZERO = 800.0, -800.0  # pre-activations at which a sigmoid is exactly 1 and 0


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def noise(seed, *shape):
    return torch.randn(*shape, generator=rng(seed), dtype=torch.float64)


def with_our_weights(ours, reference, suffix):
    """PyTorch's network with our weights; its second bias is 0."""
    reference = reference.double()
    names = [f"{name}{suffix}" for name in ("weight_ih", "weight_hh", "bias_ih")]
    with torch.no_grad():
        for name, value in zip(names, ours.weights, strict=True):
            getattr(reference, name).copy_(value)
        getattr(reference, f"bias_hh{suffix}").zero_()
    return reference, [getattr(reference, name) for name in names]


def test_one_step_agrees_with_torchs_cell_in_values_and_gradients():
    ours = lstm(3, 5, rng()).double()
    reference, weights = with_our_weights(ours, nn.LSTMCell(3, 5), "")
    x, h, c = (noise(i, 4, n).requires_grad_() for i, n in enumerate((3, 5, 5)))
    actual = lstm_cell(x, LSTMState(h, c), ours.weights)
    expected = reference(x, (h, c))
    for mine, theirs in zip(actual, expected, strict=True):
        assert torch.allclose(mine, theirs)
    cotangent = noise(9, 2, 4, 5)
    gradients = (
        torch.autograd.grad(
            (torch.stack(tuple(new)) * cotangent).sum(), [x, h, c, *parameters]
        )
        for new, parameters in ((actual, ours.weights), (expected, weights))
    )
    for mine, theirs in zip(*gradients, strict=True):
        assert torch.allclose(mine, theirs)


def test_a_sequence_agrees_with_the_cell_step_by_step_in_values_and_gradients():
    ours = lstm(3, 5, rng()).double()
    inputs = noise(1, 4, 9, 3).requires_grad_()
    initial = LSTMState(*(noise(i, 4, 5).requires_grad_() for i in (2, 3)))
    unrolls = (lstm_unroll, partial(unroll, lstm_cell))
    outputs = [function(inputs, initial, ours.weights) for function in unrolls]
    gradients = []
    for hidden_states, state in outputs:
        total = (hidden_states * noise(9, 4, 9, 5)).sum() + state.c.square().sum()
        gradients.append(torch.autograd.grad(total, [inputs, *initial, *ours.weights]))
    for mine, theirs in zip(*gradients, strict=True):
        assert torch.allclose(mine, theirs)
    assert torch.allclose(outputs[0].hidden_states, outputs[1].hidden_states)
    for mine, theirs in zip(outputs[0].state, outputs[1].state, strict=True):
        assert torch.allclose(mine, theirs)


def test_a_sequence_agrees_with_torchs_lstm():
    ours = lstm(3, 5, rng()).double()
    reference, weights = with_our_weights(ours, nn.LSTM(3, 5, batch_first=True), "_l0")
    inputs = noise(1, 4, 9, 3)
    hidden_states, state = ours(inputs, ours.initial_state(4))
    expected, (h, c) = reference(inputs)
    assert torch.allclose(hidden_states, expected)
    assert torch.allclose(torch.stack(tuple(state)), torch.cat((h, c)))
    actual = torch.autograd.grad(hidden_states.square().sum(), [*ours.weights])
    reference_gradients = torch.autograd.grad(expected.square().sum(), weights)
    for mine, theirs in zip(actual, reference_gradients, strict=True):
        assert torch.allclose(mine, theirs)


def pre_activations(i, f, g, o):
    blocks = torch.tensor([i, f, g, o]).double()
    return blocks.repeat_interleave(2).expand(3, 8)


def test_an_input_gate_of_0_and_a_forget_gate_of_1_keep_the_cell_state():
    c = noise(1, 3, 2)
    assert torch.equal(apply_gates(pre_activations(ZERO, ONE, 1.0, 0.0), c).c, c)


def test_a_forget_gate_of_0_removes_the_old_cell_state():
    c = noise(2, 3, 2)
    new = apply_gates(pre_activations(ONE, ZERO, 0.3, 0.0), c).c
    assert torch.allclose(new, torch.full_like(c, math.tanh(0.3)))


def test_an_output_gate_of_0_hides_the_cell_state_and_leaves_it_unchanged():
    c = noise(3, 3, 2)
    state = apply_gates(pre_activations(ZERO, ONE, 0.0, ZERO), c)
    assert torch.equal(state.h, torch.zeros_like(c))
    assert torch.equal(state.c, c)


def test_the_forget_bias_determines_the_forget_gate_of_a_cell_without_weights():
    ours = lstm(2, 3, rng()).weights
    zero_weights = ours._replace(
        **{n: torch.zeros_like(w) for n, w in ours._asdict().items()}
    )
    state = LSTMState(torch.zeros(1, 3), torch.ones(1, 3))
    for bias in (0.0, 1.0, 4.0):
        c = lstm_cell(torch.ones(1, 2), state, add_forget_bias(zero_weights, bias)).c
        forget_gate = 1 / (1 + math.exp(-bias))
        assert torch.allclose(c, torch.full((1, 3), forget_gate))


def test_the_forget_bias_changes_no_other_gate():
    bias_0, bias_2 = (lstm(2, 3, rng(), forget_bias=b).weights for b in (0.0, 2.0))
    difference = (bias_2.bias - bias_0.bias).view(4, 3)
    assert torch.allclose(difference, torch.tensor([0.0, 2.0, 0.0, 0.0])[:, None])
    assert torch.equal(bias_2.weight_hh, bias_0.weight_hh)


def test_the_cell_does_not_change_its_input_state_in_place():
    ours = lstm(3, 5, rng()).double()
    state = LSTMState(noise(1, 4, 5), noise(2, 4, 5))
    before = [tensor.clone() for tensor in state]
    x = noise(3, 4, 3)
    first, second = (lstm_cell(x, state, ours.weights) for _ in range(2))
    assert torch.equal(first.h, second.h)
    assert all(torch.equal(a, b) for a, b in zip(state, before, strict=True))
