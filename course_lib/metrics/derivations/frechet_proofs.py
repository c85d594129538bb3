"""D5.2, D5.3, D5.8, D5.12 and D5.16: closed forms of the Frechet distance."""

from collections.abc import Sequence

import torch
from sympy import Function, Symbol, sqrt, symbols
from torch import Tensor

from course_lib.mathematics.derivation import Derivation, OpenLine, Step, WrongLine
from course_lib.mathematics.formula import AtomValues, WeightedPoints
from course_lib.mathematics.notation import (
    Expectation,
    MatrixProduct,
    Norm,
    SumOver,
    unevaluated,
)
from course_lib.metrics.frechet import (
    fit_gaussian,
    frechet_distance,
    frechet_distance_of_moments,
    gaussian,
)

N_FEATURES, N_SAMPLES, N_CASES = 4, 12, 16

A, B, Q, m, n, i, d_F = symbols("A B Q m n i d_F")
a, b = map(Symbol, ("a_i", "b_i"))
tr, det, singular = map(Function, (r"\operatorname{tr}", r"\det", r"\sigma_i"))


def _normal(rng: torch.Generator, *shape: int) -> Tensor:
    return torch.randn(shape, generator=rng, dtype=torch.float64)


def _number(value: float) -> Tensor:
    return torch.tensor(value, dtype=torch.float64)


# D5.2: common principal axes.

with unevaluated():
    mean_term = Norm(m - n) ** 2
    of_root = mean_term + tr(A) + tr(B) - 2 * tr(Q)
    definition = Step(
        d_F,
        "The squared Frechet distance of two Gaussians with the means $m$ and $n$ and "
        "the covariances $A$ and $B$.",
    )
    formula = Step(
        of_root,
        "Its formula, with $Q$ the root of $A B$: the matrix with $Q Q = A B$ whose "
        "eigenvalues are not negative. D5.12 derives it for one feature.",
    )
    commuting_steps = (
        definition,
        formula,
        Step(
            mean_term + SumOver(a, i) + SumOver(b, i) - 2 * SumOver(sqrt(a * b), i),
            "A trace is the sum of the eigenvalues. On common principal axes $A B$ has "
            "the eigenvalues $a_i b_i$, and its root has their roots.",
        ),
        Step(
            mean_term + SumOver(a + b - 2 * sqrt(a) * sqrt(b), i),
            r"Join the sums; $\sqrt{a_i b_i} = \sqrt{a_i} \sqrt{b_i}$.",
        ),
        Step(
            mean_term + SumOver((sqrt(a) - sqrt(b)) ** 2, i),
            "The square of a difference. Means and standard deviations are compared "
            "axis by axis.",
        ),
    )


def commuting_cases(rng: torch.Generator) -> Sequence[AtomValues]:
    """Gaussians with random variances on common random axes."""
    return [_commuting_case(rng) for _ in range(N_CASES)]


def _commuting_case(rng: torch.Generator) -> AtomValues:
    means = _normal(rng, 2, N_FEATURES)
    variances = _normal(rng, 2, N_FEATURES).exp()
    axes = torch.linalg.qr(_normal(rng, N_FEATURES, N_FEATURES)).Q
    covariances = [axes @ values.diag() @ axes.T for values in variances]
    moments = map(gaussian, means, covariances)
    return {
        **dict(zip((m, n), means, strict=True)),
        **dict(zip((a, b), variances, strict=True)),
        **dict(zip((A, B), covariances, strict=True)),
        Q: axes @ variances.prod(0).sqrt().diag() @ axes.T,
        tr: torch.trace,
        d_F: _number(frechet_distance_of_moments(*moments)),
    }


COMMUTING = Derivation(
    "D5.2",
    "On common principal axes the Frechet distance compares means and standard "
    "deviations.",
    commuting_steps,
    "Dowson and Landau 1982",
    commuting_cases,
    proves=("E5.2.1",),
)

# D5.8: two features.

one, two = map(Symbol, (r"\lambda_1", r"\lambda_2"))

with unevaluated():
    product = MatrixProduct(A, B)
    plane_steps = (
        Step(
            d_F,
            "The squared Frechet distance of two Gaussians over two features.",
        ),
        Step(of_root, "Its formula, with $Q$ the root of $A B$ as in D5.2."),
        Step(
            mean_term + tr(A) + tr(B) - 2 * (sqrt(one) + sqrt(two)),
            r"The eigenvalues of $Q$ are the roots of those of $A B$, $\lambda_1$ and "
            r"$\lambda_2$, which are not negative.",
        ),
        Step(
            mean_term + tr(A) + tr(B) - 2 * sqrt(one + two + 2 * sqrt(one * two)),
            r"$(\sqrt{\lambda_1} + \sqrt{\lambda_2})^2 = \lambda_1 + \lambda_2 + "
            r"2 \sqrt{\lambda_1 \lambda_2}$; take the root of both sides.",
        ),
        Step(
            mean_term + tr(A) + tr(B) - 2 * sqrt(tr(product) + 2 * sqrt(det(product))),
            "The sum of the eigenvalues is the trace, and their product is the "
            "determinant.",
        ),
    )


def plane_cases(rng: torch.Generator) -> Sequence[AtomValues]:
    """Random Gaussians over two features."""
    return [_plane_case(rng) for _ in range(N_CASES)]


def _plane_case(rng: torch.Generator) -> AtomValues:
    means, roots = _normal(rng, 2, 2), _normal(rng, 2, 2, 2)
    covariances = roots.mT @ roots
    values, vectors = torch.linalg.eig(covariances[0] @ covariances[1])
    root = (vectors * values.sqrt()) @ torch.linalg.inv(vectors)
    moments = map(gaussian, means, covariances)
    return {
        **dict(zip((m, n), means, strict=True)),
        **dict(zip((A, B), covariances, strict=True)),
        **dict(zip((one, two), values.real, strict=True)),
        **{Q: root.real, tr: torch.trace, det: torch.linalg.det},
        d_F: _number(frechet_distance_of_moments(*moments)),
    }


PLANE = Derivation(
    "D5.8",
    "In two dimensions traces and determinants are enough.",
    plane_steps,
    "Dowson and Landau 1982",
    plane_cases,
    proves=("E5.2.2",),
)

# D5.3 and D5.16: the nuclear norm.

X, X_top, Y, Y_top = symbols(r"X X^{\top} Y Y^{\top}")
eigenvalue = Function(r"\lambda_i")

with unevaluated():
    nuclear_norm = SumOver(singular(MatrixProduct(X, Y_top)), i)
    nuclear_steps = (
        Step(
            tr(Q),
            r"The trace of the root $Q$ of $A B$, with $A = X^{\top} X$ and "
            r"$B = Y^{\top} Y$.",
        ),
        Step(
            SumOver(sqrt(eigenvalue(MatrixProduct(X_top, X, Y_top, Y))), i),
            "A trace is the sum of the eigenvalues, and those of $Q$ are the roots of "
            "those of $Q Q = A B$.",
        ),
        Step(
            SumOver(sqrt(eigenvalue(MatrixProduct(Y, X_top, X, Y_top))), i),
            "$M N$ and $N M$ have the same eigenvalues, apart from zeros: move $Y$ "
            "from the right end to the left.",
        ),
        Step(
            nuclear_norm,
            r"$Y X^{\top} = (X Y^{\top})^{\top}$. The singular values of a matrix $M$ "
            r"are the roots of the eigenvalues of $M^{\top} M$. No root of a matrix "
            "has to be computed.",
        ),
    )
    singular_steps = (
        definition,
        formula,
        Step(
            mean_term + tr(A) + tr(B) - 2 * nuclear_norm,
            r"D5.3, with $A = X^{\top} X$ and $B = Y^{\top} Y$.",
        ),
    )


def nuclear_cases(rng: torch.Generator) -> Sequence[AtomValues]:
    """Random roots of covariances; Q from eigenvectors of A B."""
    return [_nuclear_case(rng) for _ in range(N_CASES)]


def _nuclear_case(rng: torch.Generator) -> AtomValues:
    roots = _normal(rng, 2, N_FEATURES, N_FEATURES)
    root_a, root_b = roots
    values, vectors = torch.linalg.eig(root_a.T @ root_a @ root_b.T @ root_b)
    root = (vectors * values.sqrt()) @ torch.linalg.inv(vectors)
    return {
        **{X: root_a, X_top: root_a.T, Y: root_b, Y_top: root_b.T, Q: root.real},
        **{tr: torch.trace, singular: torch.linalg.svdvals},
        eigenvalue: lambda matrix: torch.linalg.eigvals(matrix).real.clamp(min=0),
    }


def feature_cases(rng: torch.Generator) -> Sequence[AtomValues]:
    """Random feature sets, and their distance by the library."""
    return [_feature_case(rng) for _ in range(N_CASES)]


def _feature_case(rng: torch.Generator) -> AtomValues:
    sets = [
        _normal(rng, N_SAMPLES, N_FEATURES) @ _normal(rng, N_FEATURES, N_FEATURES)
        for _ in range(2)
    ]
    root_a, root_b = (fit_gaussian(features).root for features in sets)
    covariances = [torch.cov(features.T) for features in sets]
    values, vectors = torch.linalg.eig(covariances[0] @ covariances[1])
    root = (vectors * values.sqrt()) @ torch.linalg.inv(vectors)
    return {
        **{m: sets[0].mean(0), n: sets[1].mean(0), Q: root.real},
        **dict(zip((A, B), covariances, strict=True)),
        **{X: root_a, Y_top: root_b.T, tr: torch.trace, singular: torch.linalg.svdvals},
        d_F: _number(frechet_distance(*sets)),
    }


NUCLEAR = Derivation(
    "D5.3",
    "The trace of the root of a product of covariances is a sum of singular values.",
    nuclear_steps,
    "Dowson and Landau 1982; the singular values follow from it",
    nuclear_cases,
    tolerance=1e-7,
    proves=("E5.3.2",),
)

SINGULAR_VALUES = Derivation(
    "D5.16",
    "The Frechet distance by singular values.",
    singular_steps,
    "Dowson and Landau 1982; the singular values follow from it",
    feature_cases,
    tolerance=1e-8,
    proves=("E5.3.3",),
)

# D5.12: one feature, from the definition as a least transport cost.

x, y, pi = symbols("x y pi")
var_x, var_y, covariance = symbols("a b C")

with unevaluated():
    transport_steps = (
        Step(
            Expectation((x - y) ** 2, x, y, pi),
            "The expected squared distance under a joint distribution of $x$, with the "
            "mean $m$ and the variance $a$, and $y$, with $n$ and $b$. The squared "
            "Wasserstein-2 distance is the least value over all joint distributions.",
        ),
        Step(
            Expectation(((x - m) - (y - n) + (m - n)) ** 2, x, y, pi),
            "Add and subtract the means.",
        ),
        Step(
            var_x + var_y - 2 * covariance + (m - n) ** 2,
            "Multiply out. The expected squares are the variances, the mixed term of "
            "the first two is the covariance $C$, and the mixed terms with $m - n$ "
            "have the mean 0.",
        ),
        Step(
            var_x + var_y - 2 * (sqrt(var_x) * sqrt(var_y)) + (m - n) ** 2,
            r"The Cauchy-Schwarz inequality: a covariance is at most "
            r"$\sqrt a \sqrt b$. Both are equal if $y$ is an increasing linear "
            "function of $x$; for two Gaussians such a function maps one to the other.",
            relation=">=",
        ),
        Step(
            (m - n) ** 2 + (sqrt(var_x) - sqrt(var_y)) ** 2,
            "The square of a difference. For Gaussians this value is attained: it is "
            "their squared Wasserstein-2 distance, and the Frechet distance of one "
            "feature.",
        ),
    )


def transport_cases(rng: torch.Generator) -> Sequence[AtomValues]:
    """Random pairs of numbers, equally likely."""
    return [_transport_case(rng) for _ in range(N_CASES)]


def _transport_case(rng: torch.Generator) -> AtomValues:
    first, second = pairs = _normal(rng, 2, N_SAMPLES)
    moments = torch.cov(pairs, correction=0)
    weights = torch.full((N_SAMPLES,), 1 / N_SAMPLES, dtype=torch.float64)
    return {
        (x, y, pi): WeightedPoints((first, second), weights),
        **{m: first.mean(), n: second.mean()},
        **{var_x: moments[0, 0], var_y: moments[1, 1], covariance: moments[0, 1]},
    }


TRANSPORT = Derivation(
    "D5.12",
    "For one feature the Frechet distance is the Wasserstein-2 distance of the "
    "Gaussians.",
    transport_steps,
    "Givens and Shortt 1984, proposition 7, for one dimension",
    transport_cases,
)

s, t = symbols("s t")
TRANSPORT_LINE = OpenLine(
    "D5.12b",
    "D5.12",
    (m - n) ** 2 + (s - t) ** 2,
    {m: (-2.0, 2.0), n: (-2.0, 2.0), s: (0.1, 2.0), t: (0.1, 2.0)},
    (
        WrongLine(
            "the variances are compared",
            (m - n) ** 2 + (s**2 - t**2) ** 2,
            "The distance compares standard deviations. s and t are the standard "
            "deviations already.",
        ),
        WrongLine(
            "the mixed term is missing",
            (m - n) ** 2 + s**2 + t**2,
            "That is the cost of independent samples. The best joint distribution has "
            "the covariance s t, which lowers the cost by 2 s t.",
        ),
        WrongLine(
            "the means alone",
            (m - n) ** 2,
            "Two Gaussians with equal means and different standard deviations differ "
            "as well.",
        ),
        WrongLine(
            "the covariance has the wrong sign",
            (m - n) ** 2 + (s + t) ** 2,
            "That is the largest cost: y decreases when x grows. The least cost has a "
            "covariance of + s t.",
        ),
    ),
)
