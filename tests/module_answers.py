"""Answers to the exercises of ``module_exercises``, as a student writes them."""

from collections.abc import Mapping

import module_exercises
from classroom import notebook
from module_exercises import EXERCISES

from grading.cases import slug
from teaching.exercise import Answer
from teaching.source_code import source_of

IMPORTS = """
import torch
from torch import Tensor, nn
from torch.nn.functional import leaky_relu, softplus
"""
HONEST = {
    exercise.id: IMPORTS + source_of(exercise.reference) for exercise in EXERCISES
}
SLUGS = {exercise.id: slug(exercise) for exercise in EXERCISES}


def notebook_of(answers: Mapping[str, str]) -> bytes:
    """A notebook with these texts in the cells of exercises, by id."""
    return notebook({SLUGS[id]: text for id, text in answers.items()})


def written(id: str, answer: Answer) -> str:
    """The text of a mistake or an alternative, below the right answer."""
    (exercise,) = [exercise for exercise in EXERCISES if exercise.id == id]
    parts = [HONEST[id], source_of(module_exercises._step), source_of(answer)]
    return "\n\n\n".join([*parts, f"{exercise.names[0]} = {answer.__name__}"])
