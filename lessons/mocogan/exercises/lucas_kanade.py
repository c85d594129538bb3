"""Ask for the one flow that explains a window best."""

from collections.abc import Sequence
from functools import partial

import torch
from torch import Tensor

from course_lib.metrics.optical_flow import lucas_kanade, slopes
from lessons.mocogan.exercises.lucas_kanade_answers import (
    by_solving,
    channel_by_channel,
    cramer,
    least_squares,
    normal_flow,
    of_first,
    pooled,
    solved,
)
from teaching.exercise import Case, Exercise, Mistake


def _window_cases(rng: torch.Generator) -> Sequence[Case]:
    draw = partial(torch.randn, generator=rng, dtype=torch.float64)

    def known(n: int, side: int) -> tuple[Tensor, Tensor]:
        """Polynomials of degree 2, three colours, before and after a shift."""
        weights, way = draw(n, 3, 6, 1, 1), draw(2)
        ticks = torch.arange(side, dtype=torch.float64) - side / 2

        def seen(dx: Tensor, dy: Tensor) -> Tensor:
            x = (ticks - dx).expand(side, side)
            y = (ticks - dy)[:, None].expand(side, side)
            terms = torch.stack((x * x, x * y, y * y, x, y, torch.ones_like(x)))
            return (weights * terms).sum(2)

        return seen(*torch.zeros(2)), seen(*way)

    edge = draw(2, 1, 1, 6).expand(2, 1, 5, 6).clone()
    questions = (
        ("a shift that is known", *known(2, 6)),
        ("frames that no shift explains", draw(3, 1, 5, 6), draw(3, 1, 5, 6)),
        ("several channels", draw(2, 3, 4, 7), draw(2, 3, 4, 7)),
        ("one window", draw(1, 2, 6, 4), draw(1, 2, 6, 4)),
        ("float32 stays float32", draw(2, 2, 6, 6).float(), draw(2, 2, 6, 6).float()),
        ("an edge alone is refused", edge, edge.roll(1, dims=3)),
    )
    return [
        Case(label, {"before": a, "after": b}, ("before", "after"))
        for label, a, b in questions
    ]


LUCAS_KANADE = Exercise(
    id="X4.7",
    title="One flow for one window",
    reference=lucas_kanade,
    points=3,
    minutes=15,
    difficulty=3,
    cases=_window_cases,
    mistakes=(
        Mistake(
            "the way back",
            solved(lambda sums: -cramer(sums)),
            "A thing that went right is said to go left: so one would fetch a pixel. "
            "What moves right by u loses its slope times u: mind the minus.",
        ),
        Mistake(
            "right and down exchanged",
            solved(lambda sums: cramer(sums).flip(1)),
            "The first number of a flow points right, along the width, the second one "
            "down. A slope in x belongs to the first.",
        ),
        Mistake(
            "both axes as if alone",
            solved(lambda s: torch.stack((-s[3] / s[0], -s[4] / s[2]), dim=1)),
            "A slanted edge has slopes in both axes, and what one explains the other "
            "must not explain again: the mixed sum couples the two equations.",
        ),
        Mistake(
            "the mixed sum with the wrong sign",
            solved(lambda s: cramer((s[0], -s[1], *s[2:]))),
            "The mixed sum stands with a plus in both equations. Solving them turns it "
            "to a minus once; here it was turned twice.",
        ),
        Mistake(
            "not divided by the determinant",
            solved(lambda s: cramer(s) * (s[0] * s[2] - s[1] * s[1])[:, None]),
            "The direction is right, the length is not: the steeper the window, the "
            "faster it seems. Divide by what the two sums of squares enclose.",
        ),
        Mistake(
            "the mean of every pixel's own flow",
            normal_flow,
            "A pixel alone sees motion along its slope only, and flat ones shout. Add "
            "up the products over the window first, then solve once.",
        ),
        Mistake(
            "slopes of the first frame alone",
            solved(look=of_first),
            "What moved half way is between both frames, so the slopes are those of "
            "the mean. `slopes` takes both frames: hand it both.",
        ),
        Mistake(
            "channel by channel",
            channel_by_channel,
            "Each channel was solved by itself and the flows were averaged. All "
            "channels move together: add their products up before you solve.",
        ),
        Mistake(
            "one flow for the whole batch",
            solved(add=pooled),
            "The sums ran over the windows as well, so all of them get one flow. Keep "
            "the batch axis.",
        ),
        Mistake(
            "damped",
            solved(lambda s: cramer((s[0] + 1, s[1], s[2] + 1, *s[3:]))),
            "Something was added to the squared slopes, so every flow is a little too "
            "short. Here a window that cannot tell is refused instead.",
        ),
        Mistake(
            "no way back",
            solved(lambda sums: cramer(sums).detach()),
            "The flow is right, but a generator could learn nothing from a judge that "
            "looks at it. Leave the graph whole.",
        ),
        Mistake(
            "an edge is not refused",
            lambda before, after: torch.linalg.lstsq(
                torch.stack([s.flatten(1) for s in slopes(before, after)[:2]], dim=2)
                + 1e-9,
                -slopes(before, after).t.flatten(1).unsqueeze(2),
            ).solution.squeeze(2),
            "Along an edge nothing tells how far it went, and a number was returned "
            "all the same. Raise a ValueError where the determinant vanishes.",
        ),
    ),
    alternatives=(solved(by_solving), least_squares),
    hints=(
        "Each pixel gives one equation for two unknowns: slope in x times u, slope in "
        "y times v and the change in time add up to 0. Together they are too many.",
        "Multiply all equations by their slope in x and add them up; then by the slope "
        "in y. Two equations are left, made of five sums over pixels and channels.",
        "Solve the two by determinants. The one to divide by is the product of both "
        "sums of squares less the square of the mixed sum; where it vanishes beside "
        "the squared sum of both, refuse.",
    ),
)
