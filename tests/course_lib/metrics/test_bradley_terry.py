"""Strengths of the Bradley-Terry model: closed forms, another optimizer, errors."""

import numpy as np
import pytest
import scipy.optimize
import torch

from course_lib.metrics.bradley_terry import strengths


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def simulated_wins(scale, games, seed=0):
    """Wins of each player over each other one, in ``games`` games a pair."""
    p_win = scale[:, None] / (scale[:, None] + scale)
    wins = torch.binomial(torch.full_like(p_win, games), p_win, generator=rng(seed))
    upper = wins.triu(diagonal=1)
    return upper + (games - upper).triu(diagonal=1).T


def test_strengths_of_two_players_are_their_fractions_of_wins():
    found = strengths(torch.tensor([[0, 30.0], [10, 0]]))
    assert found.tolist() == pytest.approx([0.75, 0.25])


def test_a_cycle_of_equal_wins_gives_equal_strengths():
    cycle = torch.eye(5).roll(1, 1)
    torch.testing.assert_close(strengths(cycle), torch.full((5,), 0.2).double())


@pytest.mark.parametrize("seed", range(3))
def test_another_optimizer_finds_the_same_strengths(seed):
    wins = simulated_wins(torch.tensor([4.0, 2, 1, 1, 0.5]), 12.0, seed)
    wins[0, 4] = wins[4, 0] = 0  # a pair without comparisons
    w = wins.double().numpy()

    def loss(logs):
        differences = logs[:, None] - logs[None]
        return (w * np.logaddexp(0, -differences)).sum() + logs.mean() ** 2

    logs = scipy.optimize.minimize(loss, np.zeros(5), tol=1e-12).x
    expected = np.exp(logs) / np.exp(logs).sum()
    assert strengths(wins).numpy() == pytest.approx(expected, rel=1e-4)


def test_at_the_maximum_wins_equal_expected_wins():
    wins = simulated_wins(torch.tensor([3.0, 1, 2, 0.3]), 9.0).double()
    s = strengths(wins)
    expected = ((wins + wins.T) * s[:, None] / (s[:, None] + s)).sum(dim=1)
    torch.testing.assert_close(expected, wins.sum(dim=1))


def test_strengths_of_many_comparisons_are_close_to_the_true_ones():
    truth = torch.tensor([0.4, 0.3, 0.2, 0.1])
    found = strengths(simulated_wins(truth, 20_000.0))
    torch.testing.assert_close(found, truth.double(), atol=0.01, rtol=0)


def test_strengths_ignore_the_order_of_players_and_a_factor_of_all_counts():
    wins = simulated_wins(torch.tensor([3.0, 2, 1, 1]), 9.0)
    order = torch.tensor([2, 0, 3, 1])
    found = strengths(wins)
    torch.testing.assert_close(strengths(7 * wins), found)
    torch.testing.assert_close(strengths(wins[order][:, order]), found[order])


@pytest.mark.parametrize(
    ("wins", "words"),
    [
        ([[0.0, 2], [0, 0]], r"Players \[1\] never won, .* player 0"),
        ([[0.0, 1, 1, 0], [1, 0, 0, 1], [0, 0, 0, 1], [0, 0, 1, 0]], r"\[2, 3\]"),
        ([[0.0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0]], "no finite"),
        ([[0.0, 0], [0, 0]], "no finite"),
        ([[1.0, 2], [2, 0]], "diagonal"),
        ([[0.0, -2], [2, 0]], "not negative"),
        ([[0.0, torch.nan], [2, 0]], "finite"),
        ([[0.0, 1, 2], [2, 0, 1]], "square"),
        ([[0.0]], "two players"),
    ],
)
def test_comparisons_without_finite_strengths_raise_an_error(wins, words):
    with pytest.raises(ValueError, match=words):
        strengths(torch.tensor(wins))
