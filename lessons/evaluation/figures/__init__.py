"""The figures of lesson 05: functions from parameters or results to one figure each."""

from lessons.evaluation.figures.corruptions import corruption_map
from lessons.evaluation.figures.feature_sets import two_feature_sets
from lessons.evaluation.figures.features import features_in_plane
from lessons.evaluation.figures.lab import fault_tables
from lessons.evaluation.figures.league import league_plot, league_table
from lessons.evaluation.figures.pixel_scores import DISTORTIONS, distortion_scores
from lessons.evaluation.figures.sample_size_bias import bias_by_size

__all__ = [
    "DISTORTIONS",
    "bias_by_size",
    "corruption_map",
    "distortion_scores",
    "fault_tables",
    "features_in_plane",
    "league_plot",
    "league_table",
    "two_feature_sets",
]
