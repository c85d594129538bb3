"""Draw the games on which an equation must hold, and measure them the plain way.

Nothing here shares code with ``gan.densities``: densities come from
torch.distributions, integrals from Gauss-Legendre panels, optima from bisection.
"""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor
from torch.distributions import Categorical, MixtureSameFamily, Normal

from course_lib.gan.densities import GaussianMixture, LogitFunction
from course_lib.mathematics.formula import Cloud
from course_lib.shapes import Densities

FARTHEST = 15.0  # 8 scales beyond the farthest mean that is drawn: mass below 1e-15


def uniform(rng: torch.Generator, low: float, high: float, *shape: int) -> Tensor:
    """Numbers drawn evenly between two bounds, in float64."""
    return low + (high - low) * torch.rand(shape, generator=rng, dtype=torch.float64)


def random_mixture(rng: torch.Generator) -> GaussianMixture:
    """Two bumps with means within +-3, scales from 0.6 to 1.5 and random shares."""
    share = uniform(rng, 0.1, 0.9, 1)
    return GaussianMixture(
        uniform(rng, -3.0, 3.0, 2),
        uniform(rng, 0.6, 1.5, 2),
        torch.cat((share, 1 - share)),
    )


def random_judge(rng: torch.Generator) -> LogitFunction:
    """A wavy judge, never surer than a logit of 4: it knows nothing of p and q."""
    height, pace, start, lean = uniform(rng, -2.0, 2.0, 4)
    return lambda x: height * torch.sin(pace * x + start) + lean


def density(mixture: GaussianMixture) -> Callable[[Tensor], Densities]:
    """The density of a mixture, by torch.distributions."""
    means, scales, weights = mixture.bumps()
    law = MixtureSameFamily(Categorical(weights), Normal(means, scales))
    return lambda x: law.log_prob(x).exp()


def line(n_panels: int = 60, n_nodes: int = 16) -> Cloud:
    """Gauss-Legendre nodes on equal panels of [-FARTHEST, FARTHEST], with weights."""
    nodes, weights = map(torch.from_numpy, np.polynomial.legendre.leggauss(n_nodes))
    half = FARTHEST / n_panels
    middles = (2 * torch.arange(n_panels) + 1 - n_panels).double() * half
    points = middles.unsqueeze(1) + half * nodes
    return Cloud((points.flatten(),), (half * weights).repeat(n_panels))


def minimiser(cost: Callable[[Tensor], Tensor], like: Tensor) -> Tensor:
    """Where each element's convex cost is least within +-40, by bisecting its slope.

    ``cost`` maps a tensor shaped like ``like`` to the costs of its elements. The slope
    comes from autograd; no closed form is involved.
    """
    low, high = torch.full_like(like, -40.0), torch.full_like(like, 40.0)
    for _ in range(60):  # 80 / 2^60 is below the spacing of float64 at 1
        middle = ((low + high) / 2).requires_grad_()
        (slope,) = torch.autograd.grad(cost(middle).sum(), middle)
        middle = middle.detach()
        low = torch.where(slope < 0, middle, low)
        high = torch.where(slope < 0, high, middle)
    return (low + high) / 2


def tabulated(places: Tensor, values: Tensor) -> Callable[[Tensor], Tensor]:
    """The function that has these values (last axis) at these rising places.

    Between them it keeps the value of the nearest place.
    """
    borders = (places[1:] + places[:-1]) / 2
    return lambda points: values[..., torch.searchsorted(borders, points)]
