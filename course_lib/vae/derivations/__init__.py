"""The numbered equations of lesson 03 with their checks, and their derivations."""

from course_lib.mathematics.derivation import Derivation, OpenLine
from course_lib.mathematics.equation import Equation
from course_lib.vae.derivations import (
    bounds,
    estimators_of_gradients,
    kl_by_axis,
    likelihood_scale,
)
from course_lib.vae.derivations.elbo import ELBO_DECOMPOSITION, TIGHT_BOUND
from course_lib.vae.derivations.gaussian_kl import GAUSSIAN_KL
from course_lib.vae.derivations.gradient_estimators import GRADIENT_ESTIMATORS
from course_lib.vae.derivations.hidden_sigma import HIDDEN_SIGMA
from course_lib.vae.derivations.sequential_elbo import SEQUENTIAL_ELBO

__all__ = ["DERIVATIONS", "EQUATIONS", "OPEN_LINES"]

EQUATIONS: dict[str, Equation] = {
    equation.id: equation
    for equation in (
        ELBO_DECOMPOSITION,
        TIGHT_BOUND,
        GRADIENT_ESTIMATORS,
        HIDDEN_SIGMA,
        GAUSSIAN_KL,
    )
}

DERIVATIONS: dict[str, Derivation] = {
    derivation.id: derivation
    for derivation in (
        bounds.GAP,
        bounds.JENSEN,
        estimators_of_gradients.REPARAMETERIZATION,
        likelihood_scale.SIGMA_OF_BETA,
        kl_by_axis.KL_OF_AN_AXIS,
        bounds.TWO_TERMS,
        bounds.TIGHT,
        bounds.GIBBS,
        estimators_of_gradients.REPARAMETERIZATION_OF_SIGMA,
        estimators_of_gradients.SCORE_FUNCTION,
        estimators_of_gradients.EXPECTED_SLOPE,
        estimators_of_gradients.PATHWISE_VARIANCE,
        estimators_of_gradients.SCORE_VARIANCE,
        kl_by_axis.KL_OF_INDEPENDENT_AXES,
        SEQUENTIAL_ELBO,
        likelihood_scale.CALIBRATION,
    )
}

OPEN_LINES: dict[str, OpenLine] = {
    line.id: line
    for line in (
        likelihood_scale.SIGMA_LINE,
        kl_by_axis.KL_LINE,
        estimators_of_gradients.SCORE_LINE,
    )
}
