"""Figures of lesson 04: pure functions from numbers to one figure each."""

from lessons.mocogan.figures.lab import fault_curves
from lessons.mocogan.figures.latent_paths import latent_lines
from lessons.mocogan.figures.optical_flow import flow_of_a_shift
from lessons.mocogan.figures.receptive_field import receptive_field_pyramid
from lessons.mocogan.figures.sample_grids import content_grid, longer_clips
from lessons.mocogan.figures.tables import bar_metrics_panels, metric_panels
from lessons.mocogan.figures.training_curves import (
    category_loss_curves,
    training_monitor,
)

__all__ = [
    "bar_metrics_panels",
    "category_loss_curves",
    "content_grid",
    "fault_curves",
    "flow_of_a_shift",
    "latent_lines",
    "longer_clips",
    "metric_panels",
    "receptive_field_pyramid",
    "training_monitor",
]
