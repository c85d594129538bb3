"""X5.8: the bootstrap percentile interval of a mean over clips."""

from collections.abc import Callable, Sequence
from math import sqrt

import torch
from torch import Tensor

from course_lib.metrics.intervals import (
    bootstrap_interval,
    check_interval_arguments,
)
from teaching.exercise import Answer, Case, Exercise, Mistake


def _value_cases(rng: torch.Generator) -> Sequence[Case]:
    def case(label: str, n: int, level: float, n_draws: int = 200) -> Case:
        values = torch.rand(n, generator=rng, dtype=torch.float64).log().neg()
        resampling_rng = torch.Generator().manual_seed(
            int(torch.randint(10**6, (), generator=rng))
        )
        arguments = {
            "values": values,
            "rng": resampling_rng,
            "level": level,
            "n_draws": n_draws,
        }
        return Case(label, arguments)

    defaults = case("", 8, 0.9).arguments
    defaults = {name: defaults[name] for name in ("values", "rng")}
    table = case("", 12, 0.9).arguments
    table["values"] = table["values"].view(4, 3)
    infinite = case("a value that is not finite is refused", 5, 0.9)
    infinite.arguments["values"][2] = torch.inf
    return [
        case("level 0.9", 12, 0.9),
        case("level 0.5", 9, 0.5, 150),
        case("as many draws as clips", 20, 0.8, 20),
        case("two clips", 2, 0.6, 100),
        case("as few draws as possible", 7, 0.5, 4),
        Case("level and number of draws by default", defaults),
        infinite,
        case("a single clip is refused", 1, 0.9),
        case("a level of 1 is refused", 6, 1.0),
        case("a level of 0 is refused", 6, 0.0),
        case("a negative level is refused", 6, -0.5),
        case("too few draws is refused", 7, 0.5, 3),
        Case("a table of clips and frames is refused", table),
    ]


def _ends(means: Tensor, level: float) -> tuple[float, float]:
    """The ends of the central fraction ``level`` of the means of the draws."""
    low, high = (1 - level) / 2, (1 + level) / 2
    return means.quantile(low).item(), means.quantile(high).item()


def _checked(interval: Callable[..., tuple[float, float]], centre=torch.mean):
    """Another interval of (values, rng, level, n_draws), with the correct checks."""

    def answer(values, rng, level=0.9, n_draws=2000):
        check_interval_arguments(values, level, n_draws)
        low, high = interval(values, rng, level, n_draws)
        return low, centre(values).item(), high

    return answer


def _resample(values: Tensor, rng: torch.Generator, *shape: int) -> Tensor:
    """Values drawn with replacement."""
    return values[torch.randint(len(values), shape, generator=rng)]


def _with_ends(rule: Callable[[Tensor, float], tuple[float, float]]) -> Answer:
    """Other ends from the means of the correct draws."""

    def interval(values, rng, level, n_draws):
        return rule(_resample(values, rng, n_draws, len(values)).mean(1), level)

    return _checked(interval)


def _with_means(means: Callable[..., Tensor]) -> Answer:
    """The correct ends of other means (values, rng, n_draws)."""
    return _checked(lambda v, rng, level, n: _ends(means(v, rng, n), level))


def _gaussian_interval(
    values: Tensor, level: float, std: Tensor
) -> tuple[float, float]:
    """The interval of a Gaussian around the mean."""
    quantile = sqrt(2) * torch.erfinv(torch.tensor(level, dtype=torch.float64))
    half_width = quantile * std
    return (values.mean() - half_width).item(), (values.mean() + half_width).item()


def _with_arguments(change: Callable[[float, int], tuple[float, int]]) -> Answer:
    """The correct interval of another level or number of draws."""

    def answer(values, rng, level=0.9, n_draws=2000):
        check_interval_arguments(values, level, n_draws)
        level, n_draws = change(level, n_draws)
        return bootstrap_interval(values, rng, level=level, n_draws=n_draws)

    return answer


def _with_other_check(
    refused: Callable[[Tensor, float, int], bool],
) -> Answer:
    """The correct interval, with another check of the arguments."""

    def answer(values, rng, level=0.9, n_draws=2000):
        if refused(values, level, n_draws):
            raise ValueError("These arguments give no interval.")
        draws = _resample(values, rng, n_draws, len(values))
        low, high = _ends(draws.flatten(1).mean(1), level)
        return low, values.mean().item(), high

    return answer


def _unusable(values: Tensor, level: float) -> bool:
    return len(values) < 2 or not values.isfinite().all() or not 0 < level < 1


def _pivotal(values, rng, level, n_draws):
    low, high = _ends(_resample(values, rng, n_draws, len(values)).mean(1), level)
    centre = values.mean().item()
    return 2 * centre - high, 2 * centre - low


def _around_the_mean(values, rng, level, n_draws):
    means = _resample(values, rng, n_draws, len(values)).mean(1)
    return _gaussian_interval(values, level, means.std())


def _one_draw_at_a_time(values, rng, n_draws):
    """The means of the draws, computed in a loop."""
    n, means = len(values), []
    for _ in range(n_draws):
        indices = torch.randint(n, (n,), generator=rng)
        means.append(sum(values[i] for i in indices.tolist()) / n)
    return torch.stack(means)


def _from_counts(values, rng, n_draws):
    """The means of the draws, from the number of times that each clip was drawn."""
    n = len(values)
    indices = torch.randint(n, (n_draws, n), generator=rng)
    counts = (indices[:, :, None] == torch.arange(n)).sum(1)
    return counts.double() @ values.double() / n


BOOTSTRAP_INTERVAL = Exercise(
    id="X5.8",
    title="Bootstrap interval of a mean",
    reference=bootstrap_interval,
    points=2,
    minutes=10,
    difficulty=2,
    cases=_value_cases,
    mistakes=(
        Mistake(
            "without replacement",
            _with_means(
                lambda v, rng, n: torch.stack(
                    [v[torch.randperm(len(v), generator=rng)] for _ in range(n)]
                ).mean(1)
            ),
            "Every draw contains every clip once, in another order, so all means are "
            "equal. *With* replacement, some clips occur twice and others not at all.",
        ),
        Mistake(
            "quantiles of the clips",
            _checked(lambda v, rng, level, n: _ends(v, level)),
            "This measures how much single clips differ, and does not shrink with "
            "their number. The interval is that of their *mean*.",
        ),
        Mistake(
            "one clip a draw",
            _with_means(lambda v, rng, n: _resample(v, rng, n, 1).mean(1)),
            "The mean of a single clip is that clip. A draw represents a whole set, so "
            "it has as many clips as there are.",
        ),
        Mistake(
            "one clip too few",
            _with_means(lambda v, rng, n: _resample(v, rng, n, len(v) - 1).mean(1)),
            "Means of smaller sets vary more. A draw represents a set of the same "
            "size: it has n of n clips.",
        ),
        Mistake(
            "draws and clips exchanged",
            _with_means(lambda v, rng, n: _resample(v, rng, len(v), n).mean(1)),
            "There are as many means as clips, each of `n_draws` clips, so that the "
            "interval is too narrow. Each row is a draw with as many clips as there "
            "are.",
        ),
        Mistake(
            "mean over the draws",
            _with_means(lambda v, rng, n: _resample(v, rng, n, len(v)).mean(0)),
            "The mean is taken over the draws, so that every result is close to the "
            "overall mean. Take the mean of each draw over its clips.",
        ),
        Mistake(
            "whole remainder beyond each end",
            _with_ends(lambda m, level: _ends(m, 2 * level - 1)),
            "At level .9, one tenth lies beyond *both* ends together, one twentieth "
            "beyond each. These ends leave one tenth on each side.",
        ),
        Mistake(
            "from the lowest draw",
            _with_ends(lambda m, level: (m.min().item(), m.quantile(level).item())),
            "Everything that is excluded lies beyond the upper end. The interval is "
            "central: it excludes the same fraction on both sides.",
        ),
        Mistake(
            "from the lowest to the highest draw",
            _with_ends(lambda m, level: (m.min().item(), m.max().item())),
            "This interval grows with the number of draws and does not depend on the "
            "level. Exclude the draws outside the central fraction.",
        ),
        Mistake(
            "ends exchanged",
            _with_ends(lambda m, level: _ends(m, level)[::-1]),
            "Low and high are in the wrong order. Return the lower end, then the mean "
            "of the clips, then the upper end.",
        ),
        Mistake(
            "indices of shape (clips, draws)",
            _with_means(lambda v, rng, n: _resample(v, rng, len(v), n).mean(0)),
            "The interval has the right distribution, but the indices are drawn as "
            "(clips, draws), so they are others than the docstring's, and the check "
            "compares numbers. Draw them as (n_draws, clips).",
        ),
        Mistake(
            "indices by multinomial",
            _with_means(
                lambda v, rng, n: v[
                    torch.multinomial(
                        torch.ones(n, len(v)), len(v), replacement=True, generator=rng
                    )
                ].mean(1)
            ),
            "The interval has the right distribution, but `multinomial` draws other "
            "indices than the docstring's `randint`, and the check compares numbers.",
        ),
        Mistake(
            "indices by rounding uniform numbers",
            _with_means(
                lambda v, rng, n: v[
                    (torch.rand(n, len(v), generator=rng) * len(v)).long()
                ].mean(1)
            ),
            "The interval has the right distribution, but these are other indices than "
            "the docstring's integers, and the check compares numbers: `randint`.",
        ),
        Mistake(
            "indices from the global generator",
            _with_means(
                lambda v, rng, n: v[torch.randint(len(v), (n, len(v)))].mean(1)
            ),
            "`rng` is not used, so the interval cannot be reproduced and depends on "
            "other code that samples. Pass it on with `generator=rng`.",
        ),
        Mistake(
            "median of each draw",
            _with_means(
                lambda v, rng, n: _resample(v, rng, n, len(v)).median(1).values
            ),
            "These are medians of the draws, whose interval is another one. The "
            "interval is that of the mean.",
        ),
        Mistake(
            "draws mirrored at the mean",
            _checked(_pivotal),
            "This is the basic (pivotal) bootstrap interval: the quantiles mirrored at "
            "the mean. The percentile interval has the quantiles themselves as ends.",
        ),
        Mistake(
            "standard deviation of the draws",
            _checked(_around_the_mean),
            "This is a Gaussian interval with the standard deviation of the draws, "
            "always symmetric. The percentile interval has quantiles of the draws as "
            "ends.",
        ),
        Mistake(
            "1.645 standard deviations at every level",
            _checked(lambda v, rng, level, n: _around_the_mean(v, rng, 0.9, n)),
            "These are 1.645 standard deviations of the draws on both sides, a "
            "Gaussian interval of level 0.9 whatever `level` is. The percentile "
            "interval has quantiles of the draws as ends.",
        ),
        Mistake(
            "level 0.9 in every case",
            _with_arguments(lambda level, n: (0.9, max(n, 20))),
            "The level is 0.9 whatever the argument says. Compute both probabilities "
            "from `level`.",
        ),
        *(
            Mistake(
                f"{fixed} draws in every case",
                _with_arguments(lambda level, n, fixed=fixed: (level, fixed)),
                "The number of draws is fixed. `n_draws` is an argument, and 2000 only "
                "its default.",
            )
            for fixed in (1000, 2000)
        ),
        Mistake(
            "sorted draws without interpolation",
            _with_ends(
                lambda m, level: (
                    m.sort().values[int((1 - level) / 2 * len(m))].item(),
                    m.sort().values[int((1 + level) / 2 * len(m)) - 1].item(),
                )
            ),
            "The ends are single draws. Quantiles usually lie between two draws: "
            "`quantile` interpolates between them.",
        ),
        Mistake(
            "standard deviation of the clips",
            _checked(lambda v, rng, level, n: _gaussian_interval(v, level, v.std())),
            "This is the interval of single clips under a Gaussian, which does not "
            "shrink with their number. Use the draws, which need no distribution.",
        ),
        Mistake(
            "a Gaussian in place of draws",
            _checked(
                lambda v, rng, level, n: _gaussian_interval(
                    v, level, v.std() / len(v) ** 0.5
                )
            ),
            "This is accurate for many clips, but always symmetric, unlike the means "
            "of a few values from a skewed distribution. Resample the clips and use "
            "the means of the draws.",
        ),
        Mistake(
            "centred on the draws",
            lambda values, rng, level=0.9, n_draws=2000: bootstrap_interval(
                values, rng.clone_state(), level=level, n_draws=n_draws
            )._replace(
                value=_resample(values, rng, n_draws, len(values)).mean().item()
            ),
            "The ends are correct, but the value between them is the mean of the "
            "draws, which is random. Return the mean of the clips.",
        ),
        Mistake(
            "median of the clips",
            _checked(
                lambda v, rng, level, n: bootstrap_interval(
                    v, rng, level=level, n_draws=n
                )[::2],
                centre=torch.median,
            ),
            "The interval is that of the mean, so the value in it must be the mean. "
            "The median has another interval.",
        ),
        Mistake(
            "generator of its own",
            lambda values, rng, level=0.9, n_draws=2000: bootstrap_interval(
                values, torch.Generator(), level=level, n_draws=n_draws
            ),
            "The argument `rng` is not used, so every call draws the same random "
            "numbers. Pass `rng` to the function that draws them.",
        ),
        Mistake(
            "too few draws are not refused",
            _with_other_check(lambda v, level, n: v.ndim != 1 or _unusable(v, level)),
            "The intervals are correct. With too few draws none lies beyond an end: "
            "`check_interval_arguments` raises the error.",
        ),
        Mistake(
            "a table is not refused",
            _with_other_check(
                lambda v, level, n: _unusable(v, level) or n < round(2 / (1 - level))
            ),
            "The intervals are correct. But a table (clip, frame) is accepted, whose "
            "frames are not independent: `check_interval_arguments` raises the error.",
        ),
        Mistake(
            "a level of 0 or below is not refused",
            _with_other_check(
                lambda v, level, n: (
                    v.ndim != 1
                    or len(v) < 2
                    or not v.isfinite().all()
                    or level >= 1
                    or n < round(2 / (1 - level))
                )
            ),
            "The intervals are correct. But a level lies between 0 and 1: "
            "`check_interval_arguments` raises the error.",
        ),
        Mistake(
            "a single clip is not refused",
            lambda values, rng, level=0.9, n_draws=2000: (
                (values.item(),) * 3
                if len(values) == 1
                else bootstrap_interval(values, rng, level=level, n_draws=n_draws)
            ),
            "The intervals are correct. A single clip contains no information on how "
            "clips differ: raise a ValueError.",
        ),
    ),
    alternatives=(_with_means(_one_draw_at_a_time), _with_means(_from_counts)),
    hints=(
        "You have 50 clips and cannot get others. What could another set of 50 look "
        "like, given these, and what would its mean be?",
        "Draw as many clips as there are, with replacement, `n_draws` times. Each draw "
        "has a mean; the interval contains the central fraction of these means.",
        "Use `torch.randint` with the shape (draws, clips) and `generator=rng`, all at "
        "once; the mean of each row; and `quantile` at two probabilities. Which "
        "fraction lies beyond each end?",
    ),
)
