"""Ask for the scores of what nobody has seen, and know the mistakes that are made."""

from course_lib.evaluation.exercises.bootstrap_interval import BOOTSTRAP_INTERVAL
from course_lib.evaluation.exercises.content_distance import CONTENT_DISTANCE
from course_lib.evaluation.exercises.frechet_distance import FRECHET_DISTANCE
from course_lib.evaluation.exercises.inception_score import INCEPTION_SCORE
from course_lib.evaluation.exercises.kernel_distance import KERNEL_DISTANCE
from course_lib.evaluation.exercises.precision_recall import PRECISION_RECALL
from course_lib.evaluation.exercises.psnr import PSNR
from course_lib.evaluation.exercises.ssim_window import GAUSSIAN_WINDOW
from course_lib.teaching.exercise import Exercise

EXERCISES: dict[str, Exercise] = {
    exercise.id: exercise
    for exercise in (
        PSNR,
        GAUSSIAN_WINDOW,
        INCEPTION_SCORE,
        FRECHET_DISTANCE,
        KERNEL_DISTANCE,
        PRECISION_RECALL,
        CONTENT_DISTANCE,
        BOOTSTRAP_INTERVAL,
    )
}
