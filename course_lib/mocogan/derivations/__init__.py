"""The numbered equations of lesson 04 with their checks, and their derivations."""

from course_lib.mathematics.derivation import Derivation, OpenLine
from course_lib.mathematics.equation import Equation
from course_lib.mocogan.derivations import (
    flow_equations,
    latent_moments,
    paper_parameters,
    receptive_field_growth,
)
from course_lib.mocogan.derivations.latents import CONTENT_AND_MOTION
from course_lib.mocogan.derivations.lucas_kanade import FLOW_OF_A_SHIFT
from course_lib.mocogan.derivations.parameter_counts import PARAMETER_COUNTS
from course_lib.mocogan.derivations.receptive_field import RECEPTIVE_FIELD

__all__ = ["DERIVATIONS", "EQUATIONS", "OPEN_LINES"]

EQUATIONS: dict[str, Equation] = {
    equation.id: equation
    for equation in (
        CONTENT_AND_MOTION,
        PARAMETER_COUNTS,
        RECEPTIVE_FIELD,
        FLOW_OF_A_SHIFT,
    )
}

DERIVATIONS: dict[str, Derivation] = {
    derivation.id: derivation
    for derivation in (
        latent_moments.CONTENT,
        paper_parameters.GENERATOR_PARAMETERS,
        receptive_field_growth.SIZE,
        flow_equations.BRIGHTNESS_CONSTANCY,
        latent_moments.CATEGORY,
        paper_parameters.DISCRIMINATOR_PARAMETERS,
        receptive_field_growth.JUMP,
        receptive_field_growth.STACK,
        flow_equations.NORMAL_EQUATIONS,
        flow_equations.FLOW_OF_SHIFT,
    )
}

OPEN_LINES: dict[str, OpenLine] = {
    line.id: line
    for line in (latent_moments.CATEGORY_LINE, receptive_field_growth.SIZE_LINE)
}
