"""One scale behind many choices: closed forms, another optimiser, and no scale."""

import numpy as np
import pytest
import scipy.optimize
import torch

from course_lib.metrics.bradley_terry import strengths


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def choices(scale, games, seed=0):
    """How often each was chosen over each, in so many games a pair."""
    chance = scale[:, None] / (scale[:, None] + scale)
    wins = torch.binomial(torch.full_like(chance, games), chance, generator=rng(seed))
    upper = wins.triu(diagonal=1)
    return upper + (games - upper).triu(diagonal=1).T


def test_two_players_share_as_they_won():
    found = strengths(torch.tensor([[0, 30.0], [10, 0]]))
    assert found.tolist() == pytest.approx([0.75, 0.25])


def test_a_ring_of_equal_wins_is_a_tie():
    ring = torch.eye(5).roll(1, 1)
    torch.testing.assert_close(strengths(ring), torch.full((5,), 0.2).double())


@pytest.mark.parametrize("seed", range(3))
def test_another_optimiser_climbs_to_the_same_strengths(seed):
    wins = choices(torch.tensor([4.0, 2, 1, 1, 0.5]), 12.0, seed)
    wins[0, 4] = wins[4, 0] = 0  # a pair that nobody was asked about
    w = wins.double().numpy()

    def loss(logs):
        apart = logs[:, None] - logs[None]
        return (w * np.logaddexp(0, -apart)).sum() + logs.mean() ** 2

    logs = scipy.optimize.minimize(loss, np.zeros(5), tol=1e-12).x
    expected = np.exp(logs) / np.exp(logs).sum()
    assert strengths(wins).numpy() == pytest.approx(expected, rel=1e-4)


def test_at_the_maximum_everybody_won_as_often_as_expected():
    wins = choices(torch.tensor([3.0, 1, 2, 0.3]), 9.0).double()
    s = strengths(wins)
    expected = ((wins + wins.T) * s[:, None] / (s[:, None] + s)).sum(dim=1)
    torch.testing.assert_close(expected, wins.sum(dim=1))


def test_many_choices_find_the_truth():
    truth = torch.tensor([0.4, 0.3, 0.2, 0.1])
    found = strengths(choices(truth, 20_000.0))
    torch.testing.assert_close(found, truth.double(), atol=0.01, rtol=0)


def test_names_do_not_matter_and_more_of_the_same_changes_nothing():
    wins, order = choices(torch.tensor([3.0, 2, 1, 1]), 9.0), torch.tensor([2, 0, 3, 1])
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
def test_choices_without_a_scale_are_refused(wins, words):
    with pytest.raises(ValueError, match=words):
        strengths(torch.tensor(wins))
