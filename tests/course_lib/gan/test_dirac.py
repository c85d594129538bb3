"""The Dirac-GAN: its vector field, its eigenvalues, and its trajectories."""

import math

import pytest
import torch

from course_lib.gan.dirac import (
    alternating_gradient_descent,
    jacobian,
    simultaneous_gradient_descent,
    vector_field,
)
from course_lib.gan.objectives import (
    HINGE,
    NONSATURATING,
    SATURATING,
    WASSERSTEIN,
    GANLosses,
    least_squares_discriminator_loss,
    least_squares_generator_loss,
)

OBJECTIVES = (SATURATING, NONSATURATING, WASSERSTEIN, HINGE)
STATES = torch.tensor([[1.0, 0.5], [-2.0, 0.3], [0.4, -1.1]], dtype=torch.float64)


def sigmoid(t):
    return 1 / (1 + torch.exp(-t))


def velocity(d_theta, d_psi):
    return torch.stack((d_theta, d_psi), -1)


def test_the_minimax_vector_field_agrees_with_the_paper():
    theta, psi = STATES.unbind(-1)
    slope = sigmoid(psi * theta)  # f'(psi theta) for f = softplus
    for gamma in (0.0, 0.7):
        expected = velocity(slope * psi, -slope * theta - gamma * psi)
        assert torch.allclose(vector_field(STATES, SATURATING, gamma=gamma), expected)


def test_the_nonsaturating_gradient_is_proportional_to_1_minus_d():
    theta, psi = STATES.unbind(-1)
    d_fake = sigmoid(psi * theta)
    expected = velocity((1 - d_fake) * psi, -d_fake * theta)
    assert torch.allclose(vector_field(STATES, NONSATURATING), expected)


def test_the_wasserstein_vector_field_is_a_rotation():
    theta, psi = STATES.unbind(-1)
    assert torch.allclose(vector_field(STATES, WASSERSTEIN), velocity(psi, -theta))


def test_the_hinge_vector_field_is_that_of_wasserstein_inside_the_margin():
    inside = STATES[:1]  # score 0.5 > -1
    assert torch.allclose(
        vector_field(inside, HINGE), vector_field(inside, WASSERSTEIN)
    )
    beyond = torch.tensor([[2.0, -1.0]], dtype=torch.float64)  # score -2: no loss
    assert torch.allclose(vector_field(beyond, HINGE), beyond.new_tensor([[-1.0, 0.0]]))


def test_the_vector_field_is_zero_at_the_equilibrium():
    for losses in OBJECTIVES:
        velocity_there = vector_field(torch.zeros(2), losses, gamma=0.5)
        assert torch.equal(velocity_there, torch.zeros(2))


def test_the_velocity_of_a_state_does_not_depend_on_the_batch():
    for losses in OBJECTIVES:
        batched = vector_field(STATES.view(3, 1, 2), losses, gamma=0.3)
        single = torch.stack(
            [vector_field(state, losses, gamma=0.3) for state in STATES]
        )
        assert batched.shape == (3, 1, 2)
        assert torch.allclose(batched.view(3, 2), single)


def test_without_r1_the_eigenvalues_are_purely_imaginary():
    for losses, slope in zip(OBJECTIVES, (0.5, 0.5, 1.0, 1.0), strict=True):
        eigenvalues = torch.linalg.eigvals(jacobian(losses))
        assert torch.allclose(eigenvalues.real, torch.zeros(2).double(), atol=1e-12)
        assert torch.allclose(eigenvalues.imag.abs(), torch.full((2,), slope).double())


def test_r1_makes_every_real_part_negative():
    for losses in OBJECTIVES:
        for gamma in (0.1, 1.5, 5.0):
            assert (torch.linalg.eigvals(jacobian(losses, gamma=gamma)).real < 0).all()


def test_simultaneous_steps_grow_by_the_modulus_of_the_eigenvalue():
    start, step = torch.tensor([1.0, 0.0], dtype=torch.float64), 0.1
    states = simultaneous_gradient_descent(
        start, WASSERSTEIN, gamma=0.0, step=step, n_steps=50
    )
    growth = math.sqrt(1 + step**2)  # |1 + i step| for eigenvalues +-i
    expected = torch.tensor([growth**n for n in range(51)], dtype=torch.float64)
    assert torch.allclose(states.norm(dim=-1), expected)


def test_alternating_steps_conserve_a_quadratic_form():
    start = torch.tensor([1.0, 0.0], dtype=torch.float64)
    states = alternating_gradient_descent(
        start, WASSERSTEIN, gamma=0.0, step=0.1, n_steps=500
    )
    theta, psi = states.unbind(-1)
    # both shear maps conserve this quadratic form
    conserved = theta**2 + psi**2 - 0.1 * theta * psi
    assert torch.allclose(conserved, torch.ones(501).double())


def test_with_r1_both_update_rules_converge():
    start = torch.tensor([[1.0, 0.5], [-2.0, 0.3]])
    for descend in (simultaneous_gradient_descent, alternating_gradient_descent):
        states = descend(start, SATURATING, gamma=0.5, step=0.1, n_steps=600)
        assert states.shape == (601, 2, 2)
        assert torch.equal(states[0], start)
        assert (states[-1].norm(dim=-1) < 1e-3).all()


def test_alternating_descent_updates_the_discriminator_first():
    start = torch.tensor([1.0, 0.0], dtype=torch.float64)
    states = alternating_gradient_descent(
        start, WASSERSTEIN, gamma=0.0, step=0.5, n_steps=1
    )
    assert torch.allclose(states[1], start.new_tensor([0.75, -0.5]))


def test_the_vector_field_accepts_any_pair_of_losses():
    squares = GANLosses(least_squares_discriminator_loss, least_squares_generator_loss)
    theta, psi = STATES.unbind(-1)
    score = psi * theta
    expected = velocity((1 - score) * psi, -score * theta)
    assert torch.allclose(vector_field(STATES, squares), expected)


def test_the_start_is_not_changed():
    start = torch.tensor([1.0, 0.5], requires_grad=True)
    states = simultaneous_gradient_descent(
        start, SATURATING, gamma=0.0, step=0.1, n_steps=3
    )
    assert start.tolist() == [1.0, 0.5]
    assert not states.requires_grad


def test_a_state_without_two_numbers_raises_an_error():
    with pytest.raises(ValueError, match="on the last axis"):
        vector_field(torch.zeros(3), SATURATING)
