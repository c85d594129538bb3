"""Break one line of how a small VAE is trained or sampled, read it off: the lab.

Every faulty recipe is the good one with one thing wrong, as published code has it;
``symptom`` says where its curves leave those of ``run_healthy``.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib.shapes import Images, Latents, PerClip
from course_lib.vae.digits_vae import BATCH, RATE, SmallSizes, SmallVAE
from course_lib.vae.gaussian import kl_to_standard_normal, reparameterize

SIGMA = 0.3  # of a pixel in [-1, 1]
SAMPLES = 500  # of every report

Curve = Float[Tensor, "reading"]
Unseen = Float[Tensor, "unseen channel height width"]


def summed(squares: Images) -> PerClip:
    """One number an image: squared errors, summed over its pixels."""
    return squares.flatten(1).sum(dim=1)


class Recipe(NamedTuple):
    """What a run does, as functions.

    ``z`` makes codes from their means, log variances and dice, in training and in the
    report; ``error`` is what an image pays for its squared errors; ``prior`` makes the
    codes that are decoded into samples.
    """

    z: Callable[[Latents, Latents, torch.Generator], Latents] = reparameterize
    error: Callable[[Images], PerClip] = summed
    prior: Callable[..., Latents] = torch.randn


class Fault(NamedTuple):
    """One faulty recipe: its letter in the lab, its name, what shows it, and why."""

    key: str
    name: str
    symptom: str
    explanation: str
    recipe: Recipe


class VAECurves(NamedTuple):
    """What a run reports of itself: one value for every ``step``, mean over images.

    ``loss`` is the training's, mean since the last reading: the squared error over
    2 sigma^2, plus the KL, in nats; a perfect copy for nothing would cost 0. The rest
    is of unseen images. ``error`` is squared, summed over pixels in [-1, 1]; ``kl`` is
    in nats; ``miss`` is the squared error of the nearest of SAMPLES samples.
    """

    step: Curve
    loss: Curve
    error: Curve
    kl: Curve
    miss: Curve


FAULTS = (
    Fault(
        key="A",
        name="z is detached",
        symptom="The KL is 0 almost at once, and the error rests on that of the mean "
        "image. The loss fits: it is that error over 2 sigma^2.",
        explanation="No slope of the error reaches the encoder. It feels the price of "
        "codes alone, and buys none.",
        recipe=Recipe(z=lambda *given: reparameterize(*given).detach()),
    ),
    Fault(
        key="B",
        name="the noise is left out of z",
        symptom="Error and KL fall together: codes tell ever more and cost ever less. "
        "The loss is far below the healthy one, yet samples miss by more.",
        explanation="Nothing blurs a code, so it may be written ever smaller, and the "
        "decoder takes a lens. Draws of the prior fall far outside.",
        recipe=Recipe(z=lambda mu, logvar, rng: mu),
    ),
    Fault(
        key="C",
        name="the errors are averaged, the KL is summed",
        symptom="KL at 0, error at that of the mean image; but the loss is some sixty "
        "times smaller than such an error over 2 sigma^2.",
        explanation="A 64th of the error pays for no nat. It hides a sigma of 2.4, "
        "wider than any axis of the digits, where every code collapses.",
        recipe=Recipe(error=lambda squares: squares.flatten(1).mean(dim=1)),
    ),
    Fault(
        key="D",
        name="the prior is forgotten at test",
        symptom="Loss, error and KL are the healthy ones to the digit. The samples "
        "alone miss, by far more.",
        explanation="The codes came from rand, in [0, 1), not from randn. Nothing is "
        "wrong with the training; samples show one corner of what it learnt.",
        recipe=Recipe(prior=torch.rand),
    ),
    Fault(
        key="E",
        name="log variance is taken for log sigma",
        symptom="Loss and error are below healthy, and the KL rests at some two thirds "
        "of the healthy one. Yet samples miss by no less.",
        explanation="z was drawn with a sigma of exp(logvar), and the KL paid for one "
        "of exp(logvar / 2): wider, so cheaper. The loss bounds nothing.",
        recipe=Recipe(z=lambda mu, logvar, rng: reparameterize(mu, 2 * logvar, rng)),
    ),
)
"""The lab's five faults, in the order of their letters."""


def run_fault(
    fault: Fault, seen: Images, unseen: Unseen, n_steps: int, rng: torch.Generator
) -> VAECurves:
    """The curves of a faulty run: some 30 readings or, below 30 steps, one a step."""
    return _run(fault.recipe, seen, unseen, n_steps, rng)


def run_healthy(
    seen: Images, unseen: Unseen, n_steps: int, rng: torch.Generator
) -> VAECurves:
    """The curves of the good recipe, read as often as those of ``run_fault``."""
    return _run(Recipe(), seen, unseen, n_steps, rng)


def _run(
    recipe: Recipe, seen: Images, unseen: Unseen, n_steps: int, rng: torch.Generator
) -> VAECurves:
    model = SmallVAE(SmallSizes(side=seen.shape[-1]), rng, sigma=SIGMA)
    adam = torch.optim.Adam(model.parameters(), lr=RATE)
    readings, losses, every = [], [], max(n_steps // 30, 1)
    for step in range(1, n_steps + 1):
        batch = seen[torch.randint(len(seen), (BATCH,), generator=rng)]
        code = model.encode(batch)
        errors = recipe.error((model.decode(recipe.z(*code, rng)) - batch).square())
        # -log p(x | z), less what no training changes, + KL(q || prior)
        loss = (errors / (2 * SIGMA**2) + kl_to_standard_normal(*code)).mean()
        adam.zero_grad()
        loss.backward()
        adam.step()
        losses.append(loss.item())
        if step % every == 0:
            report = _report(recipe, model, unseen, rng.clone_state())
            readings.append([step, sum(losses) / every, *report])
            losses = []
    return VAECurves(*torch.tensor(readings).T)


@torch.no_grad()
def _report(
    recipe: Recipe, model: SmallVAE, unseen: Unseen, rng: torch.Generator
) -> tuple[float, ...]:
    code = model.encode(unseen)
    rebuilt = model.decode(recipe.z(*code, rng))
    sampled = model.decode(recipe.prior(SAMPLES, model.sizes.latent, generator=rng))
    misses = torch.cdist(unseen.flatten(1), sampled.flatten(1)).amin(dim=1).square()
    error, kl = summed((rebuilt - unseen).square()), kl_to_standard_normal(*code)
    return error.mean().item(), kl.mean().item(), misses.mean().item()
