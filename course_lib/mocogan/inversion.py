"""GAN inversion: find latents whose first frame matches a given image.

A generator has no encoder, but it is differentiable: minimize the error of the first
frame over the latents, with the weights fixed.
"""

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d
from torch.optim import Adam

from course_lib.mocogan.discriminators import FRAMES
from course_lib.mocogan.latents import ClipLatents
from course_lib.mocogan.video_gan import MoCoGAN
from course_lib.shapes import Images

LEARNING_RATE = 0.05
N_CANDIDATES = 64  # random latents from which the best start is chosen
POOL_SIZE = 8  # pixels, side of the averages in which candidates are compared
LATENT_PENALTY = 1e-3  # weight of the latents' squared norm, their prior


def invert_first_frames(
    model: MoCoGAN,
    frames: Images,
    rng: torch.Generator,
    *,
    n_steps: int = 200,
    n_frames: int = FRAMES,
) -> ClipLatents:
    """Latents of clips that begin with the given frames.

    ``content`` and ``initial_state`` start at the best of N_CANDIDATES samples and are
    then optimized with Adam on the mean squared error of the first frame. ``category``
    and ``noise`` are samples from the prior, so another seed continues the same frame
    with another motion. No gradient is accumulated in the model's parameters.

    Source: Zhu et al. 2016, section 3.1.
    """
    latents = model.sample_latents(len(frames), rng, n_frames)
    start = _nearest_candidates(model, frames, rng)
    variables = [x.requires_grad_() for x in (start.content, start.initial_state)]
    content, initial_state = variables
    optimizer = Adam(variables, lr=LEARNING_RATE)
    for _ in range(n_steps):
        first = latents._replace(
            content=content, initial_state=initial_state, noise=latents.noise[:, :1]
        )
        error = (model(first)[:, 0] - frames).square().mean(dim=(1, 2, 3))
        penalty = sum(x.square().mean(dim=1) for x in variables)
        loss = (error + LATENT_PENALTY * penalty).sum()
        # Not loss.backward(), which would leave gradients in the model
        gradients = torch.autograd.grad(loss, variables)
        for variable, gradient in zip(variables, gradients, strict=True):
            variable.grad = gradient
        optimizer.step()
    return latents._replace(
        content=content.detach(), initial_state=initial_state.detach()
    )


@torch.no_grad()
def _nearest_candidates(
    model: MoCoGAN, frames: Images, rng: torch.Generator
) -> ClipLatents:
    """For each frame, the sample whose first frame is nearest at low resolution.

    Gradients move an object to its position only over a short distance.
    """
    candidates = model.sample_latents(N_CANDIDATES, rng, 1)

    def pooled(images: Images) -> Tensor:
        return avg_pool2d(images, POOL_SIZE).flatten(1)

    distances = torch.cdist(pooled(frames), pooled(model(candidates)[:, 0]))
    best = distances.argmin(dim=1)
    return ClipLatents(*(part[best] for part in candidates))
