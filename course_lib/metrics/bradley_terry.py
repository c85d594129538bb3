"""The Bradley-Terry model: one scale of strengths from paired comparisons."""

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib.metrics.inputs import convert_arguments, detach, with_axes

Wins = Float[Tensor, "player _"]  # square; sizes are checked with messages
Strengths = Float[Tensor, "player"]

MAX_ITERATIONS = 100_000
TOLERANCE = 1e-12  # the largest relative change of a strength at convergence


@convert_arguments(wins=detach(with_axes("player", "player")))
def strengths(wins: Wins) -> Strengths:
    """The maximum-likelihood strengths, positive with sum 1, float64.

    ``wins[i, j]`` counts how often i was chosen over j, which has probability
    s_i / (s_i + s_j). Each iteration sets a player's strength to its number of wins,
    divided by the number expected per unit of strength; it never decreases the
    likelihood.

    Raises:
        ValueError: unless the counts are finite, not negative, and a square matrix with
            diagonal 0; or if some players never lost to any of the others, because then
            their strength is infinite and the likelihood has no maximum.

    Source: Bradley and Terry 1952; Hunter 2004, equation 3 (the MM algorithm).

    >>> strengths(torch.tensor([[0.0, 3.0], [1.0, 0.0]]))
    tensor([0.7500, 0.2500], dtype=torch.float64)
    """
    _check_wins(wins)
    wins = wins.double()
    games, s = wins + wins.T, wins.new_full((len(wins),), 1 / len(wins))
    for _ in range(MAX_ITERATIONS):
        wins_per_strength = (games / (s[:, None] + s)).sum(dim=1)
        updated = wins.sum(dim=1) / wins_per_strength
        updated = updated / updated.sum()
        if ((updated - s).abs() <= TOLERANCE * s).all():
            return updated
        s = updated
    raise ValueError(
        f"The strengths did not converge in {MAX_ITERATIONS} iterations, because very "
        "few comparisons connect two groups of players. Collect more comparisons "
        "between them."
    )


def _check_wins(wins: Tensor) -> None:
    n = len(wins)
    if n < 2 or wins.shape != (n, n):
        raise ValueError(
            "wins must be a square matrix with a row and a column for each of two "
            f"players or more; got shape {tuple(wins.shape)}."
        )
    if not ((wins >= 0) & wins.isfinite()).all() or wins.diagonal().any():
        raise ValueError(
            "wins must hold counts that are finite and not negative, with 0 on the "
            "diagonal, because no player is compared with itself."
        )
    has_won = (wins > 0) | torch.eye(n, dtype=torch.bool, device=wins.device)
    connected = has_won.double()
    for _ in range(n.bit_length()):  # paths of 1, 2, 4, ... wins
        connected = (connected @ connected).clamp(max=1)
    if not connected.all():
        strongest = connected.sum(dim=1).argmax().item()
        below = [i for i in range(n) if not connected[i, strongest]]
        raise ValueError(
            f"Players {below} never won, by any chain of choices, against player "
            f"{strongest}, so no finite strengths exist. Collect more comparisons, or "
            "compute the strengths of each group separately."
        )
