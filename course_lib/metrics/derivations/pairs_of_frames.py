"""D5.6: the mean distance of all pairs of frames, for a constant rate of change."""

from collections.abc import Sequence

import torch
from sympy import Mul, Rational, Sum, Symbol, symbols

from course_lib.mathematics.derivation import Derivation, Step
from course_lib.mathematics.formula import AtomValues
from course_lib.mathematics.notation import Norm, unevaluated

v, T, s, t, gap = symbols("v T s t d")
distance = Symbol(r"\operatorname{ACD}")

with unevaluated():
    mean_of_pairs = 2 / (T * (T - 1))
    pair_steps = (
        Step(
            distance,
            "The content distance of a clip of $T$ frames: the mean distance of the "
            "colours of all pairs of frames. The colour changes by $v$ from each frame "
            "to the next.",
        ),
        Step(
            mean_of_pairs * Sum(Norm(v) * Sum(t - s, (s, 1, t - 1)), (t, 2, T)),
            r"There are $T (T - 1) / 2$ pairs $s < t$, and the colours of two frames "
            r"differ by $(t - s) v$.",
        ),
        Step(
            mean_of_pairs * Norm(v) * Sum((T - gap) * gap, (gap, 1, T - 1)),
            "Collect the pairs by their distance $d = t - s$ in time: there are "
            "$T - d$ of them.",
        ),
        Step(
            mean_of_pairs
            * Norm(v)
            * (T * (T * (T - 1) / 2) - (T - 1) * T * (2 * T - 1) / 6),
            "The sums of the numbers from 1 to $T - 1$, and of their squares.",
        ),
        Step(
            Norm(v) * (T - Mul(Rational(1, 3), 2 * T - 1)),
            "Cancel $T (T - 1)$.",
        ),
        Step(
            Norm(v) * (T + 1) / 3,
            "$3 T - (2 T - 1) = T + 1$: longer clips have larger values.",
        ),
    )


def colour_cases(rng: torch.Generator) -> Sequence[AtomValues]:
    """Colours that change at a constant rate, in clips of 2 to 9 frames."""
    return [_colour_case(rng, length) for length in (4, 3, 7, 2, 9)]


def _colour_case(rng: torch.Generator, length: int) -> AtomValues:
    step, start = torch.randn(2, 3, generator=rng, dtype=torch.float64)
    colours = start + torch.arange(length).unsqueeze(1) * step
    return {
        v: step,
        T: torch.tensor(length).double(),
        distance: torch.pdist(colours).mean(),
    }


COLOUR_PAIRS = Derivation(
    "D5.6",
    "The content distance of a colour that changes at a constant rate.",
    pair_steps,
    "the course's own",
    colour_cases,
    proves=("E5.6.1",),
)
