"""The Fréchet distance: singular values against a square root of a matrix."""

from collections.abc import Callable
from functools import partial

import numpy as np
import torch
from scipy.linalg import sqrtm
from torch import Tensor

from benchmarks.ratio import Pair, Work
from benchmarks.tables import pairs_table, side_of
from course_lib.metrics.frechet import frechet_distance

TITLE = "the Fréchet distance"
SAMPLES, FEATURES, BAR = 2048, 2048, 5.0
CALLS = 0  # of a side in a fresh process, after the first
WORDS = f"""
Two sets of {SAMPLES} samples with {FEATURES} features, float32 in, float64 inside. The
first peer is the usual one: both covariances, then `scipy.linalg.sqrtm` of their
product. The second takes the square roots of the product's eigenvalues, as torchmetrics
does.
"""

Distance = Callable[[Tensor, Tensor], float]


def features(n: int, d: int) -> tuple[Tensor, Tensor]:
    """Two sets from two distributions whose axes differ in scale."""
    rng = torch.Generator().manual_seed(0)
    a, b = torch.randn(2, n, d, generator=rng)
    scale = torch.linspace(0.5, 1.5, d)
    return a, 0.1 + scale * b


def by_square_root(a: Tensor, b: Tensor) -> float:
    """The distance as the usual packages compute it, by a root of a matrix."""
    moments = [(x.mean(0), np.cov(x, rowvar=False)) for x in map(_numbers, (a, b))]
    (mean_a, cov_a), (mean_b, cov_b) = moments
    root = sqrtm(cov_a @ cov_b)
    squared_distance = np.square(mean_a - mean_b).sum()
    return float(squared_distance + np.trace(cov_a + cov_b - 2 * np.real(root)))


def by_eigenvalues(a: Tensor, b: Tensor) -> float:
    """The distance by the eigenvalues of the covariances' product."""
    squared_distance = (a.double().mean(0) - b.double().mean(0)).square().sum()
    cov_a, cov_b = (x.double().T.cov() for x in (a, b))
    shared = torch.linalg.eigvals(cov_a @ cov_b).sqrt().real.sum()
    return float(squared_distance + cov_a.trace() + cov_b.trace() - 2 * shared)


def _numbers(x: Tensor) -> np.ndarray:
    return x.double().numpy()


def work(distance: Distance) -> Work:
    """The distance of two sets of full size."""
    return partial(distance, *features(SAMPLES, FEATURES))


OURS = partial(work, frechet_distance)
PAIRS = (
    Pair("matrix square root", OURS, partial(work, by_square_root), BAR, rounds=3),
    Pair("eigenvalues", OURS, partial(work, by_eigenvalues), rounds=2),
)


def prepare(name: str, side: str) -> Work:
    """One side of a pair."""
    return side_of(PAIRS, name, side)


def report() -> str:
    """The ratios."""
    return f"{pairs_table('frechet', PAIRS)}\n\n{WORDS.strip()}"
