"""A tensor's contract is its type: the shapes that the whole course shares.

The canonical clip is ``(batch, time, channel, height, width)``, float, in [-1, 1].
The tests enforce these types on every call; a lesson reads them as documentation.
"""

from jaxtyping import Bool, Float, Int
from torch import Tensor

Videos = Float[Tensor, "batch time channel height width"]
Images = Float[Tensor, "batch channel height width"]
Points = Float[Tensor, "batch axis"]
Latents = Float[Tensor, "batch latent"]
Logits = Float[Tensor, "..."]  # a judge's raw verdict, before any sigmoid
Densities = Float[Tensor, "*point"]  # log densities or densities, point by point
Distributions = Float[Tensor, "*batch outcome"]  # non-negative; the last axis sums to 1
PerClip = Float[Tensor, "batch"]
Scalar = Float[Tensor, ""]
Labels = Int[Tensor, "batch"]
Mask = Bool[Tensor, "*point"]
