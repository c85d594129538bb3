"""Watch two numbers play: the smallest game circles its equilibrium for ever.

The data are one point at 0, the generator is one point at theta, the judge is a line,
logit(x) = psi x. A state is (theta, psi) on the last axis; the equilibrium is (0, 0).
Logits say "real" upwards, as everywhere in the course; Mescheder et al. count them
the other way, which mirrors psi and changes no eigenvalue.

Source: Mescheder, Geiger and Nowozin 2018, section 2.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib.gan.penalties import r1_penalty
from course_lib.gan.ring_training import GameLosses

States = Float[Tensor, "*batch state"]  # (theta, psi)
Trajectory = Float[Tensor, "time *batch state"]
Jacobian = Float[Tensor, "velocity state"]


EQUILIBRIUM = (0.0, 0.0)


def field(state: States, game: GameLosses, *, gamma: float = 0.0) -> States:
    """The velocity (d theta/dt, d psi/dt): each player runs down its own slope.

    Taken by autograd from the same losses that train a network, and ``gamma`` weighs
    the same R1 penalty on the judge. Differentiable in ``state``.

    Raises:
        ValueError: if the last axis is not (theta, psi).
    """
    if state.shape[-1] != 2:
        raise ValueError(
            "A state is (theta, psi) on its last axis, got shape "
            f"{tuple(state.shape)}; stack the two there."
        )
    state = state if state.requires_grad else state.detach().requires_grad_()
    theta, psi = state.reshape(-1, 2).unbind(-1)
    data = torch.zeros_like(psi)
    judged = game.judge(psi * data, psi * theta).total
    charged = r1_penalty(lambda x: psi * x.squeeze(1), data.unsqueeze(1), gamma=gamma)
    forged = game.generator(psi * theta)
    (down_theta,) = torch.autograd.grad(forged, theta, create_graph=True)
    (down_psi,) = torch.autograd.grad(judged + charged, psi, create_graph=True)
    # losses are means over the states; a state's velocity depends on no other state
    return -len(psi) * torch.stack((down_theta, down_psi), -1).view_as(state)


def jacobian(game: GameLosses, *, gamma: float = 0.0) -> Jacobian:
    """How the velocity answers to a small step away from the equilibrium, by autograd.

    Row: component of the velocity; column: theta, psi. The real parts of its
    eigenvalues say whether the game comes to rest (negative) or circles (0).
    """
    rest = torch.tensor(EQUILIBRIUM, dtype=torch.float64)
    return torch.autograd.functional.jacobian(
        lambda state: field(state, game, gamma=gamma), rest
    )


def simultaneous(
    start: States, game: GameLosses, *, gamma: float, step: float, n_steps: int
) -> Trajectory:
    """Both players move at once, from the same state; the start comes first.

    Without R1 every turn leads further out: Euler's steps leave a circle.
    """
    path = [start.detach()]
    for _ in range(n_steps):
        move = step * field(path[-1], game, gamma=gamma)
        path.append(path[-1] + move.detach())
    return torch.stack(path)


def alternating(
    start: States, game: GameLosses, *, gamma: float, step: float, n_steps: int
) -> Trajectory:
    """The judge moves, then the generator answers the judge's new line.

    Without R1 the turns stay bounded, neither in nor out, while the step is small.
    """
    only_judge = torch.tensor((0.0, 1.0), dtype=start.dtype, device=start.device)
    path = [start.detach()]
    for _ in range(n_steps):
        state = path[-1]
        for whose in (only_judge, 1 - only_judge):
            state = state + step * whose * field(state, game, gamma=gamma).detach()
        path.append(state)
    return torch.stack(path)
