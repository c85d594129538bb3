"""Shapes of tensors as types, shared by the whole course.

The canonical clip is ``(batch, time, channel, height, width)``, float, in [-1, 1]. The
tests check these types on every call; elsewhere they serve as documentation.
"""

from jaxtyping import Bool, Float, Int
from torch import Tensor

Videos = Float[Tensor, "batch time channel height width"]
Images = Float[Tensor, "batch channel height width"]
Points = Float[Tensor, "batch axis"]
Latents = Float[Tensor, "batch latent"]
Logits = Float[Tensor, "..."]  # raw outputs of a discriminator, without a sigmoid
Densities = Float[Tensor, "*point"]  # densities or log densities
Distributions = Float[Tensor, "*batch outcome"]  # non-negative; the last axis sums to 1
PerClip = Float[Tensor, "batch"]
Scalar = Float[Tensor, ""]
Labels = Int[Tensor, "batch"]
Mask = Bool[Tensor, "*point"]
