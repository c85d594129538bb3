"""Lesson 05's numbered equations, each with the oracle that measures its sides."""

from course_lib.mathematics.equation import Equation
from course_lib.metrics.derivations.content_distance import DRIFT
from course_lib.metrics.derivations.density_coverage import NEIGHBOURS
from course_lib.metrics.derivations.frechet import CLOSED_FORMS, NUCLEAR_NORM
from course_lib.metrics.derivations.interval_coverage import INTERVAL_COVERAGE
from course_lib.metrics.derivations.pixel_scores import PIXEL_SCORES
from course_lib.metrics.derivations.sample_size_bias import BIAS

EQUATIONS: dict[str, Equation] = {
    equation.id: equation
    for equation in (
        PIXEL_SCORES,
        CLOSED_FORMS,
        NUCLEAR_NORM,
        BIAS,
        NEIGHBOURS,
        DRIFT,
        INTERVAL_COVERAGE,
    )
}
