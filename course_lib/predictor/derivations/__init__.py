"""Lesson 02's numbered equations, each with the oracle that measures its sides."""

from course_lib.mathematics.equation import Equation
from course_lib.predictor.derivations.conv_lstm import PLACES
from course_lib.predictor.derivations.gradient_flow import FADING
from course_lib.predictor.derivations.hidden_markov import HIDDEN_PATHS
from course_lib.predictor.derivations.lstm_gates import GATES
from course_lib.predictor.derivations.mean_of_futures import FUTURES
from course_lib.predictor.derivations.warping import SHIFTS

EQUATIONS: dict[str, Equation] = {
    equation.id: equation
    for equation in (HIDDEN_PATHS, FADING, GATES, PLACES, FUTURES, SHIFTS)
}
