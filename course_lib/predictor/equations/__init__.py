"""Lesson 02's numbered equations, each with the oracle that measures its sides.

Home: 2.2 A clip is a chain to 2.8 Move, don't paint.
"""

from course_lib.predictor.equations.fading import FADING
from course_lib.predictor.equations.futures import FUTURES
from course_lib.predictor.equations.gates import GATES
from course_lib.predictor.equations.hidden_paths import HIDDEN_PATHS
from course_lib.predictor.equations.places import PLACES
from course_lib.predictor.equations.shifts import SHIFTS
from course_lib.teaching.equation import Equation

EQUATIONS: dict[str, Equation] = {
    equation.id: equation
    for equation in (HIDDEN_PATHS, FADING, GATES, PLACES, FUTURES, SHIFTS)
}
