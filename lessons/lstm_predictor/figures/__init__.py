"""Show what lesson 02 claims: pure draw functions, each from numbers to one figure."""

from lessons.lstm_predictor.figures.continuations import which_future
from lessons.lstm_predictor.figures.flow import flow_picture
from lessons.lstm_predictor.figures.forecasts import error_by_horizon, forecast
from lessons.lstm_predictor.figures.gates import gates_over_time
from lessons.lstm_predictor.figures.gradient_flow import memory_by_lag, recall_by_lag
from lessons.lstm_predictor.figures.lab import fault_curves
from lessons.lstm_predictor.figures.markov_chains import hidden_path
from lessons.lstm_predictor.figures.mean_of_futures import two_futures
from lessons.lstm_predictor.figures.training_curves import learning_curve

__all__ = [
    "error_by_horizon",
    "fault_curves",
    "flow_picture",
    "forecast",
    "gates_over_time",
    "hidden_path",
    "learning_curve",
    "memory_by_lag",
    "recall_by_lag",
    "two_futures",
    "which_future",
]
