"""Show what lesson 03 claims: pure draw functions, each from numbers to one figure.

Home: 3.1 Squeezing to 3.8 The table.
"""

from course_lib.vae.pictures.bounds import bound_gap
from course_lib.vae.pictures.codes import codes_and_prior
from course_lib.vae.pictures.conditions import condition_grid, from_one_frame
from course_lib.vae.pictures.estimators import FUNCTIONS, two_estimators
from course_lib.vae.pictures.faults import fault_curves
from course_lib.vae.pictures.futures import many_futures, spread_by_place
from course_lib.vae.pictures.rates import kl_by_unit, rate_distortion
from course_lib.vae.pictures.tables import best_of_many, bits_bars
from course_lib.vae.pictures.whole_clips import axis_walk, width_map

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
