"""Ask for an LSTM at every place of a picture that sees its neighbours."""

from collections.abc import Sequence
from functools import partial

import torch
from torch.nn.functional import conv2d, pad, relu, unfold

from course_lib.predictor.conv_lstm import conv_lstm_cell
from course_lib.predictor.lstm_cell import LSTMState, apply_gates
from course_lib.predictor.recurrent_cell import CellWeights
from teaching.exercise import Answer, Case, Exercise, Mistake


def _picture_cases(rng: torch.Generator) -> Sequence[Case]:
    draw = partial(torch.randn, generator=rng, dtype=torch.float64)

    def step(label: str, k: int, *sizes: int, exact: bool = True) -> Case:
        batch, channels, hidden, *place = sizes
        rows, dtype = 4 * hidden, torch.float64 if exact else torch.float32
        kernels = ((rows, channels, k, k), (rows, hidden, k, k), (rows,))
        arguments = {
            "x": draw(batch, channels, *place).to(dtype),
            "state": LSTMState(*draw(2, batch, hidden, *place).to(dtype)),
            "weights": CellWeights(*(draw(shape).to(dtype) / k for shape in kernels)),
        }
        return Case(label, arguments, tuple(arguments) if exact else ())

    return [
        step("neighbours in view", 3, 2, 3, 2, 4, 5),
        step("as many channels in as in the state", 3, 2, 3, 3, 4, 4),
        step("a kernel wider than the picture", 5, 3, 1, 2, 4, 3),
        step("at 1 x 1 every place is alone", 1, 2, 2, 3, 2, 4),
        step("float32 stays float32", 3, 2, 1, 2, 3, 5, exact=False),
    ]


def _zeros(maps, kernel):
    return conv2d(maps, kernel, padding="same")


def _cell(seen=_zeros, opened=apply_gates) -> Answer:
    """A cell whose kernels see maps in another way, or whose gates open in another."""

    def cell(x, state, weights):
        drive = seen(x, weights.weight_ih) + seen(state.h, weights.weight_hh)
        return opened(drive + weights.bias.view(-1, 1, 1), state.c)

    return cell


def _beyond(mode: str) -> Answer:
    """A cell whose pictures go on beyond their edge by ``mode`` of ``pad``."""

    def seen(maps, kernel):
        return conv2d(pad(maps, [kernel.shape[2] // 2] * 4, mode), kernel)

    return _cell(seen)


def _middle(kernel):
    k = kernel.shape[2]
    return kernel[..., k // 2 : k // 2 + 1, k // 2 : k // 2 + 1]


def _candidate_last(drive, c):
    write, forget, show, candidate = drive.chunk(4, 1)
    return apply_gates(torch.cat((write, forget, candidate, show), dim=1), c)


def _by_hand(drive, c, curve=torch.tanh):
    write, forget, candidate, show = drive.unflatten(1, (4, -1)).unbind(1)
    c = forget.sigmoid() * c + write.sigmoid() * curve(candidate)
    return show.sigmoid() * curve(c), c


def _side_by_side(x, state, weights):
    kernel = torch.cat((weights.weight_ih, weights.weight_hh), dim=1)
    both, edge = torch.cat((x, state.h), dim=1), kernel.shape[3] // 2
    return apply_gates(conv2d(both, kernel, weights.bias, padding=edge), state.c)


def _patch_by_patch(maps, kernel):
    patches = unfold(maps, kernel.shape[2], padding=kernel.shape[2] // 2)
    return (kernel.flatten(1) @ patches).unflatten(2, maps.shape[2:])


CONV_LSTM_CELL = Exercise(
    id="X2.5",
    title="A memory that sees its neighbours",
    reference=conv_lstm_cell,
    points=2,
    minutes=10,
    difficulty=2,
    cases=_picture_cases,
    mistakes=(
        Mistake(
            "old h left out",
            lambda x, state, weights: conv_lstm_cell(
                x, LSTMState(0 * state.h, state.c), weights
            ),
            "The gates see only the new picture. What the cell showed a step ago "
            "drives them too, through a convolution of its own.",
        ),
        Mistake(
            "one kernel for both",
            lambda x, state, weights: conv_lstm_cell(
                x, state, weights._replace(weight_hh=weights.weight_ih)
            ),
            "The input's kernel runs over the state as well. The state has its own, "
            "with as many channels as the state: `weights.weight_hh`.",
        ),
        Mistake(
            "no neighbours",
            _cell(lambda maps, kernel: _zeros(maps, _middle(kernel))),
            "Only the middle of each kernel is used, so that every place is an LSTM "
            "alone and nothing can move. A convolution sums over the whole kernel.",
        ),
        Mistake(
            "no padding",
            _cell(conv2d),
            "Without padding the maps shrink with each step, and no longer fit the "
            "memory. Zeros around the picture keep height and width as they are.",
        ),
        Mistake(
            "picture closed to a ring",
            _beyond("circular"),
            "What is seen beyond the right edge is the left one here. The docstring "
            "asks for zeros beyond the edge, which is what `conv2d` pads with.",
        ),
        Mistake(
            "edge repeated",
            _beyond("replicate"),
            "Beyond the edge the last pixel is seen again. The docstring asks for "
            "zeros there, so that a cell can notice where the picture ends.",
        ),
        Mistake(
            "kernels turned around",
            _cell(lambda maps, kernel: _zeros(maps, kernel.flip(2, 3))),
            "The convolution of mathematics mirrors its kernel; networks do not: entry "
            "(0, 0) weighs the neighbour above and left.",
        ),
        Mistake(
            "bias left out",
            lambda x, state, weights: conv_lstm_cell(
                x, state, weights._replace(bias=0 * weights.bias)
            ),
            "Without its bias a gate that hears nothing stands half open, and the "
            "forget bias is lost. Give the bias to one of the convolutions.",
        ),
        Mistake(
            "gates in another order",
            _cell(opened=_candidate_last),
            "Papers often list the three gates first and the candidate last. In this "
            "course it is the third block, as in PyTorch, before the gate that shows.",
        ),
        Mistake(
            "relu in place of tanh",
            _cell(opened=partial(_by_hand, curve=relu)),
            "Networks that see use `relu`, but a memory that is only added to would "
            "grow without end. What is written and shown lies between -1 and 1.",
        ),
        Mistake(
            "memory drives the gates",
            lambda x, state, weights: conv_lstm_cell(
                x, LSTMState(state.c, state.c), weights
            ),
            "The recurrent kernel runs over what the cell showed, h. The memory c is "
            "behind the gates: they weigh it, but do not look at it.",
        ),
        Mistake(
            "h and c exchanged",
            lambda x, state, weights: conv_lstm_cell(x, state, weights)[::-1],
            "Both are right, in the wrong places: what is shown, h, comes first and "
            "the memory, c, second. Name the fields and no order can go wrong.",
        ),
        Mistake(
            "one gate for the whole picture",
            _cell(
                opened=lambda drive, c: apply_gates(drive.mean((2, 3), keepdim=True), c)
            ),
            "The drive is averaged over all places, so that every place opens alike. "
            "Each has gates of its own: that is how it knows where things are.",
        ),
    ),
    alternatives=(_side_by_side, _cell(_patch_by_patch, _by_hand)),
    hints=(
        "Write down the LSTM cell and ask which of its products mix channels, and "
        "which are elementwise. Only the former become convolutions.",
        "Two convolutions are added: one of the input, one of the old h, with a kernel "
        "each and one bias. Everything behind them is `apply_gates`, as before.",
        '`conv2d` takes maps, kernel, bias; `padding="same"` adds the zeros. The four '
        "gates lie along axis 1, where `apply_gates` expects them.",
    ),
)
