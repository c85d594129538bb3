"""D5.4 and D5.9: the expected Frechet distance of two sets from one Gaussian."""

from collections.abc import Sequence
from itertools import combinations_with_replacement, permutations

import numpy as np
import torch
from sympy import Derivative as D
from sympy import Function, Rational, Subs, Symbol, symbols
from torch import Tensor
from torch.autograd.functional import hessian, jacobian

from course_lib.mathematics.derivation import Derivation, Step
from course_lib.mathematics.formula import AtomValues, WeightedPoints
from course_lib.mathematics.notation import (
    Expectation,
    MatrixProduct,
    Norm,
    unevaluated,
)

N_CASES = 16
half, quarter = Rational(1, 2), Rational(1, 4)

# D5.9: the distance of two covariances near the identity.

h, X, Y, R_1, R_2 = symbols("h X Y R_1 R_2")
distance, tr = map(Function, ("d_F", r"\operatorname{tr}"))

with unevaluated():
    sum_of_both, difference = X + Y, X - Y
    expansion_steps = (
        Step(
            half * Subs(D(distance(h), (h, 2)), h, 0),
            "The coefficient of $h^2$ in the squared Frechet distance of two Gaussians "
            "with equal means and the covariances $A = I + h X$ and $B = I + h Y$: how "
            "the distance starts when both differ a little from the identity.",
        ),
        Step(
            -2 * tr(R_2),
            r"$d_F = \operatorname{tr} A + \operatorname{tr} B - 2 \operatorname{tr} "
            "R$ with $R$ the root of $A^{1/2} B A^{1/2}$. $A$ and $B$ have no term "
            "with $h^2$; write $R = I + h R_1 + h^2 R_2 + \\dots$",
        ),
        Step(
            tr(MatrixProduct(R_1, R_1)) - tr(MatrixProduct(X, Y)),
            "Compare the terms with $h^2$ in the trace of $R R = A^{1/2} B A^{1/2}$, "
            r"which is $\operatorname{tr}(A B)$: "
            r"$\operatorname{tr}(R_1 R_1) + 2 \operatorname{tr} R_2 = "
            r"\operatorname{tr}(X Y)$.",
        ),
        Step(
            quarter * tr(MatrixProduct(sum_of_both, sum_of_both))
            - tr(MatrixProduct(X, Y)),
            r"Compare the terms with $h$: $2 R_1 = X + Y$.",
        ),
        Step(
            quarter * tr(MatrixProduct(difference, difference)),
            r"Multiply out, with $\operatorname{tr}(X Y) = \operatorname{tr}(Y X)$: a "
            "quarter of the sum of all squared differences of entries.",
        ),
    )


def _symmetric(rng: torch.Generator) -> Tensor:
    matrix = torch.randn(2, 2, generator=rng, dtype=torch.float64)
    return matrix + matrix.T


def _root(matrix: Tensor) -> Tensor:
    """The root of a positive 2 x 2 matrix, which autograd can differentiate."""
    root_of_determinant = torch.linalg.det(matrix).sqrt()
    unit = torch.eye(2, dtype=torch.float64)
    trace = torch.trace(matrix) + 2 * root_of_determinant
    return (matrix + root_of_determinant * unit) / trace.sqrt()


def expansion_cases(rng: torch.Generator) -> Sequence[AtomValues]:
    """Random symmetric matrices of two features; derivatives by autograd."""
    return [_expansion_case(_symmetric(rng), _symmetric(rng)) for _ in range(N_CASES)]


def _expansion_case(one: Tensor, two: Tensor) -> AtomValues:
    unit = torch.eye(2, dtype=torch.float64)

    def root(size: Tensor) -> Tensor:
        half_root = _root(unit + size * one)
        return _root(half_root @ (unit + size * two) @ half_root)

    def squared_distance(size: Tensor) -> Tensor:
        traces = torch.trace(2 * unit + size * (one + two))
        return traces - 2 * torch.trace(root(size))

    zero = torch.tensor(0.0, dtype=torch.float64)
    second = torch.stack(
        [hessian(lambda size, n=n: root(size).flatten()[n], zero) / 2 for n in range(4)]
    )
    return {
        **{X: one, Y: two, R_1: jacobian(root, zero), R_2: second.view(2, 2)},
        **{distance: squared_distance, tr: torch.trace},
    }


EXPANSION = Derivation(
    "D5.9",
    "Near the identity the Frechet distance of two covariances is a quarter of their "
    "squared difference.",
    expansion_steps,
    "the course's own; the Bures metric at the identity",
    expansion_cases,
)

# D5.4: its expectation over two sets of n samples of N(0, I).

m_X, m_Y, A, B, identity, n, d = symbols("m_X m_Y A B I n d")
sets, one_set = symbols(r"\text{sets} \text{set}")
v_m, v_diagonal, v_other = map(Symbol, ("v_m", r"v_{ii}", r"v_{ij}"))

with unevaluated():
    bias_steps = (
        Step(
            Expectation(
                Norm(m_X - m_Y) ** 2 + quarter * Norm(A - B) ** 2, m_X, m_Y, A, B, sets
            ),
            "The expected Frechet distance of two sets of $n$ samples of "
            r"$\mathcal{N}(0, I_d)$, to the second order in the deviations (D5.9): $m$ "
            "are the sample means, $A$ and $B$ the sample covariances.",
        ),
        Step(
            2 * Expectation(Norm(m_X) ** 2, m_X, one_set)
            + half * Expectation(Norm(A - identity) ** 2, A, one_set),
            "Both sets are independent with the means 0 and $I$, so the mixed terms "
            "have the expectation 0, and both sets contribute the same: twice the "
            "terms of one set.",
        ),
        Step(
            2 * d * v_m + half * (d * v_diagonal + d * (d - 1) * v_other),
            "The norm is a sum of squares: $d$ entries of the mean with the variance "
            "$v_m$, $d$ entries on the diagonal of the covariance, and $d (d - 1)$ "
            "beside it.",
        ),
        Step(
            2 * d / n + half * (d * (2 / (n - 1)) + d * (d - 1) / (n - 1)),
            "The mean of $n$ samples has the variance $1 / n$. For Gaussians a sample "
            "variance has the variance $2 / (n - 1)$, and a sample covariance of two "
            "independent features $1 / (n - 1)$.",
        ),
        Step(
            2 * d / n + d * (d + 1) / (2 * (n - 1)),
            "$2 d + d (d - 1) = d (d + 1)$. Times $n$, and with $n$ in place of $n - "
            "1$ for large sets, it is $2 d + d (d + 1) / 2$, E5.4.",
        ),
    )


def bias_cases(rng: torch.Generator) -> Sequence[AtomValues]:
    """Exact expectations over small sets: Gauss-Hermite nodes of all their numbers."""
    return [_bias_case(*sizes) for sizes in ((3, 2), (2, 2), (3, 1), (4, 1))]


def _bias_case(n_samples: int, n_features: int) -> AtomValues:
    points, probabilities = _all_sets(n_samples, n_features)
    means = points.mean(1)
    deviations = points - means[:, None]
    covariances = deviations.mT @ deviations / (n_samples - 1)
    flat = covariances.flatten(1)
    index = torch.arange(len(points))
    first, second = torch.cartesian_prod(index, index).T
    both = probabilities[first] * probabilities[second]
    eye = torch.eye(n_features).double()
    variances = probabilities @ (flat - eye.flatten()).square()
    variances = variances.view(n_features, n_features)
    return {
        (m_X, m_Y, A, B, sets): WeightedPoints(
            (means[first].T, means[second].T, flat[first].T, flat[second].T), both
        ),
        (m_X, one_set): WeightedPoints((means.T,), probabilities),
        (A, one_set): WeightedPoints((flat.T,), probabilities),
        identity: eye.view(-1, 1),
        n: torch.tensor(n_samples).double(),
        d: torch.tensor(n_features).double(),
        v_m: probabilities @ means[:, 0].square(),
        v_diagonal: variances[0, 0],
        v_other: variances[0, -1],  # with one feature it has the factor d - 1 = 0
    }


def _all_sets(n_samples: int, n_features: int) -> tuple[Tensor, Tensor]:
    """All sets of nodes (set, sample, feature), the samples in one order; weights."""
    nodes, weights = map(torch.from_numpy, np.polynomial.hermite_e.hermegauss(3))
    grid = torch.cartesian_prod(*[nodes] * n_features).view(-1, n_features)
    of_node = torch.cartesian_prod(*[weights / weights.sum()] * n_features)
    of_node = of_node.view(-1, n_features).prod(1)
    chosen = list(combinations_with_replacement(range(len(grid)), n_samples))
    orders = torch.tensor([len(set(permutations(one))) for one in chosen])
    index = torch.tensor(chosen)
    return grid[index], of_node[index].prod(1) * orders


BIAS = Derivation(
    "D5.4",
    "Two sets from one Gaussian have an expected distance that falls as 1 / n.",
    bias_steps,
    "the course's own, to first order in 1 / n",
    bias_cases,
    proves=("E5.4.1",),
)
