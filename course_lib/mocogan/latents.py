"""Draw what stays once for a clip, what moves once for a frame: a path of latents.

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

Path = Float[Tensor, "batch time latent"]


@dataclass(frozen=True)
class LatentSizes:
    """Numbers of a content code and of a motion code; how many categories there are.

    ``hum`` is the standard deviation of the noise that drives the motion: 1 in the
    paper; at .1 things glide that else would jump. ``category_moves`` is where a
    category enters: the memory of motion, as in the paper's model, or else the painter
    beside the content, as in the released code.
    """

    content: int = 50
    motion: int = 10
    categories: int = 2
    category_moves: bool = True
    hum: float = 1.0

    @property
    def still(self) -> int:
        """Numbers of a frame's latent that are the same in every frame of its clip."""
        return self.content + (0 if self.category_moves else self.categories)

    @property
    def latent(self) -> int:
        """Numbers from which the painter paints one frame."""
        return self.still + self.motion


class Drawn(NamedTuple):
    """All that chance decides about some clips.

    ``content`` (batch, content), ``start`` (batch, motion), where the motion begins,
    are standard normal; so is ``noise`` (batch, time, motion), what drives it, times
    the ``hum`` of the sizes. ``category`` (batch) counts from 0.
    """

    content: Tensor
    category: Tensor
    start: Tensor
    noise: Tensor


def draw_latents(
    n: int, n_frames: int, sizes: LatentSizes, rng: torch.Generator
) -> Drawn:
    """Draw what n clips are made of, every category as likely as any other.

    Raises:
        ValueError: if there is no clip or no frame to draw.
    """
    if n < 1 or n_frames < 1:
        raise ValueError(
            f"Latents are drawn for at least 1 clip of 1 frame, got {n} of {n_frames}."
        )

    def normal(*shape: int) -> Tensor:
        return torch.randn(shape, generator=rng, device=rng.device)

    return Drawn(
        normal(n, sizes.content),
        torch.randint(sizes.categories, (n,), generator=rng, device=rng.device),
        normal(n, sizes.motion),
        sizes.hum * normal(n, n_frames, sizes.motion),
    )


def motion_memory(
    sizes: LatentSizes, rng: torch.Generator, *, keeping: float = 0.0
) -> nn.GRUCell:
    """The cell that turns noise into motion, its weights drawn from ``rng``.

    ``keeping`` goes onto the bias of its update gate: at 1, some 3/4 of the motion stay
    from frame to frame at the start.
    """
    told = sizes.categories if sizes.category_moves else 0
    cell = (nn.GRUCell, sizes.motion + told, sizes.motion)
    memory = skip_init(*cell, device=rng.device)  # takes no random numbers
    with torch.no_grad():
        for values in memory.parameters():
            values.copy_(uniform(values.shape, sizes.motion, rng))
        memory.bias_hh[sizes.motion : 2 * sizes.motion] += keeping
    return memory


def latent_path(drawn: Drawn, memory: nn.GRUCell, n_categories: int) -> Path:
    """What every frame is painted from: [content | motion], (batch, time, latent).

    The content is the same in all frames of a clip. The motion of frame t is what the
    ``memory`` holds after noise 1 to t: it begins at ``start``, which is no frame yet,
    and each step reads [noise | category], the category as a one-hot vector.

    Source: Tulyakov et al. 2018, section 3.1 and figure 3.
    """
    told = one_hot(drawn.category, n_categories).to(drawn.noise)
    moved, motion = drawn.start, []
    for noise in drawn.noise.unbind(dim=1):
        moved = memory(torch.cat((noise, told), dim=1), moved)
        motion.append(moved)
    content = drawn.content.unsqueeze(1).expand(-1, len(motion), -1)
    return torch.cat((content, torch.stack(motion, dim=1)), dim=2)


def latent_path_as_released(
    drawn: Drawn, memory: nn.GRUCell, n_categories: int
) -> Path:
    """The released code's way: [content | category | motion]; the motion knows none.

    The category is then one more thing that stays.
    """
    told = one_hot(drawn.category, n_categories).to(drawn.content)
    still = torch.cat((drawn.content, told), dim=1)
    return latent_path(drawn._replace(content=still), memory, 0)


def one_hot(labels: Labels, n_columns: int) -> Latents:
    """A 1 in the column of each label, 0 elsewhere; without columns, nothing.

    ``torch.nn.functional.one_hot`` does the same, as integers, for 1 column or more.
    """
    columns = torch.arange(n_columns, device=labels.device)
    return (labels.unsqueeze(1) == columns).float()
