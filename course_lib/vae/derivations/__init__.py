"""The numbered equations of lesson 03, each with a numerical check of both sides."""

from course_lib.mathematics.equation import Equation
from course_lib.vae.derivations.elbo import ELBO_DECOMPOSITION, TIGHT_BOUND
from course_lib.vae.derivations.gaussian_kl import GAUSSIAN_KL
from course_lib.vae.derivations.gradient_estimators import GRADIENT_ESTIMATORS
from course_lib.vae.derivations.hidden_sigma import HIDDEN_SIGMA

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
