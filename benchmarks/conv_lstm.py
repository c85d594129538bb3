"""One training step of a ConvLSTM on moving digits."""

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn
from torch.optim import Adam

from benchmarks.plain import conv_lstm as plain
from benchmarks.profiling import with_profile
from benchmarks.ratio import Pair, Work
from benchmarks.tables import side_of
from course_lib.data.moving_digits import sample_clips
from course_lib.predictor.model import ConvLSTMPredictor, ConvLSTMSizes
from course_lib.predictor.rollout import teacher_forcing
from course_lib.predictor.training import train_step

TITLE = "a training step of a ConvLSTM"
BATCH, BAR = 4, 1.3
CALLS = 0  # of a side in a fresh process, after the first
SIZES = {
    "two layers of 128, 3 x 3, on 8 x 8 pixels": ConvLSTMSizes(),
    "two layers of 64, 5 x 5, on 16 x 16 pixels": ConvLSTMSizes(
        block=4, width=64, kernel=5
    ),
}
WORDS = f"""
{BATCH} clips of 20 frames with teacher forcing, float32: forward, backward, Adam. The
first row has the sizes of the shipped predictor. The peer is the cell of most published
code, which convolves [input, h] at every step (`benchmarks/plain/conv_lstm.py`), with
the same weights, loss and optimizer. Both have the same number of multiplications and
additions. In ours one convolution computes the inputs' part of all steps, and all
tensors are in channels-last format.

Tried and dropped: one convolution over all steps for the gradient of the recurrent
kernel as well. On two cores without AVX512 a step took .667 s in place of .687 (row
one) and 1.56 in place of 1.58 (row two), which is not worth twenty lines of code.
"""


def ours(sizes: ConvLSTMSizes) -> Work:
    """A training step of the library's predictor."""
    model, videos = model_and_clips(sizes)
    return step(partial(teacher_forcing, model), model, videos)


def peer(sizes: ConvLSTMSizes) -> Work:
    """A training step of the concatenating cell with the same weights."""
    model, videos = model_and_clips(sizes)
    reference = plain.Predictor(sizes.block, sizes.width, sizes.kernel, sizes.depth)
    reference = plain.with_weights_of(model, reference)
    return step(lambda clips: reference(clips[:, :-1]), reference, videos)


def model_and_clips(sizes: ConvLSTMSizes) -> tuple[ConvLSTMPredictor, Tensor]:
    """An untrained predictor, and clips."""
    rng = torch.Generator().manual_seed(0)
    return ConvLSTMPredictor(sizes, rng), sample_clips(BATCH, rng)


def step(predict: Callable[..., Tensor], model: nn.Module, videos: Tensor) -> Work:
    """A function that makes one training step each time it is called."""
    return partial(train_step, predict, Adam(model.parameters()), videos)


PAIRS = tuple(
    Pair(name, partial(ours, sizes), partial(peer, sizes), BAR, rounds=9)
    for name, sizes in SIZES.items()
)


def prepare(name: str, side: str) -> Work:
    """One side of a pair."""
    return side_of(PAIRS, name, side)


def report() -> str:
    """The ratios, the profile, and the fraction of the machine's peak performance."""
    return with_profile("conv_lstm", PAIRS, WORDS)
