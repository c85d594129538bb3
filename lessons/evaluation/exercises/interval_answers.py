"""Put other ends to a mean: the intervals that X5.8 compares answers with."""

from collections.abc import Callable
from math import sqrt

import torch
from torch import Tensor

from teaching.exercise import Answer


def ends(draws: Tensor, level: float) -> tuple[float, float]:
    """The middle share ``level`` of the draws, from where to where."""
    low, high = (1 - level) / 2, (1 + level) / 2
    return draws.quantile(low).item(), draws.quantile(high).item()


def refusing(interval: Callable[..., tuple[float, float]], centre=torch.mean):
    """Another interval of (values, rng, level, n_draws), which refuses the same."""

    def answer(values, rng, level, n_draws):
        if len(values) < 2 or not values.isfinite().all() or not 0 < level < 1:
            raise ValueError("Two finite figures and a level, please.")
        low, high = interval(values, rng, level, n_draws)
        return low, centre(values).item(), high

    return answer


def drawn(values: Tensor, rng: torch.Generator, *shape: int) -> Tensor:
    """Clips with replacement."""
    return values[torch.randint(len(values), shape, generator=rng)]


def of_means(rule: Callable[[Tensor, float], tuple[float, float]]) -> Answer:
    """The right draws, with another way from their means to an interval."""

    def interval(values, rng, level, n_draws):
        return rule(drawn(values, rng, n_draws, len(values)).mean(1), level)

    return refusing(interval)


def of_draws(draw: Callable[..., Tensor]) -> Answer:
    """The right interval, of other draws (values, rng, n_draws)."""
    return refusing(lambda v, rng, level, n: ends(draw(v, rng, n), level))


def about(values: Tensor, level: float, width: Tensor) -> tuple[float, float]:
    """A Gaussian's interval around the mean."""
    reach = sqrt(2) * torch.erfinv(torch.tensor(level, dtype=torch.float64)) * width
    return (values.mean() - reach).item(), (values.mean() + reach).item()


def draw_by_draw(values, rng, n_draws):
    """The means of the draws, one after the other."""
    n, means = len(values), []
    for _ in range(n_draws):
        chosen = torch.randint(n, (n,), generator=rng)
        means.append(sum(values[i] for i in chosen.tolist()) / n)
    return torch.stack(means)


def counted(values, rng, n_draws):
    """How often each clip was drawn, times its figure."""
    n = len(values)
    places = torch.randint(n, (n_draws, n), generator=rng)
    often = (places[:, :, None] == torch.arange(n)).sum(1)
    return often.double() @ values.double() / n
