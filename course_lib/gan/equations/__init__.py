"""Lesson 01's numbered equations, each with the oracle that measures its sides.

Home: 1.1 Two players to 1.6 Why it circles.
"""

from course_lib.gan.equations.circling import CIRCLING
from course_lib.gan.equations.distance import DISTANCE
from course_lib.gan.equations.game import BEST_JUDGE, GAME
from course_lib.gan.equations.least_squares import LEAST_SQUARES
from course_lib.gan.equations.slopes import SLOPES
from course_lib.gan.equations.transport import TRANSPORT
from course_lib.teaching.equation import Equation

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
