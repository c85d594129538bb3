"""Random Gaussians for the equations, and quadrature independent of the library.

Nothing here shares code with ``vae.gaussian``: densities come from
torch.distributions, expectations from Gauss-Hermite nodes, integrals from a regular
grid.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.distributions import MultivariateNormal, Normal

from course_lib.mathematics.formula import WeightedPoints

# of the grid: the integral of a Gaussian with sigma above 0.1 is exact to 1e-12
LIMIT, SPACING = 9.0, 0.06


def normal(rng: torch.Generator, *shape: int) -> Tensor:
    """Standard normal numbers in float64."""
    return torch.randn(shape, generator=rng, dtype=torch.float64)


def gaussian(rng: torch.Generator, n_latents: int) -> Tensor:
    """Parameters of a random Gaussian: a row of means, a row of log variances.

    They are moderate, so that no density underflows at a quadrature node of another
    such Gaussian.
    """
    return normal(rng, 2, n_latents) / 2


def independent(parameters: Tensor) -> Normal:
    """The Gaussian with these parameters, with one distribution for each axis."""
    mu, logvar = parameters
    return Normal(mu, (logvar / 2).exp())


def density(distribution: Normal) -> Callable[[Tensor], Tensor]:
    """The joint density of points (axis, point) under independent axes."""
    return lambda z: distribution.log_prob(z.T).sum(dim=1).exp()


def joint(parameters: Tensor) -> MultivariateNormal:
    """The Gaussian with these parameters, as one joint distribution of all axes."""
    mu, logvar = parameters
    return MultivariateNormal(mu, logvar.exp().diag())


def gauss_hermite(distribution: Normal, n_nodes: int = 5) -> WeightedPoints:
    """Nodes (axis, node) and weights of Gauss-Hermite quadrature for a Gaussian.

    The quadrature is exact for polynomials up to degree 2 ``n_nodes`` - 1 along each
    axis. The nodes of one axis are the eigenvalues of the symmetric tridiagonal matrix
    with sqrt(1), sqrt(2), ... beside the diagonal (Golub and Welsch 1969).
    """
    off_diagonal = torch.arange(1, n_nodes).double().sqrt().diag(1)
    nodes, vectors = torch.linalg.eigh(off_diagonal + off_diagonal.T)
    axes = distribution.mean.numel()
    grid = torch.cartesian_prod(*[nodes] * axes).view(-1, axes)
    weights = torch.cartesian_prod(*[vectors[0].square()] * axes).view(-1, axes)
    mean, stddev = distribution.mean.view(-1, 1), distribution.stddev.view(-1, 1)
    return WeightedPoints((mean + stddev * grid.T,), weights.prod(dim=1))


def plane() -> WeightedPoints:
    """A regular grid over the plane, (2, point), weighted with the area of a cell."""
    ticks = torch.arange(-LIMIT, LIMIT, SPACING, dtype=torch.float64)
    points = torch.cartesian_prod(ticks, ticks).T
    return WeightedPoints((points,), torch.full_like(points[0], SPACING**2))


def line() -> WeightedPoints:
    """A regular grid over a line, weighted with its spacing, for sigmas up to 1.3."""
    ticks = torch.arange(-12, 12, SPACING, dtype=torch.float64)
    return WeightedPoints((ticks,), torch.full_like(ticks, SPACING))


def nodes_on_a_line(distribution: Normal, n_nodes: int = 5) -> WeightedPoints:
    """Gauss-Hermite nodes of a Gaussian over one axis, shape (node,)."""
    (points,), weights = gauss_hermite(distribution, n_nodes)
    return WeightedPoints((points[0],), weights)
