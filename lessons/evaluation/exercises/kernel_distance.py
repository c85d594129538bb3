"""Ask for a distance of two crowds that needs no Gaussian and has no bias."""

from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor

from course_lib.metrics.feature_sets import two_sets
from course_lib.metrics.kernel_distance import kernel_distance
from teaching.exercise import Answer, Case, Exercise, Mistake

Kernel = Callable[[Tensor, Tensor], Tensor]


def _set_cases(rng: torch.Generator) -> Sequence[Case]:
    draw = partial(torch.randn, generator=rng, dtype=torch.float64)

    def ask(label: str, a: Tensor, b: Tensor) -> Case:
        return Case(label, {"features_a": a, "features_b": b})

    again = draw(5, 3)
    return [
        ask("sets of unlike size", draw(6, 3), draw(4, 3) + 0.5),
        ask("as many samples as features", draw(4, 4), draw(4, 4) - 1),
        ask("a set and itself: below 0", again, again),
        ask("two samples each", draw(2, 5), draw(2, 5)),
        ask("one feature", draw(5, 1), draw(7, 1) + 1),
        ask("features of float32", draw(4, 3).float(), draw(5, 3).float()),
        ask("a single sample is refused", draw(4, 3), draw(1, 3)),
        ask("features of two nets is refused", draw(4, 3), draw(4, 2)),
    ]


def _cubic(a: Tensor, b: Tensor) -> Tensor:
    return (a @ b.T / a.shape[1] + 1) ** 3


def _others(kernel: Tensor) -> Tensor:
    n = len(kernel)
    return (kernel.sum() - kernel.trace()) / (n * (n - 1))


def _diluted(kernel: Tensor) -> Tensor:
    return (kernel.sum() - kernel.trace()) / kernel.numel()


def _answer(
    rule: Callable[[Tensor, Tensor, Tensor], Tensor], kernel: Kernel = _cubic
) -> Answer:
    """Another combination of the three kernel matrices: a and a, b and b, a and b."""

    def answer(features_a, features_b):
        a, b = two_sets(features_a, features_b, least=2)
        return float(rule(kernel(a, a), kernel(b, b), kernel(a, b)))

    return answer


def _right(aa: Tensor, bb: Tensor, ab: Tensor) -> Tensor:
    return _others(aa) + _others(bb) - 2 * ab.mean()


def _without_namesakes(aa: Tensor, bb: Tensor, ab: Tensor) -> Tensor:
    pairs = ab.numel() - min(ab.shape)
    return _others(aa) + _others(bb) - 2 * (ab.sum() - ab.diagonal().sum()) / pairs


def _pair_by_pair(features_a, features_b):
    a, b = two_sets(features_a, features_b, least=2)

    def mean(pairs):
        kernels = [float(x @ y / len(x) + 1) ** 3 for x, y in pairs]
        return sum(kernels) / len(kernels)

    def within(s):
        return mean((x, y) for i, x in enumerate(s) for j, y in enumerate(s) if i != j)

    return within(a) + within(b) - 2 * mean((x, y) for x in a for y in b)


def _masked(features_a, features_b):
    """All samples in one matrix, each pair with its weight."""
    a, b = two_sets(features_a, features_b, least=2)
    both, n, m = torch.cat((a, b)), len(a), len(b)
    weight = torch.full((n + m, n + m), -1 / (n * m), dtype=torch.float64)
    weight[:n, :n], weight[n:, n:] = 1 / (n * (n - 1)), 1 / (m * (m - 1))
    return (weight.fill_diagonal_(0) * _cubic(both, both)).sum().item()


KERNEL_DISTANCE = Exercise(
    id="X5.5",
    title="Pair by pair",
    reference=kernel_distance,
    points=2,
    minutes=10,
    difficulty=2,
    cases=_set_cases,
    mistakes=(
        Mistake(
            "each sample compared with itself",
            _answer(lambda aa, bb, ab: aa.mean() + bb.mean() - 2 * ab.mean()),
            "The diagonal holds kernels of a sample with itself, which are large: "
            "equal laws come out apart. Leave it out of both sums and of the count.",
        ),
        Mistake(
            "diagonal left out but counted",
            _answer(lambda aa, bb, ab: _diluted(aa) + _diluted(bb) - 2 * ab.mean()),
            "n (n - 1) pairs were added, and divided by n squared. The mean is over "
            "the pairs that there are.",
        ),
        Mistake(
            "diagonal left out between the sets",
            _answer(_without_namesakes),
            "The third sample of one set is not the third of the other: between the "
            "sets every pair counts, the diagonal is no special place there.",
        ),
        Mistake(
            "second power",
            _answer(_right, lambda a, b: (a @ b.T / a.shape[1] + 1) ** 2),
            "A kernel of degree 2 sees means and covariances only. The kernel distance "
            "is cubic, so that it sees skew as well.",
        ),
        Mistake(
            "plain scalar product",
            _answer(_right, lambda a, b: a @ b.T / a.shape[1] + 1),
            "A linear kernel compares the means alone. The cube is missing.",
        ),
        Mistake(
            "not divided by the features",
            _answer(_right, lambda a, b: (a @ b.T + 1) ** 3),
            "Scalar products grow with the number of features, and their cubes run "
            "away. Divide by that number, before 1 is added.",
        ),
        Mistake(
            "divided by the samples",
            _answer(_right, lambda a, b: (a @ b.T / len(a) + 1) ** 3),
            "The product was divided by how many samples there are. What grows with "
            "the width of the features is divided by that width.",
        ),
        Mistake(
            "1 forgotten",
            _answer(_right, lambda a, b: (a @ b.T / a.shape[1]) ** 3),
            "Without the 1 the kernel sees third moments only, and crowds with "
            "different means may look alike.",
        ),
        Mistake(
            "Gaussian kernel",
            _answer(_right, lambda a, b: torch.exp(-(torch.cdist(a, b) ** 2) / 2)),
            "A fine kernel, but another one, whose width would have to be stated. "
            "Figures under this name come from the cubic one.",
        ),
        Mistake(
            "the pairs between the sets once",
            _answer(lambda aa, bb, ab: _others(aa) + _others(bb) - ab.mean()),
            "Equal crowds would be apart by a whole kernel. Multiply (f - g)^2 out: "
            "the mixed term comes twice.",
        ),
        Mistake(
            "sign turned",
            _answer(lambda aa, bb, ab: -_right(aa, bb, ab)),
            "Crowds that are far apart come out far below 0. What is alike within the "
            "sets adds, what is alike between them is taken away.",
        ),
        Mistake(
            "cut off at 0",
            _answer(lambda aa, bb, ab: _right(aa, bb, ab).clamp(min=0)),
            "At equality the answers are 0 *in the mean*, so many are negative: that "
            "is what unbiased means. Cut off, their mean is above 0.",
        ),
        Mistake(
            "root of the square",
            _answer(lambda aa, bb, ab: _right(aa, bb, ab).abs().sqrt()),
            "The square is reported, as with Fréchet. A root would have no answer "
            "where the estimate is negative.",
        ),
        Mistake(
            "a single sample is not refused",
            lambda features_a, features_b: (
                float("inf")
                if len(features_b) == 1
                else kernel_distance(features_a, features_b)
            ),
            "The distances are right. One sample has no other of its set to be "
            "compared with: `two_sets` refuses it, with `least=2`.",
        ),
    ),
    alternatives=(_pair_by_pair, _masked, _answer(_right)),
    hints=(
        "How alike are two samples of the first crowd in the mean, two of the second, "
        "one of each? If both crowds are one, how do the three compare?",
        "Three means of (x.y / d + 1)^3, with d features: within each set over pairs "
        "of *different* samples, between the sets over all pairs.",
        "`a @ b.T` has every scalar product; the sum less the `trace` leaves out the "
        "diagonal. How many pairs are left? `two_sets` makes doubles and refuses.",
    ),
)
