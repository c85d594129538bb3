"""GANs on the real line, where every expectation is an integral that can be computed.

The data distribution and the generator are mixtures of Gaussians, and a discriminator
is a function from points to logits. Integrals are trapezoid sums in float64. For
analytic integrands that vanish at both ends, the error of the trapezoid rule decreases
exponentially in 1/spacing; here it is below 1e-12.
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

LinePoints = Float[Tensor, "*point"]
LogitFunction = Callable[[LinePoints], Logits]  # a discriminator on the line
Parameters = tuple[float, ...] | Float[Tensor, "component"]  # a tensor for gradients

MAX_SIGMAS = 12  # standard deviations beyond the outermost mean, where exp(-72) is left
NODES_PER_SIGMA = 32
MAX_NODES = 2_000_000  # 16 MB for each vector of node values


class Quadrature(NamedTuple):
    """Nodes and weights of a quadrature rule on the line."""

    points: Tensor
    weights: Tensor

    def integrate(self, values: Densities) -> Scalar:
        """The integral of a function, given its values at the nodes."""
        return (values * self.weights).sum()


@dataclass(frozen=True, eq=False)
class GaussianMixture:
    """A mixture of Gaussians on the line.

    ``scales`` are the standard deviations of the components, ``weights`` their
    probabilities. Each field is a tuple of floats, or a vector where gradients are
    needed.

    Raises:
        ValueError: if the fields differ in length, a scale is not positive, or the
            weights are negative or do not sum to 1.
    """

    means: Parameters
    scales: Parameters = (1.0,)
    weights: Parameters = (1.0,)

    def __post_init__(self) -> None:
        if not len(self.means) == len(self.scales) == len(self.weights):
            raise ValueError(
                f"A mixture needs one mean, scale and weight for each component, but "
                f"there are {len(self.means)}, {len(self.scales)} and "
                f"{len(self.weights)}."
            )
        _, scales, weights = self.parameters()
        if not bool((scales > 0).all()):
            raise ValueError(
                f"Scales are standard deviations and must be positive, but they are "
                f"{self.scales}."
            )
        if bool((weights < 0).any()) or abs(float(weights.sum()) - 1) > 1e-9:
            raise ValueError(
                f"Weights are probabilities: they must be at least 0 and sum to 1, but "
                f"they are {self.weights}. Divide them by their sum."
            )

    def parameters(self) -> tuple[Tensor, Tensor, Tensor]:
        """Means, scales and weights as float64 vectors."""
        fields = (self.means, self.scales, self.weights)
        means, scales, weights = (
            torch.as_tensor(field, dtype=torch.float64) for field in fields
        )
        return means, scales, weights

    def log_density(self, x: LinePoints) -> Densities:
        """log p(x), in nats, exact also where p(x) underflows."""
        means, scales, weights = self.parameters()
        z = (x.double().unsqueeze(-1) - means) / scales
        log_components = -z.square() / 2 - scales.log() - log(2 * pi) / 2
        return torch.logsumexp(log_components + weights.log(), dim=-1)

    def sample(self, n: int, rng: torch.Generator) -> LinePoints:
        """Draw n points: a component for each point, then Gaussian noise around it."""
        means, scales, weights = self.parameters()
        component = torch.multinomial(weights, n, replacement=True, generator=rng)
        noise = torch.randn(n, generator=rng, dtype=torch.float64)
        return means[component] + scales[component] * noise


BIMODAL_DATA = GaussianMixture((-2.0, 2.0), (0.7, 0.7), (0.5, 0.5))
"""The data distribution of section 1.3."""


def mean_mixture(p: GaussianMixture, q: GaussianMixture) -> GaussianMixture:
    """The mixture m = (p + q) / 2, as in the Jensen-Shannon divergence."""
    fields = zip(p.parameters(), q.parameters(), strict=True)
    means, scales, weights = (torch.cat(pair) for pair in fields)
    return GaussianMixture(means, scales, weights / 2)


def quadrature(*mixtures: GaussianMixture) -> Quadrature:
    """A trapezoid rule that covers all components and resolves the narrowest one.

    The nodes carry no gradient.

    Raises:
        ValueError: if the narrowest component would need more than MAX_NODES nodes.
    """
    fields = [[field.detach() for field in mix.parameters()] for mix in mixtures]
    means = torch.cat([means for means, _, _ in fields])
    scales = torch.cat([scales for _, scales, _ in fields])
    left = float((means - MAX_SIGMAS * scales).min())
    right = float((means + MAX_SIGMAS * scales).max())
    n = ceil((right - left) * NODES_PER_SIGMA / float(scales.min())) + 1
    if n > MAX_NODES:
        raise ValueError(
            f"The narrowest component has standard deviation {float(scales.min()):g} "
            f"on an interval of length {right - left:g}, which needs {n} quadrature "
            f"nodes, but at most {MAX_NODES} are supported. Choose scales or means "
            "that are closer together."
        )
    points = torch.linspace(left, right, n, dtype=torch.float64)
    weights = torch.full_like(points, (right - left) / (n - 1))
    weights[[0, -1]] /= 2
    return Quadrature(points, weights)


def value(
    discriminator: LogitFunction, p: GaussianMixture, q: GaussianMixture
) -> Scalar:
    """The value function V(D, G) = E_p log D + E_q log(1 - D) by quadrature, in nats.

    ``discriminator`` returns logits, and D is their sigmoid. The value is never
    positive. It is differentiable in the parameters of the discriminator and of the
    mixtures.

    Source: Goodfellow et al. 2014, equations 1 and 3.
    """
    rule = quadrature(p, q)
    logits = discriminator(rule.points)
    real = p.log_density(rule.points).exp() * logsigmoid(logits)  # p log D
    fake = q.log_density(rule.points).exp() * logsigmoid(-logits)  # q log(1 - D)
    return rule.integrate(real + fake)


def optimal_logits(p: GaussianMixture, q: GaussianMixture) -> LogitFunction:
    """The logits of D* = p / (p + q) as a function of x: log p(x) - log q(x)."""
    return lambda x: p.log_density(x) - q.log_density(x)


def mixture_kl(p: GaussianMixture, q: GaussianMixture) -> Scalar:
    """KL(p || q) by quadrature, in nats."""
    x = (rule := quadrature(p, q)).points
    return rule.integrate(
        p.log_density(x).exp() * (p.log_density(x) - q.log_density(x))
    )


def mixture_jensen_shannon(p: GaussianMixture, q: GaussianMixture) -> Scalar:
    """JSD(p || q) by quadrature, in nats: the mean of the two KLs to (p + q) / 2.

    Source: Goodfellow et al. 2014, equation 6.
    """
    m = mean_mixture(p, q)
    return (mixture_kl(p, m) + mixture_kl(q, m)) / 2
