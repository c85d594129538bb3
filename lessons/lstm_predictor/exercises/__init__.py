"""Ask for the parts of a predictor, and know the mistakes that are made in them."""

from lessons.lstm_predictor.exercises.backward_warp import BACKWARD_WARP
from lessons.lstm_predictor.exercises.causal_convolution import CAUSAL_CONVOLUTION
from lessons.lstm_predictor.exercises.conv_lstm_cell import CONV_LSTM_CELL
from lessons.lstm_predictor.exercises.film_windows import WINDOWS
from lessons.lstm_predictor.exercises.forward_algorithm import FORWARD
from lessons.lstm_predictor.exercises.rollout import FREE_RUN
from lessons.lstm_predictor.exercises.lstm_gates import GATES
from teaching.exercise import Exercise

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
