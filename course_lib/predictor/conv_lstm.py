"""ConvLSTM: an LSTM whose gates and states are feature maps (Shi et al. 2015)."""

import torch
from torch.nn.functional import conv2d

from course_lib.predictor.frame_codec import (
    merge_time_and_batch,
    split_time_and_batch,
)
from course_lib.predictor.lstm_cell import LSTMState, add_forget_bias, apply_gates
from course_lib.predictor.recurrent_cell import (
    CellWeights,
    RecurrentNetwork,
    RecurrentOutput,
    init_cell_weights,
)
from course_lib.shapes import Images, Videos


def conv_lstm_cell(x: Images, state: LSTMState, weights: CellWeights) -> LSTMState:
    """One step of the ConvLSTM: new hidden state and cell state at every pixel.

    The gates' pre-activations are W * x + U * h + b, where * is a convolution with zero
    padding, so height and width do not change. With kernels of 1 x 1 every pixel is an
    LSTM of its own.

    Args:
        x: input feature maps, (batch, channels, height, width).
        state: hidden state and cell state, (batch, hidden, height, width) each.
        weights: ``weight_ih`` (4 * hidden, channels, k, k), ``weight_hh`` (4 * hidden,
            hidden, k, k) and ``bias`` (4 * hidden,), with k odd and the gates in
            ``lstm_cell``'s order.

    Source: Shi et al. 2015, equation 3, without peepholes.
    """
    from_input = conv2d(x, weights.weight_ih, weights.bias, padding="same")
    from_hidden = conv2d(state.h, weights.weight_hh, padding="same")
    return apply_gates(from_input + from_hidden, state.c)


def conv_lstm_unroll(
    inputs: Videos, state: LSTMState, weights: CellWeights
) -> RecurrentOutput:
    """``conv_lstm_cell`` over all steps, with one convolution for all inputs.

    The inputs' part of the pre-activations does not depend on the state, so it is
    computed for all steps at once. Only the hidden state's part goes step by step.
    """
    batch, hidden_states = len(inputs), []
    from_inputs = conv2d(
        merge_time_and_batch(inputs), weights.weight_ih, weights.bias, padding="same"
    )
    # split and cat preserve the channels-last layout; unbind and stack would copy
    for from_input in from_inputs.split(batch):
        from_hidden = conv2d(state.h, weights.weight_hh, padding="same")
        state = apply_gates(from_input + from_hidden, state.c)
        hidden_states.append(state.h)
    merged = torch.cat(hidden_states)
    return RecurrentOutput(split_time_and_batch(merged, batch=batch), state)


def conv_lstm(
    channels: int, hidden: int, rng: torch.Generator, *, kernel: int
) -> RecurrentNetwork:
    """A ConvLSTM layer with kernels of side ``kernel`` and a forget bias of 1.

    Raises:
        ValueError: if ``kernel`` is even, because "same" padding is then asymmetric.
    """
    if kernel % 2 == 0:
        raise ValueError(
            f"conv_lstm needs a kernel of odd size, so that it has a central pixel, "
            f"but got {kernel}. Choose {kernel - 1} or {kernel + 1}."
        )
    weights = init_cell_weights(4, hidden, (channels, kernel, kernel), rng)
    return RecurrentNetwork(conv_lstm_unroll, LSTMState, add_forget_bias(weights, 1.0))
