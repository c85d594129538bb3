"""The exercises of lesson 02, each with its cases, frequent mistakes and hints."""

from lessons.lstm_predictor.exercises.backward_warp import BACKWARD_WARP
from lessons.lstm_predictor.exercises.causal_convolution import CAUSAL_CONVOLUTION
from lessons.lstm_predictor.exercises.clip_windows import CLIP_WINDOWS
from lessons.lstm_predictor.exercises.conv_lstm_cell import CONV_LSTM_CELL
from lessons.lstm_predictor.exercises.forward_algorithm import FORWARD_ALGORITHM
from lessons.lstm_predictor.exercises.lstm_cell import LSTM_CELL
from lessons.lstm_predictor.exercises.rollout import ROLLOUT
from teaching.exercise import Exercise

EXERCISES: dict[str, Exercise] = {
    exercise.id: exercise
    for exercise in (
        CLIP_WINDOWS,
        FORWARD_ALGORITHM,
        LSTM_CELL,
        CAUSAL_CONVOLUTION,
        CONV_LSTM_CELL,
        ROLLOUT,
        BACKWARD_WARP,
    )
}
