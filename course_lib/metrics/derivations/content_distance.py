"""E5.6: the content distance of a colour that changes at a constant rate."""

from collections.abc import Sequence

import torch
from sympy import Add, Eq, Function, Mul, Rational, symbols

from course_lib.mathematics.equation import Comparison, Equation
from course_lib.mathematics.formula import AtomValues
from course_lib.mathematics.notation import Norm, unevaluated
from course_lib.metrics.content import average_content_distance

SIDE = 8  # pixels of a frame; the side of the square is 3

V, v, T = symbols("V v T")
distance = Function(r"\operatorname{ACD}")

with unevaluated():
    formula = (Eq(distance(V), Mul(Norm(v), Add(T, 1), Rational(1, 3))),)


def drift_cases(rng: torch.Generator) -> Sequence[Comparison]:
    """Squares at random positions, whose colour changes by one step each frame."""
    cases = [_drifting(rng, n_frames) for n_frames in (2, 3, 8, 16)]
    return (
        Comparison(cases, 1e-6, "the library's content distance against the formula"),
    )


def _drifting(rng: torch.Generator, n_frames: int) -> AtomValues:
    def uniform(*shape: int) -> torch.Tensor:
        return torch.rand(shape, generator=rng, dtype=torch.float64)

    step = 16 * uniform(3) - 8  # colour change a frame, of 255
    time = torch.arange(n_frames) - (n_frames - 1) / 2
    colours = 140 + time[:, None] * step
    videos = torch.full((1, n_frames, 3, SIDE, SIDE), -1.0, dtype=torch.float64)
    for frame, colour in zip(videos[0], colours, strict=True):
        x, y = torch.randint(SIDE - 3, (2,), generator=rng).tolist()
        frame[:, y : y + 3, x : x + 3] = colour.view(3, 1, 1) / 127.5 - 1
    return {
        V: videos,
        v: step,
        T: torch.tensor(n_frames, dtype=torch.float64),
        distance: lambda clip: torch.tensor(
            average_content_distance(clip).distance, dtype=torch.float64
        ),
    }


COLOUR_DRIFT = Equation(
    "E5.6",
    "If the colour changes by v from each frame to the next, the content distance of "
    "a clip of T frames is |v| (T + 1) / 3, the mean over all pairs of frames.",
    formula,
    "the course's own; the distance is that of Tulyakov et al. 2018, section 4.2",
    drift_cases,
)
