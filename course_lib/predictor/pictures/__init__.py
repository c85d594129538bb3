"""Show what lesson 02 claims: pure draw functions, each from numbers to one figure.

Home: 2.1 From film to clips to 2.9 The table.
"""

from course_lib.predictor.pictures.chains import hidden_path
from course_lib.predictor.pictures.continuations import which_future
from course_lib.predictor.pictures.double import two_futures
from course_lib.predictor.pictures.fading import memory_by_lag, recall_by_lag
from course_lib.predictor.pictures.faults import fault_curves
from course_lib.predictor.pictures.flow import flow_picture
from course_lib.predictor.pictures.forecasts import error_by_horizon, forecast
from course_lib.predictor.pictures.gates import gates_over_time
from course_lib.predictor.pictures.learning import learning_curve

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
