"""The numbered equations of lesson 05, each with a numerical check of both sides."""

from course_lib.mathematics.equation import Equation
from course_lib.metrics.derivations.content_distance import COLOUR_DRIFT
from course_lib.metrics.derivations.density_coverage import DENSITY_COVERAGE
from course_lib.metrics.derivations.frechet import FRECHET_CLOSED_FORMS, NUCLEAR_NORM
from course_lib.metrics.derivations.interval_coverage import INTERVAL_COVERAGE
from course_lib.metrics.derivations.pixel_scores import PIXEL_SCORES
from course_lib.metrics.derivations.sample_size_bias import SAMPLE_SIZE_BIAS

EQUATIONS: dict[str, Equation] = {
    equation.id: equation
    for equation in (
        PIXEL_SCORES,
        FRECHET_CLOSED_FORMS,
        NUCLEAR_NORM,
        SAMPLE_SIZE_BIAS,
        DENSITY_COVERAGE,
        COLOUR_DRIFT,
        INTERVAL_COVERAGE,
    )
}
