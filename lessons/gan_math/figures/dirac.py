"""The phase portrait of the Dirac-GAN, with its eigenvalues at the equilibrium."""

import torch
from torch import Tensor

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
)
from course_lib.plotting import (
    ACCENT,
    FAINT,
    INK,
    MODEL,
    Axes,
    Figure,
    Layout,
    Number,
    course_style,
    describe,
    figure,
    format_number,
    title,
)

OBJECTIVES = {
    "minimax": SATURATING,
    "non-saturating": NONSATURATING,
    "hinge": HINGE,
    "Wasserstein": WASSERSTEIN,
}
UPDATES = {
    "alternating": alternating_gradient_descent,
    "simultaneous": simultaneous_gradient_descent,
}
START = torch.tensor([1.2, 0.0], dtype=torch.float64)
LIMIT = 2.0  # of both axes of the phase plane
STEP, N_STEPS = 0.25, 120


@course_style
def phase_portrait(
    loss: str = "minimax", gamma: Number = 0.0, updates: str = "alternating"
) -> Figure:
    """The vector field and a trajectory of the Dirac-GAN, and its eigenvalues.

    Left: arrows show the gradient vector field; the line is a trajectory of 120 steps
    that starts at the dot. Right: the eigenvalues of the Jacobian at the equilibrium.
    Training converges if they lie left of the imaginary axis and rotates if they lie on
    it; ``gamma`` is the weight of R1, which moves them to the left.

    Raises:
        ValueError: if there is no such loss or update rule.
    """
    for name, known in ((loss, OBJECTIVES), (updates, UPDATES)):
        if name not in known:
            raise ValueError(f'"{name}" is unknown; choose from {", ".join(known)}.')
    losses, gamma = OBJECTIVES[loss], float(gamma)
    trajectory = UPDATES[updates](
        START, losses, gamma=gamma, step=STEP, n_steps=N_STEPS
    )
    eigenvalues = torch.linalg.eigvals(jacobian(losses, gamma=gamma))
    behaviour = _behaviour(trajectory, eigenvalues)
    layout = Layout(left=0.7, right=0.25, top=0.4, wspace=0.9, width_ratios=(3, 2.15))
    drawing, (plane, spectrum) = figure(7, 3.9, layout)
    _draw_vector_field(plane, losses, gamma)
    plane.plot(*trajectory.T, color=MODEL)
    plane.plot(*START, "o", color=MODEL)
    plane.plot(0, 0, "+", color=INK, markersize=10, markeredgewidth=1.6)
    ticks = [-2, -1, 0, 1, 2]
    plane.set(xlim=(-LIMIT, LIMIT), ylim=(-LIMIT, LIMIT), xticks=ticks, yticks=ticks)
    plane.set(xlabel="generator θ", ylabel="discriminator ψ")
    title(
        plane,
        f"{loss[0].upper()}{loss[1:]}, $\\gamma$ = {gamma:g}, {updates}: {behaviour}",
    )
    _draw_eigenvalues(spectrum, eigenvalues)
    return describe(
        drawing,
        f"Dirac-GAN with the {loss} loss, gamma {gamma:g} and {updates} updates: the "
        f"trajectory {behaviour}. Eigenvalues at the equilibrium: "
        f"{_in_words(eigenvalues)}.",
    )


def _behaviour(trajectory: Tensor, eigenvalues: Tensor) -> str:
    """What a trajectory does, by its last third compared with its first third."""
    radius = trajectory.norm(dim=-1)
    third = len(radius) // 3
    growth = float(radius[-third:].max() / radius[:third].max())
    if growth > 1.05:
        return "diverges"
    if growth > 0.95:
        return "rotates"
    if float(eigenvalues.real.max()) > -1e-6:
        return "slowly in"  # not linearly: the eigenvalues do not show it
    turning = eigenvalues.imag.abs().max() > 1e-6
    return "spirals in" if turning else "converges"


def _draw_vector_field(axes: Axes, losses: GANLosses, gamma: Number) -> None:
    side = torch.linspace(-LIMIT, LIMIT, 15, dtype=torch.float64)[1:-1]
    states = torch.cartesian_prod(side, side)
    velocity = vector_field(states, losses, gamma=gamma).detach()
    axes.quiver(
        *states.T,
        *velocity.T,
        color=FAINT,
        width=0.004,
        headwidth=4,
        angles="xy",
        pivot="middle",
    )


def _draw_eigenvalues(axes: Axes, eigenvalues: Tensor) -> None:
    axes.axvspan(-2.2, 0, color=ACCENT, alpha=0.1, linewidth=0)
    axes.axvline(0, color=INK, linewidth=0.9)
    axes.plot(eigenvalues.real, eigenvalues.imag, "X", color=ACCENT, markersize=9)
    axes.set(xlim=(-2.2, 0.6), ylim=(-1.3, 1.3), xticks=[-2, -1, 0], yticks=[-1, 0, 1])
    axes.set(xlabel="real part", ylabel="imaginary part")
    axes.text(-1.1, 1.12, "converges", color=ACCENT, ha="center")
    title(axes, f"λ = {_in_words(eigenvalues)}")


def _in_words(eigenvalues: Tensor) -> str:
    """Two eigenvalues in one expression: a pair a ± bi, or two real numbers."""
    order = eigenvalues.real.argsort()
    low, high = (float(part) for part in eigenvalues.real[order])
    imaginary = float(eigenvalues.imag.abs().max())
    if imaginary > 1e-6:
        real = "" if abs(low) < 0.005 else f"{format_number(low)} "
        return f"{real}± {format_number(imaginary)}i"
    return f"{format_number(low)} and {format_number(high)}"
