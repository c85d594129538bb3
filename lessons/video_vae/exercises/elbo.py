"""X3.2: the evidence lower bound of a batch of clips."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor

from course_lib.vae.elbo import elbo
from course_lib.vae.gaussian import kl_to_standard_normal, log_density
from lessons.video_vae.exercises.elbo_answers import (
    by_distribution,
    by_loss,
    of_each_frame,
    width,
    with_density,
    with_parts,
    with_rule,
    without_a_slope,
)
from teaching.exercise import Case, Exercise, Mistake


def _clip_cases(rng: torch.Generator) -> Sequence[Case]:
    draw = partial(torch.randn, generator=rng, dtype=torch.float64)
    learnt = 0.2 + torch.rand((), generator=rng, dtype=torch.float64)

    def pixels(label: str, sigma: Any, *shape: int) -> Case:
        tensors = {"x": draw(shape), "mean": draw(shape)}
        named = (*tensors, "sigma") if isinstance(sigma, Tensor) else tuple(tensors)
        return Case(label, {**tensors, "sigma": sigma}, named)

    def bound(label: str, sigma: Any, n_latents: int, *shape: int) -> Case:
        case = pixels(label, sigma, *shape)
        codes = {name: draw(shape[0], n_latents) for name in ("mu", "logvar")}
        named = (*case.differentiate, *codes)
        return Case(label, {**case.arguments, **codes}, named, part=1)

    small = bound("float32 stays float32", learnt, 3, 2, 2, 1, 2, 3)
    floats = {name: tensor.float() for name, tensor in small.arguments.items()}
    return [
        pixels("all axes of a clip", 0.3, 2, 3, 1, 4, 5),
        pixels("as many clips as frames and as pixels in a row", 1.7, 3, 3, 1, 2, 3),
        pixels("a sigma that is learnt", learnt, 2, 3, 3, 1, 4),
        pixels("points of a plane", 0.5, 5, 2),
        pixels("a sigma of 0 is refused", 0.0, 2, 3, 1, 2, 2),
        bound("a clip and its code", 0.7, 6, 3, 2, 1, 4, 5),
        bound("a code as long as the batch and as a row", 0.4, 4, 4, 2, 3, 1, 4),
        bound("a bound whose sigma is learnt", learnt, 5, 2, 3, 1, 4, 2),
        bound("a negative sigma is refused", -0.5, 4, 2, 3, 1, 2, 2),
        Case(small.label, floats, small.differentiate, part=1),
    ]


ELBO = Exercise(
    id="X3.2",
    title="What a code explains, and what it costs",
    reference=(log_density, elbo),
    points=3,
    minutes=15,
    difficulty=2,
    cases=_clip_cases,
    mistakes=(
        Mistake(
            "mean over the pixels",
            with_density(
                lambda x, mean, sigma: log_density(x, mean, sigma) / x[0].numel()
            ),
            "Independent pixels multiply their densities, so the logarithms add up. "
            "Beside a mean, a summed KL weighs too much by the number of pixels, and "
            "codes soon say nothing.",
        ),
        Mistake(
            "mean over time",
            with_density(lambda x, mean, sigma: of_each_frame(x, mean, sigma).mean(1)),
            "Pixels were summed, frames averaged. One code explains the whole clip: "
            "sum over time as well.",
        ),
        Mistake(
            "a number for each frame",
            with_density(of_each_frame),
            "Shape (batch, time) meets a KL of shape (batch,): an error, or, with as "
            "many clips as frames, a silent mix of clips. Sum over every axis but the "
            "first.",
        ),
        Mistake(
            "one number for the batch",
            with_density(lambda x, mean, sigma: log_density(x, mean, sigma).mean()),
            "Every clip has a bound of its own: keep the axis of the clips. Whoever "
            "trains takes the mean over them at the end.",
        ),
        Mistake(
            "sigma ignored",
            with_rule(lambda e, s, n: -e),
            "This is a plain squared error, in no unit. `sigma` says how many nats an "
            "error costs, and so how much a code may cost.",
        ),
        Mistake(
            "sigma not squared",
            with_rule(lambda e, s, n: -e / (2 * s) - n * width(s)),
            "Squared errors are divided by sigma here, and a unit of pixels is left "
            "over. A Gaussian divides them by twice its *variance*.",
        ),
        Mistake(
            "half forgotten",
            with_rule(lambda e, s, n: -e / s**2 - n * width(s)),
            "Errors cost twice as much here as under a Gaussian of this sigma: there "
            "is a half in its exponent.",
        ),
        Mistake(
            "width for nothing",
            with_rule(lambda e, s, n: -e / (2 * s**2)),
            "Without log sigma, a sigma that is learnt grows for ever: a wide cloud "
            "explains everything. Densities integrate to 1, so width has a price.",
        ),
        Mistake(
            "width paid for once",
            with_rule(lambda e, s, n: -e / (2 * s**2) - width(s)),
            "Every pixel has a Gaussian of its own, and each one pays for its width. "
            "How many numbers are there in a clip?",
        ),
        Mistake(
            "pi left out",
            with_rule(lambda e, s, n: -e / (2 * s**2) - n * s.log()),
            "No gradient feels it, but this is no log density: each axis lacks half "
            "the logarithm of 2 pi, and figures in nats or bits mean nothing.",
        ),
        Mistake(
            "what is descended",
            with_density(lambda x, mean, sigma: -log_density(x, mean, sigma)),
            "This is a loss, lower where the fit is better. Asked for is log p(x | z) "
            "itself, which is higher there: the bound is *maximised*.",
        ),
        Mistake(
            "no way back to sigma",
            with_density(without_a_slope),
            "The value is right, but a sigma that is a tensor gets no gradient. "
            "`math.log`, `float` and `.item()` cut the path back: stay with torch.",
        ),
        Mistake(
            "a sigma of 0 is not refused",
            with_rule(lambda e, s, n: -e / (2 * s**2) - n * width(s), refused=False),
            "The terms are right. A sigma of 0 or below makes infinities of them, or "
            "worse: raise a ValueError that says what is needed and what came.",
        ),
        Mistake(
            "KL with its sign turned",
            with_parts(lambda likelihood, kl: (likelihood, -kl)),
            "`kl` is what the code costs, never negative. `Elbo.bound` subtracts it; "
            "turned here as well, the price becomes a reward.",
        ),
        Mistake(
            "KL averaged over the axes",
            (
                log_density,
                lambda x, mean, mu, logvar, sigma: (
                    log_density(x, mean, sigma),
                    kl_to_standard_normal(mu, logvar) / mu.shape[1],
                ),
            ),
            "Likelihoods are summed over pixels, so prices are summed over latent "
            "axes. With a cheaper code the difference bounds nothing.",
        ),
        Mistake(
            "one KL for all clips",
            with_parts(lambda likelihood, kl: (likelihood, kl.mean())),
            "A single number is taken from every clip's likelihood, and broadcasting "
            "says nothing. Each clip pays for its own code.",
        ),
        Mistake(
            "one total in place of two parts",
            with_parts(lambda likelihood, kl: likelihood - kl),
            "The bound is right, but both terms are asked for: watched one by one they "
            "tell a code that says nothing from one that fits badly.",
        ),
    ),
    alternatives=(with_density(by_distribution), with_density(by_loss)),
    hints=(
        "One pixel first: what is the logarithm of a Gaussian's density? Which of its "
        "terms depend on the pixel, and which are there once for each pixel?",
        "Pixels and frames are independent given z, so their logarithms are summed: "
        "over every axis of a clip, but never over clips. Sigma counts on each axis.",
        "Flatten a clip from axis 1 on. Its summed squared error, over twice the "
        "variance, is taken away, and so are, for each of its numbers, log sigma and "
        "half the logarithm of 2 pi. The second function calls two that you have.",
    ),
)
