"""Ask every frame what is new in it, and learn to guess that: several futures.

Three memories of places read the film. The *prior* has seen the frames before, and
guesses a code; the *posterior* has seen the frame itself as well, and knows it; the
*painter* draws the frame from the frames before and a code.

Source: Denton and Fergus 2018, section 3.2 (SVG-LP), at the size of a course.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from course_lib.initialization import reset_parameters
from course_lib.predictor.conv_lstm import conv_lstm
from course_lib.predictor.frame_codec import depth_to_space, space_to_depth
from course_lib.shapes import Images, Latents, Videos
from course_lib.vae.clip_vae import Code, as_code
from course_lib.vae.gaussian import reparameterize

Futures = Float[Tensor, "batch horizon channel height width"]


@dataclass(frozen=True)
class SequenceSizes:
    """Sizes of a sequential VAE.

    A frame's channels and side, side of a patch (``block``), channels of the painter's
    memory (``width``) and of the two that guess (``guess``), numbers of a code.
    ``sigma`` is the width of a pixel around what is painted, chosen and not learnt: a
    learnt one falls to .2, and buys codes that touch up every frame. Nobody touches up
    a dream. A wide one pays for choices only.
    """

    channels: int = 1
    side: int = 64
    block: int = 8
    width: int = 96
    guess: int = 32
    latent: int = 16
    sigma: float = 1.0


class States(NamedTuple):
    """Where the three memories are."""

    prior: Any
    posterior: Any
    painter: Any


class Told(NamedTuple):
    """One step: the new states, the frame expected, and both laws of its code."""

    states: States
    frame: Images
    prior: Code
    posterior: Code


class Guesser(nn.Module):
    """A memory of places that names a Gaussian over codes after every frame."""

    def __init__(self, sizes: SequenceSizes, rng: torch.Generator):
        super().__init__()
        places = (sizes.side // sizes.block) ** 2
        patch = sizes.channels * sizes.block**2
        self.block = sizes.block
        self.memory = conv_lstm(patch, sizes.guess, rng, kernel=3)
        self.head = nn.Linear(sizes.guess * places, 2 * sizes.latent)
        reset_parameters(self.head, rng)

    def forward(self, frame: Images, state: Any) -> tuple[Any, Code]:
        """Read one frame: the new state, and the code that it suggests."""
        patches = space_to_depth(frame, self.block).unsqueeze(1)
        shown, state = self.memory(patches, state)
        return state, as_code(self.head(shown.flatten(1)))


class Painter(nn.Module):
    """Two layers of memory that draw the next frame from the last one and a code."""

    def __init__(self, sizes: SequenceSizes, rng: torch.Generator):
        super().__init__()
        patch = sizes.channels * sizes.block**2
        self.block = sizes.block
        self.layers = nn.ModuleList(
            conv_lstm(channels, sizes.width, rng, kernel=3)
            for channels in (patch + sizes.latent, sizes.width)
        )
        self.head = nn.Conv2d(2 * sizes.width, patch, 1)
        reset_parameters(self.head, rng)

    def forward(self, frame: Images, z: Latents, state: Any) -> tuple[Any, Images]:
        """The new state, and the next frame in [-1, 1]."""
        patches = space_to_depth(frame, self.block)
        rows, columns = patches.shape[2:]
        told = z.to(patches)[:, :, None, None].expand(-1, -1, rows, columns)
        x, shown, states = torch.cat((patches, told), dim=1).unsqueeze(1), [], []
        for layer, old in zip(self.layers, state, strict=True):
            x, new = layer(x, old)
            shown.append(x.squeeze(1))
            states.append(new)
        drawn = depth_to_space(self.head(torch.cat(shown, dim=1)), self.block)
        return tuple(states), drawn.float().tanh()


class SequentialVAE(nn.Module):
    """Prior, posterior and painter: pixels are N(painted, sigma^2)."""

    def __init__(self, sizes: SequenceSizes, rng: torch.Generator):
        super().__init__()
        self.sizes = sizes
        self.prior, self.posterior = Guesser(sizes, rng), Guesser(sizes, rng)
        self.painter = Painter(sizes, rng)

    @property
    def sigma(self) -> Float[Tensor, ""]:
        """The standard deviation of a pixel around what is painted."""
        return torch.tensor(self.sizes.sigma)

    def start(self, videos: Videos) -> States:
        """States that know nothing; the posterior has read the first frame."""
        n, places = len(videos), [side // self.sizes.block for side in videos.shape[3:]]
        blank = [
            g.memory.initial_state(n, *places) for g in (self.prior, self.posterior)
        ]
        painter = tuple(
            layer.initial_state(n, *places) for layer in self.painter.layers
        )
        seen, _ = self.posterior(videos[:, 0], blank[1])
        return States(blank[0], seen, painter)

    def tell(
        self, states: States, last: Images, truth: Images, rng: torch.Generator
    ) -> Told:
        """One step of training: the code is drawn by the posterior, who saw the truth.

        ``last`` is what prior and painter read: the frame before, true or painted.
        """
        prior_state, prior = self.prior(last, states.prior)
        posterior_state, posterior = self.posterior(truth, states.posterior)
        z = reparameterize(*posterior, rng)
        painter_state, frame = self.painter(last, z, states.painter)
        after = States(prior_state, posterior_state, painter_state)
        return Told(after, frame, prior, posterior)

    def dream(self, states: States, last: Images, rng: torch.Generator) -> Any:
        """One step without a teacher: the code is drawn by the prior.

        The new states and the frame painted. The posterior, who needs a truth, rests.
        """
        prior_state, prior = self.prior(last, states.prior)
        z = reparameterize(*prior, rng)
        painter_state, frame = self.painter(last, z, states.painter)
        return States(prior_state, states.posterior, painter_state), frame
