"""The Dirac-GAN: the training dynamics of the smallest GAN, with two parameters.

The data distribution is a point mass at 0 and the generator a point mass at theta. The
discriminator is linear, logit(x) = psi x. A state is (theta, psi) on the last axis; the
equilibrium is (0, 0).

A larger logit means real, as everywhere in the course. Mescheder et al. use the
opposite sign, which mirrors psi and leaves the eigenvalues unchanged.

Source: Mescheder, Geiger and Nowozin 2018, section 2.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib.gan.objectives import GANLosses
from course_lib.gan.penalties import r1_penalty

States = Float[Tensor, "*batch state"]  # (theta, psi)
Trajectory = Float[Tensor, "time *batch state"]
Jacobian = Float[Tensor, "velocity state"]


EQUILIBRIUM = (0.0, 0.0)


def vector_field(states: States, losses: GANLosses, *, gamma: float = 0.0) -> States:
    """The gradient vector field (d theta / dt, d psi / dt): minus each loss's gradient.

    The gradients come by autograd from the losses that also train the networks.
    ``gamma`` is the weight of the R1 penalty on the discriminator. The field is
    differentiable in ``states``.

    Raises:
        ValueError: if the last axis is not (theta, psi).
    """
    if states.shape[-1] != 2:
        raise ValueError(
            "A state is (theta, psi) on the last axis, so that axis must have length "
            f"2, but the shape is {tuple(states.shape)}. Stack theta and psi there."
        )
    states = states if states.requires_grad else states.detach().requires_grad_()
    theta, psi = states.reshape(-1, 2).unbind(-1)
    data = torch.zeros_like(psi)
    d_loss = losses.discriminator(psi * data, psi * theta).total
    r1 = r1_penalty(lambda x: psi * x.squeeze(1), data.unsqueeze(1), gamma=gamma)
    g_loss = losses.generator(psi * theta)
    (grad_theta,) = torch.autograd.grad(g_loss, theta, create_graph=True)
    (grad_psi,) = torch.autograd.grad(d_loss + r1, psi, create_graph=True)
    # losses are means over the states, and no state's velocity depends on another state
    return -len(psi) * torch.stack((grad_theta, grad_psi), -1).view_as(states)


def jacobian(losses: GANLosses, *, gamma: float = 0.0) -> Jacobian:
    """The Jacobian of the vector field at the equilibrium, by autograd; shape (2, 2).

    Rows are the components of the velocity, columns are theta and psi. Training
    converges locally if both eigenvalues have a negative real part; purely imaginary
    eigenvalues mean rotation around the equilibrium.
    """
    equilibrium = torch.tensor(EQUILIBRIUM, dtype=torch.float64)
    return torch.autograd.functional.jacobian(
        lambda state: vector_field(state, losses, gamma=gamma), equilibrium
    )


def simultaneous_gradient_descent(
    start: States, losses: GANLosses, *, gamma: float, step: float, n_steps: int
) -> Trajectory:
    """States under simultaneous updates of theta and psi, from ``start`` on.

    ``step`` is the learning rate. Without R1 the distance from the equilibrium grows
    with every step, since explicit Euler steps leave the circular orbits outwards.
    """
    states = [start.detach()]
    for _ in range(n_steps):
        update = step * vector_field(states[-1], losses, gamma=gamma)
        states.append(states[-1] + update.detach())
    return torch.stack(states)


def alternating_gradient_descent(
    start: States, losses: GANLosses, *, gamma: float, step: float, n_steps: int
) -> Trajectory:
    """States under alternating updates, from ``start`` on: first psi, then theta.

    Theta is updated with the new psi. Without R1 the distance from the equilibrium
    stays bounded but does not shrink, while the learning rate ``step`` is small.
    """
    psi_only = torch.tensor((0.0, 1.0), dtype=start.dtype, device=start.device)
    states = [start.detach()]
    for _ in range(n_steps):
        state = states[-1]
        for mask in (psi_only, 1 - psi_only):
            velocity = vector_field(state, losses, gamma=gamma).detach()
            state = state + step * mask * velocity
        states.append(state)
    return torch.stack(states)
