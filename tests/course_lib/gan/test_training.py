"""One step of the game: who moves, which way, and on what."""

import copy

import pytest
import torch
from torch.nn.functional import softplus

from course_lib.gan.networks import DigitSizes, PointSizes
from course_lib.gan.ring import sample_ring
from course_lib.gan.ring_training import HINGE, NONSATURATING, SATURATING, WASSERSTEIN
from course_lib.gan.training import (
    AVERAGING,
    DIGIT_GAMMA,
    RING_GAMMA,
    RING_RATE,
    digit_players,
    follow,
    generate,
    ring_players,
    train_step,
)

SMALL = PointSizes(width=16, depth=2)


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def weights(network):
    return torch.cat([p.detach().flatten() for p in network.parameters()])


def step(players, seed=1, game=NONSATURATING, r1_gamma=RING_GAMMA):
    return train_step(
        players, sample_ring(32, rng(2)), rng(seed), game, r1_gamma=r1_gamma
    )


@pytest.mark.parametrize("game", [SATURATING, NONSATURATING, HINGE, WASSERSTEIN])
def test_both_players_move_in_one_step(game):
    players = ring_players(rng(), SMALL)
    before = weights(players.generator), weights(players.judge)
    step(players, game=game)
    assert not torch.equal(before[0], weights(players.generator))
    assert not torch.equal(before[1], weights(players.judge))


@pytest.mark.parametrize("gamma", [0.0, 0.7])
def test_a_step_is_the_two_descents_written_out(gamma):
    players = ring_players(rng(), SMALL)
    twin = copy.deepcopy(players)
    _, losses = step(players, r1_gamma=gamma)

    real = sample_ring(32, rng(2)).requires_grad_()
    fake = twin.generator(torch.randn(32, 2, generator=rng(1)))
    on_real, on_fake = twin.judge(real), twin.judge(fake)
    (slope,) = torch.autograd.grad(on_real.sum(), real, create_graph=True)
    judged = softplus(-on_real).mean() + softplus(on_fake).mean()
    price = judged + gamma / 2 * slope.square().sum(1).mean()
    moves = torch.autograd.grad(
        price, [*twin.judge.parameters()], retain_graph=True, allow_unused=True
    )
    with torch.no_grad():
        for weight, move in zip(twin.judge.parameters(), moves, strict=True):
            weight -= RING_RATE * (0 if move is None else move)
    again = twin.generator(torch.randn(32, 2, generator=rng(1)))
    forged = softplus(-twin.judge(again)).mean()  # by the judge that has moved
    moves = torch.autograd.grad(forged, [*twin.generator.parameters()])
    with torch.no_grad():
        for weight, move in zip(twin.generator.parameters(), moves, strict=True):
            weight -= RING_RATE * move

    assert torch.allclose(weights(players.judge), weights(twin.judge), atol=1e-6)
    assert torch.allclose(
        weights(players.generator), weights(twin.generator), atol=1e-6
    )
    assert losses.judge == pytest.approx(judged.item(), rel=1e-5)
    assert losses.generator == pytest.approx(forged.item(), rel=1e-5)
    assert losses.verdict_real == pytest.approx(on_real.sigmoid().mean().item())
    assert losses.verdict_fake == pytest.approx(on_fake.sigmoid().mean().item())


def test_the_penalty_changes_the_judge_s_step_and_nothing_else_of_its_turn():
    with_r1, without = ring_players(rng(), SMALL), ring_players(rng(), SMALL)
    _, a = step(with_r1, r1_gamma=1.0)
    _, b = step(without, r1_gamma=0.0)
    assert (a.judge, a.verdict_real, a.verdict_fake) == (
        b.judge,
        b.verdict_real,
        b.verdict_fake,
    )
    assert not torch.equal(weights(with_r1.judge), weights(without.judge))


def test_after_a_step_the_judge_can_be_trained_again():
    players, _ = step(ring_players(rng(), SMALL))
    assert all(p.requires_grad for p in players.judge.parameters())
    assert not any(p.grad is None for p in players.judge.parameters())


def test_the_same_seed_plays_the_same_game():
    def play(seed):
        players, dice = ring_players(rng(seed), SMALL), rng(seed)
        for _ in range(5):
            players, losses = train_step(
                players, sample_ring(16, dice), dice, NONSATURATING, r1_gamma=0.1
            )
        return losses, weights(players.average)

    (losses, average), (again, average_again) = play(4), play(4)
    assert losses == again and torch.equal(average, average_again)
    assert losses != play(5)[0]


def test_the_data_of_a_step_are_left_as_they_were():
    real = sample_ring(16, rng())
    kept = real.clone()
    train_step(ring_players(rng(), SMALL), real, rng(), NONSATURATING, r1_gamma=0.1)
    assert torch.equal(real, kept) and not real.requires_grad


def test_the_average_is_a_geometric_mean_of_the_past():
    players = ring_players(rng(), SMALL)
    start = weights(players.average)
    with torch.no_grad():
        for weight in players.generator.parameters():
            weight.fill_(2.0)
    for _ in range(10):
        follow(players.average, players.generator)
    kept = AVERAGING**10
    assert torch.allclose(weights(players.average), kept * start + (1 - kept) * 2)


def test_generating_leaves_no_graph_and_repeats_for_one_seed():
    generator = ring_players(rng(), SMALL).average
    points = generate(generator, 7, rng(3))
    assert points.shape == (7, 2) and not points.requires_grad
    assert torch.equal(points, generate(generator, 7, rng(3)))


def test_players_for_digits_make_digits_and_learn():
    players = digit_players(rng(), DigitSizes(latent=4, width=2))
    real = torch.rand(8, 1, 32, 32, generator=rng(1)) * 2 - 1
    before = weights(players.generator)
    players, losses = train_step(
        players, real, rng(2), NONSATURATING, r1_gamma=DIGIT_GAMMA
    )
    assert generate(players.average, 3, rng()).shape == (3, 1, 32, 32)
    assert not torch.equal(before, weights(players.generator))
    assert all(torch.isfinite(torch.tensor(losses)))
