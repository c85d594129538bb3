"""Lesson 03's numbered equations, each with the oracle that measures its sides.

Home: 3.2 The bound to 3.6 A clip step by step.
"""

from course_lib.teaching.equation import Equation
from course_lib.vae.equations.bound import NO_GAP, TWO_PARTS
from course_lib.vae.equations.hidden_sigma import HIDDEN_SIGMA
from course_lib.vae.equations.two_gaussians import TWO_GAUSSIANS
from course_lib.vae.equations.two_slopes import TWO_SLOPES

EQUATIONS: dict[str, Equation] = {
    equation.id: equation
    for equation in (TWO_PARTS, NO_GAP, TWO_SLOPES, HIDDEN_SIGMA, TWO_GAUSSIANS)
}
