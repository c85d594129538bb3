"""A game pairs two losses: which pair is which, and what the pairs agree on."""

import math

import pytest
import torch

from course_lib.gan.ring_training import (
    HINGE,
    LEAST_SQUARES,
    NONSATURATING,
    SATURATING,
    WASSERSTEIN,
)

GAMES = (SATURATING, NONSATURATING, LEAST_SQUARES, HINGE, WASSERSTEIN)


def slope_on_fakes(loss, at):
    logits = torch.tensor([at], dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(loss(logits), logits)
    return slope.item()


@pytest.mark.parametrize("game", GAMES)
def test_every_forger_wants_what_the_judge_calls_real(game):
    for logit in (-3.0, 0.0, 0.5):
        assert slope_on_fakes(game.generator, logit) < 0


@pytest.mark.parametrize("game", GAMES)
def test_every_judge_gains_from_scoring_data_higher_and_fakes_lower(game):
    undecided = game.judge(torch.zeros(4), torch.zeros(4)).total
    right = game.judge(torch.full((4,), 0.3), torch.full((4,), -0.3)).total
    wrong = game.judge(torch.full((4,), -0.3), torch.full((4,), 0.3)).total
    assert wrong > undecided
    assert right < wrong


def test_in_the_saturating_game_both_move_one_value():
    fake = torch.linspace(-5, 5, 11)
    judged = SATURATING.judge(torch.zeros(1), fake).fake
    assert torch.allclose(SATURATING.generator(fake), -judged)


def test_only_the_generator_s_loss_tells_the_two_games_of_1_4_apart():
    assert SATURATING.judge is NONSATURATING.judge
    d = 1 / (1 + math.exp(8.0))
    assert slope_on_fakes(SATURATING.generator, -8.0) == pytest.approx(-d)
    assert slope_on_fakes(NONSATURATING.generator, -8.0) == pytest.approx(d - 1)


def test_no_two_games_are_the_same():
    real, fake = torch.tensor([0.2, 1.7]), torch.tensor([-0.4, 0.9])
    prices = {
        (round(g.judge(real, fake).total.item(), 5), round(g.generator(fake).item(), 5))
        for g in GAMES
    }
    assert len(prices) == len(GAMES)
