"""X2.4: a causal convolution over time."""

from collections.abc import Sequence
from functools import partial

import torch
from torch.nn.functional import conv1d, pad

from course_lib.predictor.temporal_convolution import causal_convolution
from teaching.exercise import Case, Exercise, Mistake


def _signal_cases(rng: torch.Generator) -> Sequence[Case]:
    draw = partial(torch.randn, generator=rng, dtype=torch.float64)

    def inputs(
        label: str, signal: tuple[int, int, int], kernel: tuple[int, int], dilation: int
    ) -> Case:
        out, taps = kernel
        tensors = {
            "x": draw(signal),
            "weight": draw(out, signal[1], taps),
            "bias": draw(out),
        }
        return Case(label, {**tensors, "dilation": dilation}, tuple(tensors))

    small = inputs("float32 stays float32", (2, 2, 8), (3, 3), 2)
    tensors = {name: small.arguments[name].float() for name in small.differentiate}
    return [
        inputs("dilation 1", (4, 2, 9), (5, 3), 1),
        inputs("dilation 3", (2, 3, 12), (2, 4), 3),
        inputs("an even number of taps", (3, 2, 7), (4, 2), 2),
        inputs("as many channels as frames and outputs", (4, 4, 4), (4, 3), 1),
        inputs("fewer frames than the receptive field", (2, 3, 4), (2, 3), 4),
        inputs("a single tap", (3, 4, 5), (2, 1), 2),
        inputs("one signal", (1, 2, 6), (3, 2), 2),
        Case(small.label, {**tensors, "dilation": 2}, small.differentiate),
        inputs("a dilation of 0 is refused", (2, 2, 6), (3, 2), 0),
        inputs("a negative dilation is refused", (2, 2, 6), (3, 2), -1),
    ]


def _check(dilation):
    if dilation < 1:
        raise ValueError(f"A dilation of {dilation} is not possible.")


def _padded(x, weight, bias, dilation, padding):
    return conv1d(pad(x, padding), weight, bias, dilation=dilation)


def _past(weight, dilation):
    return (weight.shape[2] - 1) * dilation


def _same_padding(x, weight, bias, dilation):
    """As ``padding="same"``, which warns if the number of taps is even."""
    past = _past(weight, dilation)
    return _padded(x, weight, bias, dilation, (past // 2, past - past // 2))


def _repeated(x, weight, bias, dilation):
    past = _past(weight, dilation)
    return conv1d(pad(x, (past, 0), "replicate"), weight, bias, dilation=dilation)


def _cyclic(x, weight, bias, dilation):
    past = _past(weight, dilation)
    before = [x] * (1 + past // x.shape[2])  # enough repetitions of the signal
    cyclic = torch.cat((*before, x), 2)[:, :, -past - x.shape[2] :]
    return conv1d(cyclic, weight, bias, dilation=dilation)


def _padded_and_cut(x, weight, bias, dilation):
    _check(dilation)
    padded = conv1d(x, weight, bias, padding=_past(weight, dilation), dilation=dilation)
    return padded[:, :, : x.shape[2]]


def _tap_by_tap(x, weight, bias, dilation):
    _check(dilation)
    return _taps(x, weight, bias, dilation)


def _taps(x, weight, bias, dilation):
    length, total = x.shape[2], bias[:, None]
    for i, tap in enumerate(reversed(weight.unbind(2))):
        delay = min(max(i * dilation, 0), length)
        total = total + tap @ pad(x[:, :, : length - delay], (delay, 0))
    return total


CAUSAL_CONVOLUTION = Exercise(
    id="X2.4",
    title="A causal convolution",
    reference=causal_convolution,
    points=2,
    minutes=10,
    difficulty=2,
    cases=_signal_cases,
    mistakes=(
        Mistake(
            "padding on both sides",
            _same_padding,
            "An output depends on later frames, which are known in training but not in "
            "use. Put all zeros before the first frame.",
        ),
        Mistake(
            "padding on the right",
            lambda x, weight, bias, dilation: _padded(
                x, weight, bias, dilation, (0, _past(weight, dilation))
            ),
            "Every output depends on the present and later frames, and on no earlier "
            "one. The zeros are on the wrong side.",
        ),
        Mistake(
            "no padding",
            lambda x, weight, bias, dilation: _padded(
                x, weight, bias, dilation, (0, 0)
            ),
            "The result is shorter than the input, so output t no longer belongs to "
            "frame t. Put zeros before the first frame.",
        ),
        Mistake(
            "dilation ignored",
            lambda x, weight, bias, dilation: _padded(
                x, weight, bias, 1, (_past(weight, 1), 0)
            ),
            "The taps multiply consecutive frames. With a dilation of 3 they multiply "
            "the present frame and those 3, 6, ... frames before it.",
        ),
        Mistake(
            "padding that ignores the dilation",
            lambda x, weight, bias, dilation: _padded(
                x, weight, bias, dilation, (_past(weight, 1), 0)
            ),
            "The result is too short: with a dilation the receptive field is larger, "
            "so more zeros are needed. How many frames back is the first tap?",
        ),
        Mistake(
            "dilation in the padding only",
            lambda x, weight, bias, dilation: _padded(
                x, weight, bias, 1, (_past(weight, dilation), 0)
            ),
            "The number of zeros is right, but the taps still multiply consecutive "
            "frames. Pass the dilation to `conv1d` too.",
        ),
        Mistake(
            "kernel reversed",
            lambda x, weight, bias, dilation: causal_convolution(
                x, weight.flip(2), bias, dilation=dilation
            ),
            "The first tap multiplies the present frame, as in the convolution of "
            "mathematics. `conv1d` does not reverse its kernel: the last tap "
            "multiplies the present frame.",
        ),
        Mistake(
            "present left out",
            lambda x, weight, bias, dilation: _padded(
                x[:, :, :-1], weight, bias, dilation, (_past(weight, dilation) + 1, 0)
            ),
            "All outputs are one frame late: output t depends on frames up to t - 1. "
            "The last tap multiplies frame t itself.",
        ),
        Mistake(
            "first frame repeated",
            _repeated,
            "Before the first frame you put copies of it. The docstring asks for "
            "zeros, the padding of `pad` by default.",
        ),
        Mistake(
            "cyclic padding",
            _cyclic,
            "Before the first frame you put the last ones, so an output depends on the "
            "end of the film. Frames before the first one are zeros.",
        ),
        Mistake(
            "as many zeros as taps",
            lambda x, weight, bias, dilation: _padded(
                x, weight, bias, dilation, (weight.shape[2] * dilation, 0)
            ),
            "There are too many zeros: between k taps there are k - 1 gaps of "
            "`dilation` frames each.",
        ),
        Mistake(
            "dilation taken for the stride",
            lambda x, weight, bias, dilation: conv1d(
                pad(x, (_past(weight, dilation), 0)), weight, bias, stride=dilation
            ),
            "A stride skips outputs, so the result is shorter. A dilation spreads the "
            "taps, with an output at every frame.",
        ),
        Mistake(
            "activation included",
            lambda x, weight, bias, dilation: causal_convolution(
                x, weight, bias, dilation=dilation
            ).relu(),
            "Negative outputs are cut off. The function is the convolution alone; the "
            "layer applies the activation.",
        ),
        Mistake(
            "no error for a dilation below 1",
            _taps,
            "The convolution is right, but a dilation below 1 would read the same or "
            "later frames. Raise a ValueError that says what was given.",
        ),
        Mistake(
            "bias left out",
            lambda x, weight, bias, dilation: causal_convolution(
                x, weight, torch.zeros_like(bias), dilation=dilation
            ),
            "The bias of the output channels is missing. Where all inputs are zero, "
            "the output is the bias.",
        ),
    ),
    alternatives=(_padded_and_cut, _tap_by_tap),
    hints=(
        "Draw the frames in a row and the taps of one output below them, the last tap "
        "under the output's own frame. What do the other taps of the first output "
        "multiply?",
        "They multiply zeros, all of which are before the first frame. Their number is "
        "the distance between the first and the last tap.",
        "`pad(x, (left, right))` of `torch.nn.functional` pads the last axis. `conv1d` "
        "has an argument `dilation`, and by default it adds no padding.",
    ),
)
