"""The exercises of lesson 01, each with its cases, frequent mistakes and hints."""

from lessons.gan_math.exercises.cross_entropy import DISCRIMINATOR_LOSS, GENERATOR_LOSS
from lessons.gan_math.exercises.densities import JENSEN_SHANNON, OPTIMAL_DISCRIMINATOR
from lessons.gan_math.exercises.digit_generator import DIGIT_GENERATOR
from lessons.gan_math.exercises.gradient_penalty import GRADIENT_PENALTY
from lessons.gan_math.exercises.hinge import HINGE
from lessons.gan_math.exercises.least_squares import LEAST_SQUARES
from lessons.gan_math.exercises.moving_average import EMA
from lessons.gan_math.exercises.r1 import R1
from lessons.gan_math.exercises.ring_networks import RING_NETWORKS
from lessons.gan_math.exercises.training_steps import LOOP, STEPS
from teaching.exercise import Exercise

EXERCISES: dict[str, Exercise] = {
    exercise.id: exercise
    for exercise in (
        DISCRIMINATOR_LOSS,
        OPTIMAL_DISCRIMINATOR,
        JENSEN_SHANNON,
        GENERATOR_LOSS,
        RING_NETWORKS,
        STEPS,
        LOOP,
        LEAST_SQUARES,
        HINGE,
        GRADIENT_PENALTY,
        R1,
        EMA,
        DIGIT_GENERATOR,
    )
}
