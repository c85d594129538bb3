"""X3.5: the KL term with free bits, a floor under the mean KL of each latent axis."""

from collections.abc import Callable, Sequence
from functools import partial
from math import log

import torch
from torch import Tensor
from torch.nn.functional import relu, softplus

from course_lib.vae.elbo import free_bits
from teaching.exercise import Answer, Case, Exercise, Mistake


def _kl_cases(rng: torch.Generator) -> Sequence[Case]:
    uniform = partial(torch.rand, generator=rng, dtype=torch.float64)

    def kl_terms(*mean_of_axes: float, clips: int) -> Tensor:
        """Axes with these means over the clips, in random order; clips differ."""
        values = 0.1 + uniform(clips, len(mean_of_axes))
        order = torch.randperm(len(mean_of_axes), generator=rng)
        return (values / values.mean(0) * torch.tensor(mean_of_axes))[:, order]

    factors = torch.tensor([[0.01], [0.02], [3.0]])  # of clips with small and large KL
    floor = 0.5 + 0.2 * float(uniform(()))
    labelled = (
        (
            "axes below and above the floor",
            kl_terms(0.05, 0.4, 0.8, 3.0, clips=5),
            floor,
        ),
        ("an axis just below the floor", kl_terms(0.95, 1.1, 0.8, clips=6), 1.0),
        ("as many clips as axes", kl_terms(0.1, 0.5, 1.2, 4.0, clips=4), 0.8),
        ("one clip with a large KL", factors * kl_terms(1.0, 1.5, clips=3), floor),
        ("all axes below the floor", kl_terms(0.02, 0.01, 0.03, clips=5), floor),
        ("a floor of 0 is the plain KL", kl_terms(0.2, 0.7, 2.0, clips=4), 0.0),
        ("a single clip", kl_terms(0.3, 0.9, 2.0, clips=1), floor),
        ("a single axis above the floor", kl_terms(1.5, clips=4), floor),
        ("float32 stays float32", kl_terms(0.2, 0.9, 3.0, clips=4).float(), floor),
    )
    return [Case(label, {"kl": kl, "floor": f}, ("kl",)) for label, kl, f in labelled]


def _sum_over_axes(term: Callable[[Tensor, float], Tensor]) -> Answer:
    """The sum over the axes of another function of their mean KL and the floor."""
    return lambda kl, floor: term(kl.mean(0), floor).sum()


def _axis_by_axis(kl, floor):
    total = kl.new_zeros(())
    for axis in kl.unbind(1):
        mean = axis.sum() / len(axis)
        total = total + (mean if mean > floor else floor)
    return total


FREE_BITS = Exercise(
    id="X3.5",
    title="Free bits",
    reference=free_bits,
    points=1,
    minutes=6,
    difficulty=2,
    cases=_kl_cases,
    mistakes=(
        Mistake(
            "floor before the mean",
            lambda kl, floor: kl.clamp(min=floor).mean(0).sum(),
            "Here the floor applies to each clip, also on an axis whose mean KL is "
            "above the floor. Average over the clips first: a clip may have a small KL "
            "if others have a large one.",
        ),
        Mistake(
            "floor under the sum",
            lambda kl, floor: kl.mean(0).sum().clamp(min=floor),
            "One axis with a large KL lifts the sum above the floor, and all other "
            "axes can still collapse. Each axis has its own floor.",
        ),
        Mistake(
            "floor under each clip",
            lambda kl, floor: kl.sum(1).clamp(min=floor).mean(),
            "Here the floor applies to the KL of a whole clip. It should apply to the "
            "KL of each axis, averaged over the clips.",
        ),
        Mistake(
            "ceiling in place of a floor",
            _sum_over_axes(lambda mean, floor: mean.clamp(max=floor)),
            "Here axes above the floor get no gradient, and those below it are pushed "
            "to 0: the opposite. An axis below the floor counts as the floor. Which "
            "bound does `clamp` need?",
        ),
        Mistake(
            "gradient below the floor",
            _sum_over_axes(
                lambda mean, floor: mean + (mean.clamp(min=floor) - mean).detach()
            ),
            "The value is correct, but axes below the floor still get a gradient that "
            "pushes them towards the prior. These axes should get none.",
        ),
        Mistake(
            "floor added",
            _sum_over_axes(lambda mean, floor: mean + floor),
            "The floor is added to each axis, which changes no gradient. An axis below "
            "the floor *counts as* the floor; an axis above it does not change.",
        ),
        Mistake(
            "floor divided by the number of axes",
            lambda kl, floor: kl.mean(0).clamp(min=floor / kl.shape[1]).sum(),
            "The floor is shared out between the axes here. Each axis has the full "
            "floor.",
        ),
        Mistake(
            "floor under the sum, for all axes",
            lambda kl, floor: kl.mean(0).sum().clamp(min=floor * kl.shape[1]),
            "Here the floors of all axes are added up and compared with the sum, so an "
            "axis with a large KL lifts it for the others. Every axis has one floor.",
        ),
        Mistake(
            "largest KL in place of the mean",
            lambda kl, floor: kl.amax(0).clamp(min=floor).sum(),
            "The floor is compared with the largest KL among the clips. It applies to "
            "the mean over the clips.",
        ),
        Mistake(
            "median in place of the mean",
            lambda kl, floor: kl.median(0).values.clamp(min=floor).sum(),
            "This is the median over the clips. Only the mean over the clips is an "
            "estimate of the KL term of the bound.",
        ),
        Mistake(
            "soft floor",
            _sum_over_axes(lambda mean, floor: floor + softplus(mean - floor)),
            "A softplus is above the floor everywhere and has a gradient below it. The "
            "floor is a hard bound: `clamp`, `relu` or `maximum`.",
        ),
        Mistake(
            "distance from the floor",
            _sum_over_axes(lambda mean, floor: floor + (mean - floor).abs()),
            "Below the floor the loss grows as the KL falls, so axes are pushed up to "
            "the floor. An axis below the floor should get no gradient at all.",
        ),
        Mistake(
            "one number for each axis",
            lambda kl, floor: kl.mean(0).clamp(min=floor),
            "These are the terms of the single axes. The KL of a code is their sum, "
            "one number.",
        ),
        Mistake(
            "batch axis kept",
            lambda kl, floor: kl.mean(0, keepdim=True).clamp(min=floor).sum(1),
            "The number is correct, but it has the shape (1,). The loss is a tensor "
            "without axes: leave out `keepdim`.",
        ),
        Mistake(
            "floor subtracted",
            _sum_over_axes(lambda mean, floor: relu(mean - floor)),
            "The gradients are correct, but the value is not: each axis is too small "
            "by the floor. An axis below the floor counts as the floor, not as 0.",
        ),
        Mistake(
            "0 below the floor",
            _sum_over_axes(lambda mean, floor: mean * (mean > floor)),
            "Here the loss jumps when an axis crosses the floor from below, so axes "
            "are rewarded for a collapse. Below the floor the term *is* the floor.",
        ),
        Mistake(
            "mean over the axes",
            lambda kl, floor: kl.mean(0).clamp(min=floor).mean(),
            "The KL of a code is the sum over its axes. A mean makes the KL of a code "
            "with 64 axes 64 times smaller.",
        ),
        Mistake(
            "sum over the clips",
            lambda kl, floor: kl.sum(0).clamp(min=floor).sum(),
            "With enough clips no axis is below the floor any more. Compare the floor "
            "with the mean KL of an axis over the clips.",
        ),
        Mistake(
            "axes and clips exchanged",
            lambda kl, floor: kl.mean(1).clamp(min=floor).sum(),
            "Clips are on axis 0, latent axes on axis 1. The mean runs over clips and "
            "the sum over latent axes; here it is the other way round.",
        ),
        Mistake(
            "one number for each clip",
            lambda kl, floor: kl.clamp(min=floor).sum(1),
            "This is one number for each clip, with a floor under each of its axes. "
            "The floor applies to the mean over the clips: the result is one number "
            "for the batch.",
        ),
        Mistake(
            "floor converted from bits",
            _sum_over_axes(lambda mean, floor: mean.clamp(min=floor * log(2))),
            "Despite the name of the method the floor is in nats, as the KL is. "
            "Nothing needs to be converted; one bit would be 0.69 nats.",
        ),
        Mistake(
            "floor forgotten",
            _sum_over_axes(lambda mean, floor: mean),
            "This is the plain KL, whose gradient pushes every axis towards the prior. "
            "An axis below the floor should count as the floor and get no gradient.",
        ),
    ),
    alternatives=(
        _sum_over_axes(
            lambda mean, floor: torch.maximum(mean, torch.full_like(mean, floor))
        ),
        _sum_over_axes(lambda mean, floor: floor + relu(mean - floor)),
        _axis_by_axis,
    ),
    hints=(
        "An axis has a mean KL of 0.1 nats and the floor is 0.5. How large is its term "
        "of the loss? How much does the loss change if the KL falls to 0.05?",
        "There are three steps in a fixed order: average over clips, compare each axis "
        "with the floor, sum over axes. What goes wrong if the second comes first?",
        "`mean` over axis 0 leaves one number for each latent axis; `clamp` with `min` "
        "raises what is below the floor; `sum` adds the axes.",
    ),
)
