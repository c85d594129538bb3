"""Ask for what a critic pays when its slope between real and fake is not 1."""

from collections.abc import Sequence
from functools import partial
from math import prod
from typing import Any

import torch
from torch.nn.functional import relu

from course_lib.gan.penalties import gradient_penalty
from lessons.gan_math.exercises.wasserstein_critic import (
    CurvedCritic,
    StraightCritic,
    leaf,
    slope_at,
)
from teaching.exercise import Case, Exercise, Mistake


def _mixture_cases(rng: torch.Generator) -> Sequence[Case]:
    draw = partial(torch.randn, generator=rng, dtype=torch.float64)

    def between(*shape: int, slope: float = 0.0) -> dict[str, Any]:
        size = prod(shape[1:])
        critic = StraightCritic(size, slope, rng) if slope else CurvedCritic(size, rng)
        mix = torch.rand(shape[0], generator=rng, dtype=torch.float64)
        return {"critic": critic, "real": draw(shape), "fake": draw(shape), "mix": mix}

    small = {name: value.float() for name, value in between(3, 2, 1, 2, 4).items()}
    everyone = ("critic", "real", "fake")
    return [
        Case("the slope over all axes of a clip", between(3, 2, 3, 4, 5), ("critic",)),
        Case("one share a clip if width is batch", between(4, 2, 1, 3, 4), ("critic",)),
        Case("a slope of 3 costs 4", between(3, 2, 1, 2, 3, slope=3.0), ("critic",)),
        Case(
            "a slope of 1/2 costs 1/4", between(2, 1, 3, 2, 2, slope=0.5), ("critic",)
        ),
        Case("no gradient reaches the clips", between(2, 3, 1, 2, 4), everyone),
        Case("float32 stays float32", small),  # second slopes round too coarsely
    ]


def _mixture(real, fake, mix):
    share = mix.view(-1, 1, 1, 1, 1)
    return share * real + (1 - share) * fake


def _steepness(critic, at, **how):
    return slope_at(critic, at, **how).flatten(1).norm(dim=1)


def _charged(steepness):
    return (steepness - 1).square().mean()


def _clip_by_clip(critic, real, fake, mix):
    total = 0
    for a, b, share in zip(real, fake, mix, strict=True):
        at = leaf(torch.lerp(b, a, share)[None])
        total = total + (slope_at(critic, at).square().sum().sqrt() - 1) ** 2
    return total / len(real)


def _all_at_once(critic, real, fake, mix):
    at = torch.einsum("b,b...->b...", mix, real - fake) + fake
    slope = torch.func.vmap(torch.func.grad(lambda x: critic(x[None]).sum()))
    rows = slope(at.detach()).flatten(1)
    return torch.einsum("bi,bi->b", rows, rows).sqrt().sub(1).pow(2).mean()


GRADIENT_PENALTY = Exercise(
    id="X1.7",
    title="Keep the critic's slope at 1",
    reference=gradient_penalty,
    points=3,
    minutes=15,
    difficulty=3,
    cases=_mixture_cases,
    mistakes=(
        Mistake(
            "the penalty reaches the generator",
            lambda critic, real, fake, mix: _charged(
                _steepness(critic, _mixture(real, fake, mix).requires_grad_())
            ),
            "The value is right, but its gradient flows into the clips as well, and so "
            "into the generator. The points are a place to measure at: cut them loose.",
        ),
        Mistake(
            "slope taken at the real clips",
            lambda critic, real, fake, mix: _charged(_steepness(critic, leaf(real))),
            "The slope must be 1 on the way between real and fake, where the critic "
            "carries one into the other. That is what `mix` is for.",
        ),
        Mistake(
            "norm over the channels only",
            lambda critic, real, fake, mix: _charged(
                slope_at(critic, leaf(_mixture(real, fake, mix))).norm(dim=2)
            ),
            "Every pixel of every frame gets a slope of its own here. The critic gives "
            "one score for a clip: its slope is one number, over all of its axes.",
        ),
        Mistake(
            "one share for each column",
            lambda critic, real, fake, mix: _charged(
                _steepness(critic, leaf(mix * real + (1 - mix) * fake))
            ),
            "A tensor of shape (batch,) meets the last axis, the width, when it is "
            "multiplied. Give it the shape (batch, 1, 1, 1, 1) first.",
        ),
        Mistake(
            "real and fake exchanged",
            lambda critic, real, fake, mix: _charged(
                _steepness(critic, leaf(_mixture(fake, real, mix)))
            ),
            "A share of 1 stands at the fake clip here; the docstring puts it at the "
            "real one.",
        ),
        Mistake(
            "no way back to the critic",
            lambda critic, real, fake, mix: _charged(
                _steepness(critic, leaf(_mixture(real, fake, mix)), keep=False)
            ),
            "The value is right, but the critic would learn nothing from it: a slope "
            "is a plain number unless `autograd.grad` is told to build its graph.",
        ),
        Mistake(
            "mean of the scores",
            lambda critic, real, fake, mix: _charged(
                _steepness(critic, leaf(_mixture(real, fake, mix))) / len(real)
            ),
            "Differentiating the mean score makes every slope smaller by the size of "
            "the batch. Each clip's own score is differentiated: add them up.",
        ),
        Mistake(
            "root forgotten",
            lambda critic, real, fake, mix: _charged(
                _steepness(critic, leaf(_mixture(real, fake, mix))).square()
            ),
            "The sum of squares is compared with 1 here. The slope is its root, the "
            "norm: the two agree at 1 only.",
        ),
        Mistake(
            "only steep critics pay",
            lambda critic, real, fake, mix: _charged(
                1 + relu(_steepness(critic, leaf(_mixture(real, fake, mix))) - 1)
            ),
            "This is the one-sided variant. Equation 3 of the paper also charges a "
            "slope below 1.",
        ),
    ),
    alternatives=(_clip_by_clip, _all_at_once),
    hints=(
        "Four steps: a point between real and fake for each clip; the critic's scores "
        "there; their gradient with respect to the point; its distance to 1.",
        "The mixture wants `mix` with four axes of size 1 added, and is a leaf of its "
        "own: detach it, then ask for gradients. Without `create_graph` the critic "
        "learns nothing.",
        "Flatten the gradient from axis 1 on, take the norm of each row, subtract 1, "
        "square, average over the clips.",
    ),
)
