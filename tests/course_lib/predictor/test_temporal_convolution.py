"""Causal convolutions: like torch's, shifted so that nobody peeks."""

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
def test_it_is_torch_s_padded_convolution_cut_to_the_past(taps, dilation):
    past = (taps - 1) * dilation
    reference = nn.Conv1d(3, 5, taps, dilation=dilation, padding=past).double()
    x = noise(1, 2, 3, 11).requires_grad_()
    found = causal_convolution(x, reference.weight, reference.bias, dilation=dilation)
    needed = reference(x)[:, :, : x.shape[2]]
    assert torch.allclose(found, needed)
    weigh, sources = noise(2, 2, 5, 11), [x, reference.weight, reference.bias]
    mine = torch.autograd.grad((found * weigh).sum(), sources)
    theirs = torch.autograd.grad((needed * weigh).sum(), sources)
    for a, b in zip(mine, theirs, strict=True):
        assert torch.allclose(a, b)


def test_the_last_tap_weighs_the_present_and_the_first_the_oldest():
    x = torch.arange(1.0, 7.0).view(1, 1, 6)
    bias = torch.zeros(1)
    now = causal_convolution(x, torch.tensor([[[0.0, 1.0]]]), bias, dilation=2)
    before = causal_convolution(x, torch.tensor([[[1.0, 0.0]]]), bias, dilation=2)
    assert now.flatten().tolist() == [1, 2, 3, 4, 5, 6]
    assert before.flatten().tolist() == [0, 0, 1, 2, 3, 4]


def test_no_output_peeks_at_a_later_frame():
    network = TemporalConvolution(3, TemporalSizes(width=8, depth=3), rng()).double()
    inputs = noise(3, 1, 12, 3)
    for t in range(11):
        changed = inputs.clone()
        changed[:, t + 1 :] = noise(4, 1, 11 - t, 3)
        same, other = network(inputs), network(changed)
        assert torch.equal(same[:, : t + 1], other[:, : t + 1])
        assert not torch.allclose(same[:, t + 1 :], other[:, t + 1 :])


def test_its_reach_is_the_sum_of_its_dilations():
    for kernel, depth, reach in ((2, 1, 2), (2, 3, 8), (3, 4, 31)):
        sizes = TemporalSizes(width=6, kernel=kernel, depth=depth)
        assert sizes.receptive_field == reach
        network = TemporalConvolution(2, sizes, rng()).double()
        inputs = noise(5, 1, reach + 3, 2).requires_grad_()
        (slope,) = torch.autograd.grad(network.last_output(inputs).sum(), inputs)
        seen = slope.abs().sum(dim=2)[0] > 0
        assert seen.tolist() == [False] * 3 + [True] * reach


def test_layers_that_find_nothing_let_everything_by():
    network = TemporalConvolution(2, TemporalSizes(4, 3, 2), rng()).double()
    inputs = noise(7, 2, 5, 2)
    with torch.no_grad():
        for values in network.layers.parameters():
            values.zero_()
    assert torch.allclose(network(inputs), network.entry(inputs))


def test_a_film_that_starts_later_is_answered_later():
    network = TemporalConvolution(2, TemporalSizes(4, 3, 2), rng()).double()
    inputs = noise(6, 2, 20, 2)
    reach = TemporalSizes(4, 3, 2).receptive_field
    whole, later = network(inputs), network(inputs[:, 5:])
    assert torch.allclose(whole[:, 5 + reach :], later[:, reach:])


def test_taps_that_do_not_spread_are_refused():
    with pytest.raises(ValueError, match="at least 1 frame apart"):
        causal_convolution(
            torch.zeros(1, 1, 4), torch.zeros(1, 1, 2), torch.zeros(1), dilation=0
        )
