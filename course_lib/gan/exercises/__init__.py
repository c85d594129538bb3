"""Ask for the losses of lesson 01, and know the mistakes that are made in them."""

from course_lib.gan.exercises.cross_entropy import GENERATOR_LOSS, JUDGE_LOSS
from course_lib.gan.exercises.densities import BEST_JUDGE, JENSEN_SHANNON
from course_lib.gan.exercises.gradient_penalty import GRADIENT_PENALTY
from course_lib.gan.exercises.hinge import HINGE
from course_lib.gan.exercises.least_squares import LEAST_SQUARES
from course_lib.gan.exercises.r1 import R1
from course_lib.teaching.exercise import Exercise

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
