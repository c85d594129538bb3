"""The numbered equations of lesson 05 with their checks, and their derivations."""

from course_lib.mathematics.derivation import Derivation, OpenLine
from course_lib.mathematics.equation import Equation
from course_lib.metrics.derivations import (
    frechet_bias,
    frechet_proofs,
    kernel_distance,
    neighbour_probabilities,
)
from course_lib.metrics.derivations.content_distance import COLOUR_DRIFT
from course_lib.metrics.derivations.density_coverage import DENSITY_COVERAGE
from course_lib.metrics.derivations.frechet import FRECHET_CLOSED_FORMS, NUCLEAR_NORM
from course_lib.metrics.derivations.interval_coverage import INTERVAL_COVERAGE
from course_lib.metrics.derivations.mutual_information import INCEPTION_SCORE
from course_lib.metrics.derivations.paired_comparisons import (
    BRADLEY_TERRY,
    GRADIENT_LINE,
)
from course_lib.metrics.derivations.pairs_of_frames import COLOUR_PAIRS
from course_lib.metrics.derivations.pixel_scores import PIXEL_SCORES
from course_lib.metrics.derivations.sample_size_bias import SAMPLE_SIZE_BIAS

__all__ = ["DERIVATIONS", "EQUATIONS", "OPEN_LINES"]

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

DERIVATIONS: dict[str, Derivation] = {
    derivation.id: derivation
    for derivation in (
        frechet_proofs.COMMUTING,
        frechet_proofs.NUCLEAR,
        frechet_bias.BIAS,
        neighbour_probabilities.DENSITY,
        COLOUR_PAIRS,
        frechet_proofs.PLANE,
        frechet_bias.EXPANSION,
        neighbour_probabilities.COVERAGE,
        neighbour_probabilities.COVERAGE_LIMIT,
        frechet_proofs.TRANSPORT,
        kernel_distance.DISCREPANCY,
        kernel_distance.UNBIASED,
        BRADLEY_TERRY,
        frechet_proofs.SINGULAR_VALUES,
        kernel_distance.BIASED,
        INCEPTION_SCORE,
    )
}

OPEN_LINES: dict[str, OpenLine] = {
    line.id: line for line in (frechet_proofs.TRANSPORT_LINE, GRADIENT_LINE)
}
