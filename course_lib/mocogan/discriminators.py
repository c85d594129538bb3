"""Judge frames for what they show, clips for how they move: two judges, two views.

A frame judge sees one frame and cannot be fooled by smooth nonsense; a clip judge sees
all of them and cannot be fooled by a good still. Logits: upwards means real. Noise
goes on the input of every layer where a generator of random numbers is handed in.

Source: Tulyakov et al. 2018, section 4; Sønderby et al. 2017 for the noise.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor, nn

from course_lib.initialization import redraw
from course_lib.mocogan.frame_views import Stack, stack_flows, stack_frames
from course_lib.shapes import Images, Points, Videos

FRAMES = 16  # of a clip that is judged as a whole
KEEPING = 2.4  # gain of layers without a norm: what goes in comes out as large
NOISE = 0.1  # standard deviation, of the paper's recipe
HALVE = {"kernel_size": 4, "stride": 2, "padding": 1}
WATCH = {"kernel_size": 4, "stride": (1, 2, 2), "padding": (0, 1, 1)}
CLOSE = {"kernel_size": 4, "stride": 1, "padding": 0}


class Verdict(NamedTuple):
    """A clip judge's logits: ``real``, (batch), and ``category``, (batch, category)."""

    real: Tensor
    category: Tensor


class Judge(nn.Module):
    """Layers one after the other, noise on what each of them reads."""

    def __init__(
        self, layers: Sequence[nn.Module], rng: torch.Generator, *, gain: float = 1.0
    ):
        super().__init__()
        self.layers = nn.Sequential(*layers).to(rng.device)
        redraw(self, rng, gain=gain)

    def marks(self, seen: Tensor, rng: torch.Generator | None) -> Points:
        """Logits of each sample; without ``rng`` there is no noise."""
        for layer in self.layers:
            seen = layer(seen if rng is None else noisy(seen, rng))
        return seen.flatten(1).float()


class FrameJudge(Judge):
    """A judge of frames: one logit for a frame, or one for each of its patches."""

    def forward(self, frames: Images, rng: torch.Generator | None = None) -> Points:
        """Logits, (batch, patch)."""
        return self.marks(frames, rng)


class SmallFrameJudge(FrameJudge):
    """One for which black is 0, as it is beyond the edges of a frame."""

    def forward(self, frames: Images, rng: torch.Generator | None = None) -> Points:
        """Logits, (batch, 1)."""
        return self.marks(frames + 1, rng)


class Most(nn.Module):
    """Keep the most that each channel sees anywhere: where that was is forgotten."""

    def forward(self, seen: Tensor) -> Points:
        """Maxima over all places, (batch, channel)."""
        return seen.amax(dim=(2, 3))


class BlindJudge(FrameJudge):
    """No judge at all, for a game without one: 0 of every frame, whatever it learns."""

    def forward(self, frames: Images, rng: torch.Generator | None = None) -> Points:
        return 0 * self.marks(frames.flatten(1)[:, :1], None)


class ClipJudge(Judge):
    """A judge of clips, which looks at them as three-dimensional pictures."""

    def view(self, videos: Videos) -> Tensor:
        """What the first layer reads of the clips: time beside height and width."""
        return videos.transpose(1, 2)

    def forward(self, videos: Videos, rng: torch.Generator | None = None) -> Verdict:
        """Whether each clip is real, and of which category it seems to be."""
        marks = self.marks(self.view(videos), rng)
        return Verdict(marks[:, 0], marks[:, 1:])


class StackJudge(ClipJudge):
    """A cheap one: 16 frames at half their size are 48 channels of one picture."""

    def view(self, videos: Videos) -> Stack:
        return stack_frames(videos, shrink=2)


class FlowJudge(ClipJudge):
    """The same with a second stream: how each pixel moves, beside what it shows."""

    def view(self, videos: Videos) -> Stack:
        streams = stack_frames(videos), stack_flows(videos)
        return nn.functional.avg_pool2d(torch.cat(streams, dim=1), 2)


def patch_judge(width: int, rng: torch.Generator) -> FrameJudge:
    """The paper's judge of frames: 4x4 patches of 64x64 pixels, a logit for each."""
    layers = _paper_s((3, width, 2 * width, 4 * width), nn.Conv2d, HALVE)
    layers += [nn.Conv2d(4 * width, 1, **HALVE, bias=False)]
    return FrameJudge(layers, rng).to(memory_format=torch.channels_last)


def whole_judge(width: int, rng: torch.Generator) -> FrameJudge:
    """A deeper one that sees 64x64 pixels at once, with one logit for all of them."""
    layers = _paper_s((3, width, 2 * width, 4 * width, 8 * width), nn.Conv2d, HALVE)
    layers += [nn.Conv2d(8 * width, 1, **CLOSE, bias=False)]
    return FrameJudge(layers, rng).to(memory_format=torch.channels_last)


def video_judge(width: int, categories: int, rng: torch.Generator) -> ClipJudge:
    """The paper's judge of clips: 16 frames of 64x64 pixels, seen at once."""
    layers = _paper_s((3, width, 2 * width, 4 * width, 8 * width), nn.Conv3d, WATCH)
    layers += [nn.Conv3d(8 * width, 1 + categories, **CLOSE, bias=False)]
    return ClipJudge(layers, rng)


def small_frame_judge(width: int, rng: torch.Generator) -> FrameJudge:
    """A judge of 64x64 pixels without batch norm, which a price on slopes can hold.

    It asks what is seen anywhere: a thing is as real here as it is there.
    """
    last = 4 * width
    look = nn.Sequential(nn.Conv2d(last, last, 3, padding=1), nn.LeakyReLU(0.2))
    layers = [*_halving((3, width, 2 * width, last)), look, Most(), nn.Linear(last, 1)]
    made = SmallFrameJudge(layers, rng, gain=KEEPING)
    return made.to(memory_format=torch.channels_last)


def blind_judge(rng: torch.Generator) -> BlindJudge:
    """What stands in for a frame judge where the game has none."""
    return BlindJudge([nn.Linear(1, 1)], rng)


def stack_judge(width: int, categories: int, rng: torch.Generator) -> StackJudge:
    """A cheap judge of 16 frames of 64x64 pixels, without batch norm."""
    depths = (3 * FRAMES, 2 * width, 4 * width, 4 * width)
    layers = _plain(depths, 1 + categories)
    return StackJudge(layers, rng, gain=KEEPING).to(memory_format=torch.channels_last)


def flow_judge(width: int, categories: int, rng: torch.Generator) -> FlowJudge:
    """The same with 15 flows of 2 channels each behind the 16 frames."""
    depths = (3 * FRAMES + 2 * (FRAMES - 1), 2 * width, 4 * width, 4 * width)
    layers = _plain(depths, 1 + categories)
    return FlowJudge(layers, rng, gain=KEEPING).to(memory_format=torch.channels_last)


def noisy(seen: Tensor, rng: torch.Generator) -> Tensor:
    """Gaussian noise of standard deviation NOISE on everything that is seen."""
    noise = torch.randn(seen.shape, generator=rng, device=rng.device)
    return seen + NOISE * noise.to(seen)


def convolutions(network: nn.Module) -> Iterator[nn.Module]:
    """The convolutions of a network, in the order in which they read."""
    return (x for x in network.modules() if isinstance(x, nn.Conv2d | nn.Conv3d))


def _paper_s(depths: Sequence[int], convolution, way) -> list[nn.Module]:
    """Layers without bias; the first one without batch norm, too."""
    norm = nn.BatchNorm2d if convolution is nn.Conv2d else nn.BatchNorm3d
    layers: list[nn.Module] = []
    for before, after in pairwise(depths):
        parts = [convolution(before, after, **way, bias=False)]
        parts += [norm(after)] if layers else []
        layers += [nn.Sequential(*parts, nn.LeakyReLU(0.2))]
    return layers


def _plain(depths: Sequence[int], marks: int) -> list[nn.Module]:
    """Halvings down to 4x4 places, then the marks."""
    return [*_halving(depths), nn.Conv2d(depths[-1], marks, **CLOSE)]


def _halving(depths: Sequence[int]) -> list[nn.Module]:
    """Halvings without any norm."""
    halve = partial(nn.Conv2d, **HALVE)
    return [
        nn.Sequential(halve(before, after), nn.LeakyReLU(0.2))
        for before, after in pairwise(depths)
    ]
