"""Ask how many axes of a code say something: those that differ between clips."""

from collections.abc import Sequence
from functools import partial

import torch

from course_lib.vae.elbo import SMALL_VARIANCE, active_units
from teaching.exercise import Case, Exercise, Mistake


def _mean_cases(rng: torch.Generator) -> Sequence[Case]:
    draw = partial(torch.randn, generator=rng, dtype=torch.float64)

    def uniform(n: int, low: float, high: float) -> torch.Tensor:
        drawn = torch.rand(n, generator=rng, dtype=torch.float64)
        return low + (high - low) * drawn

    def code(n_clips: int, n_axes: int) -> torch.Tensor:
        """Axes around 0, near it and far from it; each kind speaks or is silent."""
        n_active = int(torch.randint(2, n_axes - 2, (), generator=rng))
        spread = uniform(n_axes, 0.03, 0.05)
        spread[:n_active] = uniform(n_active, 0.3, 3.0)
        spread[-1] = 0.002  # dust: its root mean square is below the bar, too
        centre = torch.tensor([0, 0.06, 2], dtype=torch.float64).repeat(n_axes)
        shape = draw(n_clips, n_axes)
        shape = (shape - shape.mean(0)) / shape.std(0)
        mu = centre[:n_axes] + spread * shape
        return mu[:, torch.randperm(n_axes, generator=rng)]

    same = draw(1, 5).expand(4, 5).clone()
    questions = (
        ("axes that speak among silent ones", code(6, 17)),
        ("more clips than axes", code(40, 14)),
        ("as many clips as axes", code(16, 16)),
        ("two clips are enough", code(2, 19)),
        ("a code that is the same for all clips", same),
        ("float32 like float64", code(5, 18).float()),
        ("a single clip is refused", code(2, 13)[:1]),
    )
    return [Case(label, {"mu": mu}) for label, mu in questions]


def _refusing(count):
    """A count of another kind, which refuses what the right one refuses."""

    def answer(mu):
        if mu.shape[0] == 1:
            raise ValueError("One clip does not vary.")
        return count(mu)

    return answer


def _axis_by_axis(mu):
    if mu.size(0) <= 1:
        raise ValueError("Two clips or more, please.")
    found = 0
    for axis in mu.unbind(1):
        found += (axis - axis.mean()).square().mean().item() > SMALL_VARIANCE
    return found


def _by_spread(mu):
    """The diagonal of a covariance; its root held against the root."""
    spread = torch.cov(mu.T).diagonal().sqrt()
    return torch.count_nonzero(spread > SMALL_VARIANCE**0.5).item()


ACTIVE_UNITS = Exercise(
    id="X3.4",
    title="Which axes speak?",
    reference=active_units,
    points=1,
    minutes=6,
    difficulty=1,
    cases=_mean_cases,
    mistakes=(
        Mistake(
            "variance along the code",
            _refusing(lambda mu: int((mu.var(dim=1) > SMALL_VARIANCE).sum())),
            "This counts clips, not axes: the variance runs over the axes of one code. "
            "An axis speaks if it differs from *clip to clip*.",
        ),
        Mistake(
            "one variance for the whole code",
            _refusing(lambda mu: int(mu.var() > SMALL_VARIANCE)),
            "All numbers were thrown together, so the answer is 0 or 1, and axes that "
            "lie apart count as speaking. Each axis has a variance over clips.",
        ),
        Mistake(
            "standard deviation against a variance",
            _refusing(lambda mu: int((mu.std(dim=0) > SMALL_VARIANCE).sum())),
            "The bar of 0.01 is one for variances. A standard deviation of 0.04 is "
            "above it, but its square is not.",
        ),
        Mistake(
            "squares not divided by the number of clips",
            _refusing(
                lambda mu: int(
                    ((mu - mu.mean(0)).square().sum(0) > SMALL_VARIANCE).sum()
                )
            ),
            "With enough clips every axis passes the bar, as their squares add up. A "
            "variance is a mean of squares.",
        ),
        Mistake(
            "far from 0 in place of varying",
            _refusing(lambda mu: int((mu.square().mean(0) > SMALL_VARIANCE).sum())),
            "An axis that is 2 for every clip costs nats and says nothing. Take away "
            "the mean over the clips before you square.",
        ),
        Mistake(
            "mean in place of the variance",
            _refusing(lambda mu: int((mu.mean(0).abs() > SMALL_VARIANCE).sum())),
            "Where an axis lies on average says nothing: one that swings around 0 "
            "speaks, one that stands still at 2 does not. How much does it vary?",
        ),
        Mistake(
            "silent axes counted",
            _refusing(lambda mu: int((mu.var(dim=0) <= SMALL_VARIANCE).sum())),
            "These are the axes that say nothing. Asked for are the others, above "
            "the bar.",
        ),
        Mistake(
            "any difference at all",
            _refusing(lambda mu: int((mu.var(dim=0) > 0).sum())),
            "A silent axis is never exactly constant: an encoder leaves some dust. "
            "Only a variance above `SMALL_VARIANCE` counts.",
        ),
        Mistake(
            "share in place of the count",
            _refusing(
                lambda mu: (mu.var(dim=0) > SMALL_VARIANCE).double().mean().item()
            ),
            "This is the share of axes that speak. Asked for is how many they are: "
            "add them up instead of averaging.",
        ),
        Mistake(
            "a tensor in place of a number",
            _refusing(lambda mu: (mu.var(dim=0) > SMALL_VARIANCE).sum()),
            "The count is right, but it is a tensor still. `int` makes a plain number "
            "of it; a count needs no gradient.",
        ),
        Mistake(
            "which ones in place of how many",
            _refusing(lambda mu: mu.var(dim=0) > SMALL_VARIANCE),
            "True and False for each axis: these are the right ones. How many of them "
            "are true?",
        ),
        Mistake(
            "a single clip is not refused",
            lambda mu: int((mu.var(dim=0, correction=0) > SMALL_VARIANCE).sum()),
            "The count is right. One clip alone cannot vary, and 0 axes would be said "
            "to speak: raise a ValueError that says what is needed.",
        ),
    ),
    alternatives=(_axis_by_axis, _refusing(_by_spread)),
    hints=(
        "Show the encoder two different clips. If an axis answers the same to both, "
        "what can a decoder learn from it?",
        "One variance for each axis, over the clips, and the bar for it is "
        "`SMALL_VARIANCE`. Fewer than two clips have no variance: refuse them first.",
        "`var` takes an axis to run over; a comparison gives True and False, and True "
        "counts as 1 in a sum. `int` makes a plain number of a tensor.",
    ),
)
