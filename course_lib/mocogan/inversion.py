"""Find the latents that paint a given frame, then let it move.

A generator has no encoder. But it can be differentiated: descend the error of the
first frame in what was drawn, not in the weights.
"""

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d
from torch.optim import Adam

from course_lib.mocogan.discriminators import FRAMES
from course_lib.mocogan.latents import Drawn
from course_lib.mocogan.video_gan import MoCoGAN
from course_lib.shapes import Images

RATE = 0.05  # of Adam
TRIES, COARSE = 64, 8  # first frames looked at for a start; side of what is compared
PULL = 1e-3  # price of a latent far from where the painter was trained


def latents_of(
    model: MoCoGAN,
    frames: Images,
    rng: torch.Generator,
    *,
    n_steps: int = 200,
    n_frames: int = FRAMES,
) -> Drawn:
    """What the model would have to draw for clips that begin with these frames.

    Content and start are those of the best of some draws, and then follow the slope of
    the mean squared error; category and noise are drawn, so another generator of
    numbers lets the same frame move otherwise. Nothing is left behind in the model.

    Source: Zhu et al. 2016, section 3.1.
    """
    drawn = model.draw(len(frames), rng, n_frames)
    near = _nearest(model, frames, rng)
    found = [x.requires_grad_() for x in (near.content, near.start)]
    adam = Adam(found, lr=RATE)
    for _ in range(n_steps):
        first = drawn._replace(
            content=found[0], start=found[1], noise=drawn.noise[:, :1]
        )
        error = (model(first)[:, 0] - frames).square().mean(dim=(1, 2, 3))
        far = sum(x.square().mean(dim=1) for x in found)
        slopes = torch.autograd.grad((error + PULL * far).sum(), found)
        for latent, slope in zip(found, slopes, strict=True):
            latent.grad = slope
        adam.step()
    content, start = (x.detach() for x in found)
    return drawn._replace(content=content, start=start)


@torch.no_grad()
def _nearest(model: MoCoGAN, frames: Images, rng: torch.Generator) -> Drawn:
    """Of some draws, for each frame, the one that begins most like it, seen coarsely.

    A slope leads a thing to its place from nearby only, and out of sight from afar.
    """
    tried = model.draw(TRIES, rng, 1)

    def coarse(pictures: Images) -> Tensor:
        return avg_pool2d(pictures, COARSE).flatten(1)

    best = torch.cdist(coarse(frames), coarse(model(tried)[:, 0])).argmin(dim=1)
    return Drawn(*(part[best] for part in tried))
