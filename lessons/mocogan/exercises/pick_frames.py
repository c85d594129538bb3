"""Ask for one frame of each clip, in a way that gradients find back."""

from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from course_lib.mocogan.frame_views import pick_frames
from teaching.exercise import Answer, Case, Exercise, Mistake


def _clip_cases(rng: torch.Generator) -> Sequence[Case]:
    draw = partial(torch.randn, generator=rng, dtype=torch.float64)

    def clips(*shape: int) -> tuple[Tensor, Tensor]:
        """Clips, and times that are not all the same, neither first nor last."""
        n_clips, n_frames = shape[:2]
        times = torch.randint(n_frames, (n_clips,), generator=rng)
        times[:2] = torch.tensor([n_frames - 1, 1])[:n_clips]
        return draw(shape), times

    few, first = clips(3, 4, 1, 2, 2)
    questions = (
        ("more frames than clips", *clips(3, 6, 2, 2, 1)),
        ("more clips than frames", *clips(6, 3, 1, 1, 2)),
        ("as many clips as frames", *clips(4, 4, 3, 2, 1)),
        ("as many frames as channels", *clips(2, 3, 3, 1, 2)),
        ("one clip", *clips(1, 5, 2, 1, 1)),
        ("float32 stays float32", draw(3, 4, 1, 2, 1).float(), torch.tensor([3, 0, 1])),
        ("one time for several clips is refused", few, first[:1]),
    )
    return [
        Case(label, {"videos": videos, "times": times}, ("videos",))
        for label, videos, times in questions
    ]


def _refusing(pick: Callable[[Tensor, Tensor], Tensor]) -> Answer:
    """Another way to pick, which refuses what the right one refuses."""

    def answer(videos, times):
        if times.numel() != videos.size(0):
            raise ValueError("As many times as clips, please.")
        return pick(videos, times)

    return answer


def _at(clip: Callable[..., Tensor], time: Callable[..., Tensor]) -> Answer:
    return _refusing(
        lambda videos, times: videos[clip(videos, times), time(videos, times)]
    )


def _own(videos, times):
    return torch.arange(len(videos))


def _gathered(videos, times):
    places = times.view(-1, 1, 1, 1, 1).expand(-1, 1, *videos.shape[2:])
    return videos.gather(1, places).squeeze(1)


def _weighed(videos, times):
    weights = one_hot(times, videos.shape[1]).to(videos)
    return torch.einsum("nt,ntchw->nchw", weights, videos)


def _along_all(videos, times):
    return videos.flatten(0, 1)[times]


PICK_FRAMES = Exercise(
    id="X4.4",
    title="One frame of each clip",
    reference=pick_frames,
    points=2,
    minutes=8,
    difficulty=2,
    cases=_clip_cases,
    mistakes=(
        Mistake(
            "one time for all clips",
            _refusing(lambda videos, times: videos[:, times[0]]),
            "The first clip's time was used for all. Each clip has its own, so the "
            "clips have to be numbered in the index as well.",
        ),
        Mistake(
            "all times of all clips",
            _refusing(lambda videos, times: videos[:, times]),
            "A colon takes every clip, so each gives a frame for every time in the "
            "list. Number the clips: the first index needs a list, too.",
        ),
        Mistake(
            "times counted along all frames",
            _refusing(_along_all),
            "Flattened, clip n begins at n times the number of frames; without that "
            "every frame is sought in the first clips.",
        ),
        Mistake(
            "clips and times exchanged",
            _at(lambda videos, times: times, _own),
            "The first axis of a video counts the clips, the second one the frames. "
            "This picks a frame of another clip, or one that is not there.",
        ),
        Mistake(
            "always the first frame",
            _refusing(lambda videos, times: videos[:, 0]),
            "A judge that sees first frames only never learns how later ones should "
            "look, and the generator need not care. Use the times.",
        ),
        Mistake(
            "the mean of all frames",
            _refusing(lambda videos, times: videos.mean(dim=1)),
            "The mean over time is a smear that no camera has seen. The judge needs a "
            "frame as it is.",
        ),
        Mistake(
            "one frame later",
            _at(_own, lambda videos, times: (times + 1) % videos.shape[1]),
            "Times count from 0 here, as indices do. Do not add 1.",
        ),
        Mistake(
            "counted from the end",
            _at(_own, lambda videos, times: -times),
            "A negative index counts from the end of the clip. Times run forwards.",
        ),
        Mistake(
            "a time axis of length 1",
            _refusing(lambda videos, times: pick_frames(videos, times).unsqueeze(1)),
            "This is a clip of one frame. A judge of images takes (batch, channel, "
            "height, width): drop the time axis.",
        ),
        Mistake(
            "clips in the order of their times",
            _at(lambda v, times: times.argsort(), lambda v, times: times.sort().values),
            "The frames are right, but they stand in the order of their times. Frame n "
            "of the answer belongs to clip n.",
        ),
        Mistake(
            "no way back",
            _refusing(lambda videos, times: pick_frames(videos.detach(), times)),
            "The frames are right, but the generator would never hear what the judge "
            "says of them. Indexing keeps the way open: do not detach.",
        ),
        Mistake(
            "one time for several clips is not refused",
            lambda videos, times: videos[torch.arange(len(videos)), times],
            "One time serves all clips silently, because an index of length 1 is "
            "stretched. Compare the lengths first, and raise a ValueError.",
        ),
    ),
    alternatives=(_refusing(_gathered), _refusing(_weighed)),
    hints=(
        "Two lists side by side in one index are read in pairs: the first entries "
        "together, then the second ones.",
        "One list holds the times. The other numbers the clips from 0, in order. "
        "Before that: are there as many times as clips?",
        "`torch.arange` makes the list of clips; keep it where the videos are. Index "
        "the first two axes with both lists, and leave the other axes alone.",
    ),
)
