"""The ConvLSTM against torch's LSTM cell and the cell on concatenated inputs."""

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


def concatenating_conv_lstm(inputs, state, weights):
    """Concatenate input and state and convolve both at once, step by step."""
    h, c = state
    kernel = torch.cat((weights.weight_ih, weights.weight_hh), dim=1)
    padding = kernel.shape[-1] // 2
    hidden_states = []
    for t in range(inputs.shape[1]):
        both = torch.cat((inputs[:, t], h), dim=1)
        gates = nn.functional.conv2d(both, kernel, weights.bias, padding=padding)
        i, f, g, o = gates.split(h.shape[1], dim=1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.tanh(c)
        hidden_states.append(h)
    return torch.stack(hidden_states, dim=1), (h, c)


def test_one_pixel_feature_maps_agree_with_torchs_lstm_cell_in_values_and_gradients():
    ours = small(kernel=1)
    reference = nn.LSTMCell(2, 4).double()
    with torch.no_grad():
        reference.weight_ih.copy_(ours.weight_ih.flatten(1))
        reference.weight_hh.copy_(ours.weight_hh.flatten(1))
        reference.bias_ih.copy_(ours.bias)
        reference.bias_hh.zero_()
    flat = [noise(i, 3, n).requires_grad_() for i, n in enumerate((2, 4, 4))]
    x, h, c = (tensor[:, :, None, None] for tensor in flat)
    state = conv_lstm_cell(x, LSTMState(h, c), ours.weights)
    actual = [tensor.flatten(1) for tensor in state]
    expected = reference(flat[0], (flat[1], flat[2]))
    for mine, theirs in zip(actual, expected, strict=True):
        assert torch.allclose(mine, theirs)
    cotangent = noise(9, 2, 3, 4)
    their_weights = [reference.weight_ih, reference.weight_hh, reference.bias_ih]
    gradients = (
        torch.autograd.grad(
            (torch.stack(tuple(new)) * cotangent).sum(), [*flat, *weights]
        )
        for new, weights in ((actual, ours.weights), (expected, their_weights))
    )
    for mine, theirs in zip(*gradients, strict=True):
        assert torch.allclose(mine.flatten(), theirs.flatten())


def test_with_1_x_1_kernels_no_pixel_depends_on_another():
    ours = small(kernel=1)
    x, h, c = noise(1, 2, 2, 3, 5), noise(2, 2, 4, 3, 5), noise(3, 2, 4, 3, 5)
    all_pixels = conv_lstm_cell(x, LSTMState(h, c), ours.weights)
    row, column = 1, 4
    pixel = (..., slice(row, row + 1), slice(column, column + 1))
    one_pixel = conv_lstm_cell(x[pixel], LSTMState(h[pixel], c[pixel]), ours.weights)
    assert torch.allclose(all_pixels.h[pixel], one_pixel.h)


@pytest.mark.parametrize("kernel", [1, 3, 5])
def test_unrolling_agrees_with_the_concatenating_cell_in_values_and_gradients(kernel):
    ours = small(kernel)
    tensors = [noise(1, 2, 5, 2, 6, 7)] + [noise(i, 2, 4, 6, 7) for i in (2, 3)]
    inputs, h, c = (tensor.requires_grad_() for tensor in tensors)
    hidden_states, state = conv_lstm_unroll(inputs, LSTMState(h, c), ours.weights)
    expected, last = concatenating_conv_lstm(inputs, (h, c), ours.weights)
    assert torch.allclose(hidden_states, expected)
    assert torch.allclose(torch.stack(tuple(state)), torch.stack(last))
    cotangent = noise(4, *expected.shape)
    arguments = [inputs, h, c, *ours.weights]
    gradients = (
        torch.autograd.grad((output * cotangent).sum() + last_c.sum(), arguments)
        for output, last_c in ((hidden_states, state.c), (expected, last[1]))
    )
    for mine, theirs in zip(*gradients, strict=True):
        assert torch.allclose(mine, theirs)


def test_unrolling_equals_repeated_application_of_the_cell():
    ours = small()
    inputs, state = noise(1, 2, 4, 2, 6, 7), ours.initial_state(2, 6, 7)
    hidden_states, last = ours(inputs, state)
    for t in range(4):
        state = conv_lstm_cell(inputs[:, t], state, ours.weights)
        assert torch.allclose(hidden_states[:, t], state.h)
    assert torch.allclose(last.c, state.c)


def test_it_is_equivariant_to_shifts_away_from_the_border():
    ours = small()
    inputs = noise(2, 1, 3, 2, 14, 14)
    start = ours.initial_state(1, 14, 14)
    original = ours(inputs, start).hidden_states
    shifted = ours(inputs.roll((1, 2), dims=(3, 4)), start).hidden_states
    inner = (..., slice(5, -5), slice(5, -5))  # the padding affects 3 + 2 pixels
    assert torch.allclose(shifted.roll((-1, -2), dims=(3, 4))[inner], original[inner])


def test_bfloat16_is_close_to_float32_and_keeps_the_cell_state_in_float32():
    ours = conv_lstm(3, 8, rng(), kernel=3)
    inputs = noise(3, 2, 6, 3, 8, 8, dtype=torch.float32)
    full = ours(inputs, ours.initial_state(2, 8, 8))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        reduced = ours(inputs, ours.initial_state(2, 8, 8))
    assert reduced.state.c.dtype == torch.float32
    assert torch.allclose(reduced.hidden_states.float(), full.hidden_states, atol=0.02)


def test_hidden_states_of_one_step_are_contiguous_in_channels_last_format():
    ours = conv_lstm(3, 8, rng(), kernel=3).to(memory_format=torch.channels_last)
    inputs = noise(4, 2, 5, 3, 8, 8).float()
    hidden_states = ours(inputs, ours.initial_state(2, 8, 8)).hidden_states
    assert hidden_states[:, 1].is_contiguous(memory_format=torch.channels_last)


def test_an_even_kernel_raises():
    with pytest.raises(ValueError, match=r"odd size.* got 4"):
        conv_lstm(1, 2, rng(), kernel=4)
