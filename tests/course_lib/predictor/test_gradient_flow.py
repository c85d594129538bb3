"""How much an old input still counts: a product of Jacobians, which mostly fades."""

import torch

from course_lib.predictor.gradient_flow import (
    jacobians_by_lag,
    jacobian_norms,
    jacobians_by_chain_rule,
)
from course_lib.predictor.lstm_cell import lstm
from course_lib.predictor.recurrent_cell import HiddenState, CellWeights, rnn, rnn_cell, unroll
from course_lib.predictor.temporal_convolution import TemporalConvolution, TemporalSizes


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def noise(seed, *shape):
    return torch.randn(*shape, generator=rng(seed), dtype=torch.float64)


def test_the_product_of_jacobians_agrees_with_autograd():
    for seed in range(4):
        weights = CellWeights(noise(seed, 5, 3), noise(seed + 9, 5, 5), noise(7, 5))
        inputs, state = noise(seed + 20, 2, 6, 3), HiddenState(noise(seed + 30, 2, 5))
        found = jacobians_by_lag(
            lambda x, w=weights, s=state: unroll(rnn_cell, x, s, w).state.h, inputs
        )
        needed = jacobians_by_chain_rule(inputs, state, weights)
        assert found.shape == (2, 6, 5, 3)
        assert torch.allclose(found, needed)


def test_the_jacobian_is_what_a_small_push_does():
    memory = rnn(2, 3, rng()).double()
    inputs, push, lag = noise(1, 1, 5, 2), 1e-6, 3
    pushed = inputs.clone()
    pushed[0, -1 - lag, 1] += push
    slope = (memory.last_output(pushed) - memory.last_output(inputs))[0] / push
    found = jacobians_by_lag(memory.last_output, inputs)[0, lag, :, 1]
    assert torch.allclose(found, slope, rtol=1e-4, atol=1e-9)


def test_a_silent_scaled_rotation_fades_by_its_scale_at_every_step():
    scale, turn = 0.5, torch.linalg.qr(noise(2, 4, 4)).Q
    weights = CellWeights(torch.eye(4).double(), scale * turn, torch.zeros(4).double())
    silence = torch.zeros(1, 8, 4).double()  # tanh' is 1 there
    norms = jacobian_norms(
        jacobians_by_chain_rule(silence, HiddenState(torch.zeros(1, 4).double()), weights)
    )
    assert torch.allclose(norms, 2 * scale ** torch.arange(8).double())


def test_a_network_without_recurrence_has_no_memory():
    memory = rnn(3, 5, rng()).double()
    with torch.no_grad():
        memory.weight_hh.zero_()
    norms = jacobian_norms(jacobians_by_lag(memory.last_output, noise(3, 2, 6, 3)))
    assert norms[0] > 0
    assert (norms[1:] == 0).all()


def norms_of(memory):
    return jacobian_norms(jacobians_by_lag(memory.double().last_output, noise(4, 3, 24, 3)))


def test_a_plain_network_fades_faster_than_one_whose_forget_gates_are_open():
    plain, gated = norms_of(rnn(3, 16, rng())), norms_of(lstm(3, 16, rng()))
    wide = norms_of(lstm(3, 16, rng(), forget_bias=4.0))
    lag = 20
    assert plain[lag] / plain[0] < 0.1 * gated[lag] / gated[0]
    assert gated[lag] / gated[0] < 0.1 * wide[lag] / wide[0]


def test_a_convolution_s_memory_ends_where_its_reach_does():
    sizes = TemporalSizes(width=6, kernel=2, depth=3)
    norms = norms_of(TemporalConvolution(3, sizes, rng()))
    assert (norms[: sizes.receptive_field] > 0).all()
    assert (norms[sizes.receptive_field :] == 0).all()
