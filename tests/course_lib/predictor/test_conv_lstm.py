"""The ConvLSTM: an LSTM at every place, and the usual cell on joined inputs."""

import pytest
import torch
from torch import nn

from course_lib.predictor.conv_lstm import conv_lstm, conv_lstm_cell, conv_lstm_unroll
from course_lib.predictor.lstm_cell import LSTMState


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def noise(seed, *shape, dtype=torch.float64):
    return torch.randn(*shape, generator=rng(seed), dtype=dtype)


def small(kernel=3, channels=2, hidden=4):
    return conv_lstm(channels, hidden, rng(), kernel=kernel).double()


def usual_sequence(inputs, state, weights):
    """Join input and state, convolve them together, step by step."""
    h, c = state
    kernel = torch.cat((weights.weight_ih, weights.weight_hh), dim=1)
    padding = kernel.shape[-1] // 2
    shown = []
    for t in range(inputs.shape[1]):
        joined = torch.cat((inputs[:, t], h), dim=1)
        drive = nn.functional.conv2d(joined, kernel, weights.bias, padding=padding)
        i, f, g, o = drive.split(h.shape[1], dim=1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.tanh(c)
        shown.append(h)
    return torch.stack(shown, dim=1), (h, c)


def test_at_one_pixel_it_is_torch_s_lstm_cell_in_values_and_gradients():
    ours = small(kernel=1)
    reference = nn.LSTMCell(2, 4).double()
    with torch.no_grad():
        reference.weight_ih.copy_(ours.weight_ih.flatten(1))
        reference.weight_hh.copy_(ours.weight_hh.flatten(1))
        reference.bias_ih.copy_(ours.bias)
        reference.bias_hh.zero_()
    flat = [noise(i, 3, n).requires_grad_() for i, n in enumerate((2, 4, 4))]
    x, h, c = (part[:, :, None, None] for part in flat)
    found = [part.flatten(1) for part in conv_lstm_cell(x, LSTMState(h, c), ours.weights)]
    needed = reference(flat[0], (flat[1], flat[2]))
    for mine, theirs in zip(found, needed, strict=True):
        assert torch.allclose(mine, theirs)
    weigh = noise(9, 2, 3, 4)
    learnt = [reference.weight_ih, reference.weight_hh, reference.bias_ih]
    slopes = (
        torch.autograd.grad((torch.stack(tuple(new)) * weigh).sum(), [*flat, *weights])
        for new, weights in ((found, ours.weights), (needed, learnt))
    )
    for mine, theirs in zip(*slopes, strict=True):
        assert torch.allclose(mine.flatten(), theirs.flatten())


def test_with_kernels_of_one_pixel_every_place_is_alone():
    ours = small(kernel=1)
    x, h, c = noise(1, 2, 2, 3, 5), noise(2, 2, 4, 3, 5), noise(3, 2, 4, 3, 5)
    whole = conv_lstm_cell(x, LSTMState(h, c), ours.weights)
    row, column = 1, 4
    spot = (..., slice(row, row + 1), slice(column, column + 1))
    alone = conv_lstm_cell(x[spot], LSTMState(h[spot], c[spot]), ours.weights)
    assert torch.allclose(whole.h[spot], alone.h)


@pytest.mark.parametrize("kernel", [1, 3, 5])
def test_unrolled_it_is_the_usual_cell_in_values_and_gradients(kernel):
    ours = small(kernel)
    parts = [noise(1, 2, 5, 2, 6, 7)] + [noise(i, 2, 4, 6, 7) for i in (2, 3)]
    inputs, h, c = (part.requires_grad_() for part in parts)
    shown, state = conv_lstm_unroll(inputs, LSTMState(h, c), ours.weights)
    expected, last = usual_sequence(inputs, (h, c), ours.weights)
    assert torch.allclose(shown, expected)
    assert torch.allclose(torch.stack(tuple(state)), torch.stack(last))
    weigh, sources = noise(4, *shown.shape), [inputs, h, c, *ours.weights]
    found = torch.autograd.grad((shown * weigh).sum() + state.c.sum(), sources)
    needed = torch.autograd.grad((expected * weigh).sum() + last[1].sum(), sources)
    for mine, theirs in zip(found, needed, strict=True):
        assert torch.allclose(mine, theirs)


def test_unrolling_is_stepping():
    ours = small()
    inputs, state = noise(1, 2, 4, 2, 6, 7), ours.initial_state(2, 6, 7)
    shown, last = ours(inputs, state)
    for t in range(4):
        state = conv_lstm_cell(inputs[:, t], state, ours.weights)
        assert torch.allclose(shown[:, t], state.h)
    assert torch.allclose(last.c, state.c)


def test_what_moves_is_followed():
    ours = small()
    inputs = noise(2, 1, 3, 2, 14, 14)
    start = ours.initial_state(1, 14, 14)
    there = ours(inputs, start).hidden_states
    moved = ours(inputs.roll((1, 2), dims=(3, 4)), start).hidden_states
    inner = (..., slice(5, -5), slice(5, -5))  # zeros beyond the edge reach 3 + 2
    assert torch.allclose(moved.roll((-1, -2), dims=(3, 4))[inner], there[inner])


def test_sixteen_bits_stay_close_to_thirty_two():
    ours = conv_lstm(3, 8, rng(), kernel=3)
    inputs = noise(3, 2, 6, 3, 8, 8, dtype=torch.float32)
    exact = ours(inputs, ours.initial_state(2, 8, 8))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rough = ours(inputs, ours.initial_state(2, 8, 8))
    assert rough.state.c.dtype == torch.float32  # the memory keeps its precision
    assert torch.allclose(rough.hidden_states.float(), exact.hidden_states, atol=0.02)


def test_pictures_of_one_step_lie_side_by_side_channels_last():
    ours = conv_lstm(3, 8, rng(), kernel=3).to(memory_format=torch.channels_last)
    shown = ours(noise(4, 2, 5, 3, 8, 8).float(), ours.initial_state(2, 8, 8)).hidden_states
    assert shown[:, 1].is_contiguous(memory_format=torch.channels_last)


def test_a_kernel_without_a_middle_is_refused():
    with pytest.raises(ValueError, match="odd size, got 4"):
        conv_lstm(1, 2, rng(), kernel=4)
