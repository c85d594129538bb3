"""Ask for clips whose frames were all painted in one call, in the right order."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor

from course_lib.mocogan.frame_views import paint_clips
from lessons.mocogan.exercises.small_networks import SmallPainter
from teaching.exercise import Answer, Case, Exercise, Mistake


def _path_cases(rng: torch.Generator) -> Sequence[Case]:
    draw = partial(torch.randn, generator=rng, dtype=torch.float64)

    def path(*shape: int, norm: bool = False) -> dict[str, Any]:
        return {
            "painter": SmallPainter(shape[2], rng, norm=norm),
            "path": draw(shape),
        }

    short = path(2, 3, 2)
    short = {name: value.float() for name, value in short.items()}
    questions = (
        ("more frames than clips", path(2, 4, 3)),
        ("more clips than frames", path(5, 2, 4)),
        ("as many clips as frames", path(3, 3, 2)),
        ("as many frames as channels", path(3, 2, 2)),
        ("clips of one frame", path(4, 1, 2)),
        ("one clip", path(1, 4, 2)),
        ("a batch norm sees all frames at once", path(3, 4, 2, norm=True)),
        ("float32 stays float32", short),
    )
    return [Case(label, x, ("painter", "path")) for label, x in questions]


def _after(change: Callable[[Tensor], Tensor]) -> Answer:
    """The right clips, changed."""
    return lambda painter, path: change(paint_clips(painter, path))


def _before(change: Callable[[Tensor], Tensor]) -> Answer:
    """The right clips of a path that was changed."""
    return lambda painter, path: paint_clips(painter, change(path))


def _time_first(painter, path):
    return painter(path.transpose(0, 1).flatten(0, 1))


def _viewed(painter, path):
    """Right: counted by hand."""
    n_clips, n_frames, size = path.shape
    frames = painter(path.reshape(n_clips * n_frames, size))
    return frames.view(n_clips, n_frames, *frames.shape[1:])


def _collected(painter, path):
    """Right: times side by side on the way in, and turned back on the way out."""
    frames = _time_first(painter, path).split(len(path))
    return torch.stack(frames, dim=1)


PAINT_CLIPS = Exercise(
    id="X4.2",
    title="Frames find their clip",
    reference=paint_clips,
    points=2,
    minutes=8,
    difficulty=1,
    cases=_path_cases,
    mistakes=(
        Mistake(
            "flattened clip by clip, cut time by time",
            lambda painter, path: (
                painter(path.flatten(0, 1))
                .unflatten(0, (path.shape[1], path.shape[0]))
                .transpose(0, 1)
            ),
            "The frames of one clip stand side by side after `flatten`, but were cut "
            "as if those of one time did. Each clip now holds frames of several.",
        ),
        Mistake(
            "flattened time by time, cut clip by clip",
            lambda painter, path: _time_first(painter, path).unflatten(
                0, path.shape[:2]
            ),
            "Transposed on the way in and not on the way out: a clip now holds the "
            "frames of one moment of all clips. Undo in the end what you did first.",
        ),
        Mistake(
            "time before batch",
            _after(lambda videos: videos.transpose(0, 1)),
            "The frames are right, on the wrong axes: clips come first, then time. A "
            "video's axes are batch, time, channel, height, width.",
        ),
        Mistake(
            "channels before time",
            _after(lambda videos: videos.transpose(1, 2)),
            "This is the order of three-dimensional convolutions, (batch, channel, "
            "time, ...). The course's clips have time before the channels.",
        ),
        Mistake(
            "frames left in one row",
            _after(lambda videos: videos.flatten(0, 1)),
            "The frames are painted and in order, but nobody knows which clip they "
            "belong to. Give back the two axes that were flattened.",
        ),
        Mistake(
            "frames stacked as channels",
            _after(lambda videos: videos.flatten(1, 2)),
            "Time and channel became one axis: that is how a cheap judge looks at a "
            "clip. Keep time as an axis of its own.",
        ),
        Mistake(
            "the first frame held still",
            _before(lambda path: path[:, :1].expand_as(path)),
            "Every frame is painted from the first latent of its clip, so nothing "
            "moves. Each frame has a latent of its own.",
        ),
        Mistake(
            "the mean latent of the clip",
            _before(lambda path: path.mean(dim=1, keepdim=True).expand_as(path)),
            "The latents of a clip were averaged over time, and what moved is gone. "
            "Paint each of them for itself.",
        ),
        Mistake(
            "one clip for all",
            _before(lambda path: path[:1].expand_as(path)),
            "All clips are painted from the first one's path. Flatten both axes, so "
            "that the painter gets every latent of every clip.",
        ),
        Mistake(
            "time runs backwards",
            _after(lambda videos: videos.flip(1)),
            "The last latent became the first frame. Time runs upwards along its axis, "
            "in the path and in the clip.",
        ),
        Mistake(
            "the painter asked frame by frame",
            lambda painter, path: torch.stack(
                [painter(latents) for latents in path.unbind(1)], dim=1
            ),
            "Right in most cases, but slow, and a batch norm sees one moment at a "
            "time: it takes away what clips have in common then. Ask once.",
        ),
        Mistake(
            "the painter asked clip by clip",
            lambda painter, path: torch.stack([painter(latents) for latents in path]),
            "Right in most cases, but slow, and a batch norm sees one clip at a time: "
            "it takes away the content. Ask once, for all frames of all clips.",
        ),
        Mistake(
            "no way back",
            torch.no_grad()(paint_clips),
            "The clips are right, but the painter learns nothing from them. `no_grad` "
            "belongs around a call that only looks.",
        ),
    ),
    alternatives=(_viewed, _collected),
    hints=(
        "The painter knows no time: to it, all latents of all clips are one long list. "
        "In which order does `flatten` write that list?",
        "Flatten the first two axes, paint, and cut the first axis of the result into "
        "the two it came from, clips first.",
        "`unflatten` undoes `flatten`: it takes the axis and the two lengths, which "
        "stand in the path's shape.",
    ),
)
