"""The numbered equations of lesson 01 with their checks, and their derivations."""

from course_lib.gan.derivations import theorems
from course_lib.gan.derivations.chi_square_gradient import CHI_SQUARE_GRADIENT
from course_lib.gan.derivations.dirac_gan import DIRAC_EIGENVALUES
from course_lib.gan.derivations.dirac_jacobian import DIRAC_JACOBIAN
from course_lib.gan.derivations.disjoint_supports import DISJOINT
from course_lib.gan.derivations.jensen_shannon import JENSEN_SHANNON
from course_lib.gan.derivations.least_squares import LEAST_SQUARES
from course_lib.gan.derivations.logit_gradients import (
    LOSS_DERIVATIVE,
    NONSATURATING_LOGIT,
    SATURATING,
    SIGMOID,
)
from course_lib.gan.derivations.loss_gradients import LOSS_GRADIENTS
from course_lib.gan.derivations.optimal_outputs import (
    BEST_SCORE,
    DERIVATIVE_LINE,
    ENVELOPE,
    INTEGRAND_CONCAVITY,
    INTEGRAND_DERIVATIVE,
)
from course_lib.gan.derivations.point_masses import (
    POINT_MASS_DISTANCE,
    POINT_MASS_JSD,
    WEAK_DUALITY,
)
from course_lib.gan.derivations.value_function import (
    OPTIMAL_DISCRIMINATOR,
    VALUE_FUNCTION,
)
from course_lib.gan.derivations.wasserstein import WASSERSTEIN
from course_lib.mathematics.derivation import Derivation, OpenLine
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

DERIVATIONS: dict[str, Derivation] = {
    derivation.id: derivation
    for derivation in (
        theorems.OPTIMAL_DISCRIMINATOR,
        theorems.JENSEN_SHANNON,
        theorems.NONSATURATING,
        theorems.LEAST_SQUARES,
        POINT_MASS_JSD,
        theorems.DIRAC,
        INTEGRAND_DERIVATIVE,
        INTEGRAND_CONCAVITY,
        ENVELOPE,
        SIGMOID,
        SATURATING,
        NONSATURATING_LOGIT,
        BEST_SCORE,
        POINT_MASS_DISTANCE,
        WEAK_DUALITY,
        DIRAC_JACOBIAN,
        DISJOINT,
        CHI_SQUARE_GRADIENT,
    )
}

OPEN_LINES: dict[str, OpenLine] = {
    line.id: line for line in (theorems.INTEGRAND, DERIVATIVE_LINE, LOSS_DERIVATIVE)
}
