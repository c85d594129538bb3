"""The figures of lesson 01: functions from parameters or results to one figure each."""

from lessons.gan_math.figures.digits import (
    digit_rows,
    nearest_training_images,
    opening,
    shipped_samples,
)
from lessons.gan_math.figures.dirac import phase_portrait
from lessons.gan_math.figures.lab import fault_curves
from lessons.gan_math.figures.loss_comparison import loss_curves, point_mass_distances
from lessons.gan_math.figures.loss_gradients import generator_loss_gradients
from lessons.gan_math.figures.mode_coverage import coverage_curves, ring_samples
from lessons.gan_math.figures.optimal_discriminator import (
    optimal_discriminator,
    pointwise_value,
)
from lessons.gan_math.figures.ring_grid import modes_over_steps, ring_grid
from lessons.gan_math.figures.training_progress import (
    real_or_generated,
    samples_by_step,
    samples_of_fixed_latents,
)

__all__ = [
    "coverage_curves",
    "digit_rows",
    "fault_curves",
    "generator_loss_gradients",
    "loss_curves",
    "modes_over_steps",
    "nearest_training_images",
    "opening",
    "optimal_discriminator",
    "phase_portrait",
    "point_mass_distances",
    "pointwise_value",
    "real_or_generated",
    "ring_grid",
    "ring_samples",
    "samples_by_step",
    "samples_of_fixed_latents",
    "shipped_samples",
]
