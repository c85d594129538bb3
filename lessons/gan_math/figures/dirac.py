"""See two players chase each other round their equilibrium, or come to rest in it."""

import torch
from torch import Tensor

from course_lib.gan.dirac import alternating, field, jacobian, simultaneous
from course_lib.gan.ring_training import (
    HINGE,
    NONSATURATING,
    SATURATING,
    WASSERSTEIN,
    GameLosses,
)
from course_lib.plotting import (
    FAINT,
    INK,
    JUDGE,
    MODEL,
    Axes,
    Figure,
    Number,
    Page,
    describe,
    figure,
    styled,
    title,
    written,
)

GAMES = {
    "minimax": SATURATING,
    "non-saturating": NONSATURATING,
    "hinge": HINGE,
    "Wasserstein": WASSERSTEIN,
}
MOVES = {"in turn": alternating, "at once": simultaneous}
START = torch.tensor([1.2, 0.0], dtype=torch.float64)
REACH = 2.0  # half the side of the plane that is shown
STEP, N_STEPS = 0.25, 120


@styled
def phase_portrait(
    loss: str = "minimax", gamma: Number = 0.0, moves: str = "in turn"
) -> Figure:
    """The plane of both players: where each state is pushed, and one game played.

    Left: arrows are the pushes, the line is a game of 120 steps from the dot. Right:
    the eigenvalues at the equilibrium. Left of the axis the players come to rest; on
    it they circle, and R1, weighed by ``gamma``, is what moves them off it.

    Raises:
        ValueError: if there is no such loss or way to move.
    """
    for name, known in ((loss, GAMES), (moves, MOVES)):
        if name not in known:
            raise ValueError(f'"{name}" is unknown; choose from {", ".join(known)}.')
    game, gamma = GAMES[loss], float(gamma)
    path = MOVES[moves](START, game, gamma=gamma, step=STEP, n_steps=N_STEPS)
    roots = torch.linalg.eigvals(jacobian(game, gamma=gamma))
    fate = _fate(path, roots)
    page = Page(left=0.7, right=0.25, top=0.4, beside=0.9, widths=(3, 2.15))
    drawing, (plane, spectrum) = figure(7, 3.9, page)
    _pushes(plane, game, gamma)
    plane.plot(*path.T, color=MODEL)
    plane.plot(*START, "o", color=MODEL)
    plane.plot(0, 0, "+", color=INK, markersize=10, markeredgewidth=1.6)
    ticks = [-2, -1, 0, 1, 2]
    plane.set(xlim=(-REACH, REACH), ylim=(-REACH, REACH), xticks=ticks, yticks=ticks)
    plane.set(xlabel="forger's place θ", ylabel="judge's slope ψ")
    title(plane, f"{loss[0].upper()}{loss[1:]}, $\\gamma$ = {gamma:g}, {moves}: {fate}")
    _eigenvalues(spectrum, roots)
    return describe(
        drawing,
        f"Dirac-GAN with the {loss} loss, gamma {gamma:g}, players moving {moves}: the "
        f"game {fate}. Eigenvalues at the equilibrium: {_spelled(roots)}.",
    )


def _fate(path: Tensor, roots: Tensor) -> str:
    """In words, what a played path does: its last turn against its first."""
    radius = path.norm(dim=-1)
    third = len(radius) // 3
    growth = float(radius[-third:].max() / radius[:third].max())
    if growth > 1.05:
        return "leaves"
    if growth > 0.95:
        return "circles"
    if float(roots.real.max()) > -1e-6:
        return "creeps in"  # at rate 0: no eigenvalue tells it
    return "spirals in" if roots.imag.abs().max() > 1e-6 else "comes straight in"


def _pushes(axes: Axes, game: GameLosses, gamma: Number) -> None:
    side = torch.linspace(-REACH, REACH, 15, dtype=torch.float64)[1:-1]
    at = torch.cartesian_prod(side, side)
    push = field(at, game, gamma=gamma).detach()
    axes.quiver(
        *at.T,
        *push.T,
        color=FAINT,
        width=0.004,
        headwidth=4,
        angles="xy",
        pivot="middle",
    )


def _eigenvalues(axes: Axes, roots: Tensor) -> None:
    axes.axvspan(-2.2, 0, color=JUDGE, alpha=0.1, linewidth=0)
    axes.axvline(0, color=INK, linewidth=0.9)
    axes.plot(roots.real, roots.imag, "X", color=JUDGE, markersize=9)
    axes.set(xlim=(-2.2, 0.6), ylim=(-1.3, 1.3), xticks=[-2, -1, 0], yticks=[-1, 0, 1])
    axes.set(xlabel="real part", ylabel="imaginary part")
    axes.text(-1.1, 1.12, "comes to rest", color=JUDGE, ha="center")
    title(axes, f"λ = {_spelled(roots)}")


def _spelled(roots: Tensor) -> str:
    """Two eigenvalues in one expression: a pair a ± bi, or two real numbers."""
    order = roots.real.argsort()
    real, imaginary = roots.real[order], float(roots.imag.abs().max())
    if imaginary > 1e-6:
        shared = "" if abs(float(real[0])) < 0.005 else f"{written(float(real[0]))} "
        return f"{shared}± {written(imaginary)}i"
    return f"{written(float(real[0]))} and {written(float(real[1]))}"
