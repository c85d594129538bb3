"""Play the game on a line, where every expectation is an integral one can compute.

Data and generator are mixtures of Gaussian bumps; a judge maps points to logits. The
integrals are trapezoid sums in float64: on a smooth integrand that has vanished at both
ends their error falls exponentially with the spacing, here below 1e-12.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, log, pi
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import logsigmoid

from course_lib.shapes import Densities, Logits, Scalar

LinePoints = Float[Tensor, "*point"]  # places on the line
LineJudge = Callable[[LinePoints], Logits]
Bumps = tuple[float, ...] | Float[Tensor, "bump"]  # a tensor where gradients are wanted

REACH = 12  # scales beyond the outermost mean: a bump has fallen to e^-72
NODES_PER_SCALE = 32
MOST_NODES = 2_000_000  # 16 MB a row: beyond this the scales do not fit one grid


class Grid(NamedTuple):
    """Points of a quadrature and the width that each stands for."""

    points: Tensor
    widths: Tensor

    def integrate(self, heights: Densities) -> Scalar:
        """The integral of a function given by its heights at the points."""
        return (heights * self.widths).sum()


@dataclass(frozen=True, eq=False)
class Mixture:
    """Gaussian bumps on a line: their means, standard deviations and shares.

    Each field is a tuple of floats, or a vector where a gradient is wanted.

    Raises:
        ValueError: if the fields differ in length, a scale is not positive, or the
            weights are negative or do not sum to 1.
    """

    means: Bumps
    scales: Bumps = (1.0,)
    weights: Bumps = (1.0,)

    def __post_init__(self) -> None:
        if not len(self.means) == len(self.scales) == len(self.weights):
            raise ValueError(
                f"A mixture needs one mean, scale and weight for each bump, got "
                f"{len(self.means)}, {len(self.scales)} and {len(self.weights)}."
            )
        _, scales, weights = self.bumps()
        if not bool((scales > 0).all()):
            raise ValueError(f"Scales are standard deviations: > 0, got {self.scales}.")
        if bool((weights < 0).any()) or abs(float(weights.sum()) - 1) > 1e-9:
            raise ValueError(
                f"Weights are shares: >= 0 with sum 1, got {self.weights}; "
                "divide them by their sum."
            )

    def bumps(self) -> tuple[Tensor, Tensor, Tensor]:
        """Means, scales and weights as vectors of float64."""
        fields = (self.means, self.scales, self.weights)
        means, scales, weights = (
            torch.as_tensor(field, dtype=torch.float64) for field in fields
        )
        return means, scales, weights

    def log_density(self, x: LinePoints) -> Densities:
        """log p(x), in nats; stays exact far outside the bumps."""
        means, scales, weights = self.bumps()
        gap = (x.double().unsqueeze(-1) - means) / scales
        bump = -gap.square() / 2 - scales.log() - log(2 * pi) / 2
        return torch.logsumexp(bump + weights.log(), dim=-1)

    def sample(self, n: int, rng: torch.Generator) -> LinePoints:
        """Draw n points: a bump by its share, then a place in it."""
        means, scales, weights = self.bumps()
        which = torch.multinomial(weights, n, replacement=True, generator=rng)
        noise = torch.randn(n, generator=rng, dtype=torch.float64)
        return means[which] + scales[which] * noise


TWO_HUMPS = Mixture((-2.0, 2.0), (0.7, 0.7), (0.5, 0.5))  # the data of section 1.1


def halfway(p: Mixture, q: Mixture) -> Mixture:
    """The mixture m = (p + q) / 2, which is what a fair coin draws from."""
    fields = zip(p.bumps(), q.bumps(), strict=True)
    means, scales, weights = (torch.cat(pair) for pair in fields)
    return Mixture(means, scales, weights / 2)


def quadrature(*mixtures: Mixture) -> Grid:
    """A grid over all bumps, fine enough for the narrowest and free of gradients.

    Raises:
        ValueError: if the narrowest scale would need more than MOST_NODES points.
    """
    bumps = [[field.detach() for field in mixture.bumps()] for mixture in mixtures]
    means = torch.cat([means for means, _, _ in bumps])
    scales = torch.cat([scales for _, scales, _ in bumps])
    left = float((means - REACH * scales).min())
    right = float((means + REACH * scales).max())
    n = ceil((right - left) * NODES_PER_SCALE / float(scales.min())) + 1
    if n > MOST_NODES:
        raise ValueError(
            f"The narrowest bump ({float(scales.min()):g}) on a line of length "
            f"{right - left:g} needs {n} points, more than {MOST_NODES}; bring the "
            "scales or the means closer together."
        )
    points = torch.linspace(left, right, n, dtype=torch.float64)
    widths = torch.full_like(points, (right - left) / (n - 1))
    widths[[0, -1]] /= 2
    return Grid(points, widths)


def value(judge: LineJudge, p: Mixture, q: Mixture) -> Scalar:
    """V(D, G) = E_p log D + E_q log(1 - D) by quadrature, in nats; never positive.

    The judge returns logits, D is their sigmoid. Differentiable in what the judge
    and the mixtures hold.

    Source: Goodfellow et al. 2014, equations 1 and 3.
    """
    grid = quadrature(p, q)
    logits = judge(grid.points)
    real = p.log_density(grid.points).exp() * logsigmoid(logits)  # p log D
    fake = q.log_density(grid.points).exp() * logsigmoid(-logits)  # q log(1 - D)
    return grid.integrate(real + fake)


def best_judge(p: Mixture, q: Mixture) -> LineJudge:
    """The logits of D* = p / (p + q): log p(x) - log q(x)."""
    return lambda x: p.log_density(x) - q.log_density(x)


def kl_between(p: Mixture, q: Mixture) -> Scalar:
    """KL(p || q) by quadrature, in nats."""
    x = (grid := quadrature(p, q)).points
    return grid.integrate(
        p.log_density(x).exp() * (p.log_density(x) - q.log_density(x))
    )


def jensen_shannon_between(p: Mixture, q: Mixture) -> Scalar:
    """JSD(p || q) by quadrature, in nats, from its definition by two KLs to halfway.

    Source: Goodfellow et al. 2014, equation 6.
    """
    m = halfway(p, q)
    return (kl_between(p, m) + kl_between(q, m)) / 2
