"""X3.2: the Gaussian log likelihood of clips, and both terms of their ELBO.

An answer is a pair of functions: ``log_density`` and ``elbo``.
"""

from collections.abc import Callable, Sequence
from functools import partial
from math import log, pi
from typing import Any

import torch
from torch import Tensor
from torch.distributions import Normal
from torch.nn.functional import gaussian_nll_loss

from course_lib.vae.elbo import elbo
from course_lib.vae.gaussian import kl_to_standard_normal, log_density
from teaching.exercise import Answer, Case, Exercise, Mistake


def _clip_cases(rng: torch.Generator) -> Sequence[Case]:
    draw = partial(torch.randn, generator=rng, dtype=torch.float64)
    learned = 0.2 + torch.rand((), generator=rng, dtype=torch.float64)

    def density(label: str, sigma: Any, *shape: int) -> Case:
        tensors = {"x": draw(shape), "mean": draw(shape)}
        names = (*tensors, "sigma") if isinstance(sigma, Tensor) else tuple(tensors)
        return Case(label, {**tensors, "sigma": sigma}, names)

    def bound(label: str, sigma: Any, n_latents: int, *shape: int) -> Case:
        case = density(label, sigma, *shape)
        posterior = {name: draw(shape[0], n_latents) for name in ("mu", "logvar")}
        names = (*case.differentiate, *posterior)
        return Case(label, {**case.arguments, **posterior}, names, part=1)

    per_pixel = 0.2 + torch.rand(2, 3, generator=rng, dtype=torch.float64)
    per_channel = 0.2 + torch.rand(2, 1, 1, generator=rng, dtype=torch.float64)
    one_invalid = per_pixel.clone()
    one_invalid[1, 0] = 0
    small = bound("float32 stays float32", learned, 3, 2, 2, 1, 2, 3)
    floats = {name: tensor.float() for name, tensor in small.arguments.items()}
    return [
        density("the sum over all axes of a clip", 0.3, 2, 3, 1, 4, 5),
        density("as many clips as frames and as pixels in a row", 1.7, 3, 3, 1, 2, 3),
        density("a sigma that is learned", learned, 2, 3, 3, 1, 4),
        density("points of the plane", 0.5, 5, 2),
        density("a single clip", 0.8, 1, 2, 1, 3, 2),
        density("a sigma for each pixel", per_pixel, 3, 2, 2, 2, 3),
        density("a sigma of 0 is refused", 0.0, 2, 3, 1, 2, 2),
        density("a sigma of 0 for one pixel is refused", one_invalid, 2, 2, 1, 2, 3),
        bound("the ELBO of clips", 0.7, 6, 3, 2, 1, 4, 5),
        bound(
            "as many latent axes as clips and as pixels in a row", 0.4, 4, 4, 2, 3, 1, 4
        ),
        bound("an ELBO whose sigma is learned", learned, 5, 2, 3, 1, 4, 2),
        bound("an ELBO with a sigma for each channel", per_channel, 3, 4, 2, 2, 3, 2),
        bound("a negative sigma is refused", -0.5, 4, 2, 3, 1, 2, 2),
        Case(small.label, floats, small.differentiate, part=1),
    ]


def _with_density(density: Callable[..., Any]) -> Answer:
    """Another log density, and the ELBO with it."""
    return density, lambda x, mean, mu, logvar, sigma: (
        density(x, mean, sigma),
        kl_to_standard_normal(mu, logvar),
    )


def _check_sigma(sigma: Any) -> None:
    if (torch.as_tensor(sigma) <= 0).any():
        raise ValueError("A standard deviation is above 0.")


def _with_formula(formula: Callable[..., Tensor], *, check: bool = True) -> Answer:
    """Another formula of a value's squared error, sigma, and number of values.

    The results are summed over all values of a clip.
    """

    def density(x, mean, sigma):
        if check:
            _check_sigma(sigma)
        scale = torch.as_tensor(sigma, dtype=x.dtype).expand(x[0].shape)
        return formula((x - mean).square(), scale, x[0].numel()).flatten(1).sum(1)

    return _with_density(density)


def _with_sigma(change: Callable[[Tensor, tuple[int, ...]], Tensor]) -> Answer:
    """The correct log density of another sigma, given sigma and a clip's shape."""

    def density(x, mean, sigma):
        _check_sigma(sigma)
        scale = torch.as_tensor(sigma, dtype=x.dtype)
        return _by_distribution(x, mean, change(scale, x[0].shape))

    return _with_density(density)


def _checked_by(check: Callable[[Tensor], Any]) -> Answer:
    """The correct log density, with another check of sigma."""

    def density(x, mean, sigma):
        scale = torch.as_tensor(sigma, dtype=x.dtype)
        if check(scale):
            raise ValueError("A standard deviation is above 0.")
        return _unchecked(x, mean, scale)

    return _with_density(density)


def _unchecked(x: Tensor, mean: Tensor, scale: Tensor) -> Tensor:
    terms = -((x - mean) / scale).square() / 2 - _log_normalizer(scale)
    return terms.flatten(1).sum(1)


def _only_numbers(x: Tensor, mean: Tensor, sigma: Any) -> Tensor:
    """The log density for a sigma that is one number."""
    if sigma <= 0:
        raise ValueError("A standard deviation is above 0.")
    scale, n = torch.as_tensor(sigma, dtype=x.dtype), x[0].numel()
    errors = (x - mean).square().flatten(1).sum(1)
    return -errors / (2 * scale**2) - n * _log_normalizer(scale)


def _over_axes(axes: Callable[[Tensor], Any]) -> Answer:
    """The correct log densities of the values, summed over other axes."""

    def density(x, mean, sigma):
        _check_sigma(sigma)
        scale = torch.as_tensor(sigma, dtype=x.dtype)
        terms = -((x - mean) / scale).square() / 2 - _log_normalizer(scale)
        return terms.sum(axes(x))

    return _with_density(density)


def _with_terms(combine: Callable[..., Any]) -> Answer:
    """The correct log density, and another combination of the ELBO's two terms."""
    return log_density, lambda x, mean, mu, logvar, sigma: combine(
        *elbo(x, mean, mu, logvar, sigma)
    )


def _log_normalizer(sigma: Tensor) -> Tensor:
    """Logarithm of the normalizing constant of a Gaussian, for one axis."""
    return sigma.log() + log(2 * pi) / 2


def _per_frame(x: Any, mean: Any, sigma: Any) -> Any:
    """log p of every frame of every clip: (batch, time)."""
    frames = log_density(x.flatten(0, 1), mean.flatten(0, 1), sigma)
    return frames.view(x.shape[:2])


def _with_detached_sigma(x: Any, mean: Any, sigma: Any) -> Any:
    """The correct log density, without a gradient for sigma."""
    constant = sigma.detach() if isinstance(sigma, Tensor) else sigma
    return log_density(x, mean, constant)


def _by_distribution(x: Tensor, mean: Tensor, sigma: Tensor | float) -> Tensor:
    """The log density by ``torch.distributions``, which also checks sigma."""
    return Normal(mean, sigma).log_prob(x).flatten(1).sum(1)


def _by_loss(x: Tensor, mean: Tensor, sigma: Tensor | float) -> Tensor:
    """The log density as the negative of a loss of torch."""
    _check_sigma(sigma)
    variance = torch.as_tensor(sigma, dtype=x.dtype).square().expand_as(x)
    loss = gaussian_nll_loss(mean, x, variance, full=True, reduction="none")
    return -torch.einsum("b...->b", loss)


ELBO = Exercise(
    id="X3.2",
    title="Both terms of the ELBO",
    reference=(log_density, elbo),
    points=3,
    minutes=15,
    difficulty=2,
    cases=_clip_cases,
    mistakes=(
        Mistake(
            "mean over the pixels",
            _with_density(
                lambda x, mean, sigma: log_density(x, mean, sigma) / x[0].numel()
            ),
            "The densities of independent pixels are multiplied, so their logarithms "
            "are added. Beside a mean over pixels the summed KL has far too much "
            "weight, and the posterior collapses.",
        ),
        Mistake(
            "mean over time",
            _with_density(lambda x, mean, sigma: _per_frame(x, mean, sigma).mean(1)),
            "Pixels are summed, but frames are averaged. There is one code for the "
            "whole clip: sum over time as well.",
        ),
        Mistake(
            "one number for each frame",
            _with_density(_per_frame),
            "A shape of (batch, time) does not fit the KL of shape (batch,): it gives "
            "an error or, with as many clips as frames, mixes clips by broadcasting. "
            "Sum over every axis but the first.",
        ),
        Mistake(
            "one number for the batch",
            _with_density(lambda x, mean, sigma: log_density(x, mean, sigma).mean()),
            "Each clip has an ELBO of its own: keep the batch axis. The training loss "
            "takes the mean over the clips later.",
        ),
        Mistake(
            "sigma ignored",
            _with_formula(lambda e, s, n: -e),
            "This is a plain squared error, not a log density. `sigma` determines how "
            "many nats a squared error costs, relative to the KL.",
        ),
        Mistake(
            "sigma not squared",
            _with_formula(lambda e, s, n: -e / (2 * s) - _log_normalizer(s)),
            "Here squared errors are divided by sigma, so the result still has a unit. "
            "A Gaussian divides them by twice its *variance*.",
        ),
        Mistake(
            "factor 1/2 missing",
            _with_formula(lambda e, s, n: -e / s**2 - _log_normalizer(s)),
            "Here errors count twice as much as under a Gaussian of this sigma: its "
            "exponent contains a factor 1/2.",
        ),
        Mistake(
            "normalizing constant missing",
            _with_formula(lambda e, s, n: -e / (2 * s**2)),
            "Without log sigma the optimal sigma is infinite: a larger one always "
            "raises the result. A density integrates to 1, so it contains log sigma.",
        ),
        Mistake(
            "normalizing constant counted once",
            _with_formula(lambda e, s, n: -e / (2 * s**2) - _log_normalizer(s) / n),
            "Each pixel has a Gaussian of its own, and each one has a normalizing "
            "constant. How many values does a clip have?",
        ),
        Mistake(
            "2 pi missing",
            _with_formula(lambda e, s, n: -e / (2 * s**2) - s.log()),
            "The gradients are correct, but this is no log density: for each axis half "
            "the logarithm of 2 pi is missing, so values in nats or bits are wrong.",
        ),
        Mistake(
            "negative log likelihood",
            _with_density(lambda x, mean, sigma: -log_density(x, mean, sigma)),
            "This is a loss, lower for better reconstructions. The exercise asks for "
            "log p(x | z) itself, because the ELBO is *maximized*.",
        ),
        Mistake(
            "no gradient for sigma",
            _with_density(_with_detached_sigma),
            "The value is correct, but a sigma that is a tensor gets no gradient. "
            "`math.log`, `float` and `.item()` end the graph: use operations of torch.",
        ),
        Mistake(
            "no error for a sigma of 0",
            _with_formula(
                lambda e, s, n: -e / (2 * s**2) - _log_normalizer(s), check=False
            ),
            "Both terms are correct. But a sigma of 0 or below gives infinite or "
            "meaningless values: raise a ValueError that says what is needed.",
        ),
        Mistake(
            "negative sigma not refused",
            _checked_by(lambda s: (s == 0).any()),
            "A sigma of 0 is refused, but a negative one gives nan, the logarithm of a "
            "negative number. A standard deviation must be above 0.",
        ),
        Mistake(
            "sigma refused only if no entry is positive",
            _checked_by(lambda s: not (s > 0).any()),
            "A sigma for each pixel is refused only if *no* entry is positive. One "
            "entry of 0 makes the result infinite: *all* entries must be positive.",
        ),
        Mistake(
            "a sigma that must be one number",
            _with_density(_only_numbers),
            "This works if sigma is one number. It may also be a tensor that is "
            "broadcast over the last axes: compare with `(sigma <= 0).any()`, divide "
            "each error by its own sigma, and sum the log sigmas of all values.",
        ),
        Mistake(
            "log sigmas of a tensor counted too often",
            _with_density(
                lambda x, mean, sigma: (
                    log_density(x, mean, sigma)
                    - (torch.as_tensor(sigma).numel() - 1)
                    * torch.as_tensor(sigma, dtype=x.dtype)
                    .log()
                    .expand(x[0].shape)
                    .sum()
                )
            ),
            "If sigma has an entry for each pixel, its log sigmas are added up first "
            "and then multiplied by the number of values. Each value of a clip has one "
            "log sigma: expand sigma to the shape of a clip before you sum.",
        ),
        Mistake(
            "log sigmas of a tensor not repeated",
            _with_density(
                lambda x, mean, sigma: (
                    log_density(x, mean, sigma)
                    + torch.as_tensor(sigma, dtype=x.dtype)
                    .log()
                    .expand(x[0].shape)
                    .sum()
                    - torch.as_tensor(sigma, dtype=x.dtype).log().sum()
                )
            ),
            "Each entry of sigma is counted once, but sigma is broadcast: every value "
            "of a clip has a log sigma. Expand sigma to the shape of a clip before you "
            "sum.",
        ),
        Mistake(
            "one mean sigma for all pixels",
            _with_sigma(lambda s, shape: s.mean()),
            "A sigma for each pixel is averaged to one number. Each error is divided "
            "by the sigma of its own pixel.",
        ),
        Mistake(
            "variance in place of sigma",
            _with_sigma(lambda s, shape: s**2),
            "sigma is squared before it enters the density, so errors are divided by "
            "sigma to the fourth power. `Normal` takes the standard deviation.",
        ),
        Mistake(
            "2 pi not halved",
            _with_formula(lambda e, s, n: -e / (2 * s**2) - s.log() - log(2 * pi)),
            "The normalizing constant is the *root* of 2 pi times sigma, so the "
            "logarithm of 2 pi is halved. It is counted twice here.",
        ),
        Mistake(
            "log variance in place of log sigma",
            _with_formula(
                lambda e, s, n: -e / (2 * s**2) - 2 * s.log() - log(2 * pi) / 2
            ),
            "log sigma is counted twice: the logarithm of sigma squared is 2 log "
            "sigma. The constant is the root of 2 pi sigma^2, so halve it.",
        ),
        Mistake(
            "sign of the normalizing constant reversed",
            _with_formula(lambda e, s, n: -e / (2 * s**2) + _log_normalizer(s)),
            "The normalizing constant is added. The density is *divided* by it: a "
            "narrow Gaussian is high at its mean.",
        ),
        Mistake(
            "axes 1 to 4 written out",
            _over_axes(lambda x: (1, 2, 3, 4)),
            "The sum names the axes 1 to 4, so only clips of five axes work. The "
            "docstring asks for all axes but the first: `flatten(1)` joins them.",
        ),
        Mistake(
            "sum over the batch",
            _over_axes(lambda x: (*range(x.ndim),)),
            "This is one number for the whole batch. Each clip has an ELBO of its own: "
            "sum over every axis but the first.",
        ),
        Mistake(
            "mean detached",
            _with_density(lambda x, mean, sigma: log_density(x, mean.detach(), sigma)),
            "The value is correct, but the decoder gets no gradient, so it cannot "
            "learn to reconstruct. Leave out the `detach`.",
        ),
        Mistake(
            "bits in place of nats",
            _with_density(lambda x, mean, sigma: log_density(x, mean, sigma) / log(2)),
            "The log likelihood is in bits, and the KL is in nats, so they cannot be "
            "subtracted. Use the natural logarithm.",
        ),
        Mistake(
            "sign of the KL reversed",
            _with_terms(lambda likelihood, kl: (likelihood, -kl)),
            "`kl` is never negative. `Elbo.bound` subtracts it; if it is negated here "
            "as well, a larger KL raises the bound.",
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
            "The log likelihood is summed over pixels, so the KL is summed over latent "
            "axes. With a smaller KL the difference is no lower bound.",
        ),
        Mistake(
            "terms exchanged",
            _with_terms(lambda likelihood, kl: (kl, likelihood)),
            "Both terms are correct, but in the wrong order: first the log likelihood, "
            "then the KL.",
        ),
        Mistake(
            "both terms averaged over the clips",
            _with_terms(lambda likelihood, kl: (likelihood.mean(), kl.mean())),
            "These are the means over the batch. Return one number for each clip; the "
            "training loss takes the mean later.",
        ),
        Mistake(
            "one KL for all clips",
            _with_terms(lambda likelihood, kl: (likelihood, kl.mean())),
            "Here one number is subtracted from the log likelihood of every clip, by "
            "broadcasting. Each clip has a KL of its own.",
        ),
        Mistake(
            "the bound in place of its terms",
            _with_terms(lambda likelihood, kl: likelihood - kl),
            "The bound is correct, but the exercise asks for both terms: only "
            "separately do they tell a collapsed posterior from bad reconstructions.",
        ),
    ),
    alternatives=(_with_density(_by_distribution), _with_density(_by_loss)),
    hints=(
        "Start with one pixel: what is the log density of a Gaussian? Which of its "
        "terms depend on the pixel, and which are the same for every pixel?",
        "Pixels and frames are independent given z, so their log densities are summed "
        "over every axis of a clip, but not over clips. Log sigma counts on each axis.",
        "Flatten a clip from axis 1 on. Subtract its summed squared error over twice "
        "the variance and, for each of its values, log sigma and half the logarithm of "
        "2 pi. The second function calls two functions that you have written.",
    ),
)
