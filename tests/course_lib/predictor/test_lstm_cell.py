"""The LSTM by hand, against torch.nn in values and gradients; its gates one by one."""

import math
from functools import partial

import torch
from torch import nn

from course_lib.predictor.lstm_cell import (
    LSTMState,
    lstm,
    lstm_cell,
    lstm_unroll,
    apply_gates,
    add_forget_bias,
)
from course_lib.predictor.recurrent_cell import unroll

OPEN, SHUT = 800.0, -800.0  # a sigmoid is exactly 1 and 0 there


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def noise(seed, *shape):
    return torch.randn(*shape, generator=rng(seed), dtype=torch.float64)


def copied(ours, reference, suffix):
    """PyTorch's network with our weights; its second bias is 0."""
    reference = reference.double()
    names = [f"{name}{suffix}" for name in ("weight_ih", "weight_hh", "bias_ih")]
    with torch.no_grad():
        for name, value in zip(names, ours.weights, strict=True):
            getattr(reference, name).copy_(value)
        getattr(reference, f"bias_hh{suffix}").zero_()
    return reference, [getattr(reference, name) for name in names]


def test_one_step_agrees_with_torch_s_cell_in_values_and_gradients():
    ours = lstm(3, 5, rng()).double()
    reference, weights = copied(ours, nn.LSTMCell(3, 5), "")
    x, h, c = (noise(i, 4, n).requires_grad_() for i, n in enumerate((3, 5, 5)))
    found, needed = lstm_cell(x, LSTMState(h, c), ours.weights), reference(x, (h, c))
    for mine, theirs in zip(found, needed, strict=True):
        assert torch.allclose(mine, theirs)
    weigh = noise(9, 2, 4, 5)
    slopes = (
        torch.autograd.grad((torch.stack(tuple(new)) * weigh).sum(), [x, h, c, *learnt])
        for new, learnt in ((found, ours.weights), (needed, weights))
    )
    for mine, theirs in zip(*slopes, strict=True):
        assert torch.allclose(mine, theirs)


def test_a_sequence_agrees_with_the_cell_step_by_step_in_values_and_gradients():
    ours = lstm(3, 5, rng()).double()
    inputs = noise(1, 4, 9, 3).requires_grad_()
    start = LSTMState(*(noise(i, 4, 5).requires_grad_() for i in (2, 3)))
    ways = (lstm_unroll, partial(unroll, lstm_cell))
    found = [way(inputs, start, ours.weights) for way in ways]
    slopes = []
    for shown, state in found:
        weighed = (shown * noise(9, 4, 9, 5)).sum() + state.c.square().sum()
        slopes.append(torch.autograd.grad(weighed, [inputs, *start, *ours.weights]))
    for mine, theirs in zip(*slopes, strict=True):
        assert torch.allclose(mine, theirs)
    assert torch.allclose(found[0].hidden_states, found[1].hidden_states)
    for mine, theirs in zip(found[0].state, found[1].state, strict=True):
        assert torch.allclose(mine, theirs)


def test_a_sequence_agrees_with_torch_s_lstm():
    ours = lstm(3, 5, rng()).double()
    reference, weights = copied(ours, nn.LSTM(3, 5, batch_first=True), "_l0")
    inputs = noise(1, 4, 9, 3)
    shown, state = ours(inputs, ours.initial_state(4))
    expected, (h, c) = reference(inputs)
    assert torch.allclose(shown, expected)
    assert torch.allclose(torch.stack(tuple(state)), torch.cat((h, c)))
    found = torch.autograd.grad(shown.square().sum(), [*ours.weights])
    needed = torch.autograd.grad(expected.square().sum(), weights)
    for mine, theirs in zip(found, needed, strict=True):
        assert torch.allclose(mine, theirs)


def gates(write, forget, candidate, show):
    drives = torch.tensor([write, forget, candidate, show]).double()
    return drives.repeat_interleave(2).expand(3, 8)


def test_a_shut_write_gate_and_an_open_forget_gate_keep_the_memory():
    c = noise(1, 3, 2)
    assert torch.equal(apply_gates(gates(SHUT, OPEN, 1.0, 0.0), c).c, c)


def test_a_shut_forget_gate_forgets_all():
    c = noise(2, 3, 2)
    new = apply_gates(gates(OPEN, SHUT, 0.3, 0.0), c).c
    assert torch.allclose(new, torch.full_like(c, math.tanh(0.3)))


def test_a_shut_show_gate_shows_nothing_and_keeps_all():
    c = noise(3, 3, 2)
    state = apply_gates(gates(SHUT, OPEN, 0.0, SHUT), c)
    assert torch.equal(state.h, torch.zeros_like(c))
    assert torch.equal(state.c, c)


def test_the_forget_bias_really_is_added():
    ours = lstm(2, 3, rng()).weights
    silent = ours._replace(
        **{n: torch.zeros_like(w) for n, w in ours._asdict().items()}
    )
    state = LSTMState(torch.zeros(1, 3), torch.ones(1, 3))
    for bias in (0.0, 1.0, 4.0):
        kept = lstm_cell(torch.ones(1, 2), state, add_forget_bias(silent, bias)).c
        share = 1 / (1 + math.exp(-bias))
        assert torch.allclose(kept, torch.full((1, 3), share))


def test_it_opens_the_forget_gate_and_no_other():
    plain, open_ = (lstm(2, 3, rng(), forget_bias=b).weights for b in (0.0, 2.0))
    more = (open_.bias - plain.bias).view(4, 3)
    assert torch.allclose(more, torch.tensor([0.0, 2.0, 0.0, 0.0])[:, None])
    assert torch.equal(open_.weight_hh, plain.weight_hh)


def test_the_state_that_comes_in_is_left_alone():
    ours = lstm(3, 5, rng()).double()
    state = LSTMState(noise(1, 4, 5), noise(2, 4, 5))
    before = [part.clone() for part in state]
    x = noise(3, 4, 3)
    first, again = (lstm_cell(x, state, ours.weights) for _ in range(2))
    assert torch.equal(first.h, again.h)
    assert all(torch.equal(a, b) for a, b in zip(state, before, strict=True))
