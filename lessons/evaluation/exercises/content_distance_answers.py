"""Measure colours by other rules than the mask's: what X5.7 compares answers with."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from course_lib.metrics.content import SEEN
from teaching.exercise import Answer


class Measured(NamedTuple):
    """What a clip consists of, on 0..255: pixels, mask, and what is in the mask."""

    pixels: Tensor  # (batch, time, 3, height, width)
    mask: Tensor  # (batch, time, height, width)
    seen: Tensor  # (batch, time)
    colours: Tensor  # (batch, time, 3)


def measured(
    videos: Tensor, masked: Callable[[Tensor], Tensor] | None = None
) -> Measured:
    """The parts from which distances are made, with the right mask or another."""
    if videos.shape[2] != 3 or videos.shape[1] < 2 or not len(videos):
        raise ValueError("Coloured clips of two frames, please.")
    pixels = (videos.double() + 1) / 2 * 255
    mask = (masked or (lambda p: p.amax(2) > SEEN))(pixels)
    weight = mask.unsqueeze(2)
    area = weight.sum((3, 4)).clamp(min=1)
    colours = (pixels * weight).sum((3, 4)) / area
    return Measured(pixels, mask, mask.flatten(2).any(2), colours)


def over_pairs(m: Measured, apart: Callable[[Tensor], Tensor] | None = None) -> Tensor:
    """The mean over clips of the mean over their pairs of frames that show a shape."""
    found = []
    for colours, seen in zip(m.colours, m.seen, strict=True):
        kept = colours[seen]
        i, j = torch.triu_indices(len(kept), len(kept), 1)
        gaps = (apart or (lambda gap: gap.norm(dim=1)))(kept[i] - kept[j])
        found.append(gaps.mean() if len(gaps) else gaps.new_zeros(()))
    return torch.stack(found).mean()


def steps(m: Measured, middle: Callable[[Tensor], Tensor] = torch.median) -> Tensor:
    """The mean over clips of the median way between neighbouring frames, in pixels."""
    found = []
    for mask, seen in zip(m.mask, m.seen, strict=True):
        places = [frame.nonzero().double().mean(0) for frame in mask]
        ways = [
            (places[t + 1] - places[t]).norm()
            for t in range(len(places) - 1)
            if seen[t] and seen[t + 1]
        ]
        found.append(middle(torch.stack(ways)) if ways else torch.zeros(()).double())
    return torch.stack(found).mean()


def empty_share(m: Measured) -> Tensor:
    """The share of frames without a shape."""
    return 1 - m.seen.double().mean()


def answer(
    distance: Callable[[Measured], Tensor] = over_pairs,
    empty: Callable[[Measured], Tensor] = empty_share,
    step: Callable[[Measured], Tensor] = steps,
    masked: Callable[[Tensor], Tensor] | None = None,
) -> Answer:
    """Another triple: each part may be wrong, or the mask from which all are made."""

    def answer(videos):
        found = measured(videos, masked)
        return tuple(float(part(found)) for part in (distance, empty, step))

    return answer


def whole_frames(m: Measured) -> Tensor:
    """The mean colours of whole frames."""
    return over_pairs(m._replace(colours=m.pixels.mean((3, 4))))


def black_counts(m: Measured) -> Tensor:
    """Empty frames have the colour 0."""
    return over_pairs(m._replace(seen=torch.ones_like(m.seen)))


def neighbours(m: Measured) -> Tensor:
    """Each frame against the one before."""
    gaps = m.colours.diff(dim=1).norm(dim=2)
    both = m.seen[:, 1:] & m.seen[:, :-1]
    return ((gaps * both).sum(1) / both.sum(1).clamp(min=1)).mean()


def from_the_first(m: Measured) -> Tensor:
    """Each frame against the first that shows a shape."""
    found = []
    for colours, seen in zip(m.colours, m.seen, strict=True):
        kept = colours[seen]
        gaps = (kept[1:] - kept[:1]).norm(dim=1)
        found.append(gaps.mean() if len(gaps) else gaps.new_zeros(()))
    return torch.stack(found).mean()


def with_itself(m: Measured) -> Tensor:
    """All ordered pairs, those of a frame with itself too."""
    both = m.seen[:, :, None] & m.seen[:, None]
    gaps = torch.cdist(m.colours, m.colours) * both
    return (gaps.sum((1, 2)) / both.sum((1, 2)).clamp(min=1)).mean()


def all_pairs_alike(m: Measured) -> Tensor:
    """The pairs of all clips together."""
    both = (m.seen[:, :, None] & m.seen[:, None]).triu(1)
    gaps = torch.cdist(m.colours, m.colours) * both
    return gaps.sum() / both.sum().clamp(min=1)


def shared_frames_only(m: Measured) -> Tensor:
    """Clips with fewer than two such frames are dropped."""
    enough = m.seen.sum(1) > 1
    kept = m._replace(colours=m.colours[enough], seen=m.seen[enough])
    return over_pairs(kept) if enough.any() else torch.zeros(())


def one_frame_after_another(videos):
    """The same triple by loops over clips and frames."""
    m = measured(videos)
    apart, ways = [], []
    for pixels, mask in zip(m.pixels, m.mask, strict=True):
        seen = [(t, inside) for t, inside in enumerate(mask) if inside.any()]
        colours = [pixels[t][:, inside].mean(1) for t, inside in seen]
        gaps = [(a - b).norm() for i, a in enumerate(colours) for b in colours[:i]]
        apart.append(float(sum(gaps)) / max(len(gaps), 1))
        alone = m._replace(mask=mask[None], seen=mask.flatten(1).any(1)[None])
        ways.append(float(steps(alone)))
    n_empty = sum(not frame.any() for mask in m.mask for frame in mask)
    shares = (sum(apart), n_empty / m.seen.shape[1], sum(ways))
    return tuple(x / len(m.mask) for x in shares)
