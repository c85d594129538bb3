"""Random cases for the equations, and measurements independent of the library.

Nothing here shares code with ``gan.densities``: densities come from
torch.distributions, integrals from Gauss-Legendre panels, minima from bisection.
"""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor
from torch.distributions import Categorical, MixtureSameFamily, Normal

from course_lib.gan.densities import GaussianMixture, LogitFunction
from course_lib.mathematics.formula import WeightedPoints
from course_lib.shapes import Densities

LIMIT = 15.0  # 8 standard deviations beyond the largest mean: mass below 1e-15


def uniform(rng: torch.Generator, low: float, high: float, *shape: int) -> Tensor:
    """Uniform random numbers between two bounds, in float64."""
    return low + (high - low) * torch.rand(shape, generator=rng, dtype=torch.float64)


def random_mixture(rng: torch.Generator) -> GaussianMixture:
    """Two components: means within +-3, scales from 0.6 to 1.5, random weights."""
    weight = uniform(rng, 0.1, 0.9, 1)
    return GaussianMixture(
        uniform(rng, -3.0, 3.0, 2),
        uniform(rng, 0.6, 1.5, 2),
        torch.cat((weight, 1 - weight)),
    )


def random_discriminator(rng: torch.Generator) -> LogitFunction:
    """Logits of a random sine wave within +-4, independent of p and q."""
    amplitude, frequency, phase, offset = uniform(rng, -2.0, 2.0, 4)
    return lambda x: amplitude * torch.sin(frequency * x + phase) + offset


def density(mixture: GaussianMixture) -> Callable[[Tensor], Densities]:
    """The density of a mixture, by torch.distributions."""
    means, scales, weights = mixture.parameters()
    distribution = MixtureSameFamily(Categorical(weights), Normal(means, scales))
    return lambda x: distribution.log_prob(x).exp()


def broad_density(rng: torch.Generator) -> Callable[[Tensor], Densities]:
    """A random mixture and a tenth of N(0, 2.2): its logarithm is finite everywhere."""
    narrow = density(random_mixture(rng))
    broad = Normal(*torch.tensor([0.0, 2.2]).double())
    return lambda x: 0.9 * narrow(x) + 0.1 * broad.log_prob(x).exp()


def line(n_panels: int = 60, n_nodes: int = 16) -> WeightedPoints:
    """Gauss-Legendre nodes on equal panels of [-LIMIT, LIMIT], with their weights."""
    nodes, weights = map(torch.from_numpy, np.polynomial.legendre.leggauss(n_nodes))
    half = LIMIT / n_panels
    middles = (2 * torch.arange(n_panels) + 1 - n_panels).double() * half
    points = middles.unsqueeze(1) + half * nodes
    return WeightedPoints((points.flatten(),), (half * weights).repeat(n_panels))


def minimiser(cost: Callable[[Tensor], Tensor], like: Tensor) -> Tensor:
    """The minimum of each element's convex cost within +-40, by bisection.

    ``cost`` maps a tensor shaped like ``like`` to the costs of its elements. The
    derivative comes from autograd; no closed form is involved.
    """
    low, high = torch.full_like(like, -40.0), torch.full_like(like, 40.0)
    for _ in range(60):  # 80 / 2^60 is below the spacing of float64 at 1
        middle = ((low + high) / 2).requires_grad_()
        (derivative,) = torch.autograd.grad(cost(middle).sum(), middle)
        middle = middle.detach()
        low = torch.where(derivative < 0, middle, low)
        high = torch.where(derivative < 0, high, middle)
    return (low + high) / 2


def tabulated(points: Tensor, values: Tensor) -> Callable[[Tensor], Tensor]:
    """The step function with these values (last axis) at these increasing points.

    Between the points it has the value of the nearest one.
    """
    borders = (points[1:] + points[:-1]) / 2
    return lambda x: values[..., torch.searchsorted(borders, x)]
