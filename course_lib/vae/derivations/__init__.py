"""Lesson 03's numbered equations, each with the oracle that measures its sides."""

from course_lib.mathematics.equation import Equation
from course_lib.vae.derivations.elbo import NO_GAP, TWO_PARTS
from course_lib.vae.derivations.gaussian_kl import TWO_GAUSSIANS
from course_lib.vae.derivations.gradient_estimators import TWO_SLOPES
from course_lib.vae.derivations.hidden_sigma import HIDDEN_SIGMA

EQUATIONS: dict[str, Equation] = {
    equation.id: equation
    for equation in (TWO_PARTS, NO_GAP, TWO_SLOPES, HIDDEN_SIGMA, TWO_GAUSSIANS)
}
