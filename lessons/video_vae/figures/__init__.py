"""Show what lesson 03 claims: pure draw functions, each from numbers to one figure."""

from lessons.video_vae.figures.conditional import condition_grid, from_one_frame
from lessons.video_vae.figures.elbo_gap import bound_gap
from lessons.video_vae.figures.gradient_estimators import FUNCTIONS, two_estimators
from lessons.video_vae.figures.lab import fault_curves
from lessons.video_vae.figures.latent_axes import axis_walk, width_map
from lessons.video_vae.figures.latent_space import codes_and_prior
from lessons.video_vae.figures.rate_distortion import kl_by_unit, rate_distortion
from lessons.video_vae.figures.sampled_futures import many_futures, spread_by_place
from lessons.video_vae.figures.tables import best_of_many, bits_bars

__all__ = [
    "FUNCTIONS",
    "axis_walk",
    "best_of_many",
    "bits_bars",
    "bound_gap",
    "codes_and_prior",
    "condition_grid",
    "fault_curves",
    "from_one_frame",
    "kl_by_unit",
    "many_futures",
    "rate_distortion",
    "spread_by_place",
    "two_estimators",
    "width_map",
]
