"""HiddenState Markov models: the forward algorithm against the sum over every path."""

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
    """log of the summed probabilities of all paths, each multiplied out."""
    start, move, emit = (table.exp() for table in model)
    totals = []
    for row in symbols.tolist():
        total = 0
        for path in product(range(len(start)), repeat=len(row)):
            p = start[path[0]] * emit[path[0], row[0]]
            for t in range(1, len(row)):
                p = p * move[path[t - 1], path[t]] * emit[path[t], row[t]]
            total = total + p
        totals.append(total.log())
    return torch.stack(totals)


def test_the_forward_algorithm_sums_over_every_hidden_path():
    for seed, states, length in ((0, 4, 6), (1, 2, 6), (2, 3, 1), (3, 1, 4)):
        model = random_model(seed, states)
        symbols = random_symbols(seed, n=2, length=length)
        expected = by_enumeration(model, symbols)
        assert torch.allclose(forward_algorithm(*model, symbols), expected)


def test_it_has_the_gradient_of_that_sum():
    tables = [table.requires_grad_() for table in random_model(4, states=3)]
    symbols = random_symbols(4, n=2, length=4)
    found = torch.autograd.grad(forward_algorithm(*tables, symbols).sum(), tables)
    needed = torch.autograd.grad(
        by_enumeration(HiddenMarkovModel(*tables), symbols).sum(), tables
    )
    for mine, reference in zip(found, needed, strict=True):
        assert torch.allclose(mine, reference)


def test_all_sequences_together_have_probability_1():
    everything = torch.tensor(list(product(range(3), repeat=5)))
    total = forward_algorithm(*random_model(5), everything).logsumexp(0)
    assert abs(total.item()) < 1e-12


def test_a_sequence_of_ten_thousand_frames_does_not_underflow():
    fair = HiddenMarkovModel(
        *(torch.full(s, 0.5).double().log() for s in ((2,), (2, 2), (2, 2)))
    )
    symbols = random_symbols(6, n=1, length=10_000, symbols=2)
    expected = 10_000 * math.log(0.5)
    assert math.isclose(forward_algorithm(*fair, symbols).item(), expected)


def test_renaming_the_hidden_states_changes_nothing():
    model, symbols = random_model(7), random_symbols(7)
    order = torch.tensor([2, 0, 3, 1])
    start, move, emit = model
    renamed = (start[order], move[order][:, order], emit[order])
    assert torch.allclose(
        forward_algorithm(*renamed, symbols), forward_algorithm(*model, symbols)
    )


def test_what_cannot_happen_has_probability_0():
    start, move, emit = random_model(8, states=2, symbols=2)
    emit = torch.eye(2).double().log()  # the symbol gives the state away
    move = torch.tensor([[0.5, 0.5], [0.0, 1.0]]).double().log()  # 1 is never left
    symbols = torch.tensor([[0, 1, 1], [0, 1, 0]])
    possible, impossible = forward_algorithm(start, move, emit, symbols)
    assert math.isclose(possible.item(), start[0].item() + math.log(0.5))
    assert impossible == -math.inf


def test_a_chain_walks_only_where_its_arrows_lead():
    around = torch.eye(3).roll(1, dims=1).log()  # 0 -> 1 -> 2 -> 0
    show = torch.eye(3)[:, [2, 0, 1]].log()
    model = HiddenMarkovModel(torch.tensor([1.0, 0, 0]).log(), around, show)
    chain = ancestral_sample(model, 4, 5, rng())
    assert chain.states.tolist() == [[0, 1, 2, 0, 1]] * 4
    assert chain.symbols.tolist() == [[1, 2, 0, 1, 2]] * 4


def test_samples_come_as_often_as_the_forward_algorithm_says():
    model, n = random_model(9), 40_000
    symbols = ancestral_sample(model, n, 3, rng()).symbols
    everything = torch.tensor(list(product(range(3), repeat=3)))
    share = forward_algorithm(*model, everything).exp()
    digits = symbols @ torch.tensor([9, 3, 1])
    found = torch.bincount(digits, minlength=27) / n
    error = (share * (1 - share) / n).sqrt()  # standard deviation of each frequency
    assert ((found - share).abs() < 4.5 * error + 1e-9).all()


def test_one_seed_tells_one_story():
    first, again, other = (
        ancestral_sample(random_model(0), 3, 8, rng(seed)).states for seed in (1, 1, 2)
    )
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_a_chain_of_no_frames_is_refused():
    with pytest.raises(ValueError, match="at least one frame"):
        ancestral_sample(random_model(0), 3, 0, rng())
