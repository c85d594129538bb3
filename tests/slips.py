"""Tell which slips in a reference show at all, on questions that no check asks."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache

import torch
from mutation import mutants
from torch import Tensor

from lessons import EXERCISES
from teaching.assessment import observe_case
from teaching.exercise import Answer, Case, Exercise, parts
from teaching.observation import Observation, first_difference

OTHER_SEEDS = range(100, 104)
TIGHT = {torch.float64: 1e-11}  # relative; float32 carries no more than 1e-5


def observe_all(answer, cases):
    """As in ``teaching.assessment``, also where tests replace its ``observe_case``."""
    return [observe_case(answer, cases, index) for index in range(len(cases))]


def slips(
    exercise: Exercise, cases: Sequence[Case], needed: Sequence[Observation]
) -> Iterator[tuple[str, Answer, Sequence[Observation]]]:
    """Answers that are one slip away, with their observations on the cases.

    ``needed`` are the reference's. Answers that raise on every case are left out.
    """
    reference = parts(exercise.reference)
    for position, part in enumerate(reference):
        own = [i for i, case in enumerate(cases) if case.part == position]
        for slip, mutant in mutants(part):
            answer = (*reference[:position], mutant, *reference[position + 1 :])
            seen = list(needed)
            for i in own:
                seen[i] = observe_case(answer, cases, i)
            if not all("raised" in seen[i].facts for i in own):
                yield slip, answer, seen


def changes(exercise: Exercise, answer: Answer) -> bool:
    """Whether an answer differs anywhere, in any gradient, by more than rounding."""
    return any(
        not same(got, needed)
        for seed in OTHER_SEEDS
        for got, needed in zip(
            observe_all(answer, _wide(exercise, seed)),
            _needed(exercise.id, seed),
            strict=True,
        )
    )


def same(a: Observation, b: Observation) -> bool:
    """Whether two observations agree in every fact, and in values up to rounding.

    As in the checks, a number and a tensor without axes agree.
    """
    if first_difference(a, b):
        return False
    return all(_close(a.values[name], value) for name, value in b.values.items())


@cache
def _needed(id: str, seed: int) -> Sequence[Observation]:
    exercise = EXERCISES[id]
    return observe_all(exercise.reference, _wide(exercise, seed))


def _wide(exercise: Exercise, seed: int) -> Sequence[Case]:
    """The questions of a seed, each with every gradient that any question asks for.

    What no question asks for, nobody trains through: frames of a film, features of a
    metric. A result without a graph is as good there. A distribution has a gradient
    where the question says so: none where a probability is 0.
    """
    cases = exercise.draw(seed)
    asked = {(x.part, name) for x in cases for name in x.differentiate}
    return [
        x if x.simplex else replace(x, differentiate=_named(x, asked)) for x in cases
    ]


def _named(case: Case, asked: set[tuple[int, str]]) -> tuple[str, ...]:
    return tuple(name for name in case.arguments if (case.part, name) in asked)


def _close(a: Tensor, b: Tensor) -> bool:
    relative = TIGHT.get(b.dtype, 1e-5)
    finite = b[b.isfinite()].abs()
    floor = relative * finite.max().item() if finite.numel() else 0.0
    return torch.allclose(
        a.double(), b.double(), rtol=relative, atol=floor, equal_nan=True
    )
