"""The figures of lesson 03: functions from parameters or results to one figure each."""

from lessons.video_vae.figures.conditional import condition_grid, from_one_frame
from lessons.video_vae.figures.elbo_gap import bound_gap
from lessons.video_vae.figures.gradient_estimators import FUNCTIONS, two_estimators
from lessons.video_vae.figures.lab import fault_curves
from lessons.video_vae.figures.latent_axes import latent_traversal, sigma_map
from lessons.video_vae.figures.latent_space import codes_and_prior
from lessons.video_vae.figures.rate_distortion import kl_by_unit, rate_distortion
from lessons.video_vae.figures.sampled_futures import future_spread, many_futures
from lessons.video_vae.figures.tables import best_of_n, bits_intervals

__all__ = [
    "FUNCTIONS",
    "best_of_n",
    "bits_intervals",
    "bound_gap",
    "codes_and_prior",
    "condition_grid",
    "fault_curves",
    "from_one_frame",
    "future_spread",
    "kl_by_unit",
    "latent_traversal",
    "many_futures",
    "rate_distortion",
    "sigma_map",
    "two_estimators",
]
