"""Ask for the parts of a predictor, and know the mistakes that are made in them."""

from course_lib.predictor.exercises.backward_warp import BACKWARD_WARP
from course_lib.predictor.exercises.causal_convolution import CAUSAL_CONVOLUTION
from course_lib.predictor.exercises.conv_lstm_cell import CONV_LSTM_CELL
from course_lib.predictor.exercises.film_windows import WINDOWS
from course_lib.predictor.exercises.forward_algorithm import FORWARD
from course_lib.predictor.exercises.free_run import FREE_RUN
from course_lib.predictor.exercises.gates import GATES
from course_lib.teaching.exercise import Exercise

EXERCISES: dict[str, Exercise] = {
    exercise.id: exercise
    for exercise in (
        WINDOWS,
        FORWARD,
        GATES,
        CAUSAL_CONVOLUTION,
        CONV_LSTM_CELL,
        FREE_RUN,
        BACKWARD_WARP,
    )
}
