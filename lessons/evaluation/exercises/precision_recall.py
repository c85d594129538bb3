"""X5.6: precision and recall of generated samples in feature space."""

from collections.abc import Callable, Sequence
from functools import partial
from math import pi

import torch
from torch import Tensor

from course_lib.metrics.feature_sets import check_feature_sets
from course_lib.metrics.manifold import precision_recall
from teaching.exercise import Answer, Case, Exercise, Mistake


def _set_cases(rng: torch.Generator) -> Sequence[Case]:
    draw = partial(torch.randn, generator=rng, dtype=torch.float64)

    def case(label: str, real: Tensor, fake: Tensor, k: int) -> Case:
        return Case(label, {"real": real, "fake": fake, "k": k})

    real = torch.cat((draw(12, 2), draw(8, 2) + 6))
    fake = torch.cat((0.7 * draw(9, 2), 3 * draw(7, 2) + 3))
    with_outlier = torch.cat((0.1 * draw(4, 2), draw(1, 2) / 9 + 5))
    beside = torch.cat((draw(4, 2) / 20 + 2, draw(1, 2) / 9 - 6))
    angles = torch.arange(6).double() * pi / 3
    ring = 4 * torch.stack((angles.cos(), angles.sin()), dim=1) + 0.3 * draw(6, 2)
    with_nan = fake.clone()
    with_nan[3, 1] = torch.nan
    reals_beside, fakes_beside, odd, others = (
        torch.tensor(values, dtype=torch.float64).view(-1, 1)
        for values in (
            (-2, 20, 24, 29),
            (0, 2, 10, 13),
            (0, 3, 1000, 1003),
            (7, 9, 1007, 1009),
        )
    )
    line = torch.arange(6, dtype=torch.float64).view(-1, 1)
    ends = torch.tensor([[-3.0], [7], [11], [14]], dtype=torch.float64)
    return [
        case("one of two modes, and outliers", real, fake, 3),
        case("as many fake as real samples", draw(14, 3), draw(14, 3) + 1.2, 2),
        case("the large ball of an outlier", with_outlier, beside, 1),
        case("a ring around the real samples", 0.3 * draw(6, 2), ring, 5),
        case("the edge of a ball is inside", 3 * line + draw(1, 1).round(), ends, 1),
        case("a fake sample on each edge", line, ends, 2),
        case("a real sample on the edge of a fake ball", reals_beside, fakes_beside, 1),
        case("small differences on a large offset", 2.0**24 + odd, 2.0**24 + others, 1),
        case("identical fake samples", draw(6, 2), fake[:1].expand(5, 2).clone(), 2),
        case("as many samples as k is refused", real, fake[:3], 3),
        case("identical real samples is refused", real[:1].expand(4, 2), fake, 2),
        case("a feature that is nan is refused", real, with_nan, 2),
        case("k = 0 is refused", real, fake, 0),
    ]


class _Balls:
    """Two feature sets, their distances, and balls up to the k-th neighbour."""

    def __init__(self, real: Tensor, fake: Tensor, k: int):
        self.real, self.fake = check_feature_sets(real, fake, min_samples=k + 1)
        self.k = k
        self.distances = torch.cdist(self.real, self.fake)  # (real, fake)
        if not self.radii(self.real).any():
            raise ValueError("All real samples are identical.")

    def radii(self, samples: Tensor, *, skip: int = 1) -> Tensor:
        """The distance to the k-th neighbour, not counting the nearest ``skip``.

        The nearest of all is the sample itself.
        """
        neighbours = torch.cdist(samples, samples).sort(dim=1).values
        return neighbours[:, self.k + skip - 1]

    @property
    def in_real(self) -> Tensor:
        """Which fake sample (column) is in which real ball (row)."""
        return self.distances <= self.radii(self.real).unsqueeze(1)

    @property
    def in_fake(self) -> Tensor:
        """Which real sample (row) is in which fake ball (column)."""
        return self.distances <= self.radii(self.fake)


def _answer(
    precision: Callable[[_Balls], Tensor], recall: Callable[[_Balls], Tensor]
) -> Answer:
    """Means of two other indicators."""

    def answer(real, fake, k):
        if k <= 0:
            raise ValueError("k must be at least 1.")
        balls = _Balls(real, fake, k)
        return tuple(float(x(balls).double().mean()) for x in (precision, recall))

    return answer


def _with_radii(radii: Callable[[_Balls, Tensor], Tensor]) -> Answer:
    """The correct indicators with other radii."""
    return _answer(
        lambda b: (b.distances <= radii(b, b.real).unsqueeze(1)).any(0),
        lambda b: (b.distances <= radii(b, b.fake)).any(1),
    )


def _wrong_axis(balls: _Balls) -> tuple[float, float]:
    """Radii of rows used for columns, if there are as many of both."""
    in_real, in_fake = balls.in_real, balls.in_fake
    if len(balls.real) == len(balls.fake):
        in_real = balls.distances <= balls.radii(balls.real)
        in_fake = balls.distances <= balls.radii(balls.fake).unsqueeze(1)
    return in_real.any(0), in_fake.any(1)


def _manhattan(real, fake, k):
    balls = _checked_balls(real, fake, k)
    radii = [
        torch.cdist(x, x, p=1).sort(1).values[:, k] for x in (balls.real, balls.fake)
    ]
    between = torch.cdist(balls.real, balls.fake, p=1)
    inside = (between <= radii[0][:, None]).any(0), (between <= radii[1]).any(1)
    return tuple(x.double().mean().item() for x in inside)


def _in_single_precision(real, fake, k):
    balls = _checked_balls(real, fake, k)
    real, fake = balls.real.float(), balls.fake.float()
    radii = [torch.cdist(x, x).sort(1).values[:, k] for x in (real, fake)]
    between = torch.cdist(real, fake)
    inside = (between <= radii[0][:, None]).any(0), (between <= radii[1]).any(1)
    return tuple(x.double().mean().item() for x in inside)


def _without_radius_check(real, fake, k):
    _checked_k(k)
    real, fake = check_feature_sets(real, fake, min_samples=k + 1)
    if not (real - real[0]).any():
        return 0.0, 0.0
    return precision_recall(real, fake, k=k)


def _checked_k(k: int) -> None:
    if k <= 0:
        raise ValueError("k must be at least 1.")


def _checked_balls(real, fake, k) -> _Balls:
    _checked_k(k)
    return _Balls(real, fake, k)


def _other_neighbours(balls: _Balls, samples: Tensor) -> Tensor:
    """The distance to the k-th neighbour in the other set."""
    other = balls.fake if samples is balls.real else balls.real
    return torch.cdist(samples, other).sort(dim=1).values[:, balls.k - 1]


def _precision(balls: _Balls) -> Tensor:
    """Which fake samples are in a real ball."""
    return balls.in_real.any(0)


def _recall(balls: _Balls) -> Tensor:
    """Which real samples are in a fake ball."""
    return balls.in_fake.any(1)


def _with_loops(real, fake, k):
    """Both fractions by loops over samples, with the same checks."""
    if k < 1:
        raise ValueError("k must be at least 1.")
    real, fake = check_feature_sets(real, fake, min_samples=k + 1)
    if not _Balls(real, fake, k).radii(real).any():
        raise ValueError("All real samples are identical.")

    def fraction_inside(centres, samples):
        n_inside = 0
        for x in samples:
            for centre in centres:
                distances = sorted((centre - other).norm().item() for other in centres)
                if (x - centre).norm().item() <= distances[k]:
                    n_inside += 1
                    break
        return n_inside / len(samples)

    return fraction_inside(real, fake), fraction_inside(fake, real)


PRECISION_RECALL = Exercise(
    id="X5.6",
    title="Precision and recall of generated samples",
    reference=precision_recall,
    points=2,
    minutes=12,
    difficulty=2,
    cases=_set_cases,
    mistakes=(
        Mistake(
            "precision and recall exchanged",
            _answer(_recall, _precision),
            "Precision is the fraction of fake samples in the real set, recall the "
            "fraction of real samples in the fake set. Both fractions are correct, but "
            "in the wrong order.",
        ),
        Mistake(
            "sample counted as its own neighbour",
            _with_radii(lambda b, x: b.radii(x, skip=0)),
            "Each sample is its own nearest neighbour, at distance 0, so these balls "
            "are one neighbour too small. Skip the sample itself.",
        ),
        Mistake(
            "one neighbour too many",
            _with_radii(lambda b, x: b.radii(x, skip=2)),
            "The balls reach to the neighbour after the k-th. Sorted distances start "
            "with the sample itself at index 0: which index has the k-th neighbour?",
        ),
        Mistake(
            "mean distance of the k neighbours",
            _with_radii(
                lambda b, x: torch.cdist(x, x).sort(1).values[:, 1 : b.k + 1].mean(1)
            ),
            "The radius is the mean distance of the k nearest neighbours. The ball "
            "reaches to the k-th of them: take its distance alone.",
        ),
        Mistake(
            "radius to the k-th sample of the other set",
            _with_radii(_other_neighbours),
            "The radii reach to the k-th neighbour in the *other* set, so every ball "
            "contains samples of it. Use the neighbours in the same set.",
        ),
        Mistake(
            "farthest samples in place of the nearest",
            _with_radii(
                lambda b, x: (
                    torch.cdist(x, x)
                    .sort(1, descending=True)
                    .values[:, min(b.k, len(x) - 1)]
                )
            ),
            "The distances are sorted from the largest down, so the balls reach to the "
            "k-th *farthest* sample. `topk` needs `largest=False`.",
        ),
        Mistake(
            "k of 3 in every case",
            _with_radii(
                lambda b, x: torch.cdist(x, x).sort(1).values[:, min(3, len(x) - 1)]
            ),
            "The third neighbour is used whatever `k` is. `k` is an argument.",
        ),
        Mistake(
            "radii on the wrong axis",
            _answer(lambda b: _wrong_axis(b)[0], lambda b: _wrong_axis(b)[1]),
            "With as many real as fake samples, the radii of the rows are compared "
            "along the columns. Real radii belong to the rows: give them a second axis "
            "of length 1.",
        ),
        Mistake(
            "sum of the absolute differences",
            _manhattan,
            "The distance is the sum of the absolute differences (p = 1). Balls are "
            "Euclidean: the root of the sum of squares.",
        ),
        Mistake(
            "single precision",
            _in_single_precision,
            "The features differ little and are far from 0, so float32 loses the "
            "relevant digits. `check_feature_sets` returns both sets in float64: use "
            "its results.",
        ),
        Mistake(
            "balls of the wrong set",
            _answer(
                lambda b: b.in_fake.any(0),
                lambda b: b.in_real.any(1),
            ),
            "A fake sample with a large ball of its *own* may contain a real sample "
            "that is far away. Precision asks whether it is in a ball of the real set.",
        ),
        Mistake(
            "recall with the real balls",
            _answer(_precision, lambda b: b.in_real.any(1)),
            "Precision is correct, and the second fraction is coverage. Recall uses "
            "the balls of the fake set.",
        ),
        Mistake(
            "nearest ball only",
            _answer(
                lambda b: b.in_real.gather(0, b.distances.argmin(0)[None])[0],
                lambda b: b.in_fake.gather(1, b.distances.argmin(1)[:, None])[:, 0],
            ),
            "Only the ball with the nearest centre is tested. A larger ball with a "
            "centre further away may contain the sample: test whether *any* does.",
        ),
        Mistake(
            "one radius for all balls",
            _with_radii(lambda b, x: b.radii(x).mean().expand(len(x))),
            "Each ball has its own radius, small where samples are dense and large "
            "where they are sparse. The mean radius is wrong for both.",
        ),
        Mistake(
            "in all balls",
            _answer(lambda b: b.in_real.all(0), lambda b: b.in_fake.all(1)),
            "Hardly any sample is in every ball. The estimated manifold is the union "
            "of the balls: use `any`, not `all`.",
        ),
        Mistake(
            "balls counted in place of samples",
            _answer(lambda b: b.in_real.sum(0) / b.k, lambda b: b.in_fake.sum(1) / b.k),
            "This is density: the number of balls that contain a sample, divided by k, "
            "which may exceed 1. Precision only asks whether there is at least one.",
        ),
        Mistake(
            "fraction of all pairs",
            _answer(lambda b: b.in_real, lambda b: b.in_fake),
            "All pairs of a sample and a ball are averaged. First test for each sample "
            "whether any ball contains it, then take the mean over samples.",
        ),
        Mistake(
            "squared distances compared with radii",
            _answer(
                lambda b: (b.distances**2 <= b.radii(b.real).unsqueeze(1)).any(0),
                lambda b: (b.distances**2 <= b.radii(b.fake)).any(1),
            ),
            "Squared distances are compared with radii that are not squared. Square "
            "both or neither.",
        ),
        Mistake(
            "edge of the ball excluded",
            _answer(
                lambda b: (b.distances < b.radii(b.real).unsqueeze(1)).any(0),
                lambda b: (b.distances < b.radii(b.fake)).any(1),
            ),
            "The ball includes its edge, on which the k-th neighbour lies: the "
            "distance must be at most the radius, not less than it.",
        ),
        Mistake(
            "edge excluded for precision",
            _answer(
                lambda b: (b.distances < b.radii(b.real).unsqueeze(1)).any(0), _recall
            ),
            "Recall includes the edge of a ball, precision does not. The k-th "
            "neighbour lies on the edge: the distance must be at most the radius.",
        ),
        Mistake(
            "edge excluded for recall",
            _answer(_precision, lambda b: (b.distances < b.radii(b.fake)).any(1)),
            "Precision includes the edge of a ball, recall does not. The k-th "
            "neighbour lies on the edge: the distance must be at most the radius.",
        ),
        Mistake(
            "identical real samples are not refused",
            _without_radius_check,
            "The fractions are correct. If all real balls have radius 0, nothing can "
            "lie in them, and a precision of 0 says nothing: `check_radii` raises the "
            "error.",
        ),
        Mistake(
            "a k of 0 is not refused",
            lambda real, fake, k: precision_recall(real, fake, k=k or 1),
            "The fractions are correct. Balls up to the 0-th neighbour are points: "
            "raise a ValueError that says what k must be.",
        ),
    ),
    alternatives=(_with_loops, _answer(_precision, _recall)),
    hints=(
        "Draw six real points, and around each a circle through its nearest "
        "neighbour. Which part of the plane do the circles cover?",
        "Use one matrix of distances, real by fake. The radii of the real balls belong "
        "to its rows, those of the fake balls to its columns. Along which axis is "
        "`any` taken?",
        "Use `torch.cdist` for distances and `kthvalue` or `sort` for radii; each "
        "sample is nearest to itself. First refuse k below 1, then call "
        "`check_feature_sets` with `min_samples=k + 1`.",
    ),
)
