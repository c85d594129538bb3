"""Lesson 04's numbered equations, each with the oracle that measures its sides."""

from course_lib.mathematics.equation import Equation
from course_lib.mocogan.derivations.latents import TWO_LATENTS
from course_lib.mocogan.derivations.lucas_kanade import KNOWN_SHIFT
from course_lib.mocogan.derivations.parameter_counts import WEIGHTS
from course_lib.mocogan.derivations.receptive_field import REACH

EQUATIONS: dict[str, Equation] = {
    equation.id: equation for equation in (TWO_LATENTS, WEIGHTS, REACH, KNOWN_SHIFT)
}
