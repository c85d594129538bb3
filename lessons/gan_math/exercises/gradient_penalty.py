"""X1.7: the gradient penalty of WGAN-GP, on clips."""

from collections.abc import Sequence
from functools import partial
from math import prod
from typing import Any

import torch
from torch.nn.functional import relu

from course_lib.gan.penalties import gradient_penalty
from lessons.gan_math.exercises.wasserstein_critic import (
    LinearCritic,
    NonlinearCritic,
    gradient_at,
    leaf,
)
from teaching.exercise import Case, Exercise, Mistake


def _interpolation_cases(rng: torch.Generator) -> Sequence[Case]:
    draw = partial(torch.randn, generator=rng, dtype=torch.float64)

    def inputs(*shape: int, norm: float = 0.0) -> dict[str, Any]:
        size = prod(shape[1:])
        critic = LinearCritic(size, norm, rng) if norm else NonlinearCritic(size, rng)
        epsilon = torch.rand(shape[0], generator=rng, dtype=torch.float64)
        return {
            "critic": critic,
            "real": draw(shape),
            "fake": draw(shape),
            "epsilon": epsilon,
        }

    small = {name: value.float() for name, value in inputs(3, 2, 1, 2, 4).items()}
    with_gradients = ("critic", "real", "fake")
    return [
        Case("the norm over all axes of a clip", inputs(3, 2, 3, 4, 5), ("critic",)),
        Case("one weight a clip if width is batch", inputs(4, 2, 1, 3, 4), ("critic",)),
        Case(
            "a gradient norm of 3 costs 4", inputs(3, 2, 1, 2, 3, norm=3.0), ("critic",)
        ),
        Case(
            "a gradient norm of 1/2 costs 1/4",
            inputs(2, 1, 3, 2, 2, norm=0.5),
            ("critic",),
        ),
        Case("no gradient reaches the clips", inputs(2, 3, 1, 2, 4), with_gradients),
        Case("points of the plane", inputs(6, 2), ("critic",)),
        Case("float32 stays float32", small),  # too imprecise for second derivatives
    ]


def _interpolated(real, fake, epsilon):
    weight = epsilon.view(-1, *[1] * (real.ndim - 1))
    return weight * real + (1 - weight) * fake


def _norm(critic, points, **options):
    return gradient_at(critic, points, **options).flatten(1).norm(dim=1)


def _penalty(norm):
    return (norm - 1).square().mean()


def _clip_by_clip(critic, real, fake, epsilon):
    total = 0
    for a, b, weight in zip(real, fake, epsilon, strict=True):
        point = leaf(torch.lerp(b, a, weight)[None])
        total = total + (gradient_at(critic, point).square().sum().sqrt() - 1) ** 2
    return total / len(real)


def _all_at_once(critic, real, fake, epsilon):
    points = torch.einsum("b,b...->b...", epsilon, real - fake) + fake
    gradient = torch.func.vmap(torch.func.grad(lambda x: critic(x[None]).sum()))
    rows = gradient(points.detach()).flatten(1)
    return torch.einsum("bi,bi->b", rows, rows).sqrt().sub(1).pow(2).mean()


GRADIENT_PENALTY = Exercise(
    id="X1.7",
    title="The gradient penalty",
    reference=gradient_penalty,
    points=3,
    minutes=15,
    difficulty=3,
    cases=_interpolation_cases,
    mistakes=(
        Mistake(
            "the penalty reaches the generator",
            lambda critic, real, fake, epsilon: _penalty(
                _norm(critic, _interpolated(real, fake, epsilon).requires_grad_())
            ),
            "The value is correct, but its gradient flows into the clips as well, and "
            "so into the generator. Detach the points at which the gradient is taken.",
        ),
        Mistake(
            "gradient taken at the real clips",
            lambda critic, real, fake, epsilon: _penalty(_norm(critic, leaf(real))),
            "The gradient norm should be 1 between real and fake clips. Interpolate "
            "them with `epsilon`.",
        ),
        Mistake(
            "norm over the channels only",
            lambda critic, real, fake, epsilon: _penalty(
                gradient_at(critic, leaf(_interpolated(real, fake, epsilon))).norm(
                    dim=2
                )
            ),
            "Here every pixel of every frame has its own norm. The critic gives one "
            "score for a clip, so the norm is one number, over all axes of the clip.",
        ),
        Mistake(
            "one weight for each column",
            lambda critic, real, fake, epsilon: _penalty(
                _norm(critic, leaf(epsilon * real + (1 - epsilon) * fake))
            ),
            "A tensor of shape (batch,) is broadcast along the last axis, the width. "
            "Give it as many axes of length 1 behind the batch as a sample has.",
        ),
        Mistake(
            "weights for clips only",
            lambda critic, real, fake, epsilon: _penalty(
                _norm(
                    critic,
                    leaf(torch.lerp(fake, real, epsilon.view(-1, 1, 1, 1, 1))),
                )
            ),
            "Weights of shape (batch, 1, 1, 1, 1) fit clips. For points of shape "
            "(batch, 2) they broadcast to five axes: count the axes of `real`.",
        ),
        Mistake(
            "real and fake exchanged",
            lambda critic, real, fake, epsilon: _penalty(
                _norm(critic, leaf(_interpolated(fake, real, epsilon)))
            ),
            "Here a weight of 1 gives the fake clip; by the docstring it gives the "
            "real one.",
        ),
        Mistake(
            "penalty without a graph",
            lambda critic, real, fake, epsilon: _penalty(
                _norm(critic, leaf(_interpolated(real, fake, epsilon)), keep=False)
            ),
            "The value is correct, but it gives the critic no gradient. Pass "
            "`create_graph=True` to `autograd.grad`.",
        ),
        Mistake(
            "gradient of the mean score",
            lambda critic, real, fake, epsilon: _penalty(
                _norm(critic, leaf(_interpolated(real, fake, epsilon))) / len(real)
            ),
            "The gradient of the mean score is smaller by the size of the batch. "
            "Differentiate the sum of the scores instead.",
        ),
        Mistake(
            "gradient taken at the fake clips",
            lambda critic, real, fake, epsilon: _penalty(_norm(critic, leaf(fake))),
            "The gradient norm should be 1 between real and fake clips. Interpolate "
            "them with `epsilon`.",
        ),
        Mistake(
            "one norm for the whole batch",
            lambda critic, real, fake, epsilon: _penalty(
                _norm(critic, leaf(_interpolated(real, fake, epsilon))).norm()
            ),
            "This is the norm over all clips together. Each clip has a norm of its "
            "own, which should be 1: flatten from axis 1 on.",
        ),
        Mistake(
            "one norm for each frame",
            lambda critic, real, fake, epsilon: _penalty(
                gradient_at(critic, leaf(_interpolated(real, fake, epsilon)))
                .flatten(2)
                .norm(dim=2)
            ),
            "Here every frame has its own norm. The critic gives one score for a clip, "
            "so the norm is one number, over all axes of the clip.",
        ),
        Mistake(
            "mean of the norms before the square",
            lambda critic, real, fake, epsilon: (
                _norm(critic, leaf(_interpolated(real, fake, epsilon))).mean() - 1
            ).square(),
            "Here only the mean norm has to be 1, so that large and small norms "
            "compensate. Square the distance to 1 for each clip, then average.",
        ),
        Mistake(
            "absolute distance",
            lambda critic, real, fake, epsilon: (
                (_norm(critic, leaf(_interpolated(real, fake, epsilon))) - 1)
                .abs()
                .mean()
            ),
            "The penalty is the *squared* distance of the norm to 1, not its absolute "
            "value.",
        ),
        Mistake(
            "norms moved to 0",
            lambda critic, real, fake, epsilon: (
                _norm(critic, leaf(_interpolated(real, fake, epsilon))).square().mean()
            ),
            "This penalizes every gradient, as R1 does. A Wasserstein critic should "
            "have gradient norm 1: subtract 1 before squaring.",
        ),
        Mistake(
            "sum over the clips",
            lambda critic, real, fake, epsilon: (
                (_norm(critic, leaf(_interpolated(real, fake, epsilon))) - 1)
                .square()
                .sum()
            ),
            "The penalty grows with the batch size; it should be the mean over the "
            "clips.",
        ),
        Mistake(
            "lambda included",
            lambda critic, real, fake, epsilon: (
                10 * _penalty(_norm(critic, leaf(_interpolated(real, fake, epsilon))))
            ),
            "The factor lambda = 10 of the paper is already in it. The function "
            "returns the penalty without lambda; the training multiplies.",
        ),
        Mistake(
            "square root missing",
            lambda critic, real, fake, epsilon: _penalty(
                _norm(critic, leaf(_interpolated(real, fake, epsilon))).square()
            ),
            "Here the sum of squares is compared with 1. The norm is its square root; "
            "the two agree at 1 only.",
        ),
        Mistake(
            "one-sided penalty",
            lambda critic, real, fake, epsilon: _penalty(
                1 + relu(_norm(critic, leaf(_interpolated(real, fake, epsilon))) - 1)
            ),
            "This is the one-sided variant. Equation 3 of the paper also penalizes "
            "norms below 1.",
        ),
    ),
    alternatives=(_clip_by_clip, _all_at_once),
    hints=(
        "Four steps: a point between real and fake for each clip; the critic's scores "
        "there; their gradient with respect to the point; its distance to 1.",
        "Give `epsilon` the shape (batch, 1, ..., 1) for the interpolation. Detach the "
        "result and call `requires_grad_()`. Without `create_graph=True` the critic "
        "gets no gradient.",
        "Flatten the gradient from axis 1 on, take the norm of each row, subtract 1, "
        "square, average over the clips.",
    ),
    seconds=30.0,  # `torch.func` is imported when it is used first
)
