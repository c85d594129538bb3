"""Ask for the parts of a video GAN, and know the mistakes that are made there."""

from lessons.mocogan.exercises.category_loss import CATEGORY_LOSS
from lessons.mocogan.exercises.generate_clips import PAINT_CLIPS
from lessons.mocogan.exercises.generator_gradients import GENERATOR_SLOPES
from lessons.mocogan.exercises.latent_path import LATENT_PATH
from lessons.mocogan.exercises.lucas_kanade import LUCAS_KANADE
from lessons.mocogan.exercises.pick_frames import PICK_FRAMES
from lessons.mocogan.exercises.receptive_field import REACH
from teaching.exercise import Exercise

EXERCISES: dict[str, Exercise] = {
    exercise.id: exercise
    for exercise in (
        LATENT_PATH,
        PAINT_CLIPS,
        REACH,
        PICK_FRAMES,
        CATEGORY_LOSS,
        GENERATOR_SLOPES,
        LUCAS_KANADE,
    )
}
