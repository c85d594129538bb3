"""Settle what training leaves open: where codes lie, how sure a decoder is of a pixel.

In training one sigma decides what a nat may buy. Which sigma describes the trained
decoder best is another question, and has an answer in closed form: at every time and
place, the root of the mean squared error. And beside 196,608 pixels a nat of the code
is cheap: codes wander off, and the prior's draws with them. They can be brought back.

Source: Rybkin, Daniilidis and Levine 2021, section 3.2, for the widths; Ghosh et al.
2020, section 4, for a law that is fitted to the codes afterwards.
"""

from collections.abc import Callable, Iterable

import torch
from torch import Tensor

from course_lib.shapes import Latents
from course_lib.vae.clip_vae import ClipVAE, Code


@torch.no_grad()
def standardise(model: ClipVAE, batches: Iterable[Tensor]) -> ClipVAE:
    """Move and scale every axis of a model's codes, in place: mean 0 and variance 1.

    Those are of the codes of these batches of clips, widths and all, which is what the
    prior expects: no other move and scale have a smaller mean KL. The decoder's layers
    undo both, so what is rebuilt stays the same.

    Raises:
        ValueError: if there is no clip.
    """
    codes = [model.encode(videos) for videos in batches]
    if not codes:
        raise ValueError("Codes are brought to those of clips; give at least 1 clip.")
    mu, logvar = (torch.cat(part) for part in zip(*codes, strict=True))
    mean, n = mu.mean(dim=0), mu.shape[1]
    spread = (mu.var(dim=0, correction=0) + logvar.exp().mean(dim=0)).sqrt()
    head = model.encode.head
    head.weight[:n] /= spread.unsqueeze(1)
    head.bias[:n] = (head.bias[:n] - mean) / spread
    head.bias[n:] -= 2 * spread.log()
    for layer in model.decode.readers():
        layer.bias += layer.weight[:, :n] @ mean
        layer.weight[:, :n] *= spread
    return model


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
