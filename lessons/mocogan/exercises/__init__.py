"""Exercises of lesson 04: the parts of MoCoGAN that the learner implements."""

from lessons.mocogan.exercises.category_loss import CATEGORY_LOSS
from lessons.mocogan.exercises.generate_clips import GENERATE_CLIPS
from lessons.mocogan.exercises.generator_gradients import GENERATOR_GRADIENTS
from lessons.mocogan.exercises.latent_path import LATENT_PATH
from lessons.mocogan.exercises.lucas_kanade import LUCAS_KANADE
from lessons.mocogan.exercises.pick_frames import PICK_FRAMES
from lessons.mocogan.exercises.receptive_field import RECEPTIVE_FIELD
from teaching.exercise import Exercise

EXERCISES: dict[str, Exercise] = {
    exercise.id: exercise
    for exercise in (
        LATENT_PATH,
        GENERATE_CLIPS,
        RECEPTIVE_FIELD,
        PICK_FRAMES,
        CATEGORY_LOSS,
        GENERATOR_GRADIENTS,
        LUCAS_KANADE,
    )
}
