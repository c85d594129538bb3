"""X3.3: the reparameterization trick, a differentiable sample of q(z | x)."""

from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor
from torch.distributions import AffineTransform
from torch.nn.functional import softplus

from course_lib.vae.gaussian import reparameterize
from teaching.exercise import Answer, Case, Exercise, Mistake


def _posterior_cases(rng: torch.Generator) -> Sequence[Case]:
    draw = partial(torch.randn, generator=rng, dtype=torch.float64)

    def advanced_generator() -> torch.Generator:
        """A generator in the middle of its stream, a state that no seed gives."""
        seed = int(torch.randint(2**31, (), generator=rng))
        generator = torch.Generator().manual_seed(seed)
        torch.rand(seed % 7 + 1, generator=generator)
        return generator

    # torch fills tensors of 16 numbers or more by another algorithm; only a single
    # clip has so many here, so that noise may also be drawn clip by clip
    labelled = (
        ("one clip with many axes", draw(1, 20), draw(1, 20)),
        ("independent noise for every clip and axis", draw(5, 3), draw(5, 3)),
        ("as many clips as axes", draw(3, 3), draw(3, 3)),
        ("sigma of 1/20 and of 20", draw(4, 2), 6 * draw(4, 2).sign()),
        ("float32 stays float32", draw(2, 4).float(), draw(2, 4).float()),
    )
    small = torch.tensor([[-36, -28, -22]], dtype=torch.float64)
    large = torch.tensor([[12, 26]], dtype=torch.float64)
    labelled += (
        ("a sigma of 1e-8 to 1e-5 around 0", 0 * small, small),
        ("a sigma of 400 and of 400000 around 0", 0 * large, large),
    )
    cases = [
        Case(
            label, {"mu": m, "logvar": v, "rng": advanced_generator()}, ("mu", "logvar")
        )
        for label, m, v in labelled
    ]
    two = {"mu": draw(2, 3), "logvar": draw(2, 3), "rng": advanced_generator()}
    evaluated = {"mu": draw(3, 2), "logvar": draw(3, 2), "rng": advanced_generator()}
    return [
        *cases,
        Case("two calls in a row", two, ("mu", "logvar"), calls=2),
        Case("noise also where no gradient is needed", evaluated),
    ]


def _normal(like: Tensor, rng: torch.Generator | None) -> Tensor:
    return torch.randn(like.shape, generator=rng, dtype=like.dtype)


def _with_noise(noise: Callable[[Tensor, torch.Generator], Tensor]) -> Answer:
    """The correct formula with other noise, a function of mu and the generator."""
    return lambda mu, logvar, rng: mu + (logvar / 2).exp() * noise(mu, rng)


def _with_formula(formula: Callable[[Tensor, Tensor, Tensor], Tensor]) -> Answer:
    """The correct noise in another formula, a function of mu, logvar and noise."""
    return lambda mu, logvar, rng: formula(mu, logvar, _normal(mu, rng))


def _second_sample(like, rng):
    return [_normal(like, rng) for _ in range(2)][1]


def _first_sample(like, rng):
    noise = _normal(like, rng)
    _normal(like, rng)
    return noise


def _with_initial_seed(like, rng):
    return _normal(like, torch.Generator().manual_seed(rng.initial_seed()))


def _in_training_only(mu, logvar, rng):
    z = mu + (logvar / 2).exp() * _normal(mu, rng)
    return z if mu.requires_grad else mu


def _clip_by_clip(mu, logvar, rng):
    samples = []
    for m, v in zip(mu, logvar, strict=True):
        eps = torch.normal(0.0, 1.0, m.shape, generator=rng, dtype=m.dtype)
        samples.append(torch.addcmul(m, v.exp().sqrt(), eps))
    return torch.stack(samples)


def _by_transform(mu, logvar, rng):
    eps = torch.empty_like(mu).normal_(generator=rng)
    return AffineTransform(mu, torch.exp(0.5 * logvar))(eps)


REPARAMETERIZE = Exercise(
    id="X3.3",
    title="The reparameterization trick",
    reference=reparameterize,
    points=2,
    minutes=8,
    difficulty=1,
    cases=_posterior_cases,
    mistakes=(
        Mistake(
            "mu in place of z",
            lambda mu, logvar, rng: mu,
            "This is an autoencoder without noise. The decoder is trained at the means "
            "only, not between them, and `logvar` gets a gradient from the KL alone.",
        ),
        Mistake(
            "z detached",
            lambda mu, logvar, rng: torch.normal(
                mu.detach(), (logvar.detach() / 2).exp(), generator=rng
            ),
            "The numbers are correct, but `mu` and `logvar` get no gradient: "
            "`.detach()`, `torch.normal` and `Normal.sample` end the graph. Sample the "
            "noise alone, and compute z from it.",
        ),
        Mistake(
            "noise term detached",
            _with_formula(
                lambda mu, logvar, eps: mu + ((logvar / 2).exp() * eps).detach()
            ),
            "`mu` gets a gradient, `logvar` does not: it acts on z only through sigma, "
            "and there the graph ends. The noise needs no gradient; sigma does.",
        ),
        Mistake(
            "log variance read as log sigma",
            _with_formula(lambda mu, logvar, eps: mu + logvar.exp() * eps),
            "Here the noise is multiplied by the variance. The factor should be the "
            "standard deviation, whose logarithm is half the log variance.",
        ),
        Mistake(
            "sign of the log variance reversed",
            _with_formula(lambda mu, logvar, eps: mu + (-logvar / 2).exp() * eps),
            "The noise is multiplied by 1 / sigma, so a narrow posterior gets a lot of "
            "noise. `logvar` is the log of the variance, not of its inverse.",
        ),
        Mistake(
            "mean multiplied by sigma",
            _with_formula(lambda mu, logvar, eps: (mu + eps) * (logvar / 2).exp()),
            "Here sigma multiplies the mean as well. Multiply the noise by sigma "
            "first, then add the mean.",
        ),
        Mistake(
            "softplus in place of the exponential",
            _with_formula(lambda mu, logvar, eps: mu + softplus(logvar) * eps),
            "Some networks output a standard deviation through a softplus. `logvar` is "
            "a log variance, which only the exponential undoes.",
        ),
        *(
            Mistake(
                f"log variance clamped to [{low}, {high}]",
                _with_formula(
                    lambda mu, logvar, eps, low=low, high=high: (
                        mu + (logvar.clamp(low, high) / 2).exp() * eps
                    )
                ),
                "The log variance is clamped here, so narrower and wider posteriors "
                "get noise of a wrong size. If a network needs a bound, it belongs "
                "into the network.",
            )
            for low, high in ((-10, 10), (-20, 20), (-30, 20))
        ),
        Mistake(
            "epsilon added to sigma",
            _with_formula(
                lambda mu, logvar, eps: mu + ((logvar / 2).exp() + 1e-6) * eps
            ),
            "A small constant is added to sigma. Nothing is divided by sigma and no "
            "logarithm is taken of it, so it may be as small as it is.",
        ),
        Mistake(
            "exp forgotten",
            _with_formula(lambda mu, logvar, eps: mu + logvar * eps),
            "`logvar` is a logarithm, not a standard deviation: where it is 0, z "
            "equals `mu`, and where it is negative the noise changes its sign.",
        ),
        Mistake(
            "sigma ignored",
            _with_formula(lambda mu, logvar, eps: mu + eps),
            "Here every posterior has the standard deviation 1, whatever the encoder "
            "outputs, and `logvar` gets no gradient. Multiply the noise by sigma.",
        ),
        Mistake(
            "mean ignored",
            _with_formula(lambda mu, logvar, eps: (logvar / 2).exp() * eps),
            "These samples have mean 0, so z contains no information on the mean of "
            "its clip. Add the noise to `mu`.",
        ),
        Mistake(
            "noise subtracted",
            _with_formula(lambda mu, logvar, eps: mu - (logvar / 2).exp() * eps),
            "The distribution is correct, because a Gaussian is symmetric. But the "
            "check compares samples, and the docstring adds the noise.",
        ),
        Mistake(
            "the same noise for all clips",
            _with_noise(lambda like, rng: _normal(like[0], rng)),
            "All clips are shifted by the same noise, so its effect does not average "
            "out over the batch. Sample noise of the full shape of `mu`.",
        ),
        Mistake(
            "the same noise for all axes",
            _with_noise(lambda like, rng: _normal(like[:, :1], rng)),
            "The axes of z are fully correlated, but the KL assumes independent axes. "
            "Sample noise of the full shape of `mu`.",
        ),
        Mistake(
            "uniform noise",
            _with_noise(
                lambda like, rng: (
                    12**0.5
                    * (torch.rand(like.shape, generator=rng, dtype=like.dtype) - 0.5)
                )
            ),
            "Mean and variance are correct, but the distribution is not: it never "
            "exceeds 1.73 sigma. `rand` is uniform, `randn` is normal.",
        ),
        Mistake(
            "noise from the global generator",
            _with_noise(lambda like, rng: torch.randn_like(like)),
            "`rng` is not used, so the sample cannot be reproduced and depends on "
            "other code that samples. Pass it on with `generator=rng`.",
        ),
        Mistake(
            "sample of a distribution object",
            lambda mu, logvar, rng: torch.normal(
                mu.detach(), (logvar.detach() / 2).exp()
            ),
            "`Normal(...).sample()` is not differentiable and takes no generator, so "
            "neither the gradients nor the noise are right. Sample the noise alone, "
            "from `rng`, and compute z from it.",
        ),
        Mistake(
            "a copy of the generator",
            _with_noise(lambda like, rng: _normal(like, rng.clone_state())),
            "The numbers of this call are correct, but `rng` itself is not advanced "
            "(it was copied, or its state restored), so the next call samples the same "
            "noise.",
        ),
        Mistake(
            "a new generator with the initial seed",
            _with_noise(_with_initial_seed),
            "This starts again at the seed that `rng` once had, so every call samples "
            "the same noise. Use `rng` itself, in the state that it has.",
        ),
        Mistake(
            "noise sampled twice",
            _with_noise(_first_sample),
            "The first call is correct, but it takes more numbers from `rng` than z "
            "needs, so the next call gets other noise. Sample once.",
        ),
        Mistake(
            "noise in training only",
            _in_training_only,
            "Without gradients this returns the mean in place of a sample. A sample of "
            "the posterior is needed in evaluation as well, for the ELBO of test "
            "clips.",
        ),
        Mistake(
            "the same noise at every call",
            _with_noise(lambda like, rng: _normal(like, rng.manual_seed(0))),
            "The generator is seeded again in every call, so every batch gets the same "
            "noise, and the decoder can memorize it. Seeding is the caller's task.",
        ),
        Mistake(
            "a new generator",
            _with_noise(lambda like, rng: _normal(like, torch.Generator())),
            "A new generator always starts with the same numbers, so every call "
            "samples the same noise. Use the generator that is passed as `rng`.",
        ),
        Mistake(
            "noise of another dtype",
            _with_noise(lambda like, rng: torch.randn(like.shape, generator=rng)),
            "The noise is float32 whatever `mu` is; for a float64 `mu` these are other "
            "numbers of lower precision. `randn` takes a `dtype`.",
        ),
        Mistake(
            "first sample discarded",
            _with_noise(_second_sample),
            "The distribution is correct, but noise is sampled twice from `rng`, so "
            "the same seed gives another z. Is there a line that samples only to "
            "print?",
        ),
    ),
    alternatives=(_clip_by_clip, _by_transform),
    hints=(
        "Which number must be random? Not z itself, but a number whose distribution "
        "depends neither on `mu` nor on `logvar`.",
        "A standard normal number, multiplied by sigma and shifted by the mean, is a "
        "sample of N(mean, sigma^2). `logvar` is log sigma^2: what is sigma?",
        "`torch.randn` takes a shape, `generator` and `dtype`. The rest is one product "
        "and one sum; sigma is the exponential of half the log variance.",
    ),
)
