"""Ask how far two crowds are apart, taken for Gaussians."""

from collections.abc import Sequence
from functools import partial

import torch

from course_lib.metrics.frechet import Crowd, distance_of_crowds, frechet_distance
from lessons.evaluation.exercises import frechet_answers as other
from teaching.exercise import Case, Exercise, Mistake


def _crowd_cases(rng: torch.Generator) -> Sequence[Case]:
    draw = partial(torch.randn, generator=rng, dtype=torch.float64)

    def crowds(label: str, d: int, rows: int, apart: float = 1.0) -> Case:
        a, b = (Crowd(apart * draw(d), draw(rows, d)) for _ in range(2))
        return Case(label, {"a": a, "b": b})

    def sets(label: str, n: int, m: int, d: int, other: int | None = None) -> Case:
        a = draw(n, d) @ draw(d, d) + draw(d)
        b = draw(m, other or d) * (0.5 + draw(other or d).abs())
        return Case(label, {"features_a": a, "features_b": b}, part=1)

    offset = sets("small differences on a large offset", 6, 5, 3).arguments
    floats = {name: (x / 100 + 100).float() for name, x in offset.items()}
    return [
        crowds("spreads that are turned against each other", 4, 4),
        crowds("more rows than axes", 3, 6),
        crowds("equal means", 4, 5, apart=0.0),
        sets("two sets of features", 9, 7, 3),
        sets("as many samples as features", 5, 5, 5),
        sets("fewer samples than features", 4, 3, 8),
        Case("small differences on a large offset", floats, part=1),
        sets("a single sample is refused", 1, 5, 3),
        sets("features of two nets is refused", 6, 6, 3, other=4),
    ]


FRECHET_DISTANCE = Exercise(
    id="X5.4",
    title="Two crowds, taken for Gaussians",
    reference=(distance_of_crowds, frechet_distance),
    points=3,
    minutes=15,
    difficulty=3,
    cases=_crowd_cases,
    mistakes=(
        Mistake(
            "root of the elementwise product",
            other.with_shared(other.place_by_place),
            "`A * B` multiplies place by place, and its root forgets how the axes hang "
            "together. The formula has a matrix product and the root of a matrix.",
        ),
        Mistake(
            "roots before the product",
            other.with_shared(other.roots_first),
            "Right only where both spreads have the same axes. The product comes "
            "first: what is taken the root of is A B, not each of them.",
        ),
        Mistake(
            "root of the whole",
            other.with_rule(lambda a, b: distance_of_crowds(a, b) ** 0.5),
            "This is the distance itself; the field reports its square, and so does "
            "this function. A table that mixes the two ranks nothing.",
        ),
        Mistake(
            "means without the square",
            other.with_rule(
                lambda a, b: float(
                    other.apart(a, b).sqrt()
                    + other.spread(a, b)
                    - 2 * other.overlap(a, b).sum()
                )
            ),
            "The first term is the *squared* distance of the means. Spreads are in "
            "units squared, too: plain units cannot be added to them.",
        ),
        Mistake(
            "means averaged over the axes",
            other.with_rule(
                lambda a, b: float(
                    other.apart(a, b) / len(a.mean)
                    + other.spread(a, b)
                    - 2 * other.overlap(a, b).sum()
                )
            ),
            "A squared distance is a sum over the axes. With a mean, the spreads "
            "outweigh it by their number.",
        ),
        Mistake(
            "means alone",
            other.with_rule(lambda a, b: float(other.apart(a, b))),
            "Two crowds with one mean are no distance apart here, however different "
            "they are. What do the spreads cost?",
        ),
        Mistake(
            "the shared trace once",
            other.with_shared(lambda a, b: other.overlap(a, b).sum(), share=1.0),
            "A crowd would be apart from itself by its own spread. Both spreads are "
            "counted, so what they share goes off twice.",
        ),
        Mistake(
            "nothing is shared",
            other.with_shared(lambda a, b: other.overlap(a, b).sum(), share=0.0),
            "Both spreads were added and nothing taken away: equal crowds are far "
            "apart. The trace of the root of A B is missing.",
        ),
        Mistake(
            "root of the trace",
            other.with_shared(lambda a, b: other.overlap(a, b).square().sum().sqrt()),
            "This is the root of tr(A B), a Frobenius norm. Asked for is the trace of "
            "the root: each singular value counts, not the root of their squares.",
        ),
        Mistake(
            "no root at all",
            other.with_shared(lambda a, b: other.overlap(a, b).square().sum()),
            "tr(A B) is in units to the fourth power. The eigenvalues of A B are the "
            "*squares* of what is summed.",
        ),
        Mistake(
            "the largest singular value alone",
            other.with_shared(lambda a, b: other.overlap(a, b).amax()),
            "One direction that both share is counted, all others are forgotten. The "
            "trace is a sum over all of them.",
        ),
        Mistake(
            "difference of the covariances",
            other.with_rule(
                lambda a, b: float(
                    other.apart(a, b)
                    + torch.sub(*other.covariances(a, b)).square().sum()
                )
            ),
            "Matrices were compared entry by entry. The distance between spreads is "
            "one of their *roots*: 1 against 4 costs 1 an axis, not 9.",
        ),
        Mistake(
            "covariances divided by n",
            other.with_fit(other.biased),
            "Every spread is too small by (n - 1) / n, and more so for small sets. The "
            "mean was taken from the same samples: divide by n - 1.",
        ),
        Mistake(
            "features not centred",
            other.with_fit(other.uncentred),
            "The mean is counted twice, once more inside each spread. A covariance is "
            "taken about the mean of its own set.",
        ),
        Mistake(
            "products not divided",
            other.with_fit(other.summed_products),
            "These spreads grow with the number of samples. A covariance is a mean of "
            "products, over n - 1.",
        ),
        Mistake(
            "single precision",
            (distance_of_crowds, other.undoubled),
            "Features lie close together and far from 0: float32 has lost the digits "
            "that matter before they are subtracted. `two_sets` hands out doubles.",
        ),
        Mistake(
            "a single sample is not refused",
            (distance_of_crowds, other.unchecked),
            "The distances are right. One sample has no spread, and nan came: "
            "`two_sets` refuses what cannot be compared.",
        ),
    ),
    alternatives=(
        other.with_shared(other.by_eigenvalues),
        (
            other.with_shared(other.by_symmetric_root)[0],
            other.with_fit(other.moments)[1],
        ),
    ),
    hints=(
        "One axis: two Gaussians with means m and n, widths s and t. The distance is "
        "(m - n)^2 + (s - t)^2. Multiply the second square out: which of its three "
        "terms is what both share?",
        "With A = R'R and B = S'S, the root of A B has the trace that R S' has as the "
        "sum of its singular values. And tr(A) is the sum of all squares in R.",
        "`torch.linalg.svdvals` of one product. For features: `two_sets` refuses and "
        "makes doubles of them, `fitted` makes a `Crowd` of each set.",
    ),
)
