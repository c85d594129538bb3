"""Show what lesson 05 claims: pure draw functions, each from numbers to one figure.

Home: 5.1 Pixel against pixel to 5.8 The league table.
"""

from course_lib.evaluation.pictures.bias import bias_by_size
from course_lib.evaluation.pictures.clouds import two_clouds
from course_lib.evaluation.pictures.corruptions import corruption_map
from course_lib.evaluation.pictures.faults import fault_tables
from course_lib.evaluation.pictures.features import features_in_plane
from course_lib.evaluation.pictures.league import league_plot, league_table
from course_lib.evaluation.pictures.scores import DAMAGES, three_scores

__all__ = [
    "DAMAGES",
    "bias_by_size",
    "corruption_map",
    "fault_tables",
    "features_in_plane",
    "league_plot",
    "league_table",
    "three_scores",
    "two_clouds",
]
