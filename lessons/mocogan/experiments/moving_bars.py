"""Play with bars of a few pixels: all that can be seen, and how it moves, is known."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.optim import Adam

from course_lib.initialization import redraw
from course_lib.mocogan.discriminators import ClipJudge, FrameJudge
from course_lib.mocogan.latents import Drawn, LatentSizes
from course_lib.mocogan.train_state import PULL, Players, seated
from course_lib.mocogan.training import Clips, Recipe
from course_lib.mocogan.video_gan import MoCoGAN, MoCoGANSizes
from course_lib.shapes import Videos

SIDE, LONG, BROAD = 8, 4, 2  # pixels of a frame and of a bar in it
FRAMES, BATCH, WIDTH = 6, 16, 64
SIZES = LatentSizes(content=4, motion=8)
ADAM = partial(Adam, lr=4e-3, betas=(0.5, 0.99), weight_decay=PULL)
GOOD = Recipe(gamma=3.0)
NEAR = 0.2  # the mean error of a pixel in [-1, 1] below which a frame shows a bar


class Truth(NamedTuple):
    """What generated clips show; of real ones, 0, 1 and 1.

    ``error``: the mean distance of a frame's pixels from the nearest real frame's; a
    black frame has 0.25. Shares of the steps from frame to frame: ``kept``, those
    after which a bar of the same kind lies in the same row or column; ``as_asked``,
    those by one pixel the way that the category asks for.
    """

    error: float
    kept: float
    as_asked: float


def moving_bars(n: int, rng: torch.Generator) -> Clips:
    """Bars that go along themselves: lying ones right (0), upright ones down (1).

    A pixel a frame, round a torus.
    """
    category = torch.randint(2, (n,), generator=rng)
    start = torch.randint(SIDE, (n, 2), generator=rng)
    corner = start[:, None] + torch.arange(FRAMES).view(-1, 1) * _way(category)[:, None]
    return Clips(_drawn(category, corner), category)


def read_bars(clips: Clips) -> Truth:
    """What the clips show, by the nearest of all bars that there are."""
    kind = torch.arange(2).repeat_interleave(SIDE**2)
    place = torch.cartesian_prod(torch.arange(SIDE), torch.arange(SIDE)).repeat(2, 1)
    every = _drawn(kind, place[:, None]).flatten(1)  # (bar, pixel)
    error = (clips.videos.flatten(2).unsqueeze(2) - every).abs().mean(dim=3)
    least, nearest = error.min(dim=2)  # (clip, time)
    bar = least < NEAR
    kinds, places = kind[nearest], place[nearest]  # places are x, y
    both, alike = bar[:, 1:] & bar[:, :-1], kinds[:, 1:] == kinds[:, :-1]
    moved = (places[:, 1:] - places[:, :-1]).remainder(SIDE)
    across = (moved * (1 - _way(kinds[:, 1:]))).sum(dim=2)
    wanted = _way(clips.category).unsqueeze(1)
    asked = (kinds[:, 1:] == clips.category[:, None]) & (moved == wanted).all(dim=2)
    found = (least, both & alike & (across == 0), both & alike & asked)
    return Truth(*(values.double().mean().item() for values in found))


def trivial_rows(n: int = 256) -> dict[str, Truth]:
    """What real clips show, and who knows nothing: backwards, frozen, black."""
    real = moving_bars(n, torch.Generator().manual_seed(1))
    shown = {
        "real": real.videos,
        "reversed": real.videos.flip(1),
        "frozen": real.videos[:, :1].expand_as(real.videos),
        "black": -torch.ones_like(real.videos),
    }
    return {name: read_bars(Clips(x, real.category)) for name, x in shown.items()}


class SmallMoCoGAN(MoCoGAN):
    """The library's, but for a painter of a few pixels; ``cut`` orders its frames."""

    def __init__(
        self,
        rng: torch.Generator,
        cut: Callable[[Tensor], Tensor] = lambda videos: videos,
        latents: LatentSizes = SIZES,
    ):
        super().__init__(MoCoGANSizes(latents, width=8), rng)
        self.painter = nn.Sequential(
            *(nn.Linear(latents.latent, WIDTH), nn.ReLU(), nn.Linear(WIDTH, SIDE**2)),
            *(nn.Tanh(), nn.Unflatten(1, (1, SIDE, SIDE))),
        )
        redraw(self.painter, rng)
        self.cut = cut

    def forward(self, drawn: Drawn) -> Videos:
        return self.cut(super().forward(drawn))


def small_judges(
    rng: torch.Generator, *, width: int = WIDTH, gain: float = 1.0
) -> tuple[FrameJudge, ClipJudge]:
    """A judge of single frames and one of clips, who names the category too."""
    return (
        FrameJudge(_layers(SIDE**2, width, 1), rng, gain=gain),
        ClipJudge(_layers(FRAMES * SIDE**2, width, 3), rng, gain=gain),
    )


def small_players(rng: torch.Generator) -> Players:
    """A small generator and its two judges, at the start."""
    return seated(SmallMoCoGAN(rng), *small_judges(rng), ADAM)


def _way(category: Tensor) -> Tensor:
    """One pixel right or down, as x and y."""
    return torch.stack((category == 0, category == 1), dim=-1).long()


def _drawn(category: Tensor, corner: Tensor) -> Videos:
    """White bars of these kinds, (clip), at these corners, (clip, time, 2)."""
    way = _way(category) == 1
    length = torch.where(way, LONG, BROAD)[:, None, :, None]
    inside = (torch.arange(SIDE) - corner[..., None]).remainder(SIDE) < length
    white = inside[:, :, 1, :, None] & inside[:, :, 0, None, :]
    return 2.0 * white.unsqueeze(2) - 1


def _layers(n_in: int, width: int, n_out: int) -> list[nn.Module]:
    last = nn.Linear(width, n_out)
    return [nn.Flatten(), nn.Linear(n_in, width), nn.LeakyReLU(0.2), last]
