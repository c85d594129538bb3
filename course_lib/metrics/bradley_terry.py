"""Ask people which of two they prefer, and find one scale behind all their answers."""

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib.metrics.given import detached, shaped, takes

Wins = Float[Tensor, "player _"]  # a square; others are refused in words
Strengths = Float[Tensor, "player"]

ROUNDS, CLOSE = 100_000, 1e-12  # at most; the largest relative change at the end


@takes(wins=detached(shaped("player", "player")))
def strengths(wins: Wins) -> Strengths:
    """The strengths, positive with sum 1, that make these choices likeliest.

    ``wins[i, j]`` counts how often i was chosen over j; i is chosen over j with
    probability s_i / (s_i + s_j). Each round gives every player the wins that it has
    over the wins that it could expect for each unit of strength: the likelihood never
    falls.

    Raises:
        ValueError: unless counts are finite, not negative, in a square with an empty
            diagonal, or if some players never lost to any of the others: their
            strength is infinite, so no maximum exists.

    Source: Bradley and Terry 1952; Hunter 2004, equation 3 (the MM algorithm).

    >>> strengths(torch.tensor([[0.0, 3.0], [1.0, 0.0]]))
    tensor([0.7500, 0.2500], dtype=torch.float64)
    """
    _refuse(wins)
    won = wins.double()
    games, s = won + won.T, won.new_full((len(won),), 1 / len(won))
    for _ in range(ROUNDS):
        expected = (games / (s[:, None] + s)).sum(dim=1)  # wins a unit of strength
        better = won.sum(dim=1) / expected
        better = better / better.sum()
        if ((better - s).abs() <= CLOSE * s).all():
            return better
        s = better
    raise ValueError(
        "No strengths were found: a few choices alone hold two groups together. "
        "Ask for more choices between them."
    )


def _refuse(wins: Tensor) -> None:
    n = len(wins)
    if n < 2 or wins.shape != (n, n):
        raise ValueError(
            f"wins is a square, a row and a column for each of two players or more; "
            f"got {tuple(wins.shape)}."
        )
    if not ((wins >= 0) & wins.isfinite()).all() or wins.diagonal().any():
        raise ValueError(
            "wins counts choices: finite, not negative, and 0 on the diagonal, for "
            "nobody is chosen over itself."
        )
    beats = (wins > 0) | torch.eye(n, dtype=torch.bool, device=wins.device)
    reaches = beats.double()
    for _ in range(n.bit_length()):  # ways of 1, 2, 4, ... wins
        reaches = (reaches @ reaches).clamp(max=1)
    if not reaches.all():
        above = reaches.sum(dim=1).argmax().item()
        never = [i for i in range(n) if not reaches[i, above]]
        raise ValueError(
            f"Players {never} never won, by any chain of choices, against player "
            f"{above}: no finite strengths explain that. Ask for more choices, or rate "
            "each group of players by itself."
        )
