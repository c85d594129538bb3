"""X4.2: generate all frames of all clips in one call, in the right order."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor

from course_lib.mocogan.frame_views import generate_clips
from lessons.mocogan.exercises.small_networks import SmallImageGenerator
from teaching.exercise import Answer, Case, Exercise, Mistake


def _path_cases(rng: torch.Generator) -> Sequence[Case]:
    draw = partial(torch.randn, generator=rng, dtype=torch.float64)

    def path(*shape: int, norm: bool = False) -> dict[str, Any]:
        return {
            "image_generator": SmallImageGenerator(shape[2], rng, norm=norm),
            "path": draw(shape),
        }

    float32 = path(2, 3, 2)
    float32 = {name: value.float() for name, value in float32.items()}
    questions = (
        ("more frames than clips", path(2, 4, 3)),
        ("more clips than frames", path(5, 2, 4)),
        ("as many clips as frames", path(3, 3, 2)),
        ("as many frames as channels", path(3, 2, 2)),
        ("clips of one frame", path(4, 1, 2)),
        ("one clip", path(1, 4, 2)),
        ("batch norm over all frames at once", path(3, 4, 2, norm=True)),
        ("float32 stays float32", float32),
    )
    cases = [
        Case(label, arguments, ("image_generator", "path"))
        for label, arguments in questions
    ]
    counted = Case(
        "batch statistics updated once",
        path(2, 3, 2, norm=True),
        updates=("image_generator",),
    )
    return [*cases, counted]


def _after(change: Callable[[Tensor], Tensor]) -> Answer:
    """The right clips, changed."""
    return lambda image_generator, path: change(generate_clips(image_generator, path))


def _before(change: Callable[[Tensor], Tensor]) -> Answer:
    """The right clips of a changed path."""
    return lambda image_generator, path: generate_clips(image_generator, change(path))


def _time_first(image_generator, path):
    return image_generator(path.transpose(0, 1).flatten(0, 1))


def _in_order_of_time(image_generator, path):
    frames = image_generator(path.flatten(0, 1))
    return frames.view(path.shape[1], path.shape[0], *frames.shape[1:])


def _with_mixed_latents(image_generator, path):
    n_clips, n_frames, size = path.shape
    latents = path.transpose(1, 2).reshape(n_clips * n_frames, size)
    return image_generator(latents).unflatten(0, (n_clips, n_frames))


def _with_one_more_call(image_generator, path):
    image_generator(path[:, 0])
    return generate_clips(image_generator, path)


def _in_evaluation_mode(image_generator, path):
    before = image_generator.training
    image_generator.eval()
    videos = generate_clips(image_generator, path)
    image_generator.train(before)
    return videos


def _left_in_evaluation_mode(image_generator, path):
    return generate_clips(image_generator.eval(), path)


def _with_view(image_generator, path):
    """Right: with explicit sizes."""
    n_clips, n_frames, size = path.shape
    frames = image_generator(path.reshape(n_clips * n_frames, size))
    return frames.view(n_clips, n_frames, *frames.shape[1:])


def _with_stack(image_generator, path):
    """Right: frames ordered by time, then stacked along the time axis."""
    frames = _time_first(image_generator, path).split(len(path))
    return torch.stack(frames, dim=1)


GENERATE_CLIPS = Exercise(
    id="X4.2",
    title="All frames in one call",
    reference=generate_clips,
    points=2,
    minutes=8,
    difficulty=1,
    cases=_path_cases,
    mistakes=(
        Mistake(
            "flattened by clip, unflattened by time",
            lambda image_generator, path: (
                image_generator(path.flatten(0, 1))
                .unflatten(0, (path.shape[1], path.shape[0]))
                .transpose(0, 1)
            ),
            "`flatten` puts the frames of one clip next to each other, but they were "
            "split as if the frames of one time were. Each clip now mixes several.",
        ),
        Mistake(
            "flattened by time, unflattened by clip",
            lambda image_generator, path: _time_first(image_generator, path).unflatten(
                0, path.shape[:2]
            ),
            "The path was transposed before flattening, but the frames were not "
            "transposed back: a clip now holds the frames of one time of all clips.",
        ),
        Mistake(
            "time and batch exchanged in the view",
            _in_order_of_time,
            "The frames are split into (time, batch), but `flatten` put the frames of "
            "one clip next to each other. Split them into (batch, time).",
        ),
        Mistake(
            "time and latent exchanged",
            _with_mixed_latents,
            "Time and latent are exchanged before the reshape, so each latent is made "
            "of numbers of several frames. Only batch and time become one axis.",
        ),
        Mistake(
            "one call more",
            _with_one_more_call,
            "The clips are right, but the image generator is called twice, perhaps to "
            "find the size of a frame. That costs time, and batch norm updates its "
            "statistics twice. The result of the one call has a shape.",
        ),
        Mistake(
            "evaluation mode",
            _in_evaluation_mode,
            "The image generator is in evaluation mode during the call, so batch norm "
            "uses its running statistics. The caller chooses the mode: leave out "
            "`eval()`.",
        ),
        Mistake(
            "left in evaluation mode",
            _left_in_evaluation_mode,
            "The image generator is put into evaluation mode and stays there, which "
            "changes the rest of the training. The caller chooses the mode: leave out "
            "`eval()`.",
        ),
        Mistake(
            "no gradient of the path",
            _before(torch.detach),
            "The clips are right, but no gradient reaches the motion RNN that made the "
            "path. Leave out the `detach`.",
        ),
        Mistake(
            "pixels in [0, 1]",
            _after(lambda videos: (videos + 1) / 2),
            "The pixels are moved to [0, 1]. Clips of the course lie in [-1, 1], as "
            "the image generator returns them.",
        ),
        Mistake(
            "rows and columns exchanged",
            _after(lambda videos: videos.transpose(3, 4)),
            "Height and width are exchanged. Leave the axes of a frame as the image "
            "generator returns them.",
        ),
        Mistake(
            "a list of clips",
            _after(lambda videos: [*videos]),
            "The clips are right, but they are a list. Return one tensor whose first "
            "axis is the batch.",
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
            "This is the layout of three-dimensional convolutions, (batch, channel, "
            "time, ...). The course's clips have time before the channels.",
        ),
        Mistake(
            "frames not unflattened",
            _after(lambda videos: videos.flatten(0, 1)),
            "The frames are right, but clip and time are still one axis. Restore the "
            "two axes that were flattened.",
        ),
        Mistake(
            "frames stacked as channels",
            _after(lambda videos: videos.flatten(1, 2)),
            "Time and channel became one axis. That is the input of a two-dimensional "
            "discriminator; a clip has time as an axis of its own.",
        ),
        Mistake(
            "the first latent for all frames",
            _before(lambda path: path[:, :1].expand_as(path)),
            "Every frame is generated from the first latent of its clip, so nothing "
            "moves. Each frame has its own latent.",
        ),
        Mistake(
            "the mean latent of the clip",
            _before(lambda path: path.mean(dim=1, keepdim=True).expand_as(path)),
            "The latents of a clip were averaged over time, which removes the motion. "
            "Generate each frame from its own latent.",
        ),
        Mistake(
            "the first path for all clips",
            _before(lambda path: path[:1].expand_as(path)),
            "All clips are generated from the first clip's path. Flatten both axes, so "
            "that the image generator gets every latent of every clip.",
        ),
        Mistake(
            "reversed time",
            _after(lambda videos: videos.flip(1)),
            "The last latent became the first frame. Time has the same direction in "
            "the path and in the clip.",
        ),
        Mistake(
            "one call for each time",
            lambda image_generator, path: torch.stack(
                [image_generator(latents) for latents in path.unbind(1)], dim=1
            ),
            "This is slow, and batch norm then uses the statistics of one time only, "
            "which is another result. Call the image generator once.",
        ),
        Mistake(
            "one call for each clip",
            lambda image_generator, path: torch.stack(
                [image_generator(latents) for latents in path]
            ),
            "This is slow, and batch norm then uses the statistics of one clip only, "
            "which removes its content. Call the image generator once for all clips.",
        ),
        Mistake(
            "no gradients",
            torch.no_grad()(generate_clips),
            "The clips are right, but no gradient reaches the image generator. "
            "`no_grad` is for calls whose result is not trained on.",
        ),
    ),
    alternatives=(_with_view, _with_stack),
    hints=(
        "The image generator does not know about time: all latents of all clips are "
        "one batch. In which order does `flatten` arrange that batch?",
        "Flatten the first two axes, generate the frames, and split the first axis of "
        "the result into the two axes it came from, clips first.",
        "`unflatten` undoes `flatten`: it takes the axis and the two lengths, which "
        "are in the path's shape.",
    ),
)
