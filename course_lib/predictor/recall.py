"""Ask for the first symbol at the end: a task as hard as the time between is long.

Home: 2.3 Memory fades, 2.4 Gates.
"""

from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn.functional import one_hot

from course_lib.predictor.initial_weights import redraw
from course_lib.predictor.recurrent_cell import Sequences

SYMBOLS = 8  # chance names one in eight

Verdicts = Float[Tensor, "batch symbol"]
Answers = Int[Tensor, "batch"]


class RecallTask(NamedTuple):
    """Sequences of one-hot symbols, and the first symbol of each."""

    inputs: Tensor
    answers: Tensor


def sample_recall(n: int, lag: int, rng: torch.Generator) -> RecallTask:
    """Draw n sequences of ``lag`` + 1 random symbols; the first is the answer.

    Raises:
        ValueError: if ``lag`` is negative.
    """
    if lag < 0:
        raise ValueError(f"A lag counts steps after the first symbol, got {lag}.")
    symbols = torch.randint(SYMBOLS, (n, lag + 1), generator=rng, device=rng.device)
    return RecallTask(one_hot(symbols, SYMBOLS).float(), symbols[:, 0])


class Recaller(nn.Module):
    """A memory, asked after its last input: one logit a symbol.

    ``memory.last(inputs)`` is what it shows then, ``hidden`` numbers a sequence.
    """

    def __init__(self, memory: nn.Module, hidden: int, rng: torch.Generator):
        super().__init__()
        self.memory = memory
        self.answer = nn.Linear(hidden, SYMBOLS)
        redraw(self.answer, rng)

    def forward(self, inputs: Sequences) -> Verdicts:
        """Logits of shape (batch, SYMBOLS)."""
        return self.answer(self.memory.last(inputs))
