"""Ask for the first symbol at the end: a task as hard as the time between is long."""

from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, one_hot
from torch.nn.utils import clip_grad_norm_
from torch.optim import Optimizer

from course_lib.initialization import reset_parameters
from course_lib.predictor.recurrent_cell import Sequences

SYMBOLS = 8  # chance names one in eight
BATCH = 64
LONGEST_STEP = 1.0  # of the gradient's norm: a recurrent one can explode

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
        reset_parameters(self.answer, rng)

    def forward(self, inputs: Sequences) -> Verdicts:
        """Logits of shape (batch, SYMBOLS)."""
        return self.answer(self.memory.last(inputs))


def recall_step(
    recaller: Recaller, optimizer: Optimizer, lag: int, rng: torch.Generator
) -> float:
    """One step down the cross-entropy of a fresh batch; the loss before it, in nats."""
    task = sample_recall(BATCH, lag, rng)
    loss = cross_entropy(recaller(task.inputs), task.answers)
    optimizer.zero_grad()
    loss.backward()
    clip_grad_norm_(recaller.parameters(), LONGEST_STEP)
    optimizer.step()
    return loss.item()


@torch.no_grad()
def recall_accuracy(
    recaller: Recaller, lag: int, rng: torch.Generator, *, n: int = 500
) -> float:
    """The share of n fresh sequences whose first symbol is named; chance is 1/8."""
    task = sample_recall(n, lag, rng)
    return (recaller(task.inputs).argmax(dim=1) == task.answers).double().mean().item()
