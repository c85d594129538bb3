"""Make a decoder as sure of every pixel as its errors allow, once it is trained.

Home: 3.5 A clip at once.

In training one wide sigma decides what a nat may buy. Which sigma describes the trained
decoder best is another question, and has an answer in closed form: at every time and
place, the root of the mean squared error.

Source: Rybkin, Daniilidis and Levine 2021, section 3.2.
"""

from collections.abc import Callable, Iterable

import torch
from torch import Tensor

from course_lib.shapes import Latents
from course_lib.vae.clip_vae import ClipVAE, Code


@torch.no_grad()
def calibrate(
    model: ClipVAE, batches: Iterable[Tensor], draw: Callable[[Code], Latents]
) -> ClipVAE:
    """Set a model's widths in place, to the likeliest ones for these batches of clips.

    ``draw`` makes a clip's code of what the encoder says. The variance of a pixel is
    then its mean squared error, over clips and colours, plus floor^2.

    Raises:
        ValueError: if there is no clip.
    """
    total, n = torch.zeros(()), 0
    for videos in batches:
        errors = (videos - model.decode(draw(model.encode(videos)))).square()
        total, n = total + errors.mean(dim=2, keepdim=True).sum(dim=0), n + len(videos)
    if not n:
        raise ValueError("Widths are those of errors on clips; give at least 1 clip.")
    model.widths.copy_((total / n).sqrt())
    return model
