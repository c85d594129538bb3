"""X2.5: the ConvLSTM cell."""

from collections.abc import Sequence
from dataclasses import replace
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
        return Case(label, arguments, tuple(arguments))

    saturated = inputs("pre-activations beyond 1000 stay finite", 1, 2, 2, 2, 3, 3)
    saturated.arguments["x"].mul_(3000)

    return [
        inputs("3 x 3 kernels", 3, 2, 3, 2, 4, 5),
        inputs("as many input channels as hidden channels", 3, 2, 3, 3, 4, 4),
        inputs("a kernel larger than the feature maps", 5, 3, 1, 2, 4, 3),
        inputs("1 x 1 kernels", 1, 2, 2, 3, 2, 4),
        inputs("one clip", 3, 1, 2, 2, 3, 4),
        replace(saturated, differentiate=()),  # nan for some right answers
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


def _reflected(maps, kernel):
    """Convolution with reflection of any width, which ``pad`` limits."""
    k = kernel.shape[2] // 2
    rows, columns = (
        torch.arange(-k, size + k).abs() if size > 1 else torch.zeros(2 * k + 1).long()
        for size in maps.shape[2:]
    )
    sizes = maps.shape[2:]
    rows, columns = (
        (n - 1 - (n - 1 - x).abs()).abs()
        for x, n in zip((rows, columns), sizes, strict=True)
    )
    return conv2d(maps[:, :, rows][:, :, :, columns], kernel)


def _without_last_tanh(pre_activations, c):
    i, f, g, o = pre_activations.chunk(4, 1)
    c = f.sigmoid() * c + i.sigmoid() * g.tanh()
    return o.sigmoid() * c, c


def _no_forget_gate(pre_activations, c):
    i, _, g, o = pre_activations.chunk(4, 1)
    c = c + i.sigmoid() * g.tanh()
    return o.sigmoid() * c.tanh(), c


def _by_exponentials(pre_activations, c):
    i, f, o = (
        pre_activations.chunk(4, 1)[k].exp()
        / (1 + pre_activations.chunk(4, 1)[k].exp())
        for k in (0, 1, 3)
    )
    c = f * c + i * pre_activations.chunk(4, 1)[2].tanh()
    return o * c.tanh(), c


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
            "bias in both convolutions",
            lambda x, state, weights: conv_lstm_cell(
                x, state, weights._replace(bias=2 * weights.bias)
            ),
            "The bias is added twice, once in each convolution. Pass it to one of the "
            "two only.",
        ),
        Mistake(
            "reflection padding",
            _cell(_reflected),
            "Beyond the edge the feature maps are mirrored. The docstring asks for "
            "zero padding, the default of `conv2d`.",
        ),
        Mistake(
            "kernels transposed",
            _cell(lambda maps, kernel: _zero_padded(maps, kernel.transpose(2, 3))),
            "Rows and columns of the kernels are exchanged. The axes of a kernel are "
            "out, in, height, width, as `conv2d` expects them.",
        ),
        Mistake(
            "hidden state without tanh",
            _cell(gates=_without_last_tanh),
            "The hidden state is the output gate times the *tanh* of the new cell "
            "state; the cell state itself is returned without tanh.",
        ),
        Mistake(
            "no forget gate",
            _cell(gates=_no_forget_gate),
            "The old cell state is added as it is, so it only grows. Scale it by the "
            "second block's sigmoid.",
        ),
        Mistake(
            "exponential that overflows",
            _cell(gates=_by_exponentials),
            "The formula is right, but exp(1000) is infinite in floating point, and "
            "inf / inf is nan. `torch.sigmoid` is exact for every argument.",
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
