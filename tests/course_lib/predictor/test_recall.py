"""The recall task: chance accuracy beyond the receptive field, solved within it."""

from math import log

import pytest
import torch
from torch import nn

from course_lib.predictor.lstm_cell import lstm
from course_lib.predictor.recall import (
    SYMBOLS,
    RecallModel,
    recall_accuracy,
    recall_step,
    sample_recall,
)
from course_lib.predictor.temporal_convolution import TemporalConvolution, TemporalSizes


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def test_the_target_is_the_first_of_lag_plus_1_symbols():
    task = sample_recall(50, 7, rng())
    assert task.inputs.shape == (50, 8, SYMBOLS)
    assert torch.equal(task.inputs.sum(2), torch.ones(50, 8))
    assert torch.equal(task.inputs[:, 0].argmax(1), task.targets)


def test_symbols_are_uniform_and_the_last_is_independent_of_the_first():
    task = sample_recall(40_000, 3, rng())
    first, last = task.targets, task.inputs[:, -1].argmax(1)
    frequencies = torch.bincount(first * SYMBOLS + last, minlength=SYMBOLS**2) / 40_000
    assert (frequencies - 1 / SYMBOLS**2).abs().max() < 0.003


def test_a_negative_lag_raises():
    with pytest.raises(ValueError, match="steps after the first"):
        sample_recall(3, -1, rng())


def trained_accuracy(sequence_model, lag, n_steps):
    model, generator = RecallModel(sequence_model, 16, rng(1)), rng(2)
    adam = torch.optim.Adam(model.parameters(), lr=1e-2)
    for _ in range(n_steps):
        recall_step(model, adam, lag, generator)
    return recall_accuracy(model, lag, generator)


def test_a_convolution_recalls_within_its_receptive_field_and_not_beyond():
    sizes = TemporalSizes(width=16, kernel=2, depth=3)
    network = TemporalConvolution(SYMBOLS, sizes, rng())
    assert trained_accuracy(network, sizes.receptive_field - 1, 150) > 0.9
    network = TemporalConvolution(SYMBOLS, sizes, rng())
    assert trained_accuracy(network, sizes.receptive_field, 50) < 0.2


def test_an_lstm_recalls_the_symbol_of_six_steps_ago():
    network = lstm(SYMBOLS, 16, rng(), forget_bias=2.0)
    assert trained_accuracy(network, 6, 200) > 0.9


def test_the_loss_starts_at_log_8_nats_and_decreases():
    model = RecallModel(lstm(SYMBOLS, 16, rng(), forget_bias=2.0), 16, rng(1))
    adam = torch.optim.Adam(model.parameters(), lr=1e-2)
    losses = [recall_step(model, adam, 2, rng(i)) for i in range(100)]
    assert abs(losses[0] - log(SYMBOLS)) < 0.1
    assert losses[-1] < 0.5 * losses[0]


def test_accuracy_of_a_model_that_outputs_its_first_input_is_1():
    class FirstInput(nn.Module):
        def last_output(self, inputs):
            return inputs[:, 0]

    model = RecallModel(FirstInput(), SYMBOLS, rng())
    with torch.no_grad():
        model.classifier.weight.copy_(torch.eye(SYMBOLS))
        model.classifier.bias.zero_()
    assert recall_accuracy(model, 20, rng()) == 1
    with torch.no_grad():
        model.classifier.weight.copy_(torch.eye(SYMBOLS).roll(1, 0))
    assert recall_accuracy(model, 20, rng()) == 0
