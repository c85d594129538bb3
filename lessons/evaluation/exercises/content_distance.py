"""X5.7: the average content distance of clips."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from course_lib.metrics.clip_sets import check_clips
from course_lib.metrics.content import SHAPE_THRESHOLD, average_content_distance
from teaching.exercise import Answer, Case, Exercise, Mistake

SIDE = 9  # pixels of a frame; the side of the square is 3


def _draw_squares(
    colours: Tensor, corners: Tensor, has_shape: Tensor, background: Tensor
) -> Tensor:
    """Squares on a background, both in 0 to 255, as clips in [-1, 1].

    ``colours`` are (batch, time, 3), ``corners`` (batch, time, 2). Frames with
    ``has_shape`` 0 show the background only.
    """
    pixels = torch.arange(SIDE)
    offsets = pixels - corners[..., None]
    inside_axis = (offsets >= 0) & (offsets < 3)
    inside = inside_axis[:, :, 1, :, None] & inside_axis[:, :, 0, None, :]
    inside = (inside & has_shape[:, :, None, None].bool()).unsqueeze(2)
    return torch.where(inside, colours[..., None, None], background) / 127.5 - 1


def _clip_cases(rng: torch.Generator) -> Sequence[Case]:
    def uniform(*shape: int, low: float = 0.0, high: float = 1.0) -> Tensor:
        values = torch.rand(shape, generator=rng, dtype=torch.float64)
        return low + (high - low) * values

    def case(label: str, n: int, n_frames: int, empty: tuple = (), noise: float = 20.0):
        colours = uniform(n, n_frames, 3, low=60.0, high=250.0)
        corners = torch.randint(SIDE - 3, (n, n_frames, 2), generator=rng)
        has_shape = torch.ones(n, n_frames)
        for clip, frame in empty:
            has_shape[clip, frame] = 0
        background = uniform(n, n_frames, 3, SIDE, SIDE, high=noise)
        videos = _draw_squares(colours, corners, has_shape, background)
        return Case(label, {"videos": videos})

    videos = case("", 1, 2, noise=0.0).arguments["videos"]
    two_channels = videos.mean(dim=2, keepdim=True).expand(-1, -1, 2, -1, -1).clone()
    first_clip_empty = [(0, t) for t in range(4)]
    dark_blue = _draw_squares(
        uniform(2, 4, 3, low=26.0, high=40.0) * torch.tensor([0.3, 0.3, 1.5]).double(),
        torch.randint(SIDE - 3, (2, 4, 2), generator=rng),
        torch.ones(2, 4),
        uniform(2, 4, 3, SIDE, SIDE, high=24.0),
    )
    faint = _draw_squares(
        uniform(2, 4, 3, low=25.3, high=27.0),
        torch.randint(SIDE - 3, (2, 4, 2), generator=rng),
        torch.ones(2, 4),
        uniform(2, 4, 3, SIDE, SIDE, low=22.0, high=24.7),
    )
    with_nan = dark_blue.clone()
    with_nan[1, 2, 0, 4, 4] = torch.nan
    return [
        case("clips with a shape in every frame", 3, 4),
        case("more frames than channels", 3, 4, noise=0.0),
        case("frames without a shape", 2, 6, ((0, 2), (1, 0), (1, 1))),
        case("a clip without any shape", 2, 4, tuple(first_clip_empty)),
        case("a clip with a shape in one frame", 2, 4, tuple(first_clip_empty[1:])),
        Case("a dark blue shape on a noisy background", {"videos": dark_blue}),
        Case("a frozen clip", {"videos": videos[:, :1].expand(-1, 4, -1, -1, -1)}),
        Case("a shape just above the threshold", {"videos": faint}),
        Case("clips of two channels is refused", {"videos": two_channels}),
        Case("pixels from 0 to 255 is refused", {"videos": (dark_blue + 1) * 127.5}),
        Case("a pixel that is nan is refused", {"videos": with_nan}),
        Case("a batch without clips is refused", {"videos": dark_blue[:0]}),
        Case("a single frame is refused", {"videos": videos[:, :1]}),
    ]


class _Parts(NamedTuple):
    """What the metric is computed from, on the scale 0 to 255."""

    pixels: Tensor  # (batch, time, 3, height, width)
    mask: Tensor  # (batch, time, height, width)
    has_shape: Tensor  # (batch, time)
    colours: Tensor  # (batch, time, 3)


def _is_shape(pixels: Tensor) -> Tensor:
    """The correct mask."""
    return pixels.amax(2) > SHAPE_THRESHOLD


def _parts(videos: Tensor, is_shape: Callable[[Tensor], Tensor] = _is_shape) -> _Parts:
    """Pixels, mask and mean colours, with the correct mask or another one."""
    if videos.shape[2] != 3 or videos.shape[1] < 2 or not len(videos):
        raise ValueError("Clips of three channels and two frames or more are needed.")
    check_clips(videos)
    pixels = (videos.double() + 1) / 2 * 255
    mask = is_shape(pixels)
    weight = mask.unsqueeze(2)
    area = weight.sum((3, 4)).clamp(min=1)
    colours = (pixels * weight).sum((3, 4)) / area
    return _Parts(pixels, mask, mask.flatten(2).any(2), colours)


def _euclidean(differences: Tensor) -> Tensor:
    return differences.norm(dim=1)


def _over_pairs(
    parts: _Parts, distance: Callable[[Tensor], Tensor] = _euclidean
) -> Tensor:
    """The mean over clips of the mean distance over pairs of frames with a shape."""
    means = []
    for clip_colours, has_shape in zip(parts.colours, parts.has_shape, strict=True):
        colours = clip_colours[has_shape]
        i, j = torch.triu_indices(len(colours), len(colours), 1)
        distances = distance(colours[i] - colours[j])
        means.append(distances.mean() if len(distances) else distances.new_zeros(()))
    return torch.stack(means).mean()


def _steps(parts: _Parts, average: Callable[[Tensor], Tensor] = torch.median) -> Tensor:
    """The mean over clips of the median displacement of the shape, in pixels."""
    clip_steps = []
    for mask, has_shape in zip(parts.mask, parts.has_shape, strict=True):
        centres = [frame.nonzero().double().mean(0) for frame in mask]
        steps = [
            (centres[t + 1] - centres[t]).norm()
            for t in range(len(centres) - 1)
            if has_shape[t] and has_shape[t + 1]
        ]
        no_step = torch.zeros(()).double()
        clip_steps.append(average(torch.stack(steps)) if steps else no_step)
    return torch.stack(clip_steps).mean()


def _empty_fraction(parts: _Parts) -> Tensor:
    """The fraction of frames without a shape."""
    return 1 - parts.has_shape.double().mean()


def _answer(
    distance: Callable[[_Parts], Tensor] = _over_pairs,
    empty_fraction: Callable[[_Parts], Tensor] = _empty_fraction,
    step: Callable[[_Parts], Tensor] = _steps,
    is_shape: Callable[[Tensor], Tensor] = _is_shape,
) -> Answer:
    """An answer in which one of the three results, or the mask, may be wrong."""

    def answer(videos):
        parts = _parts(videos, is_shape)
        return tuple(
            float(result(parts)) for result in (distance, empty_fraction, step)
        )

    return answer


def _with_whole_frames(parts: _Parts) -> Tensor:
    """Mean colours of whole frames."""
    return _over_pairs(parts._replace(colours=parts.pixels.mean((3, 4))))


def _with_empty_frames(parts: _Parts) -> Tensor:
    """Frames without a shape have the colour 0."""
    return _over_pairs(parts._replace(has_shape=torch.ones_like(parts.has_shape)))


def _neighbouring_frames(parts: _Parts) -> Tensor:
    """Each frame compared with the previous one."""
    distances = parts.colours.diff(dim=1).norm(dim=2)
    both = parts.has_shape[:, 1:] & parts.has_shape[:, :-1]
    return ((distances * both).sum(1) / both.sum(1).clamp(min=1)).mean()


def _from_first_frame(parts: _Parts) -> Tensor:
    """Each frame compared with the first one that shows a shape."""
    means = []
    for clip_colours, has_shape in zip(parts.colours, parts.has_shape, strict=True):
        colours = clip_colours[has_shape]
        distances = (colours[1:] - colours[:1]).norm(dim=1)
        means.append(distances.mean() if len(distances) else distances.new_zeros(()))
    return torch.stack(means).mean()


def _with_self_pairs(parts: _Parts) -> Tensor:
    """All ordered pairs, including those of a frame with itself."""
    both = parts.has_shape[:, :, None] & parts.has_shape[:, None]
    distances = torch.cdist(parts.colours, parts.colours) * both
    return (distances.sum((1, 2)) / both.sum((1, 2)).clamp(min=1)).mean()


def _all_pairs_of_all_clips(parts: _Parts) -> Tensor:
    """One mean over the pairs of all clips."""
    both = (parts.has_shape[:, :, None] & parts.has_shape[:, None]).triu(1)
    distances = torch.cdist(parts.colours, parts.colours) * both
    return distances.sum() / both.sum().clamp(min=1)


def _without_clips_without_pairs(parts: _Parts) -> Tensor:
    """Clips with fewer than two frames with a shape are dropped."""
    enough = parts.has_shape.sum(1) > 1
    selected = parts._replace(
        colours=parts.colours[enough], has_shape=parts.has_shape[enough]
    )
    return _over_pairs(selected) if enough.any() else torch.zeros(())


def _largest_pair(parts: _Parts) -> Tensor:
    """The mean over clips of the largest distance of two frames with a shape."""
    both = parts.has_shape[:, :, None] & parts.has_shape[:, None]
    return (torch.cdist(parts.colours, parts.colours) * both).amax((1, 2)).mean()


def _from_mean_colour(parts: _Parts) -> Tensor:
    """Each frame compared with the mean colour of its clip."""
    n = parts.has_shape.sum(1).clamp(min=1)
    weight = parts.has_shape.unsqueeze(2)
    mean = (parts.colours * weight).sum(1, keepdim=True) / n[:, None, None]
    distances = (parts.colours - mean).norm(dim=2) * parts.has_shape
    return (distances.sum(1) / n).mean()


def _divided_by_all_pairs(parts: _Parts) -> Tensor:
    """The sum over pairs with a shape, divided by the number of all pairs."""
    both = (parts.has_shape[:, :, None] & parts.has_shape[:, None]).triu(1)
    n_frames = parts.has_shape.shape[1]
    distances = torch.cdist(parts.colours, parts.colours) * both
    return (distances.sum((1, 2)) / (n_frames * (n_frames - 1) / 2)).mean()


def _median_over_clips(parts: _Parts) -> Tensor:
    clips = range(len(parts.mask))
    steps = [
        _steps(
            parts._replace(mask=parts.mask[i, None], has_shape=parts.has_shape[i, None])
        )
        for i in clips
    ]
    return torch.stack(steps).median()


def _with_scale(scale: Callable[[Tensor], Tensor]) -> Answer:
    """The correct results of pixels converted to another scale."""

    def answer(videos):
        _parts(videos)
        pixels = scale(videos.double())
        mask = _is_shape(pixels)
        weight = mask.unsqueeze(2)
        colours = (pixels * weight).sum((3, 4)) / weight.sum((3, 4)).clamp(min=1)
        parts = _Parts(pixels, mask, mask.flatten(2).any(2), colours)
        results = _over_pairs, _empty_fraction, _steps
        return tuple(float(result(parts)) for result in results)

    return answer


def _unchecked(videos):
    if videos.shape[2] != 3 or videos.shape[1] < 2 or not len(videos):
        raise ValueError("Clips of three channels and two frames or more are needed.")
    try:
        return average_content_distance(videos)
    except ValueError:
        return 0.0, 0.0, 0.0


def _with_loops(videos):
    """The same results by loops over clips and frames."""
    parts = _parts(videos)
    distances, steps = [], []
    for pixels, mask in zip(parts.pixels, parts.mask, strict=True):
        frames = [(t, inside) for t, inside in enumerate(mask) if inside.any()]
        colours = [pixels[t][:, inside].mean(1) for t, inside in frames]
        pairs = [(a - b).norm() for i, a in enumerate(colours) for b in colours[:i]]
        distances.append(float(sum(pairs)) / max(len(pairs), 1))
        has_shape = mask.flatten(1).any(1)[None]
        one_clip = parts._replace(mask=mask[None], has_shape=has_shape)
        steps.append(float(_steps(one_clip)))
    n_empty = sum(not frame.any() for mask in parts.mask for frame in mask)
    n_frames = parts.has_shape.shape[1]
    totals = (sum(distances), n_empty / n_frames, sum(steps))
    return tuple(total / len(parts.mask) for total in totals)


CONTENT_DISTANCE = Exercise(
    id="X5.7",
    title="Average content distance",
    reference=average_content_distance,
    points=3,
    minutes=20,
    difficulty=3,
    cases=_clip_cases,
    mistakes=(
        Mistake(
            "colours of the whole frame",
            _answer(_with_whole_frames),
            "Most of a frame is background, which scales the distance down by its "
            "area, so that small shapes seem to keep their colour. Use the mean colour "
            "of the *shape*, inside the mask.",
        ),
        Mistake(
            "frames without a shape count as black",
            _answer(_with_empty_frames),
            "A frame without a shape has no colour. It is excluded from the pairs, and "
            "the fraction of such frames is reported beside the distance.",
        ),
        Mistake(
            "neighbouring frames only",
            _answer(_neighbouring_frames),
            "A colour that drifts slowly is always close to that of the previous "
            "frame. Compare all pairs of frames of a clip.",
        ),
        Mistake(
            "compared with the first frame only",
            _answer(_from_first_frame),
            "If the first frame is an exception, all distances are wrong. Compare all "
            "pairs of frames of a clip.",
        ),
        Mistake(
            "each frame compared with itself",
            _answer(_with_self_pairs),
            "The mean includes a distance of 0 for each frame, so that for T frames it "
            "is too small by the factor (T - 1) / T. A pair has two different frames.",
        ),
        Mistake(
            "one mean over the pairs of all clips",
            _answer(_all_pairs_of_all_clips),
            "Clips with empty frames have fewer pairs and thus a smaller weight. Take "
            "the mean within each clip first, then over clips.",
        ),
        Mistake(
            "clips without a pair excluded",
            _answer(_without_clips_without_pairs),
            "A clip with fewer than two frames that show a shape has distance 0, and "
            "`empty_fraction` reveals it. Here such clips are excluded.",
        ),
        Mistake(
            "largest distance of a clip",
            _answer(_largest_pair),
            "This is the largest distance of two frames, so one bad frame decides. "
            "Take the mean over the pairs of a clip.",
        ),
        Mistake(
            "distance from the mean colour",
            _answer(_from_mean_colour),
            "Each frame is compared with the mean colour of its clip, which is smaller "
            "than the mean distance of two frames. Compare all pairs.",
        ),
        Mistake(
            "divided by all pairs",
            _answer(_divided_by_all_pairs),
            "The distances of frames with a shape are divided by the number of all "
            "pairs, also of those with an empty frame. Count only the pairs in the "
            "sum.",
        ),
        Mistake(
            "root of the mean square over the channels",
            _answer(lambda p: _over_pairs(p) / 3**0.5),
            "The squared differences of the channels are averaged, so all distances "
            "are too small by the root of 3. The Euclidean distance *sums* them.",
        ),
        Mistake(
            "squared distances",
            _answer(lambda p: _over_pairs(p, lambda x: x.square().sum(1))),
            "The distance of two colours is the root of the sum of squares. Squared "
            "distances have other units than published values.",
        ),
        Mistake(
            "sum over the channels",
            _answer(lambda p: _over_pairs(p, lambda x: x.abs().sum(1))),
            "The absolute differences of red, green and blue are added. The metric "
            "uses the Euclidean distance of the two colours.",
        ),
        Mistake(
            "colours in [-1, 1]",
            _answer(lambda p: _over_pairs(p) / 127.5),
            "Published values are on the scale 0 to 255; these are 127.5 times "
            "smaller. Convert the pixels to that scale before you compute the mask.",
        ),
        Mistake(
            "pixels scaled by 128",
            _with_scale(lambda videos: (videos + 1) * 128),
            "The scale is 0 to 256 here. Pixels in [-1, 1] become 0 to 255 by adding 1 "
            "and multiplying by 127.5.",
        ),
        Mistake(
            "pixels rounded",
            _with_scale(lambda videos: ((videos + 1) * 127.5).round()),
            "The pixels are rounded to whole numbers, which changes the colours "
            "slightly. Compute with the numbers as they are.",
        ),
        Mistake(
            "mask of the sum over channels",
            _answer(is_shape=lambda pixels: pixels.sum(2) > SHAPE_THRESHOLD),
            "The sum of three dark channels exceeds the threshold, so background "
            "counts as shape. The *largest* channel is compared with the threshold.",
        ),
        Mistake(
            "mask of the first frame for all",
            _answer(
                is_shape=lambda pixels: _is_shape(pixels)[:, :1].expand(
                    -1, pixels.shape[1], -1, -1
                )
            ),
            "The mask of the first frame is used for all frames, though the shape "
            "moves. Each frame has its own mask.",
        ),
        Mistake(
            "one mask for all frames of a clip",
            _answer(
                is_shape=lambda pixels: (
                    _is_shape(pixels)
                    .any(1, keepdim=True)
                    .expand(-1, pixels.shape[1], -1, -1)
                )
            ),
            "The mask contains every pixel that the shape covers at any time, so it "
            "contains background in most frames. Each frame has its own mask.",
        ),
        Mistake(
            "mask of the mean over channels",
            _answer(is_shape=lambda pixels: pixels.mean(2) > 25),
            "A pure blue of 60 has a mean of 20, and would be background. A pixel "
            "belongs to the shape if its largest channel is above the threshold.",
        ),
        Mistake(
            "mask of all pixels above 0",
            _answer(is_shape=lambda pixels: pixels.amax(2) > 0),
            "Generated clips have a noisy background, all of which would count as "
            "shape. The values depend on the mask, so the threshold is fixed: use "
            "`SHAPE_THRESHOLD`.",
        ),
        Mistake(
            "mask of the brighter half",
            _answer(is_shape=lambda pixels: pixels.amax(2) > 127.5),
            "Dark shapes are missed, together with all changes of their colour. The "
            "threshold is `SHAPE_THRESHOLD`, 25 of 255, which includes a dark blue.",
        ),
        Mistake(
            "empty clips in place of empty frames",
            _answer(empty_fraction=lambda p: (~p.has_shape.any(1)).double().mean()),
            "The result is the fraction of *frames* without a shape. Otherwise a clip "
            "whose shape disappears in some frames would go unnoticed.",
        ),
        Mistake(
            "fraction of background pixels",
            _answer(empty_fraction=lambda p: (~p.mask).double().mean()),
            "This is the fraction of *pixels* without a shape. The result is the "
            "fraction of frames in which no pixel belongs to a shape.",
        ),
        Mistake(
            "fraction of frames with a shape",
            _answer(empty_fraction=lambda p: p.has_shape.double().mean()),
            "This is the fraction of frames *with* a shape. `empty_fraction` counts "
            "the others.",
        ),
        Mistake(
            "median step over the clips",
            _answer(step=_median_over_clips),
            "The median is taken over the clips as well. Within a clip it is the "
            "median, over the clips the mean.",
        ),
        Mistake(
            "nan and other scales not refused",
            _unchecked,
            "The results are correct. But clips that are not in [-1, 1], or contain "
            "nan, give a number as well: raise a ValueError.",
        ),
        Mistake(
            "mean step",
            _answer(step=lambda p: _steps(p, torch.mean)),
            "One jump to the other side raises a mean, so that a flickering clip "
            "seems to move. The step of a clip is its median displacement.",
        ),
    ),
    alternatives=(_answer(), _with_loops),
    hints=(
        "What is the content distance of a black clip, and of a frozen one? Which two "
        "results beside the distance distinguish them from good clips?",
        "Convert pixels to 0 to 255 and compute the mask, the mean colour inside it "
        "for each frame, and the distance of all pairs of frames with a shape. Take "
        "the mean over pairs, then over clips.",
        "`amax` over the channels and `SHAPE_THRESHOLD` give the mask. `torch.cdist` "
        "compares all frames of a clip at once, `triu(diagonal=1)` selects each pair "
        "once, and `median_steps` returns the steps.",
    ),
)
