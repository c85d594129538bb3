"""Ask for what a critic pays for any slope at the data, where it should be at rest."""

from collections.abc import Sequence
from functools import partial
from math import prod
from typing import Any

import torch

from course_lib.gan.penalties import r1_penalty
from lessons.gan_math.exercises.wasserstein_critic import (
    CurvedCritic,
    StraightCritic,
    leaf,
    slope_at,
)
from teaching.exercise import Case, Exercise, Mistake


def _sample_cases(rng: torch.Generator) -> Sequence[Case]:
    draw = partial(torch.randn, generator=rng, dtype=torch.float64)

    def at(*shape: int, slope: float = 0.0) -> dict[str, Any]:
        size = prod(shape[1:])
        critic = StraightCritic(size, slope, rng) if slope else CurvedCritic(size, rng)
        gamma = 2 + 8 * torch.rand((), generator=rng).item()
        return {"critic": critic, "real": draw(shape), "gamma": gamma}

    small = at(5, 2)
    small |= {"critic": small["critic"].float(), "real": small["real"].float()}
    questions = (
        ("the mean over points in the plane", at(7, 2)),
        ("a batch as large as a sample", at(4, 4)),
        ("the sum over all axes of an image", at(3, 2, 4, 5)),
        ("the sum over all axes of a clip", at(2, 3, 1, 4, 5)),
        ("a slope of 3 costs 4.5 gamma", at(3, 1, 2, 5, slope=3.0)),
    )
    exact = [Case(label, arguments, ("critic",)) for label, arguments in questions]
    return [*exact, Case("float32 stays float32", small)]


def _squares(critic, real, **how):
    return slope_at(critic, leaf(real), **how).flatten(1).square()


def _clip_by_clip(critic, real, gamma):
    total = 0
    for sample in real:
        slope = slope_at(critic, leaf(sample[None]))
        total = total + (slope * slope).sum()
    return gamma * total / (2 * len(real))


def _all_at_once(critic, real, gamma):
    slope = torch.func.vmap(torch.func.grad(lambda x: critic(x[None]).sum()))
    return gamma / 2 * slope(real).flatten(1).norm(dim=1).pow(2).mean()


R1 = Exercise(
    id="X1.8",
    title="Bring the judge to rest at the data",
    reference=r1_penalty,
    points=2,
    minutes=10,
    difficulty=2,
    cases=_sample_cases,
    mistakes=(
        Mistake(
            "half forgotten",
            lambda critic, real, gamma: gamma * _squares(critic, real).sum(1).mean(),
            "R1 is gamma / 2 times the squared slope, as one writes half a spring's "
            "constant: its derivative then has no 2.",
        ),
        Mistake(
            "norm not squared",
            lambda critic, real, gamma: (
                gamma / 2 * _squares(critic, real).sum(1).sqrt().mean()
            ),
            "The norm itself pulls equally hard at small slopes and at large ones, and "
            "has a corner at rest. R1 charges its square.",
        ),
        Mistake(
            "slope pulled to 1",
            lambda critic, real, gamma: (
                gamma / 2 * (_squares(critic, real).sum(1).sqrt() - 1).square().mean()
            ),
            "That is the Wasserstein critic's price. At the end of this game no judge "
            "can tell real from fake: the slope at the data should be 0.",
        ),
        Mistake(
            "mean over the axes of a sample",
            lambda critic, real, gamma: gamma / 2 * _squares(critic, real).mean(),
            "The squared norm of a gradient is a sum over all axes of a sample; only "
            "the batch is averaged. As it stands, larger pictures cost less.",
        ),
        Mistake(
            "sum over the batch",
            lambda critic, real, gamma: gamma / 2 * _squares(critic, real).sum(),
            "The penalty grows with the batch here. Sum over the axes of each sample, "
            "then average over the samples.",
        ),
        Mistake(
            "no way back to the judge",
            lambda critic, real, gamma: (
                gamma / 2 * _squares(critic, real, keep=False).sum(1).mean()
            ),
            "The value is right, but the judge would learn nothing from it: a slope is "
            "a plain number unless `autograd.grad` is told to build its graph.",
        ),
        Mistake(
            "mean of the scores",
            lambda critic, real, gamma: (
                gamma / 2 * _squares(critic, real).sum(1).mean() / len(real) ** 2
            ),
            "Differentiating the mean score divides every slope by the size of the "
            "batch. Each sample's own score is differentiated: add them up.",
        ),
        Mistake(
            "added up before squaring",
            lambda critic, real, gamma: (
                gamma / 2 * slope_at(critic, leaf(real)).flatten(1).sum(1) ** 2
            ).mean(),
            "Slopes of opposite sign cancel before they are squared. Square every "
            "component first, then add.",
        ),
        Mistake(
            "slope of the probability",
            lambda critic, real, gamma: (
                gamma / 2 * _squares(lambda x: critic(x).sigmoid(), real).sum(1).mean()
            ),
            "The slope of sigmoid(score) dies where the judge is sure, and the penalty "
            "with it. R1 is taken on the raw scores.",
        ),
    ),
    alternatives=(_clip_by_clip, _all_at_once),
    hints=(
        "How fast does each score change as its own sample moves? That gradient, "
        "squared and added over the sample's axes, is what the judge pays for.",
        "Detach the samples and ask for gradients on them; then `autograd.grad` of the "
        "summed scores, with its graph kept for the judge's parameters.",
        "Flatten from axis 1 on, square, sum over axis 1, mean over the samples, times "
        "gamma / 2.",
    ),
)
