"""Jacobians of the last output: chain rule, finite differences, decay with the lag."""

import torch

from course_lib.predictor.gradient_flow import (
    jacobian_norms,
    jacobians_by_chain_rule,
    jacobians_by_lag,
)
from course_lib.predictor.lstm_cell import lstm
from course_lib.predictor.recurrent_cell import (
    CellWeights,
    HiddenState,
    rnn,
    rnn_cell,
    unroll,
)
from course_lib.predictor.temporal_convolution import TemporalConvolution, TemporalSizes


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def noise(seed, *shape):
    return torch.randn(*shape, generator=rng(seed), dtype=torch.float64)


def test_the_chain_rule_agrees_with_autograd():
    for seed in range(4):
        weights = CellWeights(noise(seed, 5, 3), noise(seed + 9, 5, 5), noise(7, 5))
        inputs, state = noise(seed + 20, 2, 6, 3), HiddenState(noise(seed + 30, 2, 5))
        actual = jacobians_by_lag(
            lambda x, w=weights, s=state: unroll(rnn_cell, x, s, w).state.h, inputs
        )
        expected = jacobians_by_chain_rule(inputs, state, weights)
        assert actual.shape == (2, 6, 5, 3)
        assert torch.allclose(actual, expected)


def test_the_jacobian_agrees_with_a_finite_difference():
    network = rnn(2, 3, rng()).double()
    inputs, step, lag = noise(1, 1, 5, 2), 1e-6, 3
    changed = inputs.clone()
    changed[0, -1 - lag, 1] += step
    difference = network.last_output(changed) - network.last_output(inputs)
    actual = jacobians_by_lag(network.last_output, inputs)[0, lag, :, 1]
    assert torch.allclose(actual, difference[0] / step, rtol=1e-4, atol=1e-9)


def test_norms_of_a_scaled_rotation_decay_by_its_scale_at_every_step():
    scale, rotation = 0.5, torch.linalg.qr(noise(2, 4, 4)).Q
    weights = CellWeights(
        torch.eye(4).double(), scale * rotation, torch.zeros(4).double()
    )
    inputs = torch.zeros(1, 8, 4).double()  # the derivative of tanh is 1 at 0
    norms = jacobian_norms(
        jacobians_by_chain_rule(
            inputs, HiddenState(torch.zeros(1, 4).double()), weights
        )
    )
    assert torch.allclose(norms, 2 * scale ** torch.arange(8).double())


def test_without_recurrent_weights_only_the_last_input_matters():
    network = rnn(3, 5, rng()).double()
    with torch.no_grad():
        network.weight_hh.zero_()
    norms = jacobian_norms(jacobians_by_lag(network.last_output, noise(3, 2, 6, 3)))
    assert norms[0] > 0
    assert (norms[1:] == 0).all()


def norms_of(network):
    last_output = network.double().last_output
    return jacobian_norms(jacobians_by_lag(last_output, noise(4, 3, 24, 3)))


def test_gradients_vanish_more_slowly_the_larger_the_forget_bias():
    networks = (
        rnn(3, 16, rng()),
        lstm(3, 16, rng(), forget_bias=1.0),
        lstm(3, 16, rng(), forget_bias=4.0),
    )
    norms = [norms_of(network) for network in networks]
    plain, bias_1, bias_4 = (norm[20] / norm[0] for norm in norms)
    assert plain < 0.1 * bias_1
    assert bias_1 < 0.1 * bias_4


def test_gradients_of_a_convolution_are_0_beyond_its_receptive_field():
    sizes = TemporalSizes(width=6, kernel=2, depth=3)
    norms = norms_of(TemporalConvolution(3, sizes, rng()))
    assert (norms[: sizes.receptive_field] > 0).all()
    assert (norms[sizes.receptive_field :] == 0).all()
