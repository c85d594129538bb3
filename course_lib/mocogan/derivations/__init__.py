"""Numbered equations of lesson 04, each with measurements of both sides."""

from course_lib.mathematics.equation import Equation
from course_lib.mocogan.derivations.latents import CONTENT_AND_MOTION
from course_lib.mocogan.derivations.lucas_kanade import FLOW_OF_A_SHIFT
from course_lib.mocogan.derivations.parameter_counts import PARAMETER_COUNTS
from course_lib.mocogan.derivations.receptive_field import RECEPTIVE_FIELD

EQUATIONS: dict[str, Equation] = {
    equation.id: equation
    for equation in (
        CONTENT_AND_MOTION,
        PARAMETER_COUNTS,
        RECEPTIVE_FIELD,
        FLOW_OF_A_SHIFT,
    )
}
