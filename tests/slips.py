"""Tell which slips in a reference show at all, on questions that no check asks."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache

import torch
from mutation import mutants
from torch import Tensor, nn

from lessons import EXERCISES
from teaching.assessment import observe_case
from teaching.exercise import Answer, Case, Exercise, parts
from teaching.observation import Observation

OTHER_SEEDS = range(100, 108)
TIGHT = {torch.float64: 1e-11}  # relative; float32 carries no more than 1e-5


def observe_all(answer, cases):
    """As in ``teaching.assessment``, also where tests replace its ``observe_case``."""
    return [observe_case(answer, cases, index) for index in range(len(cases))]


def slips(exercise: Exercise) -> Iterator[tuple[str, Answer]]:
    """Answers that are one slip away; those that raise on every question left out."""
    reference = parts(exercise.reference)
    for position, part in enumerate(reference):
        questions = [x for x in exercise.draw(0) if x.part == position]
        for slip, mutant in mutants(part):
            answer = (*reference[:position], mutant, *reference[position + 1 :])
            seen = observe_all(answer, questions)
            if not all("raised" in x.facts for x in seen):
                yield slip, answer


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
    """Whether two observations agree in every fact, and in values up to rounding."""
    if a.facts != b.facts:
        return False
    return all(_close(a.values[name], value) for name, value in b.values.items())


@cache
def _needed(id: str, seed: int) -> Sequence[Observation]:
    exercise = EXERCISES[id]
    return observe_all(exercise.reference, _wide(exercise, seed))


def _wide(exercise: Exercise, seed: int) -> Sequence[Case]:
    """The questions of a seed, with the gradients of everything that can have one.

    Distributions have one where the question says so: none where a probability is 0.
    """
    return [
        x if x.simplex else replace(x, differentiate=_everything(x))
        for x in exercise.draw(seed)
    ]


def _everything(case: Case) -> tuple[str, ...]:
    kinds = (nn.Module, Tensor, tuple)
    return tuple(n for n, value in case.arguments.items() if isinstance(value, kinds))


def _close(a: Tensor, b: Tensor) -> bool:
    relative = TIGHT.get(b.dtype, 1e-5)
    finite = b[b.isfinite()].abs()
    floor = relative * finite.max().item() if finite.numel() else 0.0
    return torch.allclose(a, b, rtol=relative, atol=floor, equal_nan=True)
