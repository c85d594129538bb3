"""The forward algorithm against the sum over all paths, and against samples."""

import math
from itertools import product

import pytest
import torch

from course_lib.predictor.hidden_markov import (
    HiddenMarkovModel,
    ancestral_sample,
    forward_algorithm,
)


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def random_model(seed, states=4, symbols=3):
    def logs(*shape):
        scores = 2 * torch.randn(*shape, generator=rng(seed), dtype=torch.float64)
        return scores.log_softmax(-1)

    return HiddenMarkovModel(logs(states), logs(states, states), logs(states, symbols))


def random_symbols(seed, n=5, length=6, symbols=3):
    return torch.randint(symbols, (n, length), generator=rng(seed))


def by_enumeration(model, symbols):
    """Log of the sum over all paths of their joint probabilities with the symbols."""
    initial, transition, emission = (table.exp() for table in model)
    totals = []
    for row in symbols.tolist():
        total = 0
        for path in product(range(len(initial)), repeat=len(row)):
            p = initial[path[0]] * emission[path[0], row[0]]
            for t in range(1, len(row)):
                p = p * transition[path[t - 1], path[t]] * emission[path[t], row[t]]
            total = total + p
        totals.append(total.log())
    return torch.stack(totals)


def test_the_forward_algorithm_equals_the_sum_over_all_paths():
    for seed, states, length in ((0, 4, 6), (1, 2, 6), (2, 3, 1), (3, 1, 4)):
        model = random_model(seed, states)
        symbols = random_symbols(seed, n=2, length=length)
        expected = by_enumeration(model, symbols)
        assert torch.allclose(forward_algorithm(*model, symbols), expected)


def test_its_gradient_is_that_of_the_sum_over_all_paths():
    tables = [table.requires_grad_() for table in random_model(4, states=3)]
    symbols = random_symbols(4, n=2, length=4)
    actual = torch.autograd.grad(forward_algorithm(*tables, symbols).sum(), tables)
    expected = torch.autograd.grad(
        by_enumeration(HiddenMarkovModel(*tables), symbols).sum(), tables
    )
    for mine, reference in zip(actual, expected, strict=True):
        assert torch.allclose(mine, reference)


def test_probabilities_of_all_sequences_sum_to_1():
    all_sequences = torch.tensor(list(product(range(3), repeat=5)))
    total = forward_algorithm(*random_model(5), all_sequences).logsumexp(0)
    assert abs(total.item()) < 1e-12


def test_a_sequence_of_ten_thousand_frames_does_not_underflow():
    fair = HiddenMarkovModel(
        *(torch.full(s, 0.5).double().log() for s in ((2,), (2, 2), (2, 2)))
    )
    symbols = random_symbols(6, n=1, length=10_000, symbols=2)
    expected = 10_000 * math.log(0.5)
    assert math.isclose(forward_algorithm(*fair, symbols).item(), expected)


def test_a_permutation_of_the_hidden_states_changes_nothing():
    model, symbols = random_model(7), random_symbols(7)
    order = torch.tensor([2, 0, 3, 1])
    initial, transition, emission = model
    permuted = (initial[order], transition[order][:, order], emission[order])
    assert torch.allclose(
        forward_algorithm(*permuted, symbols), forward_algorithm(*model, symbols)
    )


def test_impossible_sequences_have_log_probability_minus_infinity():
    initial, transition, emission = random_model(8, states=2, symbols=2)
    emission = torch.eye(2).double().log()  # the symbol is the state
    transition = (
        torch.tensor([[0.5, 0.5], [0.0, 1.0]]).double().log()
    )  # state 1 is absorbing
    symbols = torch.tensor([[0, 1, 1], [0, 1, 0]])
    possible, impossible = forward_algorithm(initial, transition, emission, symbols)
    assert math.isclose(possible.item(), initial[0].item() + math.log(0.5))
    assert impossible == -math.inf


def test_samples_follow_deterministic_transitions_and_emissions():
    cycle = torch.eye(3).roll(1, dims=1).log()  # 0 -> 1 -> 2 -> 0
    emission = torch.eye(3)[:, [2, 0, 1]].log()
    model = HiddenMarkovModel(torch.tensor([1.0, 0, 0]).log(), cycle, emission)
    sample = ancestral_sample(model, 4, 5, rng())
    assert sample.states.tolist() == [[0, 1, 2, 0, 1]] * 4
    assert sample.symbols.tolist() == [[1, 2, 0, 1, 2]] * 4


def test_frequencies_of_samples_agree_with_the_forward_algorithm():
    model, n = random_model(9), 40_000
    symbols = ancestral_sample(model, n, 3, rng()).symbols
    all_sequences = torch.tensor(list(product(range(3), repeat=3)))
    probability = forward_algorithm(*model, all_sequences).exp()
    digits = symbols @ torch.tensor([9, 3, 1])
    frequency = torch.bincount(digits, minlength=27) / n
    error = (probability * (1 - probability) / n).sqrt()  # of each frequency
    assert ((frequency - probability).abs() < 4.5 * error + 1e-9).all()


def test_a_seed_determines_the_sample():
    first, again, other = (
        ancestral_sample(random_model(0), 3, 8, rng(seed)).states for seed in (1, 1, 2)
    )
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_a_length_of_0_raises():
    with pytest.raises(ValueError, match="at least one frame"):
        ancestral_sample(random_model(0), 3, 0, rng())
