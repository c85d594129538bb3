"""Ask for the losses of lesson 01, and know the mistakes that are made in them."""

from lessons.gan_math.exercises.cross_entropy import GENERATOR_LOSS, JUDGE_LOSS
from lessons.gan_math.exercises.densities import BEST_JUDGE, JENSEN_SHANNON
from lessons.gan_math.exercises.gradient_penalty import GRADIENT_PENALTY
from lessons.gan_math.exercises.hinge import HINGE
from lessons.gan_math.exercises.least_squares import LEAST_SQUARES
from lessons.gan_math.exercises.r1 import R1
from teaching.exercise import Exercise

EXERCISES: dict[str, Exercise] = {
    exercise.id: exercise
    for exercise in (
        JUDGE_LOSS,
        BEST_JUDGE,
        JENSEN_SHANNON,
        GENERATOR_LOSS,
        LEAST_SQUARES,
        HINGE,
        GRADIENT_PENALTY,
        R1,
    )
}
