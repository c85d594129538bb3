"""Ask for a convolution over time that looks back only."""

from collections.abc import Sequence
from functools import partial

import torch
from torch.nn.functional import conv1d, pad

from course_lib.predictor.temporal_convolution import causal_convolution
from teaching.exercise import Case, Exercise, Mistake


def _signal_cases(rng: torch.Generator) -> Sequence[Case]:
    draw = partial(torch.randn, generator=rng, dtype=torch.float64)

    def question(
        label: str, signal: tuple[int, int, int], kernel: tuple[int, int], dilation: int
    ) -> Case:
        out, taps = kernel
        tensors = {
            "x": draw(signal),
            "weight": draw(out, signal[1], taps),
            "bias": draw(out),
        }
        return Case(label, {**tensors, "dilation": dilation}, tuple(tensors))

    small = question("float32 stays float32", (2, 2, 8), (3, 3), 2)
    tensors = {name: small.arguments[name].float() for name in small.differentiate}
    return [
        question("neighbouring frames", (4, 2, 9), (5, 3), 1),
        question("taps 3 frames apart", (2, 3, 12), (2, 4), 3),
        question("an even number of taps", (3, 2, 7), (4, 2), 2),
        question("as many channels as frames and outputs", (4, 4, 4), (4, 3), 1),
        question("a film shorter than the reach", (2, 3, 4), (2, 3), 4),
        question("a single tap sees the present", (3, 4, 5), (2, 1), 2),
        Case(small.label, {**tensors, "dilation": 2}, small.differentiate),
    ]


def _padded(x, weight, bias, dilation, zeros):
    return conv1d(pad(x, zeros), weight, bias, dilation=dilation)


def _past(weight, dilation):
    return (weight.shape[2] - 1) * dilation


def _centred(x, weight, bias, dilation):
    """As ``padding="same"``, which warns of an even number of taps."""
    past = _past(weight, dilation)
    return _padded(x, weight, bias, dilation, (past // 2, past - past // 2))


def _cut_off(x, weight, bias, dilation):
    both = conv1d(x, weight, bias, padding=_past(weight, dilation), dilation=dilation)
    return both[:, :, : x.shape[2]]


def _tap_by_tap(x, weight, bias, dilation):
    length, total = x.shape[2], bias[:, None]
    for age, tap in enumerate(reversed(weight.unbind(2))):
        older = min(age * dilation, length)
        total = total + tap @ pad(x[:, :, : length - older], (older, 0))
    return total


CAUSAL_CONVOLUTION = Exercise(
    id="X2.4",
    title="Look back, do not peek",
    reference=causal_convolution,
    points=2,
    minutes=10,
    difficulty=2,
    cases=_signal_cases,
    mistakes=(
        Mistake(
            "padding on both sides",
            _centred,
            "An output in the middle of its kernel sees later frames: a predictor that "
            "peeks, good in training, useless after it. All zeros belong before the "
            "first frame.",
        ),
        Mistake(
            "padding on the right",
            lambda x, weight, bias, dilation: _padded(
                x, weight, bias, dilation, (0, _past(weight, dilation))
            ),
            "Every output here sees the present and the future, and no past at all. "
            "The zeros stand on the wrong side.",
        ),
        Mistake(
            "no padding",
            lambda x, weight, bias, dilation: _padded(
                x, weight, bias, dilation, (0, 0)
            ),
            "The outputs of the first frames are missing, so that output t is no "
            "longer about frame t. Put zeros before the first frame.",
        ),
        Mistake(
            "dilation ignored",
            lambda x, weight, bias, dilation: _padded(
                x, weight, bias, 1, (_past(weight, 1), 0)
            ),
            "The taps lie on neighbouring frames. With a dilation of 3 they lie on the "
            "present frame and on those 3, 6, ... before it.",
        ),
        Mistake(
            "padding that ignores the dilation",
            lambda x, weight, bias, dilation: _padded(
                x, weight, bias, dilation, (_past(weight, 1), 0)
            ),
            "The result is too short: taps that lie further apart reach further back, "
            "so that more zeros are needed. How far back lies the oldest tap?",
        ),
        Mistake(
            "dilation in the padding only",
            lambda x, weight, bias, dilation: _padded(
                x, weight, bias, 1, (_past(weight, dilation), 0)
            ),
            "The zeros leave room for taps that lie apart, but these still lie on "
            "neighbouring frames. `conv1d` wants to be told of the dilation too.",
        ),
        Mistake(
            "kernel turned around",
            lambda x, weight, bias, dilation: causal_convolution(
                x, weight.flip(2), bias, dilation=dilation
            ),
            "The first tap weighs the present here, as in a textbook's convolution. "
            "Networks do not turn their kernels: the last tap weighs the present.",
        ),
        Mistake(
            "present left out",
            lambda x, weight, bias, dilation: _padded(
                x[:, :, :-1], weight, bias, dilation, (_past(weight, dilation) + 1, 0)
            ),
            "One frame too late: output t sees frame t - 1 and what was before it. The "
            "present is no future; the last tap may see it.",
        ),
        Mistake(
            "bias left out",
            lambda x, weight, bias, dilation: causal_convolution(
                x, weight, torch.zeros_like(bias), dilation=dilation
            ),
            "Each output channel has a bias of its own, and it is not there. Where all "
            "inputs are zero, the output is the bias.",
        ),
    ),
    alternatives=(_cut_off, _tap_by_tap),
    hints=(
        "Draw the frames in a row and the taps of one output below them: the last tap "
        "under the output's own frame. What lies under the others for the first frame?",
        "Zeros do, and all of them stand before the first frame. Their number is how "
        "far the oldest tap lies behind the present.",
        "`pad(x, (left, right))` of `torch.nn.functional` pads the last axis; `conv1d` "
        "knows of dilation, and adds no zeros of its own unless it is told to.",
    ),
)
