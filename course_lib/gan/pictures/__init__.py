"""Show what lesson 01 claims: pure draw functions, each from numbers to one figure.

Home: 1.1 Two players to 1.8 First pictures.
"""

from course_lib.gan.pictures.circling import phase_portrait
from course_lib.gan.pictures.collapse import coverage_curves, ring_progress
from course_lib.gan.pictures.faults import fault_curves
from course_lib.gan.pictures.game import best_verdict, two_players
from course_lib.gan.pictures.progress import (
    forgers_progress,
    samples_over_time,
    which_is_forged,
)
from course_lib.gan.pictures.referees import referee_losses, two_points
from course_lib.gan.pictures.slopes import two_slopes

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
