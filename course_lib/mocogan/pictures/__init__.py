"""Show what lesson 04 claims: pure draw functions, each from numbers to one figure.

Home: 4.1 Two latents to 4.7 Motion, explicitly.
"""

from course_lib.mocogan.pictures.faults import fault_curves
from course_lib.mocogan.pictures.flow import flow_of_a_shift
from course_lib.mocogan.pictures.grids import content_grid, longer_film
from course_lib.mocogan.pictures.monitor import game_monitor, obedience
from course_lib.mocogan.pictures.paths import latent_lines
from course_lib.mocogan.pictures.reach import time_pyramid
from course_lib.mocogan.pictures.tables import side_by_side, truth_of_games

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
