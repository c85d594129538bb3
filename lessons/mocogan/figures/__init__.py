"""Show what lesson 04 claims: pure draw functions, each from numbers to one figure."""

from lessons.mocogan.figures.lab import fault_curves
from lessons.mocogan.figures.latent_paths import latent_lines
from lessons.mocogan.figures.optical_flow import flow_of_a_shift
from lessons.mocogan.figures.receptive_field import time_pyramid
from lessons.mocogan.figures.sample_grids import content_grid, longer_film
from lessons.mocogan.figures.tables import side_by_side, truth_of_games
from lessons.mocogan.figures.training_curves import game_monitor, obedience

__all__ = [
    "content_grid",
    "fault_curves",
    "flow_of_a_shift",
    "game_monitor",
    "latent_lines",
    "longer_film",
    "obedience",
    "side_by_side",
    "time_pyramid",
    "truth_of_games",
]
