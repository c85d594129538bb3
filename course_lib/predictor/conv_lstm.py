"""ConvLSTM: an LSTM cell whose gates and states are feature maps (Shi et al. 2015)."""

import torch
from torch.nn.functional import conv2d

from course_lib.predictor.frame_codec import as_clips, time_first
from course_lib.predictor.lstm_cell import State, open_gates, with_forget_bias
from course_lib.predictor.recurrent_cell import (
    Recurrent,
    Unrolled,
    Weights,
    cell_weights,
)
from course_lib.shapes import Images, Videos


def conv_lstm_cell(x: Images, state: State, weights: Weights) -> State:
    """One step of the LSTM at every place of a picture, with neighbours in view.

    Weights are kernels of odd size: input (4 * hidden, channels, k, k), recurrent
    (4 * hidden, hidden, k, k), bias (4 * hidden,), gates in ``lstm_cell``'s order.
    Height and width stay; beyond the edge there are zeros. At k = 1 every place is an
    LSTM of its own.

    Source: Shi et al. 2015, equation 3, without peepholes.
    """
    drive = conv2d(x, weights.input, weights.bias, padding="same")
    drive = drive + conv2d(state.h, weights.recurrent, padding="same")
    return open_gates(drive, state.c)


def conv_lstm_unroll(inputs: Videos, state: State, weights: Weights) -> Unrolled:
    """``conv_lstm_cell`` along the time axis, with the inputs' share done beforehand.

    Inputs do not wait for the state, so one convolution serves all their steps; only
    the state's own convolution has to go step by step.
    """
    batch, shown = len(inputs), []
    drives = conv2d(time_first(inputs), weights.input, weights.bias, padding="same")
    # split and cat keep channels last, both ways; unbind and stack would copy them
    for drive in drives.split(batch):
        around = conv2d(state.h, weights.recurrent, padding="same")
        state = open_gates(drive + around, state.c)
        shown.append(state.h)
    return Unrolled(as_clips(torch.cat(shown), batch=batch), state)


def conv_lstm(
    channels: int, hidden: int, rng: torch.Generator, *, kernel: int
) -> Recurrent:
    """A ConvLSTM to train, with its forget gates opened at the start.

    Raises:
        ValueError: if ``kernel`` is even, so that no pixel is its middle.
    """
    if kernel % 2 == 0:
        raise ValueError(f"A kernel around a pixel has odd size, got {kernel}.")
    weights = cell_weights(4, hidden, (channels, kernel, kernel), rng)
    return Recurrent(conv_lstm_unroll, State, with_forget_bias(weights, 1.0))
