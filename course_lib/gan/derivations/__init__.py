"""The numbered equations of lesson 01, each with a numerical check of both sides."""

from course_lib.gan.derivations.dirac_gan import DIRAC_EIGENVALUES
from course_lib.gan.derivations.jensen_shannon import JENSEN_SHANNON
from course_lib.gan.derivations.least_squares import LEAST_SQUARES
from course_lib.gan.derivations.loss_gradients import LOSS_GRADIENTS
from course_lib.gan.derivations.theorems import DERIVATIONS, OPEN_LINES
from course_lib.gan.derivations.value_function import (
    OPTIMAL_DISCRIMINATOR,
    VALUE_FUNCTION,
)
from course_lib.gan.derivations.wasserstein import WASSERSTEIN
from course_lib.mathematics.equation import Equation

__all__ = ["DERIVATIONS", "EQUATIONS", "OPEN_LINES"]

EQUATIONS: dict[str, Equation] = {
    equation.id: equation
    for equation in (
        VALUE_FUNCTION,
        OPTIMAL_DISCRIMINATOR,
        JENSEN_SHANNON,
        LOSS_GRADIENTS,
        LEAST_SQUARES,
        WASSERSTEIN,
        DIRAC_EIGENVALUES,
    )
}
