"""The recall task: classify the first symbol of a sequence after its last one."""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, one_hot
from torch.nn.utils import clip_grad_norm_
from torch.optim import Optimizer

from course_lib.initialization import reset_parameters
from course_lib.predictor.recurrent_cell import Sequences

SYMBOLS = 8  # classes; chance accuracy is 1/8
BATCH = 64
MAX_GRADIENT_NORM = 1.0  # gradients of a recurrent network can explode

ClassLogits = Float[Tensor, "batch symbol"]


class RecallTask(NamedTuple):
    """One-hot sequences, (batch, lag + 1, SYMBOLS), and the first symbols, (batch,)."""

    inputs: Tensor
    targets: Tensor


def sample_recall(n: int, lag: int, rng: torch.Generator) -> RecallTask:
    """Sample n sequences of ``lag`` + 1 uniform symbols; the target is the first one.

    Raises:
        ValueError: if ``lag`` is negative.
    """
    if lag < 0:
        raise ValueError(
            f"sample_recall needs a lag of 0 or more steps after the first symbol, but "
            f"got {lag}."
        )
    symbols = torch.randint(SYMBOLS, (n, lag + 1), generator=rng, device=rng.device)
    return RecallTask(one_hot(symbols, SYMBOLS).float(), symbols[:, 0])


class RecallModel(nn.Module):
    """A linear classifier on the last output of a model of sequences.

    ``sequence_model.last_output(inputs)`` has shape (batch, ``hidden``).
    """

    def __init__(self, sequence_model: nn.Module, hidden: int, rng: torch.Generator):
        super().__init__()
        self.sequence_model = sequence_model
        self.classifier = nn.Linear(hidden, SYMBOLS)
        reset_parameters(self.classifier, rng)

    def forward(self, inputs: Sequences) -> ClassLogits:
        """Logits of shape (batch, SYMBOLS)."""
        return self.classifier(self.sequence_model.last_output(inputs))


def recall_step(
    model: RecallModel, optimizer: Optimizer, lag: int, rng: torch.Generator
) -> float:
    """One optimizer step on the cross-entropy of a fresh batch; the loss, in nats."""
    task = sample_recall(BATCH, lag, rng)
    loss = cross_entropy(model(task.inputs), task.targets)
    optimizer.zero_grad()
    loss.backward()
    clip_grad_norm_(model.parameters(), MAX_GRADIENT_NORM)
    optimizer.step()
    return loss.item()


@torch.no_grad()
def recall_accuracy(
    model: RecallModel, lag: int, rng: torch.Generator, *, n: int = 500
) -> float:
    """Accuracy on n fresh sequences, in [0, 1]; chance is 1/8."""
    task = sample_recall(n, lag, rng)
    return (model(task.inputs).argmax(dim=1) == task.targets).double().mean().item()
