"""State the distance of two crowds where it can be told by hand: E5.2, E5.3."""

from collections.abc import Sequence

import torch
from sympy import Add, Eq, Function, Mul, Symbol, sqrt, symbols
from torch import Tensor

from course_lib.mathematics.equation import Comparison, Equation
from course_lib.mathematics.formula import AtomValues
from course_lib.mathematics.notation import MatrixProduct, Norm, SumOver, unevaluated
from course_lib.metrics.frechet import (
    distance_of_crowds,
    fitted,
    frechet_distance,
    gaussian,
)

AXES, SAMPLES = 4, 12

A, B, Q, X, m, n, i = symbols("A B Q X m n i")
Y_top, d_F = symbols(r"Y^\top d_F")
X_top, Y = symbols(r"X^\top Y")
a, b = map(Symbol, ("a_i", "b_i"))
tr, det, singular = map(Function, (r"\operatorname{tr}", r"\det", r"\sigma_i"))

with unevaluated():
    shift = Norm(m - n) ** 2
    product = MatrixProduct(A, B)
    shared = sqrt(Add(tr(product), 2 * sqrt(det(product))))
    closed = (
        Eq(d_F, Add(shift, SumOver((sqrt(a) - sqrt(b)) ** 2, i))),
        Eq(d_F, Add(shift, tr(A), tr(B), -2 * shared)),
    )
    norm = SumOver(singular(MatrixProduct(X, Y_top)), i)
    nuclear = (
        Eq(MatrixProduct(Q, Q), MatrixProduct(X_top, X, Y_top, Y)),
        Eq(tr(Q), norm),
        Eq(d_F, Add(shift, tr(A), tr(B), Mul(-2, norm))),
    )


def tell(rng: torch.Generator) -> Sequence[Comparison]:
    """Spreads along shared axes; then any two spreads of two axes."""
    known = [
        (torch.zeros(5), torch.ones(5), torch.ones(5), torch.ones(5)),
        (torch.zeros(5), torch.zeros(5), torch.ones(5), 4 * torch.ones(5)),
        (*torch.zeros(2, 2), torch.tensor([4.0, 1]), torch.tensor([1.0, 4])),
    ]
    drawn = [(*_normal(rng, 2, AXES), *_normal(rng, 2, AXES).exp()) for _ in range(8)]
    along = [_along(rng, *case) for case in (*known, *drawn)]
    return (
        Comparison(along, 1e-10, "the library against axes that both share"),
        Comparison([_plane(rng) for _ in range(16)], 1e-10, "the library in a plane"),
    )


def _along(rng: torch.Generator, *moments: Tensor) -> AtomValues:
    mean_a, mean_b, spread_a, spread_b = (x.double() for x in moments)
    turn = torch.linalg.qr(_normal(rng, len(mean_a), len(mean_a))).Q
    crowds = [
        gaussian(mean, turn @ spread.diag() @ turn.T)
        for mean, spread in ((mean_a, spread_a), (mean_b, spread_b))
    ]
    return {
        **_means(mean_a, mean_b),
        **{a: spread_a, b: spread_b, d_F: _number(distance_of_crowds(*crowds))},
    }


def _plane(rng: torch.Generator) -> AtomValues:
    means, roots = _normal(rng, 2, 2), _normal(rng, 2, 2, 2)
    spreads = roots.mT @ roots
    crowds = map(gaussian, means, spreads)
    return {
        **_means(*means),
        **dict(zip((A, B), spreads, strict=True)),
        **{tr: torch.trace, det: torch.linalg.det},
        d_F: _number(distance_of_crowds(*crowds)),
    }


def take_roots(rng: torch.Generator) -> Sequence[Comparison]:
    """Random sets of features; the root comes from eigenvectors of A B."""
    cases = [_sets(rng) for _ in range(16)]
    return (
        Comparison(cases, 1e-8, "Q by eigenvectors, squared"),
        Comparison(cases, 1e-8, "trace of Q against singular values"),
        Comparison(cases, 1e-10, "the library against covariances and singular values"),
    )


def _sets(rng: torch.Generator) -> AtomValues:
    sets = [_normal(rng, SAMPLES, AXES) @ _normal(rng, AXES, AXES) for _ in range(2)]
    one, other = (fitted(features).root for features in sets)
    spread_a, spread_b = (torch.cov(features.T) for features in sets)
    values, vectors = torch.linalg.eig(spread_a @ spread_b)
    root = (vectors * values.sqrt()) @ torch.linalg.inv(vectors)
    return {
        **_means(*(features.mean(dim=0) for features in sets)),
        **{A: spread_a, B: spread_b, X: one, X_top: one.T, Y: other, Y_top: other.T},
        **{Q: root.real, tr: torch.trace, singular: torch.linalg.svdvals},
        d_F: _number(frechet_distance(*sets)),
    }


def _means(one: Tensor, other: Tensor) -> AtomValues:
    return {m: one, n: other}


def _number(value: float) -> Tensor:
    return torch.tensor(value, dtype=torch.float64)


def _normal(rng: torch.Generator, *shape: int) -> Tensor:
    return torch.randn(shape, generator=rng, dtype=torch.float64)


CLOSED_FORMS = Equation(
    "E5.2",
    "Along shared axes the squared distance of two Gaussians is that of their means "
    "and of the roots of their variances; in a plane, traces and determinants tell it.",
    closed,
    "Dowson and Landau 1982",
    tell,
)

NUCLEAR_NORM = Equation(
    "E5.3",
    "With covariances X'X and Y'Y, the trace of the root Q of their product is the sum "
    "of the singular values of XY': no matrix root is needed, nor as many samples as "
    "features.",
    nuclear,
    "Dowson and Landau 1982 for the distance; the singular values follow from it",
    take_roots,
)
