"""Two numbers play: where they circle, where they come to rest, what R1 changes."""

import math

import pytest
import torch

from course_lib.gan.dirac import alternating, field, jacobian, simultaneous
from course_lib.gan.objectives import (
    least_squares_discriminator_loss,
    least_squares_generator_loss,
)
from course_lib.gan.ring_training import (
    HINGE,
    NONSATURATING,
    SATURATING,
    WASSERSTEIN,
    GameLosses,
)

GAMES = (SATURATING, NONSATURATING, WASSERSTEIN, HINGE)
STATES = torch.tensor([[1.0, 0.5], [-2.0, 0.3], [0.4, -1.1]], dtype=torch.float64)


def sigmoid(t):
    return 1 / (1 + torch.exp(-t))


def velocity(towards_theta, towards_psi):
    return torch.stack((towards_theta, towards_psi), -1)


def test_the_minimax_velocity_is_the_paper_s():
    theta, psi = STATES.unbind(-1)
    pull = sigmoid(psi * theta)  # f'(psi theta) for f = softplus
    for gamma in (0.0, 0.7):
        expected = velocity(pull * psi, -pull * theta - gamma * psi)
        assert torch.allclose(field(STATES, SATURATING, gamma=gamma), expected)


def test_the_nonsaturating_generator_is_pulled_by_1_minus_d():
    theta, psi = STATES.unbind(-1)
    fooled = sigmoid(psi * theta)
    expected = velocity((1 - fooled) * psi, -fooled * theta)
    assert torch.allclose(field(STATES, NONSATURATING), expected)


def test_the_wasserstein_velocity_is_a_rotation():
    theta, psi = STATES.unbind(-1)
    assert torch.allclose(field(STATES, WASSERSTEIN), velocity(psi, -theta))


def test_the_hinge_turns_like_wasserstein_until_a_fake_is_safely_judged():
    inside = STATES[:1]  # score 0.5 > -1
    assert torch.allclose(field(inside, HINGE), field(inside, WASSERSTEIN))
    beyond = torch.tensor([[2.0, -1.0]], dtype=torch.float64)  # score -2: no charge
    assert torch.allclose(field(beyond, HINGE), beyond.new_tensor([[-1.0, 0.0]]))


def test_every_game_rests_at_the_equilibrium():
    for game in GAMES:
        rest = field(torch.zeros(2), game, gamma=0.5)
        assert torch.equal(rest, torch.zeros(2))


def test_a_state_s_velocity_does_not_depend_on_its_company():
    for game in GAMES:
        together = field(STATES.view(3, 1, 2), game, gamma=0.3)
        alone = torch.stack([field(state, game, gamma=0.3) for state in STATES])
        assert together.shape == (3, 1, 2)
        assert torch.allclose(together.view(3, 2), alone)


def test_without_r1_the_eigenvalues_are_purely_imaginary():
    for game, pull in zip(GAMES, (0.5, 0.5, 1.0, 1.0), strict=True):
        found = torch.linalg.eigvals(jacobian(game))
        assert torch.allclose(found.real, torch.zeros(2).double(), atol=1e-12)
        assert torch.allclose(found.imag.abs(), torch.full((2,), pull).double())


def test_r1_makes_every_real_part_negative():
    for game in GAMES:
        for gamma in (0.1, 1.5, 5.0):
            assert (torch.linalg.eigvals(jacobian(game, gamma=gamma)).real < 0).all()


def test_euler_steps_spiral_out_by_the_known_factor():
    start, step = torch.tensor([1.0, 0.0], dtype=torch.float64), 0.1
    path = simultaneous(start, WASSERSTEIN, gamma=0.0, step=step, n_steps=50)
    growth = math.sqrt(1 + step**2)  # |1 + i step| for eigenvalues +-i
    expected = torch.tensor([growth**n for n in range(51)], dtype=torch.float64)
    assert torch.allclose(path.norm(dim=-1), expected)


def test_alternating_steps_stay_on_their_orbit():
    start = torch.tensor([1.0, 0.0], dtype=torch.float64)
    path = alternating(start, WASSERSTEIN, gamma=0.0, step=0.1, n_steps=500)
    theta, psi = path.unbind(-1)
    # the shear maps of the two moves keep this quadratic form
    kept = theta**2 + psi**2 - 0.1 * theta * psi
    assert torch.allclose(kept, torch.ones(501).double())


def test_with_r1_both_ways_of_stepping_come_home():
    start = torch.tensor([[1.0, 0.5], [-2.0, 0.3]])
    for way in (simultaneous, alternating):
        path = way(start, SATURATING, gamma=0.5, step=0.1, n_steps=600)
        assert path.shape == (601, 2, 2)
        assert torch.equal(path[0], start)
        assert (path[-1].norm(dim=-1) < 1e-3).all()


def test_alternating_lets_the_judge_move_first():
    start = torch.tensor([1.0, 0.0], dtype=torch.float64)
    path = alternating(start, WASSERSTEIN, gamma=0.0, step=0.5, n_steps=1)
    assert torch.allclose(path[1], start.new_tensor([0.75, -0.5]))


def test_any_pair_of_losses_is_a_game():
    squares = GameLosses(least_squares_discriminator_loss, least_squares_generator_loss)
    theta, psi = STATES.unbind(-1)
    score = psi * theta
    expected = velocity((1 - score) * psi, -score * theta)
    assert torch.allclose(field(STATES, squares), expected)


def test_the_start_is_left_as_it_was():
    start = torch.tensor([1.0, 0.5], requires_grad=True)
    path = simultaneous(start, SATURATING, gamma=0.0, step=0.1, n_steps=3)
    assert start.tolist() == [1.0, 0.5]
    assert not path.requires_grad


def test_a_state_without_two_numbers_is_refused():
    with pytest.raises(ValueError, match="on its last axis"):
        field(torch.zeros(3), SATURATING)
