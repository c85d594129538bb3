"""One optimizer step that maximizes an ELBO with an annealed KL term."""

from torch.nn.utils import clip_grad_norm_
from torch.optim import Optimizer

from course_lib.training.presets import Preset
from course_lib.vae.elbo import Elbo, kl_weight

WARM_UP_FRACTION = 0.2  # of the steps, in which the weight of the KL rises from 0 to 1
MAX_GRADIENT_NORM = 1.0  # of the loss in nats for each value of a clip


def elbo_step(
    terms: Elbo,
    optimizer: Optimizer,
    preset: Preset,
    number: int,
    n_axes: int,
) -> None:
    """Update the weights once with the gradient of the negative ELBO.

    The loss is the mean over clips, divided by the ``n_axes`` values of a clip. The
    weight of the KL rises linearly from 0 to 1 within the first WARM_UP_FRACTION of the
    preset's steps; ``number`` counts steps from 1. The gradient's norm is clipped.
    """
    weight = kl_weight(number, round(WARM_UP_FRACTION * preset.steps))
    optimizer.zero_grad()
    ((weight * terms.kl.mean() - terms.log_likelihood.mean()) / n_axes).backward()
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    clip_grad_norm_(parameters, MAX_GRADIENT_NORM)
    optimizer.step()
