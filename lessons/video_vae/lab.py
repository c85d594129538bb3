"""The lab of lesson 03: training and sampling of small VAEs, with one fault each.

Every faulty run differs from the correct one in one point, as in published code.
``symptom`` describes where its curves differ from those of ``run_healthy``.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib.shapes import Images, Latents, PerClip
from course_lib.vae.digits_vae import BATCH_SIZE, LEARNING_RATE, SmallSizes, SmallVAE
from course_lib.vae.gaussian import kl_to_standard_normal, reparameterize

SIGMA = 0.3  # of p(x | z), for pixels in [-1, 1]
N_SAMPLES = 500  # samples of the prior in each evaluation

Curve = Float[Tensor, "reading"]
TestImages = Float[Tensor, "test channel height width"]


def sum_over_pixels(squared_errors: Images) -> PerClip:
    """Squared errors of each image, summed over its pixels."""
    return squared_errors.flatten(1).sum(dim=1)


class Pipeline(NamedTuple):
    """The steps of a run in which a fault can be.

    Attributes:
        sample_posterior: Makes latent vectors of means, log variances and a random
            generator, in training and in evaluation.
        reduce_errors: Makes the error of an image of the squared errors of its pixels.
        sample_prior: Makes the latent vectors that are decoded into samples.
    """

    sample_posterior: Callable[[Latents, Latents, torch.Generator], Latents] = (
        reparameterize
    )
    reduce_errors: Callable[[Images], PerClip] = sum_over_pixels
    sample_prior: Callable[..., Latents] = torch.randn


class Fault(NamedTuple):
    """A faulty pipeline: its letter in the lab, name, symptom and explanation."""

    key: str
    name: str
    symptom: str
    explanation: str
    pipeline: Pipeline


class VAECurves(NamedTuple):
    """Curves of a run: one value for each ``step``, mean over images.

    Attributes:
        step: Steps at which the curves are recorded.
        loss: Training loss, mean since the last record: squared error over 2 sigma^2
            plus KL, in nats. It is 0 for exact reconstructions without any KL.
        error: Squared error of test images, summed over pixels in [-1, 1].
        kl: KL of test images, in nats.
        sample_error: Squared error between a test image and the nearest of N_SAMPLES
            samples.
    """

    step: Curve
    loss: Curve
    error: Curve
    kl: Curve
    sample_error: Curve


FAULTS = (
    Fault(
        key="A",
        name="z is detached",
        symptom="The KL goes to 0 within a few steps, and the error stays at that of "
        "the mean image. The loss agrees: it is that error over 2 sigma^2.",
        explanation="The error gives the encoder no gradient. Its only gradient is "
        "that of the KL, so q becomes the prior for every image.",
        pipeline=Pipeline(
            sample_posterior=lambda *arguments: reparameterize(*arguments).detach()
        ),
    ),
    Fault(
        key="B",
        name="z is the mean, without noise",
        symptom="Error and KL fall together: reconstructions improve while the codes "
        "cost fewer nats. The loss is far below the healthy one, but samples are "
        "further from the test images.",
        explanation="Without noise a code can shrink towards 0, where the KL is "
        "smaller, and the decoder enlarges it again. Samples of the prior lie far "
        "outside of such codes.",
        pipeline=Pipeline(sample_posterior=lambda mu, logvar, rng: mu),
    ),
    Fault(
        key="C",
        name="the errors are averaged over pixels, the KL is summed",
        symptom="The KL goes to 0 and the error stays at that of the mean image; but "
        "the loss is about sixty times smaller than that error over 2 sigma^2.",
        explanation="The mean over 64 pixels corresponds to a sigma of 2.4. That is "
        "larger than the standard deviation of the digits along any axis, so the "
        "posterior collapses.",
        pipeline=Pipeline(
            reduce_errors=lambda squared_errors: squared_errors.flatten(1).mean(dim=1)
        ),
    ),
    Fault(
        key="D",
        name="samples come from another prior",
        symptom="Loss, error and KL are exactly the healthy ones. Only the samples are "
        "much further from the test images.",
        explanation="The latent vectors of the samples come from rand, uniform in "
        "[0, 1), instead of randn. The training is correct; the samples show one "
        "corner of the latent space.",
        pipeline=Pipeline(sample_prior=torch.rand),
    ),
    Fault(
        key="E",
        name="the log variance is used as log sigma",
        symptom="Loss and error are below the healthy ones, and the KL stays at about "
        "two thirds of the healthy one. Yet samples are no nearer.",
        explanation="z was sampled with a sigma of exp(logvar), but the KL is that of "
        "a sigma of exp(logvar / 2), which is larger and has a smaller KL. The loss is "
        "no bound.",
        pipeline=Pipeline(
            sample_posterior=lambda mu, logvar, rng: reparameterize(mu, 2 * logvar, rng)
        ),
    ),
)
"""The lab's five faults, in the order of their letters."""


def run_fault(
    fault: Fault,
    train_images: Images,
    test_images: TestImages,
    n_steps: int,
    rng: torch.Generator,
) -> VAECurves:
    """The curves of a faulty run, with about 30 records (one a step below 30)."""
    return _run(fault.pipeline, train_images, test_images, n_steps, rng)


def run_healthy(
    train_images: Images, test_images: TestImages, n_steps: int, rng: torch.Generator
) -> VAECurves:
    """The curves of the correct pipeline, recorded as often as a faulty run's."""
    return _run(Pipeline(), train_images, test_images, n_steps, rng)


def _run(
    pipeline: Pipeline,
    train_images: Images,
    test_images: TestImages,
    n_steps: int,
    rng: torch.Generator,
) -> VAECurves:
    model = SmallVAE(SmallSizes(side=train_images.shape[-1]), rng, sigma=SIGMA)
    optimizer = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE)
    records, losses, every = [], [], max(n_steps // 30, 1)
    for step in range(1, n_steps + 1):
        index = torch.randint(len(train_images), (BATCH_SIZE,), generator=rng)
        batch = train_images[index]
        posterior = model.encode(batch)
        decoded = model.decoder(pipeline.sample_posterior(*posterior, rng))
        errors = pipeline.reduce_errors((decoded - batch).square())
        # -log p(x | z) without its constant, + KL(q || prior)
        loss = (errors / (2 * SIGMA**2) + kl_to_standard_normal(*posterior)).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        if step % every == 0:
            evaluation = _evaluate(pipeline, model, test_images, rng.clone_state())
            records.append([step, sum(losses) / every, *evaluation])
            losses = []
    return VAECurves(*torch.tensor(records).T)


@torch.no_grad()
def _evaluate(
    pipeline: Pipeline, model: SmallVAE, test_images: TestImages, rng: torch.Generator
) -> tuple[float, ...]:
    posterior = model.encode(test_images)
    decoded = model.decoder(pipeline.sample_posterior(*posterior, rng))
    z = pipeline.sample_prior(N_SAMPLES, model.sizes.latent, generator=rng)
    distances = torch.cdist(test_images.flatten(1), model.decoder(z).flatten(1))
    error = sum_over_pixels((decoded - test_images).square())
    kl = kl_to_standard_normal(*posterior)
    sample_error = distances.amin(dim=1).square()
    return error.mean().item(), kl.mean().item(), sample_error.mean().item()
