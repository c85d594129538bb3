"""The figures of lesson 02: functions from numbers and tensors to one figure each."""

from lessons.lstm_predictor.figures.flow import predicted_flow
from lessons.lstm_predictor.figures.forecasts import error_by_horizon, forecast
from lessons.lstm_predictor.figures.gates import gates_over_time
from lessons.lstm_predictor.figures.gradient_flow import (
    gradient_norm_by_lag,
    recall_accuracy_by_lag,
)
from lessons.lstm_predictor.figures.hidden_markov import hidden_path
from lessons.lstm_predictor.figures.lab import fault_curves
from lessons.lstm_predictor.figures.mean_of_futures import two_futures
from lessons.lstm_predictor.figures.possible_futures import possible_futures
from lessons.lstm_predictor.figures.training_curves import learning_curve

__all__ = [
    "error_by_horizon",
    "fault_curves",
    "forecast",
    "gates_over_time",
    "gradient_norm_by_lag",
    "hidden_path",
    "learning_curve",
    "possible_futures",
    "predicted_flow",
    "recall_accuracy_by_lag",
    "two_futures",
]
