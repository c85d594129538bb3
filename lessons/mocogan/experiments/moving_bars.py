"""Moving bars: a data set of small clips, its exact metrics, and a small MoCoGAN.

Every possible frame can be listed, so the metrics of generated clips are exact.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from statistics import fmean
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.optim import Adam

from course_lib.initialization import reset_parameters
from course_lib.mocogan.discriminators import ImageDiscriminator, VideoDiscriminator
from course_lib.mocogan.latents import ClipLatents, LatentSizes
from course_lib.mocogan.train_state import WEIGHT_DECAY, TrainState, init_train_state
from course_lib.mocogan.training import Clips, TrainConfig
from course_lib.mocogan.video_gan import MoCoGAN, MoCoGANSizes
from course_lib.shapes import Videos

SIDE, LENGTH, BREADTH = 8, 4, 2  # pixels of a frame and of a bar
FRAMES, BATCH, WIDTH = 6, 16, 64
SIZES = LatentSizes(content=4, motion=8)
ADAM = partial(Adam, lr=4e-3, betas=(0.5, 0.99), weight_decay=WEIGHT_DECAY)
BASELINE = TrainConfig(r1_gamma=3.0)
MAX_BAR_ERROR = 0.2  # a frame with a smaller mean error of a pixel shows a bar
N_EVALUATED = 256  # clips from which metrics are computed

MinMeanMax = tuple[float, float, float]


class BarMetrics(NamedTuple):
    """Metrics of clips of bars; real clips have 0, 1 and 1.

    Attributes:
        pixel_error: Mean absolute difference between a frame and the nearest real
            frame, for pixels in [-1, 1]. A black frame has 0.25.
        same_track: Fraction of the steps from frame to frame after which a bar of the
            same kind lies in the same row or column.
        category_accuracy: Fraction of the steps in which a bar of the requested
            category moves by one pixel in that category's direction.
    """

    pixel_error: float
    same_track: float
    category_accuracy: float


def moving_bars(n: int, rng: torch.Generator) -> Clips:
    """Bars that move along themselves by one pixel a frame, on a torus.

    Category 0 is a horizontal bar that moves right, category 1 a vertical bar that
    moves down.
    """
    category = torch.randint(2, (n,), generator=rng)
    start = torch.randint(SIDE, (n, 2), generator=rng)
    steps = torch.arange(FRAMES).view(-1, 1) * _direction(category)[:, None]
    return Clips(_render(category, start[:, None] + steps), category)


def measure_bars(clips: Clips) -> BarMetrics:
    """Metrics of clips, after each frame is assigned to the nearest possible bar."""
    all_kinds = torch.arange(2).repeat_interleave(SIDE**2)
    all_corners = torch.cartesian_prod(torch.arange(SIDE), torch.arange(SIDE))
    all_corners = all_corners.repeat(2, 1)  # x, y
    all_frames = _render(all_kinds, all_corners[:, None]).flatten(1)  # (bar, pixel)
    distance = clips.videos.flatten(2).unsqueeze(2) - all_frames
    error, nearest = distance.abs().mean(dim=3).min(dim=2)  # (clip, time)
    is_bar = error < MAX_BAR_ERROR
    kinds, corners = all_kinds[nearest], all_corners[nearest]
    both_bars = is_bar[:, 1:] & is_bar[:, :-1]
    same_kind = kinds[:, 1:] == kinds[:, :-1]
    steps = (corners[:, 1:] - corners[:, :-1]).remainder(SIDE)
    sideways = (steps * (1 - _direction(kinds[:, 1:]))).sum(dim=2)
    right_kind = kinds[:, 1:] == clips.category[:, None]
    right_step = (steps == _direction(clips.category).unsqueeze(1)).all(dim=2)
    return BarMetrics(
        pixel_error=error.double().mean().item(),
        same_track=_fraction(both_bars & same_kind & (sideways == 0)),
        category_accuracy=_fraction(both_bars & same_kind & right_kind & right_step),
    )


def reference_metrics(n: int = 256) -> dict[str, BarMetrics]:
    """Metrics of real clips and of three baselines: reversed, frozen and black."""
    real = moving_bars(n, torch.Generator().manual_seed(1))
    videos = {
        "real": real.videos,
        "reversed": real.videos.flip(1),
        "frozen": real.videos[:, :1].expand_as(real.videos),
        "black": -torch.ones_like(real.videos),
    }
    return {name: measure_bars(Clips(x, real.category)) for name, x in videos.items()}


class SmallMoCoGAN(MoCoGAN):
    """MoCoGAN with a fully connected image generator for moving bars.

    ``transform`` is applied to the generated clips; the lab uses it for a fault.
    """

    def __init__(
        self,
        rng: torch.Generator,
        transform: Callable[[Tensor], Tensor] = lambda videos: videos,
        sizes: LatentSizes = SIZES,
    ):
        super().__init__(MoCoGANSizes(sizes, width=8), rng)
        self.image_generator = nn.Sequential(
            *(nn.Linear(sizes.latent, WIDTH), nn.ReLU(), nn.Linear(WIDTH, SIDE**2)),
            *(nn.Tanh(), nn.Unflatten(1, (1, SIDE, SIDE))),
        )
        reset_parameters(self.image_generator, rng)
        self.transform = transform

    def forward(self, latents: ClipLatents) -> Videos:
        """Clips of 8x8 pixels in [-1, 1]."""
        return self.transform(super().forward(latents))


def build_small_discriminators(
    rng: torch.Generator, *, width: int = WIDTH, gain: float = 1.0
) -> tuple[ImageDiscriminator, VideoDiscriminator]:
    """Fully connected image and video discriminators for moving bars."""
    return (
        ImageDiscriminator(_layers(SIDE**2, width, 1), rng, gain=gain),
        VideoDiscriminator(_layers(FRAMES * SIDE**2, width, 3), rng, gain=gain),
    )


def init_small_mocogan(rng: torch.Generator) -> TrainState:
    """Initial training state of a small MoCoGAN."""
    return init_train_state(SmallMoCoGAN(rng), *build_small_discriminators(rng), ADAM)


def evaluate_generator(model: MoCoGAN, rng: torch.Generator) -> BarMetrics:
    """Metrics of N_EVALUATED generated clips."""
    latents = model.sample_latents(N_EVALUATED, rng, FRAMES)
    with torch.no_grad():
        return measure_bars(Clips(model(latents), latents.category))


def summarize_runs(
    runs: Iterable[tuple[str, BarMetrics]],
) -> Mapping[str, dict[str, MinMeanMax]]:
    """Minimum, mean and maximum of each metric over the runs of each name."""
    metrics: dict[str, list[BarMetrics]] = {}
    for name, result in runs:
        metrics.setdefault(name, []).append(result)

    def summary(name: str, field: str) -> MinMeanMax:
        values = [getattr(result, field) for result in metrics[name]]
        return min(values), fmean(values), max(values)

    return {
        field: {name: summary(name, field) for name in metrics}
        for field in BarMetrics._fields
    }


def _direction(category: Tensor) -> Tensor:
    """One pixel right for category 0, one pixel down for category 1, as x and y."""
    return torch.stack((category == 0, category == 1), dim=-1).long()


def _render(category: Tensor, corner: Tensor) -> Videos:
    """White bars of these categories, (clip), at these corners, (clip, time, 2)."""
    along = _direction(category) == 1
    extent = torch.where(along, LENGTH, BREADTH)[:, None, :, None]
    inside = (torch.arange(SIDE) - corner[..., None]).remainder(SIDE) < extent
    white = inside[:, :, 1, :, None] & inside[:, :, 0, None, :]
    return 2.0 * white.unsqueeze(2) - 1


def _layers(n_in: int, width: int, n_out: int) -> list[nn.Module]:
    output = nn.Linear(width, n_out)
    return [nn.Flatten(), nn.Linear(n_in, width), nn.LeakyReLU(0.2), output]


def _fraction(condition: Tensor) -> float:
    return condition.double().mean().item()
