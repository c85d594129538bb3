"""Ask how far a shape's colour wanders, and how often there is no shape at all."""

from collections.abc import Sequence

import torch
from torch import Tensor

from course_lib.metrics.content import average_content_distance
from lessons.evaluation.exercises import content_distance_answers as other
from lessons.evaluation.exercises.content_distance_answers import over_pairs, steps
from teaching.exercise import Case, Exercise, Mistake

SIDE = 9  # pixels of a frame; a square has 3


def _painted(colours: Tensor, corners: Tensor, shown: Tensor, dust: Tensor) -> Tensor:
    """Squares on a background of ``dust``, 0 to 255, as clips in [-1, 1].

    ``colours`` are (batch, time, 3), ``corners`` (batch, time, 2); where ``shown`` is
    0 there is dust alone.
    """
    steps = torch.arange(SIDE)
    near = (steps - corners[..., None] >= 0) & (steps - corners[..., None] < 3)
    inside = near[:, :, 1, :, None] & near[:, :, 0, None, :]
    inside = (inside & shown[:, :, None, None].bool()).unsqueeze(2)
    return torch.where(inside, colours[..., None, None], dust) / 127.5 - 1


def _clip_cases(rng: torch.Generator) -> Sequence[Case]:
    def uniform(*shape: int, low: float = 0.0, high: float = 1.0) -> Tensor:
        drawn = torch.rand(shape, generator=rng, dtype=torch.float64)
        return low + (high - low) * drawn

    def clips(label: str, n: int, frames: int, missing: tuple = (), dust: float = 20.0):
        colours = uniform(n, frames, 3, low=60.0, high=250.0)
        corners = torch.randint(SIDE - 3, (n, frames, 2), generator=rng)
        shown = torch.ones(n, frames)
        for clip, frame in missing:
            shown[clip, frame] = 0
        grains = uniform(n, frames, 3, SIDE, SIDE, high=dust)
        return Case(label, {"videos": _painted(colours, corners, shown, grains)})

    still = clips("a shape of one colour on black", 1, 2, dust=0.0).arguments["videos"]
    grey = still.mean(dim=2, keepdim=True).expand(-1, -1, 2, -1, -1).clone()
    black = [(0, t) for t in range(4)]
    blue = _painted(
        uniform(2, 4, 3, low=26.0, high=40.0) * torch.tensor([0.3, 0.3, 1.5]).double(),
        torch.randint(SIDE - 3, (2, 4, 2), generator=rng),
        torch.ones(2, 4),
        uniform(2, 4, 3, SIDE, SIDE, high=24.0),
    )
    return [
        clips("clips with a shape in every frame", 3, 4),
        clips("as many frames as channels", 3, 3 + 1, dust=0.0),
        clips("frames without a shape", 2, 6, ((0, 2), (1, 0), (1, 1))),
        clips("a clip without any shape", 2, 4, tuple(black)),
        clips("a clip in which one frame shows a shape", 2, 4, tuple(black[1:])),
        Case("a dark blue shape in grey dust", {"videos": blue}),
        Case("a frozen clip", {"videos": still[:, :1].expand(-1, 4, -1, -1, -1)}),
        Case("clips of two channels is refused", {"videos": grey}),
        Case("a single frame is refused", {"videos": still[:, :1]}),
    ]


CONTENT_DISTANCE = Exercise(
    id="X5.7",
    title="Does it stay itself?",
    reference=average_content_distance,
    points=3,
    minutes=20,
    difficulty=3,
    cases=_clip_cases,
    mistakes=(
        Mistake(
            "colours of the whole frame",
            other.answer(other.whole_frames),
            "Most of a frame is background, and the figure shrinks by its share: small "
            "shapes look faithful. The colour is that of the *shape*, inside the mask.",
        ),
        Mistake(
            "frames without a shape count as black",
            other.answer(other.black_counts),
            "A frame in which nothing is seen has no colour. It is left out of the "
            "pairs, and its share is reported beside the distance.",
        ),
        Mistake(
            "neighbouring frames alone",
            other.answer(other.neighbours),
            "A colour that drifts slowly is never far from the frame before. Content "
            "is compared between all pairs of a clip's frames.",
        ),
        Mistake(
            "against the first frame alone",
            other.answer(other.from_the_first),
            "The first frame is no better than the others; if it is odd, all "
            "distances are. All pairs are compared.",
        ),
        Mistake(
            "each frame compared with itself",
            other.answer(other.with_itself),
            "Distances of 0 were averaged in, one for each frame: of T frames the "
            "figure is too small by (T - 1) / T. A pair has two frames.",
        ),
        Mistake(
            "pairs of all clips in one mean",
            other.answer(other.all_pairs_alike),
            "Clips with empty frames have fewer pairs and so count less. Take the mean "
            "within a clip first, then over clips.",
        ),
        Mistake(
            "clips without a pair left out",
            other.answer(other.shared_frames_only),
            "A clip with fewer than two frames that show a shape has distance 0 here, "
            "and `empty_share` tells on it. Left out, it counts as all the others.",
        ),
        Mistake(
            "squared distances",
            other.answer(lambda m: over_pairs(m, lambda gap: gap.square().sum(1))),
            "The distance of two colours is a length, the root of the sum of squares. "
            "Squares are in other units, and figures of papers are not.",
        ),
        Mistake(
            "sum over the channels",
            other.answer(lambda m: over_pairs(m, lambda gap: gap.abs().sum(1))),
            "Absolute differences of red, green and blue were added. The L2 distance "
            "is meant: as long as the straight line in colour space.",
        ),
        Mistake(
            "colours in [-1, 1]",
            other.answer(lambda m: over_pairs(m) / 127.5),
            "Published figures are on 0..255; these are 127.5 times smaller. Bring the "
            "pixels to that scale before the mask is made.",
        ),
        Mistake(
            "mask of the mean channel",
            other.answer(masked=lambda pixels: pixels.mean(2) > 25),
            "A pure blue of 60 has a mean of 20, and would be background. A pixel is "
            "shape as soon as its brightest channel is above the bar.",
        ),
        Mistake(
            "mask of everything above black",
            other.answer(masked=lambda pixels: pixels.amax(2) > 0),
            "Generators leave dust, and all of it counted as shape. The rule decides "
            "the figure, so it is fixed: the bar is `SEEN`.",
        ),
        Mistake(
            "mask of the brighter half",
            other.answer(masked=lambda pixels: pixels.amax(2) > 127.5),
            "Dark shapes vanish, and with them whatever is wrong with their colours. "
            "The bar is `SEEN`, 25 of 255, low enough for a dark blue.",
        ),
        Mistake(
            "empty clips in place of empty frames",
            other.answer(empty=lambda m: (~m.seen.any(1)).double().mean()),
            "Asked for is the share of *frames* without a shape. A clip that blinks "
            "would pass otherwise.",
        ),
        Mistake(
            "mean step",
            other.answer(step=lambda m: steps(m, torch.mean)),
            "One jump to the other side lifts a mean, and a flickering clip would seem "
            "to move. The step of a clip is its median.",
        ),
    ),
    alternatives=(other.answer(), other.one_frame_after_another),
    hints=(
        "What does a black clip score, and a frozen one? Which two figures beside the "
        "distance would give them away?",
        "Pixels on 0..255; a mask; the mean colour inside it, for each frame; all "
        "pairs of frames that show a shape; mean over pairs, then over clips.",
        "`amax` over the channels and `SEEN` make the mask. `torch.cdist` compares all "
        "frames of a clip at once, `triu(diagonal=1)` keeps each pair once; "
        "`median_steps` has the steps.",
    ),
)
