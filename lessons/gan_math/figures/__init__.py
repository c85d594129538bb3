"""Show what lesson 01 claims: pure draw functions, each from numbers to one figure."""

from lessons.gan_math.figures.dirac import phase_portrait
from lessons.gan_math.figures.lab import fault_curves
from lessons.gan_math.figures.loss_comparison import referee_losses, two_points
from lessons.gan_math.figures.loss_gradients import two_slopes
from lessons.gan_math.figures.mode_coverage import coverage_curves, ring_progress
from lessons.gan_math.figures.optimal_discriminator import best_verdict, two_players
from lessons.gan_math.figures.training_progress import (
    forgers_progress,
    samples_over_time,
    which_is_forged,
)

__all__ = [
    "best_verdict",
    "coverage_curves",
    "fault_curves",
    "forgers_progress",
    "phase_portrait",
    "referee_losses",
    "ring_progress",
    "samples_over_time",
    "two_players",
    "two_points",
    "two_slopes",
    "which_is_forged",
]
