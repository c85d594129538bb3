"""A sequence through an LSTM: the library's unrolling against ``torch.nn.LSTM``."""

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

Both are one call of `torch.lstm`; ours passes zeros as the second bias. The cell of the
lesson in a Python loop took 2.7 times as long. While freed memory was returned to the
system (see memory), one of the two had new pages at every call, the one whose gradients
were at the end of the heap: the ratio was .7 in one process and 1.4 in the next.
"""


def run_ours(network: RecurrentNetwork, codes: Tensor) -> Tensor:
    """Hidden states of the library's LSTM at every step."""
    return network(codes, network.initial_state(len(codes))).hidden_states


def run_peer(network: nn.LSTM, codes: Tensor) -> Tensor:
    """Hidden states of PyTorch's LSTM at every step."""
    return network(codes)[0]


def network_and_codes() -> tuple[RecurrentNetwork, Tensor]:
    """An untrained LSTM, and codes."""
    rng = torch.Generator().manual_seed(0)
    network = lstm(FEATURES, HIDDEN, rng)
    return network, torch.randn(BATCH, FRAMES, FEATURES, generator=rng)


@torch.no_grad()
def with_weights_of(network: RecurrentNetwork) -> nn.LSTM:
    """PyTorch's LSTM with the weights of ours; one of its two biases is 0."""
    features, hidden = network.weight_ih.shape[1], network.weight_hh.shape[1]
    peer = nn.LSTM(features, hidden, batch_first=True)
    peer.weight_ih_l0.copy_(network.weight_ih)
    peer.weight_hh_l0.copy_(network.weight_hh)
    peer.bias_ih_l0.copy_(network.bias)
    peer.bias_hh_l0.zero_()
    return peer


def with_gradients(
    run: Callable[..., Tensor], network: nn.Module, codes: Tensor
) -> Work:
    """Forward and backward pass, as in training."""

    def work() -> None:
        network.zero_grad()
        run(network, codes).square().mean().backward()

    return work


def without_gradients(
    run: Callable[..., Tensor], network: nn.Module, codes: Tensor
) -> Work:
    """Forward pass alone, under ``torch.no_grad``."""
    return torch.no_grad()(partial(run, network, codes))


Kind = Callable[..., Work]


def ours(kind: Kind) -> Work:
    """The library's LSTM."""
    network, codes = network_and_codes()
    return kind(run_ours, network, codes)


def peer(kind: Kind) -> Work:
    """PyTorch's LSTM with the same weights."""
    network, codes = network_and_codes()
    return kind(run_peer, with_weights_of(network), codes)


PAIRS = tuple(
    Pair(name, partial(ours, kind), partial(peer, kind), BAR)
    for name, kind in (
        ("forward and backward", with_gradients),
        ("forward alone", without_gradients),
    )
)


def prepare(name: str, side: str) -> Work:
    """One side of a pair."""
    return side_of(PAIRS, name, side)


def report() -> str:
    """The ratios."""
    return f"{pairs_table('lstm', PAIRS)}\n\n{WORDS.strip()}"
