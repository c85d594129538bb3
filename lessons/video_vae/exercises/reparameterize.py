"""Ask for a random code through which gradients flow: noise comes from outside."""

from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor
from torch.distributions import AffineTransform

from course_lib.vae.gaussian import reparameterize
from teaching.exercise import Answer, Case, Exercise, Mistake


def _posterior_cases(rng: torch.Generator) -> Sequence[Case]:
    draw = partial(torch.randn, generator=rng, dtype=torch.float64)

    def used() -> torch.Generator:
        """A generator in the middle of its stream, where no seed leads back to."""
        seed = int(torch.randint(2**31, (), generator=rng))
        generator = torch.Generator().manual_seed(seed)
        torch.rand(seed % 7 + 1, generator=generator)
        return generator

    questions = (  # torch draws 16 numbers or more by another rule than fewer: only a
        # single clip has so many, so that noise may also be drawn clip by clip
        ("one clip of many axes", draw(1, 20), draw(1, 20)),
        ("noise of its own for every clip and axis", draw(5, 3), draw(5, 3)),
        ("as many clips as axes", draw(3, 3), draw(3, 3)),
        ("widths of 1/20 and of 20", draw(4, 2), 6 * draw(4, 2).sign()),
        ("float32 stays float32", draw(2, 4).float(), draw(2, 4).float()),
    )
    return [
        Case(label, {"mu": m, "logvar": v, "rng": used()}, ("mu", "logvar"))
        for label, m, v in questions
    ]


def _normal(like: Tensor, rng: torch.Generator | None) -> Tensor:
    return torch.randn(like.shape, generator=rng, dtype=like.dtype)


def _with_noise(noise: Callable[[Tensor, torch.Generator], Tensor]) -> Answer:
    """The right formula around another noise: of what it is like, and a generator."""
    return lambda mu, logvar, rng: mu + (logvar / 2).exp() * noise(mu, rng)


def _with_sum(formula: Callable[[Tensor, Tensor, Tensor], Tensor]) -> Answer:
    """The right noise in another formula: of mu, log variance and noise."""
    return lambda mu, logvar, rng: formula(mu, logvar, _normal(mu, rng))


def _second_draw(like, rng):
    return [_normal(like, rng) for _ in range(2)][1]


def _clip_by_clip(mu, logvar, rng):
    codes = []
    for m, v in zip(mu, logvar, strict=True):
        eps = torch.normal(0.0, 1.0, m.shape, generator=rng, dtype=m.dtype)
        codes.append(torch.addcmul(m, v.exp().sqrt(), eps))
    return torch.stack(codes)


def _by_transform(mu, logvar, rng):
    eps = torch.empty_like(mu).normal_(generator=rng)
    return AffineTransform(mu, torch.exp(0.5 * logvar))(eps)


REPARAMETERIZE = Exercise(
    id="X3.3",
    title="Noise from outside",
    reference=reparameterize,
    points=2,
    minutes=8,
    difficulty=1,
    cases=_posterior_cases,
    mistakes=(
        Mistake(
            "mu in place of z",
            lambda mu, logvar, rng: mu,
            "No noise at all: an autoencoder. The decoder never meets what lies "
            "between the codes, and `logvar` learns from its price alone.",
        ),
        Mistake(
            "z cut loose",
            lambda mu, logvar, rng: torch.normal(
                mu.detach(), (logvar.detach() / 2).exp(), generator=rng
            ),
            "The numbers are right, but no gradient reaches `mu` or `logvar`: "
            "`.detach()`, `torch.normal` and `Normal.sample` end the way back. Only "
            "the noise is drawn; z is computed from it.",
        ),
        Mistake(
            "noise term cut loose",
            _with_sum(lambda mu, logvar, eps: mu + ((logvar / 2).exp() * eps).detach()),
            "`mu` learns, `logvar` does not: its only way to z is through sigma, and "
            "there the path is cut. The noise needs no gradient; its factor does.",
        ),
        Mistake(
            "log variance read as log sigma",
            _with_sum(lambda mu, logvar, eps: mu + logvar.exp() * eps),
            "The noise was multiplied by the variance. Its factor is the standard "
            "deviation, whose logarithm is half the log variance.",
        ),
        Mistake(
            "exp forgotten",
            _with_sum(lambda mu, logvar, eps: mu + logvar * eps),
            "`logvar` itself cannot be a width: where it is 0, z is `mu` exactly, and "
            "where it is negative the noise changes sides. It is a logarithm.",
        ),
        Mistake(
            "sigma ignored",
            _with_sum(lambda mu, logvar, eps: mu + eps),
            "Every code has the width 1 here, whatever the encoder says of it, and "
            "`logvar` learns nothing. Multiply the noise by sigma.",
        ),
        Mistake(
            "mean ignored",
            _with_sum(lambda mu, logvar, eps: (logvar / 2).exp() * eps),
            "This cloud lies around 0, so the code says nothing of where its clip is. "
            "The noise is added to `mu`.",
        ),
        Mistake(
            "noise taken away",
            _with_sum(lambda mu, logvar, eps: mu - (logvar / 2).exp() * eps),
            "The distribution is the right one, a Gaussian being symmetric. The check "
            "compares draw with draw, and the docstring adds the noise.",
        ),
        Mistake(
            "one noise for the whole batch",
            _with_noise(lambda like, rng: _normal(like[0], rng)),
            "All clips are pushed the same way at once, so that their errors do not "
            "average out. Draw noise of the full shape of `mu`.",
        ),
        Mistake(
            "one noise for all axes",
            _with_noise(lambda like, rng: _normal(like[:, :1], rng)),
            "The axes of a code move together along one line; the code's KL speaks of "
            "independent ones. Draw noise of the full shape of `mu`.",
        ),
        Mistake(
            "uniform noise",
            _with_noise(
                lambda like, rng: (
                    12**0.5
                    * (torch.rand(like.shape, generator=rng, dtype=like.dtype) - 0.5)
                )
            ),
            "Mean and variance are right, the distribution is not: it never goes "
            "beyond 1.73 sigma. `rand` is uniform, `randn` is normal.",
        ),
        Mistake(
            "noise from the global generator",
            _with_noise(lambda like, rng: torch.randn_like(like)),
            "`rng` was not asked, so that nobody can draw the same code again, and "
            "other people's draws change yours. Hand it over: `generator=rng`.",
        ),
        Mistake(
            "the same noise at every call",
            _with_noise(lambda like, rng: _normal(like, rng.manual_seed(0))),
            "The generator was sent back to a seed, so every batch gets the same "
            "noise, and the decoder learns it by heart. Only draw: where a stream "
            "begins is the caller's business.",
        ),
        Mistake(
            "a generator of its own",
            _with_noise(lambda like, rng: _normal(like, torch.Generator())),
            "A new generator always begins with the same numbers: every call draws the "
            "same noise. Draw from the one that was handed over.",
        ),
        Mistake(
            "noise of another dtype",
            _with_noise(lambda like, rng: torch.randn(like.shape, generator=rng)),
            "Drawn as float32 whatever `mu` is, so for a float64 code these are other "
            "and coarser numbers. `randn` takes a `dtype`.",
        ),
        Mistake(
            "first draw thrown away",
            _with_noise(_second_draw),
            "As random as asked for, but drawn twice from `rng`: whoever draws the "
            "same again gets another code. Is there a line that only looks?",
        ),
    ),
    alternatives=(_clip_by_clip, _by_transform),
    hints=(
        "Which number must be random? Not z itself: something that depends on neither "
        "`mu` nor `logvar`, so that both may stand in a plain formula.",
        "A standard normal number, stretched by sigma and moved by the mean, is a draw "
        "from N(mean, sigma^2). `logvar` is log sigma^2: what is sigma?",
        "`torch.randn` takes a shape, `generator` and `dtype`. The rest is one product "
        "and one sum; sigma is the exponential of half the log variance.",
    ),
)
