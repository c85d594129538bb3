"""Lesson 04's numbered equations, each with the oracle that measures its sides.

Home: 4.1 Two latents to 4.7 Motion, explicitly.
"""

from course_lib.mocogan.equations.known_shift import KNOWN_SHIFT
from course_lib.mocogan.equations.reach import REACH
from course_lib.mocogan.equations.two_latents import TWO_LATENTS
from course_lib.mocogan.equations.weights import WEIGHTS
from course_lib.teaching.equation import Equation

EQUATIONS: dict[str, Equation] = {
    equation.id: equation for equation in (TWO_LATENTS, WEIGHTS, REACH, KNOWN_SHIFT)
}
