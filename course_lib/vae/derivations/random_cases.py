"""Draw the Gaussians on which an equation must hold, and average over them.

Nothing here shares code with ``vae.gaussian``: densities come from
torch.distributions, averages from Gauss-Hermite nodes, integrals from an even grid.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.distributions import MultivariateNormal, Normal

from course_lib.mathematics.formula import WeightedPoints

FARTHEST, STEP = 9.0, 0.06  # of the grid: a Gaussian wider than 0.1 is exact to 1e-12


def normal(rng: torch.Generator, *shape: int) -> Tensor:
    """Standard normal numbers in float64."""
    return torch.randn(shape, generator=rng, dtype=torch.float64)


def code(rng: torch.Generator, n_latents: int) -> Tensor:
    """A Gaussian as the library writes it: a row of means, a row of log variances.

    Moderate ones, so that no density at a node of another is 0 in float64.
    """
    return normal(rng, 2, n_latents) / 2


def independent(code: Tensor) -> Normal:
    """The law of such a code, axis by axis, by torch.distributions."""
    mu, logvar = code
    return Normal(mu, (logvar / 2).exp())


def density(law: Normal) -> Callable[[Tensor], Tensor]:
    """The density of points (axis, point) under a law with independent axes."""
    return lambda z: law.log_prob(z.T).sum(dim=1).exp()


def joint(code: Tensor) -> MultivariateNormal:
    """The law of such a code, of all its axes together."""
    mu, logvar = code
    return MultivariateNormal(mu, logvar.exp().diag())


def gauss_hermite(law: Normal, n_nodes: int = 5) -> WeightedPoints:
    """Points (axis, node) whose weighted mean is exact for polynomials under the law.

    The nodes of one axis are the eigenvalues of a matrix with sqrt(1), sqrt(2), ...
    beside its diagonal; they are exact up to degree 2 ``n_nodes`` - 1.
    """
    beside = torch.arange(1, n_nodes).double().sqrt().diag(1)
    nodes, vectors = torch.linalg.eigh(beside + beside.T)
    axes = law.mean.numel()
    places = torch.cartesian_prod(*[nodes] * axes).view(-1, axes)
    shares = torch.cartesian_prod(*[vectors[0].square()] * axes).view(-1, axes)
    points = law.mean.view(-1, 1) + law.stddev.view(-1, 1) * places.T
    return WeightedPoints((points,), shares.prod(dim=1))


def plane() -> WeightedPoints:
    """An even grid over the plane, (2, point), each point with the area around it."""
    ticks = torch.arange(-FARTHEST, FARTHEST, STEP, dtype=torch.float64)
    points = torch.cartesian_prod(ticks, ticks).T
    return WeightedPoints((points,), torch.full_like(points[0], STEP**2))
