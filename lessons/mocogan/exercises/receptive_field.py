"""X4.3: output length, receptive field size and jump of a stack of convolutions."""

from collections.abc import Callable, Sequence
from math import ceil, prod

import torch

from course_lib.mocogan.receptive_field import ReceptiveField, receptive_field
from teaching.exercise import Answer, Case, Exercise, Mistake

VIDEO_TIME = ((4, 1, 0),) * 5
VIDEO_SPACE = (*((4, 2, 1),) * 4, (4, 1, 0))


def _layer_cases(rng: torch.Generator) -> Sequence[Case]:
    def randint(low: int, high: int) -> int:
        return int(torch.randint(low, high, (), generator=rng))

    def random_layers(n: int) -> tuple[tuple[int, int, int], ...]:
        return tuple((randint(2, 6), randint(2, 4), randint(1, 3)) for _ in range(n))

    questions = (
        ("random strides, kernels and padding", randint(300, 400), random_layers(4)),
        ("two layers", randint(60, 90), random_layers(2)),
        (
            "one layer with large padding",
            randint(20, 40),
            ((randint(4, 7), 1, randint(2, 4)),),
        ),
        ("no layer", randint(5, 30), ()),
        ("the video discriminator's time axis", 16, VIDEO_TIME),
        ("the video discriminator's width axis", 64, VIDEO_SPACE),
        ("a kernel longer than its input without padding", 4, ((5, 1, 1),)),
        ("a kernel as long as its input", 7, ((4, 1, 0), (6, 2, 1))),
        ("a receptive field larger than the input", 2, ((4, 2, 1), (3, 1, 1))),
        ("a small remainder", 17, ((4, 4, 0),)),
        ("remainders just below the stride", 15, ((4, 4, 0), (2, 2, 1))),
        ("a kernel one step too long is refused", 3, ((4, 2, 0),)),
        ("a bad fit before a padded layer is refused", 2, ((4, 1, 0), (1, 1, 2))),
        ("too short an input is refused", randint(13, 16), VIDEO_TIME),
        ("too long a kernel is refused", 5, ((4, 1, 0), (5, 1, 1))),
    )
    return [
        Case(label, {"input_length": length, "layers": layers})
        for label, length, layers in questions
    ]


def _output_length(length, kernel, stride, padding):
    return (length + 2 * padding - kernel) // stride + 1


def _larger_field(size, kernel, stride, padding, jump):
    return size + (kernel - 1) * jump


def _recursion(
    output_length: Callable[..., int] = _output_length,
    larger_field: Callable[..., int] = _larger_field,
    next_jump: Callable[[int, int], int] = lambda jump, stride: jump * stride,
    minimum: int = 1,
) -> Answer:
    """The recursion with some rule replaced; rejects outputs shorter than minimum."""

    def answer(input_length, layers):
        length, size, jump = input_length, 1, 1
        for layer in layers:
            length = output_length(length, *layer)
            if length < minimum:
                raise ValueError(f"The output of {input_length} has length {length}.")
            size = larger_field(size, *layer, jump)
            jump = next_jump(jump, layer[1])
        return length, size, jump

    return answer


def _with_check(
    refused: Callable[[int, int, int], bool], *, raises: bool = True
) -> Answer:
    """The correct recursion, with another check of length, kernel and padding."""

    def answer(input_length, layers):
        length, size, jump = input_length, 1, 1
        for kernel, stride, padding in layers:
            if refused(length, kernel, padding):
                if raises:
                    raise ValueError("The kernel is too long.")
                return None
            length = _output_length(length, kernel, stride, padding)
            size, jump = size + (kernel - 1) * jump, jump * stride
        return length, size, jump

    return answer


def _checked_at_the_end(input_length, layers):
    length, size, jump = _recursion(minimum=-(10**6))(input_length, layers)
    if length < 1:
        raise ValueError("The input is too short.")
    return length, size, jump


def _from_size_0(input_length, layers):
    length, size, jump = _recursion()(input_length, layers)
    return length, size - 1, jump


def _own_stride_first(input_length, layers):
    length, _, jump = _recursion()(input_length, layers)
    jumps = [prod(layer[1] for layer in layers[: i + 1]) for i in range(len(layers))]
    growth = ((layer[0] - 1) * step for layer, step in zip(layers, jumps, strict=True))
    return length, 1 + sum(growth), jump


def _cut_off(input_length, layers):
    length, size, jump = _recursion()(input_length, layers)
    return length, min(size, input_length), jump


def _from_the_last_layer(input_length, layers):
    """Right: what one output needs of each layer before it."""
    length = _recursion()(input_length, layers)[0]
    size = 1
    for kernel, stride, _ in reversed(layers):
        size = (size - 1) * stride + kernel
    return length, size, prod(stride for _, stride, _ in layers)


def _by_enumeration(input_length, layers):
    """Right: all kernel positions are enumerated."""
    starts, size, jump = [*range(input_length)], 1, 1
    for kernel, stride, padding in layers:
        padded = len(starts) + 2 * padding
        starts = [i for i in range(0, padded, stride) if i + kernel <= padded]
        if not starts:
            raise ValueError("The kernel does not fit. Use a longer input.")
        size, jump = size + kernel * jump - jump, jump * stride
    return ReceptiveField(len(starts), size, jump)


RECEPTIVE_FIELD = Exercise(
    id="X4.3",
    title="The receptive field",
    reference=receptive_field,
    points=2,
    minutes=10,
    difficulty=2,
    cases=_layer_cases,
    mistakes=(
        Mistake(
            "padding at one end",
            _recursion(lambda n, k, s, p: (n + p - k) // s + 1),
            "Padding is added at both ends of the axis, so the input becomes longer by "
            "twice the padding.",
        ),
        Mistake(
            "padding left out",
            _recursion(lambda n, k, s, p: (n - k) // s + 1),
            "The layer also reads the padding at both ends. Without it the output is "
            "too short, and some inputs are rejected that are long enough.",
        ),
        Mistake(
            "the first output forgotten",
            _recursion(lambda n, k, s, p: (n + 2 * p - k) // s, minimum=0),
            "This is how often the kernel is *moved*. There is one more output, before "
            "the first move.",
        ),
        Mistake(
            "rounded up",
            _recursion(lambda n, k, s, p: ceil((n + 2 * p - k) / s) + 1),
            "The last kernel would extend beyond the end of the axis. Round down.",
        ),
        Mistake(
            "rounded to the nearest number",
            _recursion(lambda n, k, s, p: round((n + 2 * p - k) / s) + 1),
            "`round` rounds up from one half on, and then the last kernel would extend "
            "beyond the end of the axis. Round down: `//`.",
        ),
        Mistake(
            "rounded towards 0",
            _recursion(lambda n, k, s, p: int((n + 2 * p - k) / s) + 1),
            "`int` rounds a negative number *up*, to 0. A kernel that is one step too "
            "long then seems to have one output. Use `//`, which rounds down, or "
            "compare the kernel with its padded input first.",
        ),
        Mistake(
            "not rounded",
            _recursion(lambda n, k, s, p: (n + 2 * p - k) / s + 1),
            "A number of outputs is a whole number, and `/` returns a fraction. Use "
            "`//`, which rounds down.",
        ),
        Mistake(
            "the stride forgotten",
            _recursion(lambda n, k, s, p: n + 2 * p - k + 1),
            "The kernel moves by a stride, not by one step, so the output is shorter "
            "by about that factor.",
        ),
        Mistake(
            "jump 1 in every layer",
            _recursion(larger_field=lambda size, k, s, p, jump: size + k - 1),
            "Neighbouring inputs of a later layer are several steps of the first input "
            "apart: the product of all strides before that layer.",
        ),
        Mistake(
            "only the last stride",
            _recursion(next_jump=lambda jump, stride: stride),
            "The jump is the stride of one layer only. It is the *product* of the "
            "strides of all layers so far.",
        ),
        Mistake(
            "size counted from 0",
            _from_size_0,
            "The size is too small by 1. Without any layer an output depends on one "
            "input, itself: begin with 1.",
        ),
        Mistake(
            "a layer's own stride before its kernel",
            _own_stride_first,
            "A kernel reads the outputs of the layer *before* it. Its own stride "
            "changes the jump for the next layer only.",
        ),
        Mistake(
            "k in place of k - 1",
            _recursion(larger_field=lambda size, k, s, p, jump: size + k * jump),
            "One of the kernel's k inputs is already counted: a kernel of k adds k - 1 "
            "jumps.",
        ),
        Mistake(
            "kernels multiplied",
            _recursion(larger_field=lambda size, k, s, p, jump: size * k),
            "The receptive fields of neighbouring outputs overlap. Each layer adds "
            "k - 1 jumps; only strides are multiplied.",
        ),
        Mistake(
            "padding subtracted from the size",
            _recursion(larger_field=lambda size, k, s, p, j: size + (k - 1 - p) * j),
            "Padding changes the output length. The size of the receptive field is "
            "independent of it, because padding counts as input here.",
        ),
        Mistake(
            "strides added",
            _recursion(next_jump=lambda jump, stride: jump + stride - 1),
            "A stride of 2 after a stride of 2 gives a jump of 4, not 3: strides "
            "multiply.",
        ),
        Mistake(
            "layers in reversed order",
            lambda input_length, layers: _recursion()(input_length, layers[::-1]),
            "The list begins with the layer that reads the input. The order matters: a "
            "stride affects all layers after it.",
        ),
        Mistake(
            "size limited to the input length",
            _cut_off,
            "Outputs near the edges depend on padding, and padding counts as input "
            "here. Do not limit the size to the input length.",
        ),
        Mistake(
            "too short an input is not rejected",
            _recursion(minimum=-(10**6)),
            "An output length of 0 or less means that a kernel did not fit. Raise a "
            "ValueError that says how many steps were left.",
        ),
        Mistake(
            "only the last length checked",
            _checked_at_the_end,
            "The length is checked after the last layer only. A later layer with "
            "padding can make a negative length positive again: check every layer.",
        ),
        Mistake(
            "kernel compared with the input without padding",
            _with_check(lambda length, kernel, padding: kernel > length),
            "Padding counts as input, so a kernel may be longer than the input without "
            "it. Compare with the length plus twice the padding.",
        ),
        Mistake(
            "kernel compared with the input padded at one end",
            _with_check(lambda length, kernel, padding: kernel > length + padding),
            "Padding is added at both ends, so the kernel may be as long as the input "
            "plus *twice* the padding.",
        ),
        Mistake(
            "None in place of an error",
            _with_check(
                lambda length, kernel, padding: kernel > length + 2 * padding,
                raises=False,
            ),
            "The numbers are right. But a kernel that does not fit gives None, and the "
            "caller notices it later, elsewhere. Raise a ValueError.",
        ),
        Mistake(
            "one output is rejected",
            _recursion(minimum=2),
            "A kernel as long as its input has one output, which is allowed. Reject "
            "only kernels that do not fit.",
        ),
    ),
    alternatives=(_from_the_last_layer, _by_enumeration),
    hints=(
        "Put a kernel of 4 at the start of 16 frames and move it to the end: how many "
        "positions are there? Then do the same with the outputs.",
        "Keep three numbers: the length, the size of the receptive field and the jump. "
        "The jump begins at 1 and is multiplied by every stride.",
        "In each layer: reject it if the kernel is longer than the padded input; "
        "divide with `//`; increase the size by (kernel - 1) times the jump; only then "
        "multiply the jump by the stride.",
    ),
)
