"""Ask two questions of a crowd of fakes: are they real, and is all of it there?"""

from collections.abc import Sequence
from functools import partial
from math import pi

import torch
from torch import Tensor

from course_lib.metrics.manifold import precision_recall
from lessons.evaluation.exercises.precision_recall_answers import (
    counted,
    one_by_one,
    precision,
    recall,
    with_radii,
)
from teaching.exercise import Case, Exercise, Mistake


def _crowd_cases(rng: torch.Generator) -> Sequence[Case]:
    draw = partial(torch.randn, generator=rng, dtype=torch.float64)

    def ask(label: str, real: Tensor, fake: Tensor, k: int) -> Case:
        return Case(label, {"real": real, "fake": fake, "k": k})

    real = torch.cat((draw(12, 2), draw(8, 2) + 6))
    debris = torch.cat((0.7 * draw(9, 2), 3 * draw(7, 2) + 3))
    near_and_far = torch.cat((0.1 * draw(4, 2), draw(1, 2) / 9 + 5))
    beside = torch.cat((draw(4, 2) / 20 + 2, draw(1, 2) / 9 - 6))
    angles = torch.arange(6).double() * pi / 3
    ring = 4 * torch.stack((angles.cos(), angles.sin()), dim=1) + 0.3 * draw(6, 2)
    line = torch.arange(6, dtype=torch.float64).view(-1, 1)
    ends = torch.tensor([[-3.0], [7], [11], [14]], dtype=torch.float64)
    return [
        ask("one of two hills, and debris", real, debris, 3),
        ask("as many fakes as real ones", draw(14, 3), draw(14, 3) + 1.2, 2),
        ask("an outlier's wide ball reaches back", near_and_far, beside, 1),
        ask("a ring around the real ones", 0.3 * draw(6, 2), ring, 5),
        ask("on the edge is inside", 3 * line + draw(1, 1).round(), ends, 1),
        ask("a fake on every edge", line, ends, 2),
        ask("as many samples as k is refused", real, debris[:3], 3),
        ask("a ball that reaches no neighbour is refused", real, debris, 0),
    ]


PRECISION_RECALL = Exercise(
    id="X5.6",
    title="Is it real, and is it all?",
    reference=precision_recall,
    points=2,
    minutes=12,
    difficulty=2,
    cases=_crowd_cases,
    mistakes=(
        Mistake(
            "precision and recall exchanged",
            counted(recall, precision),
            "Precision asks of the fakes whether they are real; recall asks of the "
            "real ones whether they are found. Both shares are right, in turned order.",
        ),
        Mistake(
            "k counts the sample itself",
            with_radii(lambda b, x: b.radii(x, skip=0)),
            "A sample is its own nearest neighbour, at distance 0, so these balls are "
            "one neighbour too small. Skip it.",
        ),
        Mistake(
            "one neighbour too many",
            with_radii(lambda b, x: b.radii(x, skip=2)),
            "The balls reach to the next neighbour after the k-th. Sorted distances "
            "begin with the sample itself, at place 0: which place has the k-th other?",
        ),
        Mistake(
            "balls on the wrong side",
            counted(
                lambda b: b.in_fake.any(0),
                lambda b: b.in_real.any(1),
            ),
            "A fake that has a real sample in its *own* ball may be far away with a "
            "wide one. The question is whether it lies in a ball of the real set.",
        ),
        Mistake(
            "recall by the real balls",
            counted(precision, lambda b: b.in_real.any(1)),
            "Precision is right, and the second share is coverage. Recall needs the "
            "balls of the fakes: where would they draw from?",
        ),
        Mistake(
            "the nearest ball alone",
            counted(
                lambda b: b.in_real.gather(0, b.apart.argmin(0)[None])[0],
                lambda b: b.in_fake.gather(1, b.apart.argmin(1)[:, None])[:, 0],
            ),
            "Only the ball of the nearest centre was asked. A larger one further away "
            "may reach: it is enough to lie in *any*.",
        ),
        Mistake(
            "one radius for all",
            with_radii(lambda b, x: b.radii(x).mean().expand(len(x))),
            "Each ball has a radius of its own: small where samples are dense, large "
            "where they are rare. The mean of all is too large here, too small there.",
        ),
        Mistake(
            "in all balls at once",
            counted(lambda b: b.in_real.all(0), lambda b: b.in_fake.all(1)),
            "Hardly anything lies in every ball. The set is where at least one ball "
            "is: `any`, not `all`.",
        ),
        Mistake(
            "balls counted, not samples",
            counted(lambda b: b.in_real.sum(0) / b.k, lambda b: b.in_fake.sum(1) / b.k),
            "This is density: in how many balls a sample lies, over k. It may be above "
            "1. A share asks of each sample only whether it is inside.",
        ),
        Mistake(
            "share of all pairs",
            counted(lambda b: b.in_real, lambda b: b.in_fake),
            "All pairs of sample and ball were averaged. First ask each sample whether "
            "any ball holds it, then take the share of samples.",
        ),
        Mistake(
            "squared distances beside plain radii",
            counted(
                lambda b: (b.apart**2 <= b.radii(b.real).unsqueeze(1)).any(0),
                lambda b: (b.apart**2 <= b.radii(b.fake)).any(1),
            ),
            "Squares are compared with lengths: right only for lengths of 0 and 1. "
            "Square both or neither.",
        ),
        Mistake(
            "the edge is outside",
            counted(
                lambda b: (b.apart < b.radii(b.real).unsqueeze(1)).any(0),
                lambda b: (b.apart < b.radii(b.fake)).any(1),
            ),
            "The ball reaches *to* the k-th neighbour, which lies on its edge and "
            "belongs to the set: at most the radius, not less than it.",
        ),
        Mistake(
            "a k of 0 is not refused",
            lambda real, fake, k: precision_recall(real, fake, k=k or 1),
            "The shares are right. Balls that reach no neighbour are points: raise a "
            "ValueError that says what k has to be.",
        ),
    ),
    alternatives=(one_by_one, counted(precision, recall)),
    hints=(
        "Draw six real points, and around each a circle that reaches its nearest "
        "neighbour. Where would you say that the real world is?",
        "One table of distances, real by fake. The radii of the real balls belong to "
        "its rows, those of the fake ones to its columns. Which axis does `any` take?",
        "`torch.cdist` for distances, `kthvalue` or `sort` for radii: each sample is "
        "nearest to itself. `two_sets` with `least=k + 1`; refuse k below 1 first.",
    ),
)
