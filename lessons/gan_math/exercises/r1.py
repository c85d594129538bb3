"""X1.8: the R1 penalty, the squared gradient norm at real samples."""

from collections.abc import Sequence
from functools import partial
from math import prod
from typing import Any

import torch

from course_lib.gan.penalties import r1_penalty
from lessons.gan_math.exercises.wasserstein_critic import (
    LinearCritic,
    NonlinearCritic,
    gradient_at,
    leaf,
)
from teaching.exercise import Case, Exercise, Mistake


def _sample_cases(rng: torch.Generator) -> Sequence[Case]:
    draw = partial(torch.randn, generator=rng, dtype=torch.float64)

    def inputs(*shape: int, norm: float = 0.0) -> dict[str, Any]:
        size = prod(shape[1:])
        critic = LinearCritic(size, norm, rng) if norm else NonlinearCritic(size, rng)
        gamma = 2 + 8 * torch.rand((), generator=rng).item()
        return {"critic": critic, "real": draw(shape), "gamma": gamma}

    small = inputs(5, 2)
    small |= {"critic": small["critic"].float(), "real": small["real"].float()}
    labelled = (
        ("the mean over points of the plane", inputs(7, 2)),
        ("a batch as large as a sample", inputs(4, 4)),
        ("one sample", inputs(1, 3)),
        ("the sum over all axes of an image", inputs(3, 2, 4, 5)),
        ("the sum over all axes of a clip", inputs(2, 3, 1, 4, 5)),
        ("a gradient norm of 3 costs 4.5 gamma", inputs(3, 1, 2, 5, norm=3.0)),
        ("a gradient norm of 9 costs 40.5 gamma", inputs(2, 4, norm=9.0)),
    )
    exact = [Case(label, arguments, ("critic",)) for label, arguments in labelled]
    attached = inputs(4, 3)
    return [
        *exact,
        Case("no gradient reaches the samples", attached, ("critic", "real")),
        Case("float32 stays float32", small),
    ]


def _squares(critic, real, **options):
    return gradient_at(critic, leaf(real), **options).flatten(1).square()


def _clip_by_clip(critic, real, gamma):
    total = 0
    for sample in real:
        gradient = gradient_at(critic, leaf(sample[None]))
        total = total + (gradient * gradient).sum()
    return gamma * total / (2 * len(real))


def _all_at_once(critic, real, gamma):
    gradient = torch.func.vmap(torch.func.grad(lambda x: critic(x[None]).sum()))
    return gamma / 2 * gradient(real.detach()).flatten(1).norm(dim=1).pow(2).mean()


R1 = Exercise(
    id="X1.8",
    title="The R1 penalty",
    reference=r1_penalty,
    points=2,
    minutes=10,
    difficulty=2,
    cases=_sample_cases,
    mistakes=(
        Mistake(
            "factor 1/2 missing",
            lambda critic, real, gamma: gamma * _squares(critic, real).sum(1).mean(),
            "R1 is gamma / 2 times the squared gradient norm. Without the factor 1/2 "
            "the penalty is twice as large.",
        ),
        Mistake(
            "norm not squared",
            lambda critic, real, gamma: (
                gamma / 2 * _squares(critic, real).sum(1).sqrt().mean()
            ),
            "The norm itself has the same derivative for small and large gradients, "
            "and is not differentiable at 0. R1 uses its square.",
        ),
        Mistake(
            "gradient norm moved to 1",
            lambda critic, real, gamma: (
                gamma / 2 * (_squares(critic, real).sum(1).sqrt() - 1).square().mean()
            ),
            "This is the penalty of a Wasserstein critic. At the equilibrium of a GAN "
            "the discriminator is constant on the data: its gradient there should be "
            "0.",
        ),
        Mistake(
            "mean over the axes of a sample",
            lambda critic, real, gamma: gamma / 2 * _squares(critic, real).mean(),
            "The squared norm of a gradient is a sum over all axes of a sample; only "
            "the batch is averaged. Here larger images have a smaller penalty.",
        ),
        Mistake(
            "sum over the batch",
            lambda critic, real, gamma: gamma / 2 * _squares(critic, real).sum(),
            "Here the penalty grows with the batch size. Sum over the axes of each "
            "sample, then average over the samples.",
        ),
        Mistake(
            "penalty without a graph",
            lambda critic, real, gamma: (
                gamma / 2 * _squares(critic, real, keep=False).sum(1).mean()
            ),
            "The value is correct, but it gives the discriminator no gradient. Pass "
            "`create_graph=True` to `autograd.grad`.",
        ),
        Mistake(
            "gradient of the mean score",
            lambda critic, real, gamma: (
                gamma / 2 * _squares(critic, real).sum(1).mean() / len(real) ** 2
            ),
            "The gradient of the mean score is smaller by the size of the batch. "
            "Differentiate the sum of the scores instead.",
        ),
        Mistake(
            "the penalty reaches the samples",
            lambda critic, real, gamma: (
                gamma
                / 2
                * gradient_at(critic, (1 * real).requires_grad_())
                .flatten(1)
                .square()
                .sum(1)
                .mean()
            ),
            "The value is correct, but its gradient flows into the samples as well. "
            "Detach the points at which the gradient is taken.",
        ),
        Mistake(
            "mean of the gradients before the square",
            lambda critic, real, gamma: (
                gamma / 2 * gradient_at(critic, leaf(real)).mean(0).square().sum()
            ),
            "The gradients of different samples are averaged before the square, so "
            "they cancel. Square the gradient of each sample, then average.",
        ),
        Mistake(
            "mean of the norms before the square",
            lambda critic, real, gamma: (
                gamma / 2 * _squares(critic, real).sum(1).sqrt().mean().square()
            ),
            "This is the square of the mean norm. R1 is the mean of the squared norms: "
            "square first.",
        ),
        Mistake(
            "gamma left out",
            lambda critic, real, gamma: _squares(critic, real).sum(1).mean() / 2,
            "The factor gamma is missing: it says how strongly gradients at the data "
            "are penalized.",
        ),
        Mistake(
            "gamma squared",
            lambda critic, real, gamma: (
                gamma**2 / 2 * _squares(critic, real).sum(1).mean()
            ),
            "gamma is applied twice. The penalty is proportional to gamma: the square "
            "belongs to the gradient norm alone.",
        ),
        Mistake(
            "sum over one axis of a sample",
            lambda critic, real, gamma: (
                gamma / 2 * gradient_at(critic, leaf(real)).square().sum(1).mean()
            ),
            "Only axis 1 is summed, the mean runs over all other axes. The squared "
            "norm is a sum over *all* axes of a sample: flatten from axis 1 on.",
        ),
        Mistake(
            "components added before squaring",
            lambda critic, real, gamma: (
                gamma / 2 * gradient_at(critic, leaf(real)).flatten(1).sum(1) ** 2
            ).mean(),
            "Components of opposite sign cancel before they are squared. Square every "
            "component first, then add.",
        ),
        Mistake(
            "gradient of the probability",
            lambda critic, real, gamma: (
                gamma / 2 * _squares(lambda x: critic(x).sigmoid(), real).sum(1).mean()
            ),
            "The gradient of sigmoid(score) vanishes at large scores, and the penalty "
            "with it. R1 is computed from the scores without a sigmoid.",
        ),
    ),
    alternatives=(_clip_by_clip, _all_at_once),
    hints=(
        "R1 needs the gradient of each score with respect to its own sample, squared "
        "and summed over the axes of the sample.",
        "Detach the samples and call `requires_grad_()`; then use `autograd.grad` on "
        "the sum of the scores, with `create_graph=True`.",
        "Flatten from axis 1 on, square, sum over axis 1, mean over the samples, times "
        "gamma / 2.",
    ),
    seconds=30.0,  # `torch.func` is imported when it is used first
)
