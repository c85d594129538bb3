"""X3.4: the number of active units, latent axes whose mean varies between clips."""

from collections.abc import Sequence
from functools import partial

import torch

from course_lib.vae.elbo import MIN_ACTIVE_VARIANCE, active_units
from teaching.exercise import Case, Exercise, Mistake


def _mean_cases(rng: torch.Generator) -> Sequence[Case]:
    draw = partial(torch.randn, generator=rng, dtype=torch.float64)

    def uniform(n: int, low: float, high: float) -> torch.Tensor:
        values = torch.rand(n, generator=rng, dtype=torch.float64)
        return low + (high - low) * values

    def means(n_clips: int, n_axes: int, *, large: bool = True) -> torch.Tensor:
        """Active and inactive axes, each centred at 0, near 0 and far from 0.

        Variances lie on both sides of the bound. The distance is such that dividing by
        n - 1 and by n give the same number.
        """
        n_active = int(torch.randint(5, n_axes - 5, (), generator=rng))
        correction = n_clips / (n_clips - 1)
        std = uniform(n_axes, 0.03, 0.05)
        std[-6:-1] = uniform(5, 0.0085, 0.0098).sqrt()  # just inactive
        if large:
            std[:n_active] = uniform(n_active, 0.3, 3.0)
        std[:4] = (uniform(4, 0.0103, 0.0115) * correction).sqrt()  # just active
        std[-1] = 0.002  # nearly constant: also its root mean square is small
        centre = torch.tensor([0, 0.06, 2], dtype=torch.float64).repeat(n_axes)
        values = draw(n_clips, n_axes)
        values = (values - values.mean(0)) / values.std(0)
        mu = centre[:n_axes] + std * values
        return mu[:, torch.randperm(n_axes, generator=rng)]

    constant = draw(1, 5).expand(4, 5).clone()
    labelled = (
        ("active axes among inactive ones", means(6, 17)),
        ("more clips than axes", means(40, 14)),
        ("as many clips as axes", means(16, 16)),
        ("two clips are enough", means(2, 19)),
        ("variances close to the bound", means(7, 15, large=False)),
        ("the same means for all clips", constant),
        ("float32 like float64", means(5, 18).float()),
        ("a single clip is refused", means(2, 13)[:1]),
    )
    return [Case(label, {"mu": mu}) for label, mu in labelled]


def _with_check(count):
    """Another count, with the correct error for a single clip."""

    def answer(mu):
        if mu.shape[0] == 1:
            raise ValueError("A single clip has no variance.")
        return count(mu)

    return answer


def _axis_by_axis(mu):
    if mu.size(0) <= 1:
        raise ValueError("A variance needs at least two clips.")
    count = 0
    for axis in mu.unbind(1):
        count += (axis - axis.mean()).square().mean().item() > MIN_ACTIVE_VARIANCE
    return count


def _by_standard_deviation(mu):
    """The roots of the covariance's diagonal, compared with the root of the bound."""
    std = torch.cov(mu.T).diagonal().sqrt()
    return torch.count_nonzero(std > MIN_ACTIVE_VARIANCE**0.5).item()


ACTIVE_UNITS = Exercise(
    id="X3.4",
    title="Active units",
    reference=active_units,
    points=1,
    minutes=6,
    difficulty=1,
    cases=_mean_cases,
    mistakes=(
        Mistake(
            "variance over the axes",
            _with_check(lambda mu: int((mu.var(dim=1) > MIN_ACTIVE_VARIANCE).sum())),
            "This counts clips, not axes: the variance runs over the axes of one code. "
            "An axis is active if it varies *between clips*.",
        ),
        Mistake(
            "one variance for all axes",
            _with_check(lambda mu: int(mu.var() > MIN_ACTIVE_VARIANCE)),
            "This is one variance of all numbers together, so the result is 0 or 1, "
            "and axes with different means count as variation. Compute one variance "
            "for each axis, over the clips.",
        ),
        Mistake(
            "standard deviation in place of the variance",
            _with_check(lambda mu: int((mu.std(dim=0) > MIN_ACTIVE_VARIANCE).sum())),
            "The bound of 0.01 is for variances. A standard deviation of 0.04 exceeds "
            "it, but its square does not.",
        ),
        Mistake(
            "squares not divided by the number of clips",
            _with_check(
                lambda mu: int(
                    ((mu - mu.mean(0)).square().sum(0) > MIN_ACTIVE_VARIANCE).sum()
                )
            ),
            "A sum of squares grows with the number of clips, so with enough clips "
            "every axis exceeds the bound. A variance is a mean of squares.",
        ),
        Mistake(
            "mean square in place of the variance",
            _with_check(
                lambda mu: int((mu.square().mean(0) > MIN_ACTIVE_VARIANCE).sum())
            ),
            "An axis that is 2 for every clip has a large KL, but contains no "
            "information on the clip. Subtract the mean over the clips before you "
            "square.",
        ),
        Mistake(
            "mean in place of the variance",
            _with_check(lambda mu: int((mu.mean(0).abs() > MIN_ACTIVE_VARIANCE).sum())),
            "The mean of an axis over the clips is not what counts: an axis that "
            "varies around 0 is active, an axis that is always 2 is not. Compute its "
            "variance.",
        ),
        Mistake(
            "inactive axes counted",
            _with_check(lambda mu: int((mu.var(dim=0) <= MIN_ACTIVE_VARIANCE).sum())),
            "This is the number of inactive axes. The exercise asks for the axes whose "
            "variance is above the bound.",
        ),
        Mistake(
            "any variance above 0",
            _with_check(lambda mu: int((mu.var(dim=0) > 0).sum())),
            "An inactive axis of a trained encoder is never exactly constant. Only a "
            "variance above `MIN_ACTIVE_VARIANCE` counts.",
        ),
        Mistake(
            "fraction in place of the number",
            _with_check(
                lambda mu: (mu.var(dim=0) > MIN_ACTIVE_VARIANCE).double().mean().item()
            ),
            "This is the fraction of active axes. The exercise asks for their number: "
            "sum instead of averaging.",
        ),
        *(
            Mistake(
                f"bound of {bound}",
                _with_check(lambda mu, bound=bound: int((mu.var(0) > bound).sum())),
                "This counts the axes as if the bound of the variance were not "
                "`MIN_ACTIVE_VARIANCE`. (For a standard deviation the bound is the "
                "root, 0.1.) Axes whose variance is close to it are counted wrongly.",
            )
            for bound in (0.05, 0.005)
        ),
        Mistake(
            "bound relative to the largest variance",
            _with_check(lambda mu: int((mu.var(0) > 0.01 * mu.var(0).max()).sum())),
            "The bound is relative to the axis with the largest variance here. "
            "`MIN_ACTIVE_VARIANCE` is a variance itself.",
        ),
        Mistake(
            "mean absolute deviation",
            _with_check(lambda mu: int(((mu - mu.mean(0)).abs().mean(0) > 0.1).sum())),
            "This is the mean absolute deviation, which is smaller than the standard "
            "deviation. The definition uses the variance.",
        ),
        Mistake(
            "all axes counted",
            _with_check(lambda mu: mu.shape[1]),
            "Every latent axis is counted. Is the mean of the whole code subtracted in "
            "place of the mean of each axis, or is the number of axes returned? Count "
            "those whose variance over the clips is above the bound.",
        ),
        Mistake(
            "two clips refused",
            lambda mu: active_units(mu if len(mu) > 2 else mu[:1]),
            "Two clips have a variance, so they are enough. Refuse a single clip only.",
        ),
        Mistake(
            "a mask in place of the number",
            _with_check(lambda mu: mu.var(dim=0) > MIN_ACTIVE_VARIANCE),
            "This mask marks the correct axes with True. The exercise asks for the "
            "number of True entries.",
        ),
        Mistake(
            "no error for a single clip",
            lambda mu: int((mu.var(dim=0, correction=0) > MIN_ACTIVE_VARIANCE).sum()),
            "The number is correct. But a single clip has no variance, and 0 active "
            "axes would be reported: raise a ValueError that says what is needed.",
        ),
    ),
    alternatives=(_axis_by_axis, _with_check(_by_standard_deviation)),
    hints=(
        "Encode two different clips. If an axis has the same mean for both, it "
        "contains no information that would help the decoder to tell them apart.",
        "Compute one variance for each axis, over the clips, and compare it with "
        "`MIN_ACTIVE_VARIANCE`. With fewer than two clips raise a ValueError first.",
        "`var` takes the axis to reduce; a comparison gives a mask, whose sum is the "
        "number of True entries. `int` converts a tensor to a Python number.",
    ),
)
