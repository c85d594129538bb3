"""Ask for the parts of a code for motion, and know the mistakes that are made there."""

from course_lib.teaching.exercise import Exercise
from course_lib.vae.exercises.active_units import ACTIVE_UNITS
from course_lib.vae.exercises.elbo import ELBO
from course_lib.vae.exercises.free_bits import FREE_BITS
from course_lib.vae.exercises.kl_between import KL_BETWEEN
from course_lib.vae.exercises.kl_to_standard_normal import KL_TO_STANDARD_NORMAL
from course_lib.vae.exercises.reparameterize import REPARAMETERIZE
from course_lib.vae.exercises.sample_future import SAMPLE_FUTURE

EXERCISES: dict[str, Exercise] = {
    exercise.id: exercise
    for exercise in (
        KL_TO_STANDARD_NORMAL,
        ELBO,
        REPARAMETERIZE,
        ACTIVE_UNITS,
        FREE_BITS,
        KL_BETWEEN,
        SAMPLE_FUTURE,
    )
}
