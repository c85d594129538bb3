"""X4.4: pick one frame of each clip, differentiably."""

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

    videos, times = clips(3, 4, 1, 2, 2)
    questions = (
        ("more frames than clips", *clips(3, 6, 2, 2, 1)),
        ("more clips than frames", *clips(6, 3, 1, 1, 2)),
        ("as many clips as frames", *clips(4, 4, 3, 2, 1)),
        ("as many frames as channels", *clips(2, 3, 3, 1, 2)),
        ("one clip", *clips(1, 5, 2, 1, 1)),
        ("float32 stays float32", draw(3, 4, 1, 2, 1).float(), torch.tensor([3, 0, 1])),
        ("one time for several clips is refused", videos, times[:1]),
        ("fewer times than clips is refused", videos, times[:2]),
        ("as many times as frames is refused", videos, torch.tensor([3, 1, 2, 0])),
    )
    return [
        Case(label, {"videos": videos, "times": times}, ("videos",))
        for label, videos, times in questions
    ]


def _with_check(pick: Callable[[Tensor, Tensor], Tensor]) -> Answer:
    """Another implementation, with the right check of the number of times."""

    def answer(videos, times):
        if times.numel() != videos.size(0):
            raise ValueError("There must be as many times as clips.")
        return pick(videos, times)

    return answer


def _with_other_check(refused: Callable[[Tensor, Tensor], bool]) -> Answer:
    """The frames of as many clips as there are times, with another check."""

    def answer(videos, times):
        if refused(videos, times):
            raise ValueError("There must be as many times as clips.")
        n = min(len(videos), len(times))
        return videos[torch.arange(n), times[:n]]

    return answer


def _index(clip: Callable[..., Tensor], time: Callable[..., Tensor]) -> Answer:
    return _with_check(
        lambda videos, times: videos[clip(videos, times), time(videos, times)]
    )


def _clip_numbers(videos, times):
    return torch.arange(len(videos))


def _with_gather(videos, times):
    index = times.view(-1, 1, 1, 1, 1).expand(-1, 1, *videos.shape[2:])
    return videos.gather(1, index).squeeze(1)


def _with_one_hot(videos, times):
    weights = one_hot(times, videos.shape[1]).to(videos)
    return torch.einsum("nt,ntchw->nchw", weights, videos)


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
            _with_check(lambda videos, times: videos[:, times[0]]),
            "The first clip's time was used for all clips. Each clip has its own time, "
            "so the index needs the numbers of the clips, too.",
        ),
        Mistake(
            "all times of all clips",
            _with_check(lambda videos, times: videos[:, times]),
            "A colon selects every clip, so each gives a frame for every time in the "
            "list. Put the numbers of the clips in the first index.",
        ),
        Mistake(
            "times counted along all frames",
            _with_check(lambda videos, times: videos.flatten(0, 1)[times]),
            "In the flattened frames, clip n begins at n times the number of frames. "
            "Without that offset all frames come from the first clips.",
        ),
        Mistake(
            "clips and times exchanged",
            _index(lambda videos, times: times, _clip_numbers),
            "The first axis of a video is the clip, the second is the time. This picks "
            "a frame of another clip, or one that does not exist.",
        ),
        Mistake(
            "always the first frame",
            _with_check(lambda videos, times: videos[:, 0]),
            "An image discriminator that is trained on first frames only gives no "
            "useful gradient for later frames. Use the times.",
        ),
        Mistake(
            "the mean of all frames",
            _with_check(lambda videos, times: videos.mean(dim=1)),
            "The mean over time is a blurred image unlike any frame. The image "
            "discriminator needs single frames.",
        ),
        Mistake(
            "one frame later",
            _index(_clip_numbers, lambda videos, times: (times + 1) % videos.shape[1]),
            "Times count from 0 here, as indices do. Do not add 1.",
        ),
        Mistake(
            "offset by the number of clips",
            _with_check(
                lambda videos, times: videos.flatten(0, 1)[
                    (torch.arange(len(videos)) + times * len(videos))
                ]
            ),
            "In the flattened frames, clip n begins at n times the number of *frames*, "
            "and its frames follow each other. Here the axes are exchanged.",
        ),
        Mistake(
            "clips on the last axis",
            _with_check(
                lambda videos, times: videos[:, times].diagonal(dim1=0, dim2=1)
            ),
            "The frames are right, but `diagonal` puts the clips on the last axis. "
            "They come first; two lists in one index need no diagonal.",
        ),
        Mistake(
            "other frames set to 0",
            _with_check(
                lambda videos, times: (
                    videos
                    * one_hot(times, videos.shape[1]).to(videos)[..., None, None, None]
                )
            ),
            "The other frames are 0, but they are still there. Return one frame of "
            "each clip, without a time axis.",
        ),
        Mistake(
            "largest value of masked frames",
            _with_check(
                lambda videos, times: (
                    videos
                    * one_hot(times, videos.shape[1]).to(videos)[..., None, None, None]
                ).amax(1)
            ),
            "The other frames are set to 0 and the maximum is taken, so negative "
            "pixels become 0. Sum the masked frames, or index them.",
        ),
        Mistake(
            "counted from the end",
            _index(_clip_numbers, lambda videos, times: -times),
            "A negative index counts from the end of the clip. Use the times as they "
            "are.",
        ),
        Mistake(
            "a time axis of length 1",
            _with_check(lambda videos, times: pick_frames(videos, times).unsqueeze(1)),
            "This is a clip of one frame. An image discriminator takes (batch, "
            "channel, height, width): remove the time axis.",
        ),
        Mistake(
            "frames sorted by time",
            _index(
                lambda videos, times: times.argsort(),
                lambda videos, times: times.sort().values,
            ),
            "The frames are right, but they are ordered by their times. Frame n of the "
            "result belongs to clip n.",
        ),
        Mistake(
            "no gradients",
            _with_check(lambda videos, times: pick_frames(videos.detach(), times)),
            "The frames are right, but no gradient of the image discriminator reaches "
            "the generator. Indexing is differentiable: do not detach.",
        ),
        Mistake(
            "surplus times ignored",
            _with_other_check(lambda videos, times: len(times) < len(videos)),
            "The frames are right. But if there are more times than clips, some of "
            "them are ignored silently. Refuse every number of times but that of the "
            "clips.",
        ),
        Mistake(
            "clips without a time left out",
            _with_other_check(
                lambda videos, times: (
                    len(times) > len(videos) or len(times) == 1 != len(videos)
                )
            ),
            "The frames are right. But if there are fewer times than clips, some clips "
            "are left out silently. Refuse every number of times but that of the "
            "clips.",
        ),
        Mistake(
            "only a single time is rejected",
            _with_other_check(lambda videos, times: len(times) == 1 != len(videos)),
            "The frames are right. But only one time for several clips is refused, not "
            "two for three or four for three. Refuse every number of times but that of "
            "the clips.",
        ),
        Mistake(
            "times compared with the number of frames",
            _with_other_check(lambda videos, times: len(times) != videos.shape[1]),
            "The number of times is compared with the number of frames. There is one "
            "time for each *clip*: compare with the length of the first axis.",
        ),
        Mistake(
            "one time for several clips is not rejected",
            lambda videos, times: videos[torch.arange(len(videos)), times],
            "One time is broadcast to all clips silently. Compare the lengths first, "
            "and raise a ValueError.",
        ),
    ),
    alternatives=(_with_check(_with_gather), _with_check(_with_one_hot)),
    hints=(
        "Two lists in one index are read in pairs: the first entries together, then "
        "the second entries.",
        "One list holds the times. The other numbers the clips from 0, in order. "
        "Before that: are there as many times as clips?",
        "`torch.arange` makes the list of clips; put it on the device of the videos. "
        "Index the first two axes with both lists, and leave the other axes alone.",
    ),
)
