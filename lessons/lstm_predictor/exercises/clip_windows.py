"""X2.1: all clips of given length, stride and step in a film."""

from collections.abc import Sequence
from functools import partial

import torch
from torch import Tensor

from course_lib.data.film import windows
from teaching.exercise import Case, Exercise, Mistake


def _film_cases(rng: torch.Generator) -> Sequence[Case]:
    draw = partial(torch.randn, generator=rng, dtype=torch.float64)
    labelled = (  # film; length, stride and step
        ("clips that overlap", draw(9, 3, 2, 4), (4, 1, 1)),
        ("frames 3 apart", draw(12, 2, 3, 5), (3, 3, 1)),
        ("clips that start 4 frames apart", draw(15, 1, 3, 2), (3, 2, 4)),
        ("the last clip ends with the film", draw(12, 2, 2, 3), (4, 2, 5)),
        ("one clip as long as the film", draw(7, 2, 4, 3), (3, 3, 2)),
        ("a clip of a single frame", draw(6, 3, 2, 2), (1, 4, 2)),
        ("float32 stays float32", draw(8, 3, 4, 2).float(), (2, 3, 1)),
        ("stride 1 and step 1 by default", draw(7, 1, 2, 2), (3,)),
        ("step 1 by default", draw(9, 2, 1, 3), (3, 2)),
        ("stride 1 by default", draw(9, 2, 1, 3), (3, None, 4)),
        ("a film that is too short is refused", draw(6, 3, 2, 4), (4, 2, 1)),
        ("a length of 0 is refused", draw(6, 1, 2, 2), (0, 1, 1)),
        ("a stride of 0 is refused", draw(6, 1, 2, 2), (3, 0, 1)),
        ("a step of 0 is refused", draw(6, 1, 2, 2), (3, 1, 0)),
        ("a negative step is refused", draw(6, 1, 2, 2), (3, 1, -1)),
    )
    names = ("length", "stride", "step")
    return [  # no gradients: a loader of clips may use NumPy
        Case(
            label,
            {"film": film}
            | {k: n for k, n in zip(names, numbers, strict=False) if n is not None},
        )
        for label, film, numbers in labelled
    ]


def _clips_at(film: Tensor, starts: range, offsets: range) -> Tensor:
    """Frames at each start plus ``offsets``, cyclic at the end of the film."""
    if not starts:
        raise ValueError("The film is too short.")
    indices = torch.tensor(starts)[:, None] + torch.tensor(offsets)
    return film[indices % len(film)]


def _clips(film: Tensor, length: int, stride: int, starts: range) -> Tensor:
    return _clips_at(film, starts, range(0, length * stride, stride))


def _starts(film: Tensor, span: int, step: int) -> range:
    return range(0, len(film) - span + 1, step)


def _clip_by_clip(film, length, stride=1, step=1):
    if min(length, stride, step) < 1:
        raise ValueError("Frames count from 1.")
    clips, start = [], 0
    while start + (length - 1) * stride < len(film):
        clips.append(torch.stack([film[start + i * stride] for i in range(length)]))
        start += step
    if not clips:
        raise ValueError(f"No clip of {length} frames fits.")
    return torch.stack(clips)


def _indices_by_unfold(film, length, stride=1, step=1):
    if min(length, stride, step) < 1 or length * stride - stride >= len(film):
        raise ValueError(f"{len(film)} frames are too few.")
    indices = torch.arange(len(film)).unfold(0, length * stride - stride + 1, step)
    return film[indices[:, ::stride]]


def _without_check(film, length, stride=1, step=1):
    if min(length, stride, step) < 1:
        raise ValueError("Frames count from 1.")
    starts = _starts(film, (length - 1) * stride + 1, step)
    ends = [start + (length - 1) * stride + 1 for start in starts]
    pairs = zip(starts, ends, strict=True)
    return torch.stack([film[start:end:stride] for start, end in pairs])


def _numbers_not_checked(film, length, stride=1, step=1):
    span = (length - 1) * stride + 1
    if len(film) < span:
        raise ValueError(f"No clip of {length} frames fits.")
    starts = torch.arange(0, len(film) - span + 1, max(step, 1))
    return film[starts[:, None] + torch.arange(length) * stride]


def _filled_up(film, length, stride=1, step=1):
    indices = torch.arange(0, len(film), step)[:, None] + stride * torch.arange(length)
    return film[indices.clamp(max=len(film) - 1)]


CLIP_WINDOWS = Exercise(
    id="X2.1",
    title="All clips of a film",
    reference=windows,
    points=2,
    minutes=10,
    difficulty=1,
    cases=_film_cases,
    mistakes=(
        Mistake(
            "stride ignored",
            lambda film, length, stride=1, step=1: _clips_at(
                film, _starts(film, length, step), range(length)
            ),
            "Each clip holds consecutive frames. `stride` is the distance between two "
            "frames of a clip: with a stride of 3 the first clip is 0, 3, 6, ...",
        ),
        Mistake(
            "stride and step exchanged",
            lambda film, length, stride=1, step=1: windows(
                film, length=length, stride=step, step=stride
            ),
            "`stride` is the distance between two frames of a clip, `step` the "
            "distance between the first frames of two clips. They are exchanged.",
        ),
        Mistake(
            "clips that do not overlap",
            lambda film, length, stride=1, step=1: windows(
                film, length=length, stride=stride, step=(length - 1) * stride + 1
            ),
            "Each clip starts after the end of the one before. It should start `step` "
            "frames after the start of the one before: with a step of 1 they overlap.",
        ),
        Mistake(
            "last clip left out",
            lambda film, length, stride=1, step=1: _clips(
                film,
                length,
                stride,
                _starts(film, (length - 1) * stride + 2, step),
            ),
            "Off by one: a clip that ends with the very last frame still lies within "
            "the film. A film as long as the span of one clip has one clip.",
        ),
        Mistake(
            "span computed as length times stride",
            lambda film, length, stride=1, step=1: _clips(
                film, length, stride, _starts(film, length * stride, step)
            ),
            "Three frames with a stride of 2 are 0, 2, 4: they span five frames of the "
            "film, not six. A clip of `length` frames has `length - 1` gaps.",
        ),
        Mistake(
            "cyclic indices",
            lambda film, length, stride=1, step=1: _clips(
                film, length, stride, range(0, len(film), step)
            ),
            "The last clips continue with the first frames of the film, as `roll` and "
            "a modulus do. Leave out all clips that do not fit into the film.",
        ),
        Mistake(
            "channel axis before time",
            lambda film, length, stride=1, step=1: windows(
                film, length=length, stride=stride, step=step
            ).transpose(1, 2),
            "The clips are right, their axes are not. The course keeps (batch, time, "
            "channel, height, width); this order is that of `Conv3d`.",
        ),
        Mistake(
            "time as the last axis",
            lambda film, length, stride=1, step=1: windows(
                film, length=length, stride=stride, step=step
            ).movedim(1, -1),
            "`unfold` puts the axis of the window last. Move it to the time axis of a "
            "clip, which is the second, after the batch.",
        ),
        Mistake(
            "frames in reverse order",
            lambda film, length, stride=1, step=1: windows(
                film, length=length, stride=stride, step=step
            ).flip(1),
            "The first frame of each clip is the latest one. The frames of a clip are "
            "in the order of the film.",
        ),
        Mistake(
            "film thinned out before it is cut",
            lambda film, length, stride=1, step=1: windows(
                film[::stride], length=length, step=step
            ),
            "Every `stride`-th frame is kept first, so clips start at multiples of "
            "`stride` only, and `step` counts in strides. A clip may start at any "
            "frame of the film.",
        ),
        Mistake(
            "last frame repeated",
            _filled_up,
            "Clips that run over the end are filled up with the last frame, as if the "
            "film stood still. Leave out all clips that do not fit into the film.",
        ),
        Mistake(
            "default step of one clip",
            lambda film, length, stride=1, step=None: windows(
                film,
                length=length,
                stride=stride,
                step=length if step is None else step,
            ),
            "The signature says `step=1`: by default a clip starts at every frame. "
            "Yours jumps by the length of a clip if no step is given.",
        ),
        Mistake(
            "default stride of 2",
            lambda film, length, stride=2, step=1: windows(
                film, length=length, stride=stride, step=step
            ),
            "The signature says `stride=1`: by default the frames of a clip are "
            "neighbours in the film. Copy the signature with its defaults.",
        ),
        Mistake(
            "view in place of a transposition",
            lambda film, length, stride=1, step=1: (
                lambda clips: clips.movedim(1, -1).reshape(clips.shape)
            )(windows(film, length=length, stride=stride, step=step)),
            "The shape is right, but the pixels are mixed up: `view` and `reshape` do "
            "not move axes. Use `permute` or `movedim`.",
        ),
        Mistake(
            "no error for numbers below 1",
            _numbers_not_checked,
            "The clips are right, but a length, stride or step below 1 is no number "
            "of frames. Raise a ValueError that says what was given.",
        ),
        Mistake(
            "no error for a film that is too short",
            _without_check,
            "The clips are right. But if no clip fits into the film, the error comes "
            "from PyTorch. Raise a ValueError that says how many frames are needed and "
            "how many the film has.",
        ),
    ),
    alternatives=(_clip_by_clip, _indices_by_unfold),
    hints=(
        "Try it on paper: a film of 8 frames, clips of 3 frames with a stride of 2. "
        "Which frames does the first clip hold, which the last one, and how many clips "
        "are there?",
        "How many frames after its first frame is a clip's last frame? That frame must "
        "be in the film too, which gives the last possible start.",
        "`film.unfold(0, size, step)` returns every window of `size` frames, with time "
        "as the last axis: take every `stride`-th frame, then move the axis. Or add a "
        "column of starts to a row of offsets, and index the film with the sum.",
    ),
)
