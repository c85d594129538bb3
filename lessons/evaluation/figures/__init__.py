"""Show what lesson 05 claims: pure draw functions, each from numbers to one figure."""

from lessons.evaluation.figures.corruptions import corruption_map
from lessons.evaluation.figures.feature_clouds import two_clouds
from lessons.evaluation.figures.features import features_in_plane
from lessons.evaluation.figures.lab import fault_tables
from lessons.evaluation.figures.league import league_plot, league_table
from lessons.evaluation.figures.pixel_scores import DAMAGES, three_scores
from lessons.evaluation.figures.sample_size_bias import bias_by_size

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
