"""Ask for a price with a floor: what each axis of a code may say for nothing."""

from collections.abc import Callable, Sequence
from functools import partial
from math import log

import torch
from torch import Tensor
from torch.nn.functional import relu

from course_lib.vae.elbo import free_bits
from teaching.exercise import Answer, Case, Exercise, Mistake


def _price_cases(rng: torch.Generator) -> Sequence[Case]:
    uniform = partial(torch.rand, generator=rng, dtype=torch.float64)

    def prices(*of_axes: float, clips: int) -> Tensor:
        """Each axis has its price in the mean; single clips lie on both sides of it."""
        drawn = 0.1 + uniform(clips, len(of_axes))
        mixed = torch.randperm(len(of_axes), generator=rng)
        return (drawn / drawn.mean(0) * torch.tensor(of_axes))[:, mixed]

    rows = torch.tensor([[0.01], [0.02], [3.0]])  # clips that say little, or much
    floor = 0.5 + 0.2 * float(uniform(()))
    questions = (
        ("cheap axes and dear ones", prices(0.05, 0.4, 0.8, 3.0, clips=5), floor),
        ("an axis just below the floor", prices(0.95, 1.1, 0.8, clips=6), 1.0),
        ("as many clips as axes", prices(0.1, 0.5, 1.2, 4.0, clips=4), 0.8),
        ("a clip that says much among others", rows * prices(1.0, 1.5, clips=3), floor),
        ("a code that says nothing", prices(0.02, 0.01, 0.03, clips=5), floor),
        ("a floor of 0 leaves the plain KL", prices(0.2, 0.7, 2.0, clips=4), 0.0),
        ("float32 stays float32", prices(0.2, 0.9, 3.0, clips=4).float(), floor),
    )
    return [Case(label, {"kl": kl, "floor": f}, ("kl",)) for label, kl, f in questions]


def _summed(price: Callable[[Tensor, float], Tensor]) -> Answer:
    """The sum over the axes of another price: of their mean costs and the floor."""
    return lambda kl, floor: price(kl.mean(0), floor).sum()


def _axis_by_axis(kl, floor):
    total = kl.new_zeros(())
    for axis in kl.unbind(1):
        cost = axis.sum() / len(axis)
        total = total + (cost if cost > floor else floor)
    return total


FREE_BITS = Exercise(
    id="X3.5",
    title="Some nats are free",
    reference=free_bits,
    points=1,
    minutes=6,
    difficulty=2,
    cases=_price_cases,
    mistakes=(
        Mistake(
            "floor before the mean",
            lambda kl, floor: kl.clamp(min=floor).mean(0).sum(),
            "Every clip pays at least the floor here, even on an axis that is dear in "
            "the mean. Average over the clips first: one clip may say less if others "
            "say more.",
        ),
        Mistake(
            "floor under the sum",
            lambda kl, floor: kl.mean(0).sum().clamp(min=floor),
            "One dear axis lifts the total above the floor, and all the others close "
            "as before. Each axis has a floor of its own.",
        ),
        Mistake(
            "floor under each clip",
            lambda kl, floor: kl.sum(1).clamp(min=floor).mean(),
            "The floor lies under the price of a whole clip. It is meant for an axis, "
            "averaged over the clips.",
        ),
        Mistake(
            "ceiling in place of a floor",
            _summed(lambda cost, floor: cost.clamp(max=floor)),
            "Dear axes are free to grow here and cheap ones are pressed to 0: the "
            "opposite. Whoever costs less pays the floor. Which way does the clamp go?",
        ),
        Mistake(
            "floor taken away",
            _summed(lambda cost, floor: relu(cost - floor)),
            "The slopes are right, the price is not: every axis is too cheap by the "
            "floor, and the sum bounds nothing. A cheap axis pays the floor itself.",
        ),
        Mistake(
            "cheap axes pay nothing",
            _summed(lambda cost, floor: cost * (cost > floor)),
            "An axis that crosses the floor from below suddenly pays, so that it pays "
            "to fall silent. Below the floor the price *is* the floor.",
        ),
        Mistake(
            "mean over the axes",
            lambda kl, floor: kl.mean(0).clamp(min=floor).mean(),
            "The price of a code is the sum over its axes. A mean makes a code of 64 "
            "axes look 64 times cheaper.",
        ),
        Mistake(
            "sum over the clips",
            lambda kl, floor: kl.sum(0).clamp(min=floor).sum(),
            "With enough clips no axis lies below the floor any more. It is compared "
            "with what an axis costs for one clip, in the mean.",
        ),
        Mistake(
            "axes and clips exchanged",
            lambda kl, floor: kl.mean(1).clamp(min=floor).sum(),
            "Clips are on axis 0, the axes of the code on axis 1. The mean runs over "
            "clips, the sum over latent axes; here it is the other way round.",
        ),
        Mistake(
            "a price for each clip",
            lambda kl, floor: kl.clamp(min=floor).sum(1),
            "A number for each clip, with the floor under each of its axes. The floor "
            "concerns the mean over the clips: one number is left of the batch.",
        ),
        Mistake(
            "floor read in bits",
            _summed(lambda cost, floor: cost.clamp(min=floor * log(2))),
            "In spite of its name the floor is in nats, as the KL is: there is nothing "
            "to convert, and one bit is only 0.69 nats.",
        ),
        Mistake(
            "floor forgotten",
            _summed(lambda cost, floor: cost),
            "This is the plain KL, which presses on every axis, however little it "
            "costs. An axis below the floor pays the floor, and feels no slope.",
        ),
    ),
    alternatives=(
        _summed(lambda cost, floor: torch.maximum(cost, torch.full_like(cost, floor))),
        _summed(lambda cost, floor: floor + relu(cost - floor)),
        _axis_by_axis,
    ),
    hints=(
        "An axis costs 0.1 nats in the mean, the floor is 0.5. What does it pay? What "
        "does it save if it costs 0.05 instead, and does it then still close?",
        "Three steps in a fixed order: clips are averaged, each axis is compared with "
        "the floor, axes are summed. What goes wrong if the second comes first?",
        "`mean` over axis 0 leaves a number for each latent axis; `clamp` with `min` "
        "lifts what is too low; `sum` makes one number of all.",
    ),
)
