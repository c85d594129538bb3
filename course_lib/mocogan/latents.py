"""Latents of MoCoGAN: one content code for a clip, one motion code for each frame.

Source: Tulyakov, Liu, Yang and Kautz 2018, sections 3.1 and 3.3.
"""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.utils import skip_init

from course_lib.initialization import uniform
from course_lib.shapes import Labels, Latents

LatentPath = Float[Tensor, "batch time latent"]


@dataclass(frozen=True)
class LatentSizes:
    """Dimensions of the content and motion codes, and the number of categories.

    Attributes:
        content: Dimensions of the content code.
        motion: Dimensions of the motion code of a frame.
        categories: Number of categories, for example kinds of motion.
        category_in_motion: Whether the category is an input of the motion RNN, as in
            the paper's model. Otherwise it is an input of the image generator, beside
            the content code, as in the released code.
        noise_std: Standard deviation of the noise that the motion RNN reads. It is 1 in
            the paper; 0.1 makes the motion smoother.
    """

    content: int = 50
    motion: int = 10
    categories: int = 2
    category_in_motion: bool = True
    noise_std: float = 1.0

    @property
    def n_static(self) -> int:
        """Dimensions of a frame's latent that are the same in all frames of a clip."""
        return self.content + (0 if self.category_in_motion else self.categories)

    @property
    def latent(self) -> int:
        """Dimensions of the latent from which the image generator makes one frame."""
        return self.n_static + self.motion


class ClipLatents(NamedTuple):
    """All random inputs of the generator for a batch of clips.

    ``content`` (batch, content) and ``initial_state`` (batch, motion), the state of the
    motion RNN before the first frame, are standard normal. ``noise`` (batch, time,
    motion), the input of the motion RNN, is normal with the ``noise_std`` of the sizes.
    ``category`` (batch) counts from 0.
    """

    content: Tensor
    category: Tensor
    initial_state: Tensor
    noise: Tensor


def sample_latents(
    n: int, n_frames: int, sizes: LatentSizes, rng: torch.Generator
) -> ClipLatents:
    """Latents of n clips from the prior; categories are uniform.

    Raises:
        ValueError: if there is no clip or no frame to sample.
    """
    if n < 1 or n_frames < 1:
        raise ValueError(
            f"Latents need at least 1 clip of 1 frame, but got {n} clips of "
            f"{n_frames} frames."
        )

    def normal(*shape: int) -> Tensor:
        return torch.randn(shape, generator=rng, device=rng.device)

    return ClipLatents(
        normal(n, sizes.content),
        torch.randint(sizes.categories, (n,), generator=rng, device=rng.device),
        normal(n, sizes.motion),
        sizes.noise_std * normal(n, n_frames, sizes.motion),
    )


def build_motion_rnn(
    sizes: LatentSizes, rng: torch.Generator, *, update_gate_bias: float = 0.0
) -> nn.GRUCell:
    """The GRU cell that turns noise into motion codes, initialized from ``rng``.

    ``update_gate_bias`` is added to the bias of the update gate. With 1, the state
    keeps about 3/4 of its value from frame to frame at initialization.
    """
    n_inputs = sizes.motion + (sizes.categories if sizes.category_in_motion else 0)
    # skip_init: the default initialization would take numbers from the global generator
    motion_rnn = skip_init(nn.GRUCell, n_inputs, sizes.motion, device=rng.device)
    with torch.no_grad():
        for values in motion_rnn.parameters():
            values.copy_(uniform(values.shape, sizes.motion, rng))
        motion_rnn.bias_hh[sizes.motion : 2 * sizes.motion] += update_gate_bias
    return motion_rnn


def latent_path(
    latents: ClipLatents, motion_rnn: nn.GRUCell, n_categories: int
) -> LatentPath:
    """The latent of every frame: [content | motion], (batch, time, latent).

    The content code is the same in all frames of a clip. The motion code of frame t is
    the state of ``motion_rnn`` after t steps from ``initial_state``, which itself
    belongs to no frame. Each step reads [noise | one-hot category].

    Source: Tulyakov et al. 2018, section 3.1 and figure 3.
    """
    condition = one_hot(latents.category, n_categories).to(latents.noise)
    state, motion = latents.initial_state, []
    for noise in latents.noise.unbind(dim=1):
        state = motion_rnn(torch.cat((noise, condition), dim=1), state)
        motion.append(state)
    content = latents.content.unsqueeze(1).expand(-1, len(motion), -1)
    return torch.cat((content, torch.stack(motion, dim=1)), dim=2)


def latent_path_as_released(
    latents: ClipLatents, motion_rnn: nn.GRUCell, n_categories: int
) -> LatentPath:
    """The latent of every frame in the released code: [content | category | motion].

    The motion RNN does not read the category, which is constant like the content code.
    """
    condition = one_hot(latents.category, n_categories).to(latents.content)
    static = torch.cat((latents.content, condition), dim=1)
    return latent_path(latents._replace(content=static), motion_rnn, 0)


def one_hot(labels: Labels, n_columns: int) -> Latents:
    """One-hot rows of the labels as floats, (batch, column).

    Unlike ``torch.nn.functional.one_hot``, it allows 0 columns, whatever the labels.
    """
    columns = torch.arange(n_columns, device=labels.device)
    return (labels.unsqueeze(1) == columns).float()
