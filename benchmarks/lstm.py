"""A sequence through an LSTM: the library's loop against PyTorch's own."""

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn

from benchmarks.ratio import Pair, Work
from benchmarks.tables import pairs_table, side_of
from course_lib.predictor.lstm_cell import lstm
from course_lib.predictor.recurrent_cell import RecurrentNetwork

TITLE = "a sequence through an LSTM"
BATCH, FRAMES, FEATURES, HIDDEN, BAR = 8, 20, 128, 256, 0.95
WORDS = f"""
The sizes of the LSTM predictor: {BATCH} sequences of {FRAMES} codes of {FEATURES}
numbers, a state of {HIDDEN}, float32. The peer is `torch.nn.LSTM` with the same
weights.

Both are one call of PyTorch's loop; ours hands in zeros for the second of its biases.
The cell that the lesson builds, in a Python loop, took 2.7 times as long. While freed
memory was given back (see memory), one of the two cleared pages at every call, the one
whose slopes lay at the end of the heap: .7 in one process, 1.4 in the next.
"""


def read_ours(memory: RecurrentNetwork, codes: Tensor) -> Tensor:
    """What the library's LSTM shows at every step."""
    return memory(codes, memory.initial_state(len(codes))).hidden_states


def read_peer(memory: nn.LSTM, codes: Tensor) -> Tensor:
    """The same of PyTorch's."""
    return memory(codes)[0]


def drawn() -> tuple[RecurrentNetwork, Tensor]:
    """An LSTM at its start, and codes."""
    rng = torch.Generator().manual_seed(0)
    memory = lstm(FEATURES, HIDDEN, rng)
    return memory, torch.randn(BATCH, FRAMES, FEATURES, generator=rng)


@torch.no_grad()
def with_weights_of(memory: RecurrentNetwork) -> nn.LSTM:
    """PyTorch's LSTM with the weights of ours; one of its two biases is 0."""
    peer = nn.LSTM(
        memory.weight_ih.shape[1], memory.weight_hh.shape[1], batch_first=True
    )
    peer.weight_ih_l0.copy_(memory.weight_ih)
    peer.weight_hh_l0.copy_(memory.weight_hh)
    peer.bias_ih_l0.copy_(memory.bias)
    peer.bias_hh_l0.zero_()
    return peer


def slopes(read: Callable[..., Tensor], memory: nn.Module, codes: Tensor) -> Work:
    """Forward and backward, as a training does."""

    def work() -> None:
        memory.zero_grad()
        read(memory, codes).square().mean().backward()

    return work


def reading(read: Callable[..., Tensor], memory: nn.Module, codes: Tensor) -> Work:
    """Forward alone, without a graph."""
    return torch.no_grad()(partial(read, memory, codes))


Kind = Callable[..., Work]


def ours(kind: Kind) -> Work:
    """The library's LSTM."""
    memory, codes = drawn()
    return kind(read_ours, memory, codes)


def peer(kind: Kind) -> Work:
    """PyTorch's, from the same weights."""
    memory, codes = drawn()
    return kind(read_peer, with_weights_of(memory), codes)


PAIRS = tuple(
    Pair(name, partial(ours, kind), partial(peer, kind), BAR)
    for name, kind in (("forward and backward", slopes), ("forward alone", reading))
)


def prepare(name: str, side: str) -> Work:
    """One side of a pair."""
    return side_of(PAIRS, name, side)


def report() -> str:
    """The ratios."""
    return f"{pairs_table('lstm', PAIRS)}\n\n{WORDS.strip()}"
