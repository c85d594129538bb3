"""X2.5: the ConvLSTM cell."""

from collections.abc import Sequence
from functools import partial

import torch
from torch.nn.functional import conv2d, pad, relu, unfold

from course_lib.predictor.conv_lstm import conv_lstm_cell
from course_lib.predictor.lstm_cell import LSTMState, apply_gates
from course_lib.predictor.recurrent_cell import CellWeights
from teaching.exercise import Answer, Case, Exercise, Mistake


def _feature_map_cases(rng: torch.Generator) -> Sequence[Case]:
    draw = partial(torch.randn, generator=rng, dtype=torch.float64)

    def inputs(label: str, k: int, *sizes: int, exact: bool = True) -> Case:
        batch, channels, hidden, *spatial = sizes
        rows, dtype = 4 * hidden, torch.float64 if exact else torch.float32
        kernels = ((rows, channels, k, k), (rows, hidden, k, k), (rows,))
        arguments = {
            "x": draw(batch, channels, *spatial).to(dtype),
            "state": LSTMState(*draw(2, batch, hidden, *spatial).to(dtype)),
            "weights": CellWeights(*(draw(shape).to(dtype) / k for shape in kernels)),
        }
        return Case(label, arguments, tuple(arguments) if exact else ())

    return [
        inputs("3 x 3 kernels", 3, 2, 3, 2, 4, 5),
        inputs("as many input channels as hidden channels", 3, 2, 3, 3, 4, 4),
        inputs("a kernel larger than the feature maps", 5, 3, 1, 2, 4, 3),
        inputs("1 x 1 kernels", 1, 2, 2, 3, 2, 4),
        inputs("float32 stays float32", 3, 2, 1, 2, 3, 5, exact=False),
    ]


def _zero_padded(maps, kernel):
    return conv2d(maps, kernel, padding="same")


def _cell(convolve=_zero_padded, gates=apply_gates) -> Answer:
    """A cell with this convolution and these gates."""

    def cell(x, state, weights):
        maps = convolve(x, weights.weight_ih) + convolve(state.h, weights.weight_hh)
        return gates(maps + weights.bias.view(-1, 1, 1), state.c)

    return cell


def _with_padding(mode: str) -> Answer:
    """A cell whose feature maps are padded by this ``mode`` of ``pad``."""

    def convolve(maps, kernel):
        return conv2d(pad(maps, [kernel.shape[2] // 2] * 4, mode), kernel)

    return _cell(convolve)


def _central_pixel(kernel):
    k = kernel.shape[2]
    return kernel[..., k // 2 : k // 2 + 1, k // 2 : k // 2 + 1]


def _candidate_last(pre_activations, c):
    i, f, o, g = pre_activations.chunk(4, 1)
    return apply_gates(torch.cat((i, f, g, o), dim=1), c)


def _gates(pre_activations, c, activation=torch.tanh):
    i, f, g, o = pre_activations.unflatten(1, (4, -1)).unbind(1)
    c = f.sigmoid() * c + i.sigmoid() * activation(g)
    return o.sigmoid() * activation(c), c


def _one_convolution(x, state, weights):
    kernel = torch.cat((weights.weight_ih, weights.weight_hh), dim=1)
    both, padding = torch.cat((x, state.h), dim=1), kernel.shape[3] // 2
    return apply_gates(conv2d(both, kernel, weights.bias, padding=padding), state.c)


def _by_unfold(maps, kernel):
    patches = unfold(maps, kernel.shape[2], padding=kernel.shape[2] // 2)
    return (kernel.flatten(1) @ patches).unflatten(2, maps.shape[2:])


CONV_LSTM_CELL = Exercise(
    id="X2.5",
    title="The ConvLSTM cell",
    reference=conv_lstm_cell,
    points=2,
    minutes=10,
    difficulty=2,
    cases=_feature_map_cases,
    mistakes=(
        Mistake(
            "old h left out",
            lambda x, state, weights: conv_lstm_cell(
                x, LSTMState(0 * state.h, state.c), weights
            ),
            "The gates depend on the input alone. Add a second convolution, of the old "
            "hidden state h with `weights.weight_hh`.",
        ),
        Mistake(
            "one kernel for both",
            lambda x, state, weights: conv_lstm_cell(
                x, state, weights._replace(weight_hh=weights.weight_ih)
            ),
            "The input's kernel is applied to the hidden state as well, which has a "
            "kernel of its own: `weights.weight_hh`.",
        ),
        Mistake(
            "kernels cut to one pixel",
            _cell(lambda maps, kernel: _zero_padded(maps, _central_pixel(kernel))),
            "Only the central pixel of each kernel is used, so no pixel depends on its "
            "neighbours. A convolution sums over the whole kernel.",
        ),
        Mistake(
            "no padding",
            _cell(conv2d),
            "Without padding the feature maps shrink and no longer have the size of "
            "the cell state. Zero padding keeps height and width.",
        ),
        Mistake(
            "circular padding",
            _with_padding("circular"),
            "Beyond the right edge the feature maps continue with the left one. The "
            "docstring asks for zero padding, the default of `conv2d`.",
        ),
        Mistake(
            "replicate padding",
            _with_padding("replicate"),
            "Beyond the edge the last pixel is repeated. The docstring asks for zero "
            "padding, with which a cell can recognise where the frame ends.",
        ),
        Mistake(
            "kernels reversed",
            _cell(lambda maps, kernel: _zero_padded(maps, kernel.flip(2, 3))),
            "The convolution of mathematics reverses its kernel, `conv2d` does not: "
            "entry (0, 0) multiplies the neighbour above and left.",
        ),
        Mistake(
            "bias left out",
            lambda x, state, weights: conv_lstm_cell(
                x, state, weights._replace(bias=0 * weights.bias)
            ),
            "The bias is missing, and with it the forget bias: with inputs of 0 all "
            "gates would be ½. Pass the bias to one of the two convolutions.",
        ),
        Mistake(
            "gates in another order",
            _cell(gates=_candidate_last),
            "Papers often list the three gates first and the candidate last. In this "
            "course, as in PyTorch, it is the third block, before the output gate.",
        ),
        Mistake(
            "relu in place of tanh",
            _cell(gates=partial(_gates, activation=relu)),
            "With `relu` the candidate is never negative and the cell state grows "
            "without limit. Candidate and output have a tanh, between -1 and 1.",
        ),
        Mistake(
            "gates computed from c",
            lambda x, state, weights: conv_lstm_cell(
                x, LSTMState(state.c, state.c), weights
            ),
            "The recurrent kernel is applied to the hidden state h. The gates scale "
            "the cell state c, but they do not depend on it.",
        ),
        Mistake(
            "h and c exchanged",
            lambda x, state, weights: conv_lstm_cell(x, state, weights)[::-1],
            "Both values are right, but exchanged: the hidden state h comes first, the "
            "cell state c second. `LSTMState(h=..., c=...)` avoids the confusion.",
        ),
        Mistake(
            "gates averaged over the frame",
            _cell(
                gates=lambda maps, c: apply_gates(maps.mean((2, 3), keepdim=True), c)
            ),
            "The pre-activations are averaged over all pixels. Every pixel has gates "
            "of its own; without them the position of an object is lost.",
        ),
    ),
    alternatives=(_one_convolution, _cell(_by_unfold, _gates)),
    hints=(
        "Write down the LSTM cell. Which of its products are matrix products, and "
        "which are elementwise? Only the matrix products become convolutions.",
        "The pre-activations are the sum of two convolutions: one of the input and one "
        "of the old h, each with its own kernel, and one bias. The rest is "
        "`apply_gates`, as before.",
        '`conv2d` takes input, weight and bias; `padding="same"` adds the zeros. The '
        "four blocks are along axis 1, where `apply_gates` expects them.",
    ),
)
