"""The numbered equations of lesson 02, each with a numerical check of both sides."""

from course_lib.mathematics.equation import Equation
from course_lib.predictor.derivations.conv_lstm import CONV_LSTM
from course_lib.predictor.derivations.gradient_flow import GRADIENT_FLOW
from course_lib.predictor.derivations.hidden_markov import SEQUENCE_LIKELIHOOD
from course_lib.predictor.derivations.lstm import LSTM
from course_lib.predictor.derivations.mean_of_futures import MEAN_OF_FUTURES
from course_lib.predictor.derivations.warping import BACKWARD_WARP

EQUATIONS: dict[str, Equation] = {
    equation.id: equation
    for equation in (
        SEQUENCE_LIKELIHOOD,
        GRADIENT_FLOW,
        LSTM,
        CONV_LSTM,
        MEAN_OF_FUTURES,
        BACKWARD_WARP,
    )
}
