"""Ask for the parts of a video GAN, and know the mistakes that are made there."""

from course_lib.mocogan.exercises.category_loss import CATEGORY_LOSS
from course_lib.mocogan.exercises.generator_slopes import GENERATOR_SLOPES
from course_lib.mocogan.exercises.latent_path import LATENT_PATH
from course_lib.mocogan.exercises.lucas_kanade import LUCAS_KANADE
from course_lib.mocogan.exercises.paint_clips import PAINT_CLIPS
from course_lib.mocogan.exercises.pick_frames import PICK_FRAMES
from course_lib.mocogan.exercises.reach import REACH
from course_lib.teaching.exercise import Exercise

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
