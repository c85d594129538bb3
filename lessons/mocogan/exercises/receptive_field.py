"""Ask how many frames a judge sees, and how many verdicts are left of a clip."""

from collections.abc import Sequence
from math import ceil

import torch

from course_lib.mocogan.receptive_field import reach
from lessons.mocogan.exercises.receptive_field_answers import (
    by_trying,
    counted,
    from_the_end,
    own_stride_first,
)
from teaching.exercise import Case, Exercise, Mistake

VIDEO_TIME = ((4, 1, 0),) * 5
VIDEO_SPACE = (*((4, 2, 1),) * 4, (4, 1, 0))


def _layer_cases(rng: torch.Generator) -> Sequence[Case]:
    def one(low: int, high: int) -> int:
        return int(torch.randint(low, high, (), generator=rng))

    def layers(n: int) -> tuple[tuple[int, int, int], ...]:
        return tuple((one(2, 6), one(2, 4), one(1, 3)) for _ in range(n))

    questions = (
        ("strides, kernels and padding of all kinds", one(300, 400), layers(4)),
        ("two layers", one(60, 90), layers(2)),
        ("one layer, well padded", one(20, 40), ((one(4, 7), 1, one(2, 4)),)),
        ("no layer", one(5, 30), ()),
        ("the video judge's time", 16, VIDEO_TIME),
        ("the video judge's width", 64, VIDEO_SPACE),
        ("a kernel as long as what is left", 7, ((4, 1, 0), (6, 2, 1))),
        ("padding sees beyond the clip", 2, ((4, 2, 1), (3, 1, 1))),
        ("a clip that is too short is refused", one(13, 16), VIDEO_TIME),
        ("a kernel too long for its padding is refused", 5, ((4, 1, 0), (5, 1, 1))),
    )
    return [
        Case(label, {"size": size, "windows": windows})
        for label, size, windows in questions
    ]


REACH = Exercise(
    id="X4.3",
    title="How much does a judge see?",
    reference=reach,
    points=2,
    minutes=10,
    difficulty=2,
    cases=_layer_cases,
    mistakes=(
        Mistake(
            "padding at one end",
            counted(lambda n, k, s, p: (n + p - k) // s + 1),
            "Padding stands at both ends of the axis: a layer finds twice as many "
            "steps of it.",
        ),
        Mistake(
            "padding left out",
            counted(lambda n, k, s, p: (n - k) // s + 1),
            "The layer also reads the padding at both ends. Without it the picture "
            "shrinks too fast, and some clips seem too short.",
        ),
        Mistake(
            "the first place forgotten",
            counted(lambda n, k, s, p: (n + 2 * p - k) // s, least=0),
            "So many *moves* does the kernel make. It also stands once before the "
            "first move: one place more.",
        ),
        Mistake(
            "rounded up",
            counted(lambda n, k, s, p: ceil((n + 2 * p - k) / s) + 1),
            "The last place would reach beyond the end of the axis. What is no whole "
            "stride is dropped: round down.",
        ),
        Mistake(
            "the stride forgotten",
            counted(lambda n, k, s, p: n + 2 * p - k + 1),
            "The kernel moves by a stride, not by one step: there are fewer places by "
            "that factor.",
        ),
        Mistake(
            "every layer counted at full size",
            counted(gain=lambda seen, k, s, p, apart: seen + k - 1),
            "A step of a later layer is worth several of the film: as many as all "
            "strides before it make together.",
        ),
        Mistake(
            "a layer's own stride taken before its kernel",
            own_stride_first,
            "A kernel reads the places of the layer *before* it. Its own stride sets "
            "its places apart, and counts for the next layer only.",
        ),
        Mistake(
            "whole kernels added",
            counted(gain=lambda seen, k, s, p, apart: seen + k * apart),
            "One of the kernel's places is where the view was already: a kernel of k "
            "adds k - 1.",
        ),
        Mistake(
            "kernels multiplied",
            counted(gain=lambda seen, k, s, p, apart: seen * k),
            "Neighbouring places see almost the same. Each layer adds what its kernel "
            "reaches further; only strides multiply.",
        ),
        Mistake(
            "padding not seen",
            counted(gain=lambda seen, k, s, p, a: seen + (k - 1 - p) * a),
            "Padding decides how many places there are. How wide each of them looks is "
            "the kernel's affair; here what it sees of the padding counts, too.",
        ),
        Mistake(
            "strides added",
            counted(step=lambda apart, stride: apart + stride - 1),
            "A stride of 2 after a stride of 2 sets places 4 apart, not 3: strides "
            "multiply.",
        ),
        Mistake(
            "layers read from the end",
            lambda size, windows: counted()(size, windows[::-1]),
            "The list begins with the layer that reads the film. The order matters: a "
            "stride counts for all layers behind it.",
        ),
        Mistake(
            "the view cut off at the clip's end",
            lambda size, windows: (
                lambda found: (found[0], min(found[1], size), found[2])
            )(counted()(size, windows)),
            "Near its edges a judge sees padding; what it sees there counts here. Do "
            "not cut it off at the length of the clip.",
        ),
        Mistake(
            "a clip too short is not refused",
            counted(least=-(10**6)),
            "Numbers of places at 0 or below mean that a kernel did not fit. Raise a "
            "ValueError that says how much was left.",
        ),
        Mistake(
            "one place is not enough",
            counted(least=2),
            "A kernel that just fits leaves one place, and that is a verdict. Refuse "
            "only what does not fit.",
        ),
    ),
    alternatives=(from_the_end, by_trying),
    hints=(
        "Lay a kernel of 4 at the start of 16 frames and push it to the end: how often "
        "does it stop? Then do the same with what came out.",
        "Keep three numbers: what is left, what a place sees, and how far neighbours "
        "are apart. The last one begins at 1 and is multiplied by every stride.",
        "In each layer: refuse if the kernel is longer than what is left and padded; "
        "divide with `//`; then let the view grow by the kernel less 1, counted in "
        "steps of the layer before, and only then let the steps grow.",
    ),
)
