"""The numbered equations of lesson 02 with their checks, and their derivations."""

from course_lib.mathematics.derivation import Derivation, OpenLine
from course_lib.mathematics.equation import Equation
from course_lib.predictor.derivations.conv_lstm import CONV_LSTM
from course_lib.predictor.derivations.expected_squared_error import (
    ERROR_DECOMPOSITION,
    GAUSSIAN_LIKELIHOOD,
    LIKELIHOOD_LINE,
    TWO_FUTURES,
    TWO_FUTURES_LINE,
)
from course_lib.predictor.derivations.gate_jacobians import (
    CELL_JACOBIAN,
    HIDDEN_JACOBIAN,
    ONE_PIXEL,
)
from course_lib.predictor.derivations.gradient_flow import GRADIENT_FLOW
from course_lib.predictor.derivations.hidden_markov import SEQUENCE_LIKELIHOOD
from course_lib.predictor.derivations.lstm import LSTM
from course_lib.predictor.derivations.mean_of_futures import MEAN_OF_FUTURES
from course_lib.predictor.derivations.receptive_fields_and_shifts import (
    DILATED_LAYERS,
    WHOLE_PIXELS,
)
from course_lib.predictor.derivations.recurrent_gradients import (
    INPUT_JACOBIAN,
    ONE_STEP,
    SEVERAL_STEPS,
    STEP_LINE,
    THROUGH_TIME,
)
from course_lib.predictor.derivations.sequence_probability import (
    CHAIN_RULE,
    FORWARD_RECURSION,
    SUM_OVER_PATHS,
)
from course_lib.predictor.derivations.warping import BACKWARD_WARP

__all__ = ["DERIVATIONS", "EQUATIONS", "OPEN_LINES"]

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

DERIVATIONS: dict[str, Derivation] = {
    derivation.id: derivation
    for derivation in (
        SUM_OVER_PATHS,
        ONE_STEP,
        CELL_JACOBIAN,
        ONE_PIXEL,
        ERROR_DECOMPOSITION,
        WHOLE_PIXELS,
        FORWARD_RECURSION,
        CHAIN_RULE,
        SEVERAL_STEPS,
        INPUT_JACOBIAN,
        THROUGH_TIME,
        HIDDEN_JACOBIAN,
        TWO_FUTURES,
        GAUSSIAN_LIKELIHOOD,
        DILATED_LAYERS,
    )
}

OPEN_LINES: dict[str, OpenLine] = {
    line.id: line for line in (STEP_LINE, TWO_FUTURES_LINE, LIKELIHOOD_LINE)
}
