"""E5.2 and E5.3: closed forms of the Frechet distance, and the nuclear norm."""

from collections.abc import Sequence

import torch
from sympy import Add, Eq, Function, Mul, Symbol, sqrt, symbols
from torch import Tensor

from course_lib.mathematics.equation import Comparison, Equation
from course_lib.mathematics.formula import AtomValues
from course_lib.mathematics.notation import MatrixProduct, Norm, SumOver, unevaluated
from course_lib.metrics.frechet import (
    fit_gaussian,
    frechet_distance,
    frechet_distance_of_moments,
    gaussian,
)

N_FEATURES, N_SAMPLES = 4, 12

A, B, Q, X, m, n, i = symbols("A B Q X m n i")
Y_top, d_F = symbols(r"Y^\top d_F")
X_top, Y = symbols(r"X^\top Y")
a, b = map(Symbol, ("a_i", "b_i"))
tr, det, singular = map(Function, (r"\operatorname{tr}", r"\det", r"\sigma_i"))

with unevaluated():
    mean_term = Norm(m - n) ** 2
    product = MatrixProduct(A, B)
    cross_term = sqrt(Add(tr(product), 2 * sqrt(det(product))))
    closed = (
        Eq(d_F, Add(mean_term, SumOver((sqrt(a) - sqrt(b)) ** 2, i))),
        Eq(d_F, Add(mean_term, tr(A), tr(B), -2 * cross_term)),
    )
    nuclear_norm = SumOver(singular(MatrixProduct(X, Y_top)), i)
    nuclear = (
        Eq(MatrixProduct(Q, Q), MatrixProduct(X_top, X, Y_top, Y)),
        Eq(tr(Q), nuclear_norm),
        Eq(d_F, Add(mean_term, tr(A), tr(B), Mul(-2, nuclear_norm))),
    )


def closed_form_cases(rng: torch.Generator) -> Sequence[Comparison]:
    """Gaussians with common principal axes, and any two Gaussians in two dimensions."""
    known = [
        (torch.zeros(5), torch.ones(5), torch.ones(5), torch.ones(5)),
        (torch.zeros(5), torch.zeros(5), torch.ones(5), 4 * torch.ones(5)),
        (*torch.zeros(2, 2), torch.tensor([4.0, 1]), torch.tensor([1.0, 4])),
    ]
    random = [
        (*_normal(rng, 2, N_FEATURES), *_normal(rng, 2, N_FEATURES).exp())
        for _ in range(8)
    ]
    commuting = [_commuting_case(rng, *case) for case in (*known, *random)]
    return (
        Comparison(commuting, 1e-10, "the library against variances on common axes"),
        Comparison(
            [_plane_case(rng) for _ in range(16)],
            1e-10,
            "the library against traces and determinants in two dimensions",
        ),
    )


def _commuting_case(rng: torch.Generator, *parameters: Tensor) -> AtomValues:
    mean_a, mean_b, variances_a, variances_b = (x.double() for x in parameters)
    rotation = torch.linalg.qr(_normal(rng, len(mean_a), len(mean_a))).Q
    moments = [
        gaussian(mean, rotation @ variances.diag() @ rotation.T)
        for mean, variances in ((mean_a, variances_a), (mean_b, variances_b))
    ]
    return {
        **_means(mean_a, mean_b),
        **{a: variances_a, b: variances_b},
        d_F: _number(frechet_distance_of_moments(*moments)),
    }


def _plane_case(rng: torch.Generator) -> AtomValues:
    means, roots = _normal(rng, 2, 2), _normal(rng, 2, 2, 2)
    covariances = roots.mT @ roots
    moments = map(gaussian, means, covariances)
    return {
        **_means(*means),
        **dict(zip((A, B), covariances, strict=True)),
        **{tr: torch.trace, det: torch.linalg.det},
        d_F: _number(frechet_distance_of_moments(*moments)),
    }


def nuclear_norm_cases(rng: torch.Generator) -> Sequence[Comparison]:
    """Random feature sets; Q is computed from the eigenvectors of A B."""
    cases = [_feature_case(rng) for _ in range(16)]
    return (
        Comparison(
            cases,
            1e-8,
            "the square of Q, from eigenvectors, against the product of covariances",
        ),
        Comparison(cases, 1e-8, "the trace of Q against singular values"),
        Comparison(cases, 1e-10, "the library against covariances and singular values"),
    )


def _feature_case(rng: torch.Generator) -> AtomValues:
    sets = [
        _normal(rng, N_SAMPLES, N_FEATURES) @ _normal(rng, N_FEATURES, N_FEATURES)
        for _ in range(2)
    ]
    root_a, root_b = (fit_gaussian(features).root for features in sets)
    covariance_a, covariance_b = (torch.cov(features.T) for features in sets)
    values, vectors = torch.linalg.eig(covariance_a @ covariance_b)
    product_root = (vectors * values.sqrt()) @ torch.linalg.inv(vectors)
    return {
        **_means(*(features.mean(dim=0) for features in sets)),
        **{A: covariance_a, B: covariance_b},
        **{X: root_a, X_top: root_a.T, Y: root_b, Y_top: root_b.T},
        **{Q: product_root.real, tr: torch.trace, singular: torch.linalg.svdvals},
        d_F: _number(frechet_distance(*sets)),
    }


def _means(one: Tensor, other: Tensor) -> AtomValues:
    return {m: one, n: other}


def _number(value: float) -> Tensor:
    return torch.tensor(value, dtype=torch.float64)


def _normal(rng: torch.Generator, *shape: int) -> Tensor:
    return torch.randn(shape, generator=rng, dtype=torch.float64)


FRECHET_CLOSED_FORMS = Equation(
    "E5.2",
    "For Gaussians with common principal axes the squared distance is that of the "
    "means plus that of the standard deviations; in two dimensions it follows from "
    "traces and determinants.",
    closed,
    "Dowson and Landau 1982",
    closed_form_cases,
)

NUCLEAR_NORM = Equation(
    "E5.3",
    "With covariances X'X and Y'Y, the trace of the root Q of their product is the sum "
    "of the singular values of XY'. Neither a matrix root nor more samples than "
    "features are needed.",
    nuclear,
    "Dowson and Landau 1982 for the distance; the singular values follow from it",
    nuclear_norm_cases,
)
