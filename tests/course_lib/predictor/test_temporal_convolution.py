"""Causal convolutions: agreement with torch, causality, receptive field."""

import pytest
import torch
from torch import nn

from course_lib.predictor.temporal_convolution import (
    TemporalConvolution,
    TemporalSizes,
    causal_convolution,
)


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def noise(seed, *shape):
    return torch.randn(*shape, generator=rng(seed), dtype=torch.float64)


@pytest.mark.parametrize(("taps", "dilation"), [(1, 1), (2, 1), (3, 2), (4, 3)])
def test_it_equals_the_first_outputs_of_torchs_padded_convolution(taps, dilation):
    past = (taps - 1) * dilation
    reference = nn.Conv1d(3, 5, taps, dilation=dilation, padding=past).double()
    x = noise(1, 2, 3, 11).requires_grad_()
    weight, bias = reference.weight, reference.bias
    actual = causal_convolution(x, weight, bias, dilation=dilation)
    expected = reference(x)[:, :, : x.shape[2]]
    assert torch.allclose(actual, expected)
    cotangent, arguments = noise(2, 2, 5, 11), [x, weight, bias]
    gradients = (
        torch.autograd.grad((output * cotangent).sum(), arguments)
        for output in (actual, expected)
    )
    for mine, theirs in zip(*gradients, strict=True):
        assert torch.allclose(mine, theirs)


def test_the_last_tap_multiplies_the_present_and_the_first_the_oldest_frame():
    x = torch.arange(1.0, 7.0).view(1, 1, 6)
    bias = torch.zeros(1)
    last_tap = causal_convolution(x, torch.tensor([[[0.0, 1.0]]]), bias, dilation=2)
    first_tap = causal_convolution(x, torch.tensor([[[1.0, 0.0]]]), bias, dilation=2)
    assert last_tap.flatten().tolist() == [1, 2, 3, 4, 5, 6]
    assert first_tap.flatten().tolist() == [0, 0, 1, 2, 3, 4]


def test_no_output_depends_on_a_later_frame():
    network = TemporalConvolution(3, TemporalSizes(width=8, depth=3), rng()).double()
    inputs = noise(3, 1, 12, 3)
    for t in range(11):
        changed = inputs.clone()
        changed[:, t + 1 :] = noise(4, 1, 11 - t, 3)
        before, after = network(inputs), network(changed)
        assert torch.equal(before[:, : t + 1], after[:, : t + 1])
        assert not torch.allclose(before[:, t + 1 :], after[:, t + 1 :])


def test_the_receptive_field_agrees_with_the_nonzero_gradients():
    for kernel, depth, n_frames in ((2, 1, 2), (2, 3, 8), (3, 4, 31)):
        sizes = TemporalSizes(width=6, kernel=kernel, depth=depth)
        assert sizes.receptive_field == n_frames
        network = TemporalConvolution(2, sizes, rng()).double()
        inputs = noise(5, 1, n_frames + 3, 2).requires_grad_()
        (gradient,) = torch.autograd.grad(network.last_output(inputs).sum(), inputs)
        is_used = gradient.abs().sum(dim=2)[0] > 0
        assert is_used.tolist() == [False] * 3 + [True] * n_frames


def test_layers_with_weights_of_0_are_the_identity():
    network = TemporalConvolution(2, TemporalSizes(4, 3, 2), rng()).double()
    inputs = noise(7, 2, 5, 2)
    with torch.no_grad():
        for values in network.layers.parameters():
            values.zero_()
    assert torch.allclose(network(inputs), network.input_projection(inputs))


def test_outputs_are_equivariant_to_shifts_in_time():
    network = TemporalConvolution(2, TemporalSizes(4, 3, 2), rng()).double()
    inputs = noise(6, 2, 20, 2)
    n = TemporalSizes(4, 3, 2).receptive_field
    original, shifted = network(inputs), network(inputs[:, 5:])
    assert torch.allclose(original[:, 5 + n :], shifted[:, n:])


def test_a_dilation_of_0_raises():
    with pytest.raises(ValueError, match="at least 1 frame apart"):
        causal_convolution(
            torch.zeros(1, 1, 4), torch.zeros(1, 1, 2), torch.zeros(1), dilation=0
        )
