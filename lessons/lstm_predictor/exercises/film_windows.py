"""Ask for all clips of a film: so many frames, so far apart, and not one beyond it."""

from collections.abc import Sequence
from functools import partial

import torch
from torch import Tensor

from course_lib.data.film import windows
from teaching.exercise import Case, Exercise, Mistake


def _film_cases(rng: torch.Generator) -> Sequence[Case]:
    draw = partial(torch.randn, generator=rng, dtype=torch.float64)
    questions = (  # film; length, stride and step
        ("neighbouring clips overlap", draw(9, 3, 2, 4), (4, 1, 1)),
        ("frames 3 apart", draw(12, 2, 3, 5), (3, 3, 1)),
        ("clips that begin 4 frames apart", draw(15, 1, 3, 2), (3, 2, 4)),
        ("the last clip ends with the film", draw(12, 2, 2, 3), (4, 2, 5)),
        ("one clip fills the film", draw(7, 2, 4, 3), (3, 3, 2)),
        ("a clip of a single frame", draw(6, 3, 2, 2), (1, 4, 2)),
        ("float32 stays float32", draw(8, 3, 4, 2).float(), (2, 3, 1)),
        ("a film that is too short is refused", draw(6, 3, 2, 4), (4, 2, 1)),
    )
    names = ("length", "stride", "step")
    return [
        Case(label, {"film": film, **dict(zip(names, numbers, strict=True))}, ("film",))
        for label, film, numbers in questions
    ]


def _taken(film: Tensor, starts: range, places: range) -> Tensor:
    """The frames ``places`` behind each start; round and round where the film ends."""
    if not starts:
        raise ValueError("The film is too short.")
    indices = torch.tensor(starts)[:, None] + torch.tensor(places)
    return film[indices % len(film)]


def _clips(film: Tensor, length: int, stride: int, starts: range) -> Tensor:
    return _taken(film, starts, range(0, length * stride, stride))


def _beginnings(film: Tensor, span: int, step: int) -> range:
    return range(0, len(film) - span + 1, step)


def _cut_one_by_one(film, length, stride, step):
    found, start = [], 0
    while start + (length - 1) * stride < len(film):
        found.append(torch.stack([film[start + i * stride] for i in range(length)]))
        start += step
    if not found:
        raise ValueError(f"No clip of {length} frames fits.")
    return torch.stack(found)


def _looked_up(film, length, stride, step):
    if length * stride - stride >= len(film):
        raise ValueError(f"{len(film)} frames are too few.")
    moments = torch.arange(len(film)).unfold(0, length * stride - stride + 1, step)
    return film[moments[:, ::stride]]


def _unrefused(film, length, stride, step):
    starts = _beginnings(film, (length - 1) * stride + 1, step)
    ends = [start + (length - 1) * stride + 1 for start in starts]
    pairs = zip(starts, ends, strict=True)
    return torch.stack([film[start:end:stride] for start, end in pairs])


WINDOWS = Exercise(
    id="X2.1",
    title="Slide a window along a film",
    reference=windows,
    points=2,
    minutes=10,
    difficulty=1,
    cases=_film_cases,
    mistakes=(
        Mistake(
            "frames next to each other",
            lambda film, length, stride, step: _taken(
                film, _beginnings(film, length, step), range(length)
            ),
            "Each clip shows frames in a row. `stride` is the distance between two "
            "frames of one clip: at a stride of 3 it shows 0, 3, 6, ...",
        ),
        Mistake(
            "stride and step exchanged",
            lambda film, length, stride, step: windows(
                film, length=length, stride=step, step=stride
            ),
            "`stride` lies between two frames of a clip, `step` between the beginnings "
            "of two clips. Here it is the other way round.",
        ),
        Mistake(
            "clips that share no frame",
            lambda film, length, stride, step: windows(
                film, length=length, stride=stride, step=(length - 1) * stride + 1
            ),
            "The next clip begins here where the last one ended. It should begin "
            "`step` frames after the last one began: at a step of 1 they overlap.",
        ),
        Mistake(
            "last clip left out",
            lambda film, length, stride, step: _clips(
                film,
                length,
                stride,
                _beginnings(film, (length - 1) * stride + 2, step),
            ),
            "Off by one: a clip that ends with the very last frame still lies within "
            "the film. A film as long as the span of one clip has one clip.",
        ),
        Mistake(
            "span of length times stride",
            lambda film, length, stride, step: _clips(
                film, length, stride, _beginnings(film, length * stride, step)
            ),
            "Nothing is needed behind a clip's last frame. Three frames, 2 apart, are "
            "0, 2, 4: they span five frames, not six. Count the gaps, not the frames.",
        ),
        Mistake(
            "clips that run on into the beginning",
            lambda film, length, stride, step: _clips(
                film, length, stride, range(0, len(film), step)
            ),
            "The last clips jump from the end of the film to its first frames, as "
            "`roll` and a modulus do. No film moves like that: stop in time.",
        ),
        Mistake(
            "channels before time",
            lambda film, length, stride, step: windows(
                film, length=length, stride=stride, step=step
            ).transpose(1, 2),
            "The clips are right, their axes are not. The course keeps (batch, time, "
            "channel, height, width); this order is that of `Conv3d`.",
        ),
        Mistake(
            "time as the last axis",
            lambda film, length, stride, step: windows(
                film, length=length, stride=stride, step=step
            ).movedim(1, -1),
            "`unfold` hangs the axis of a window at the end. Move it to where a clip "
            "has its time: right behind the batch.",
        ),
        Mistake(
            "clips that run backwards",
            lambda film, length, stride, step: windows(
                film, length=length, stride=stride, step=step
            ).flip(1),
            "The first frame of each clip is the latest here. Time runs forwards along "
            "its axis: a clip begins with the frame it starts at.",
        ),
        Mistake(
            "a film that is too short is not refused",
            _unrefused,
            "The clips are right. Where not one fits, PyTorch complains in words of "
            "its own: raise a ValueError that says what is needed and what came.",
        ),
    ),
    alternatives=(_cut_one_by_one, _looked_up),
    hints=(
        "On paper: a film of 8 frames, clips of 3 frames, 2 apart. Which frames does "
        "the first clip show, which the last one, and how many clips are there?",
        "How far behind its first frame does a clip's last frame lie? That frame must "
        "still be in the film: so you know where the last clip may begin.",
        "`film.unfold(0, size, step)` cuts out every run of `size` frames and puts "
        "time last: thin that axis out, then move it. Or add a column of beginnings to "
        "a row of distances, and index the film with the sum.",
    ),
)
