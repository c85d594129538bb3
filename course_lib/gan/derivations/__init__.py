"""Lesson 01's numbered equations, each with the oracle that measures its sides."""

from course_lib.gan.derivations.dirac_gan import CIRCLING
from course_lib.gan.derivations.jensen_shannon import DISTANCE
from course_lib.gan.derivations.least_squares import LEAST_SQUARES
from course_lib.gan.derivations.loss_gradients import SLOPES
from course_lib.gan.derivations.value_function import BEST_JUDGE, GAME
from course_lib.gan.derivations.wasserstein import TRANSPORT
from course_lib.mathematics.equation import Equation

EQUATIONS: dict[str, Equation] = {
    equation.id: equation
    for equation in (
        GAME,
        BEST_JUDGE,
        DISTANCE,
        SLOPES,
        LEAST_SQUARES,
        TRANSPORT,
        CIRCLING,
    )
}
