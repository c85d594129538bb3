"""The exercises of lesson 05, with the mistakes that their checks recognize."""

from lessons.evaluation.exercises.bootstrap_interval import BOOTSTRAP_INTERVAL
from lessons.evaluation.exercises.content_distance import CONTENT_DISTANCE
from lessons.evaluation.exercises.frechet_distance import FRECHET_DISTANCE
from lessons.evaluation.exercises.inception_score import INCEPTION_SCORE
from lessons.evaluation.exercises.kernel_distance import KERNEL_DISTANCE
from lessons.evaluation.exercises.precision_recall import PRECISION_RECALL
from lessons.evaluation.exercises.psnr import PSNR
from lessons.evaluation.exercises.ssim_window import GAUSSIAN_WINDOW
from teaching.exercise import Exercise

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
