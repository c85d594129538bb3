"""The exercises of lesson 03, each with its cases, frequent mistakes and hints."""

from lessons.video_vae.exercises.active_units import ACTIVE_UNITS
from lessons.video_vae.exercises.elbo import ELBO
from lessons.video_vae.exercises.free_bits import FREE_BITS
from lessons.video_vae.exercises.kl_between import KL_BETWEEN
from lessons.video_vae.exercises.kl_to_standard_normal import KL_TO_STANDARD_NORMAL
from lessons.video_vae.exercises.reparameterize import REPARAMETERIZE
from lessons.video_vae.exercises.sample_future import SAMPLE_FUTURE
from teaching.exercise import Exercise

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
