"""The recall task: chance without memory, solved with one that reaches far enough."""

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


def test_the_answer_is_the_first_symbol_of_lag_plus_1():
    task = sample_recall(50, 7, rng())
    assert task.inputs.shape == (50, 8, SYMBOLS)
    assert torch.equal(task.inputs.sum(2), torch.ones(50, 8))
    assert torch.equal(task.inputs[:, 0].argmax(1), task.targets)


def test_all_symbols_come_equally_often_and_the_last_tells_nothing():
    task = sample_recall(40_000, 3, rng())
    first, last = task.targets, task.inputs[:, -1].argmax(1)
    pairs = torch.bincount(first * SYMBOLS + last, minlength=SYMBOLS**2) / 40_000
    assert (pairs - 1 / SYMBOLS**2).abs().max() < 0.003


def test_a_time_before_the_first_symbol_is_refused():
    with pytest.raises(ValueError, match="steps after the first"):
        sample_recall(3, -1, rng())


def accuracy(memory, lag, n_steps):
    model, draws = RecallModel(memory, 16, rng(1)), rng(2)
    adam = torch.optim.Adam(model.parameters(), lr=1e-2)
    for _ in range(n_steps):
        recall_step(model, adam, lag, draws)
    return recall_accuracy(model, lag, draws)


def test_a_convolution_recalls_within_its_reach_and_guesses_beyond():
    sizes = TemporalSizes(width=16, kernel=2, depth=3)
    memory = TemporalConvolution(SYMBOLS, sizes, rng())
    assert accuracy(memory, sizes.receptive_field - 1, 150) > 0.9
    memory = TemporalConvolution(SYMBOLS, sizes, rng())
    assert accuracy(memory, sizes.receptive_field, 50) < 0.2


def test_an_lstm_recalls_the_symbol_of_six_steps_ago():
    assert accuracy(lstm(SYMBOLS, 16, rng(), forget_bias=2.0), 6, 200) > 0.9


def test_a_step_pays_log_8_for_knowing_nothing_and_learns():
    recaller = RecallModel(lstm(SYMBOLS, 16, rng(), forget_bias=2.0), 16, rng(1))
    adam = torch.optim.Adam(recaller.parameters(), lr=1e-2)
    losses = [recall_step(recaller, adam, 2, rng(i)) for i in range(100)]
    assert abs(losses[0] - log(SYMBOLS)) < 0.1
    assert losses[-1] < 0.5 * losses[0]


def test_accuracy_of_a_memory_that_shows_its_first_input_is_1():
    class First(nn.Module):
        def last_output(self, inputs):
            return inputs[:, 0]

    recaller = RecallModel(First(), SYMBOLS, rng())
    with torch.no_grad():
        recaller.answer.weight.copy_(torch.eye(SYMBOLS))
        recaller.answer.bias.zero_()
    assert recall_accuracy(recaller, 20, rng()) == 1
    with torch.no_grad():
        recaller.answer.weight.copy_(torch.eye(SYMBOLS).roll(1, 0))
    assert recall_accuracy(recaller, 20, rng()) == 0
