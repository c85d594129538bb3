"""Measure the distance that papers call FVD, where you bring the net it is made of.

The net is I3D, trained on Kinetics-400, as the TorchScript file that is passed around
for it: ``net(clips, rescale=False, resize=False, return_features=True)`` takes (batch,
3, time, 224, 224) in [-1, 1] and gives its 400 logits. Another file makes another
distance.

Source: Unterthiner et al. 2018, section 3; Carreira and Zisserman 2017.
"""

from functools import partial
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Generator, Tensor
from torch.nn.functional import interpolate

from course_lib.evaluation.league import DRAWS, LEVEL
from course_lib.metrics.clip_sets import refuse_odd_clips
from course_lib.metrics.frechet import distance_of_crowds, fitted
from course_lib.metrics.intervals import Interval, interval_of
from course_lib.metrics.pixel import Clips
from course_lib.shapes import Videos

SIDE, SHORTEST = 224, 10  # pixels; frames
AT_ONCE = 4  # clips that the net sees at a time

Features = Float[Tensor, "clip feature"]


def read_i3d(path: Path) -> torch.jit.ScriptModule:
    """The net of a TorchScript file, on the processor. Such a file is a program: run
    only one that you trust.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if it is no TorchScript file.
    """
    if not path.is_file():
        raise FileNotFoundError(f"There is no file {path}.")
    try:
        return torch.jit.load(str(path), map_location="cpu").eval()
    except RuntimeError as error:
        raise ValueError(
            f"{path} is no TorchScript file. FVD needs I3D as torch.jit.save wrote it."
        ) from error


@torch.no_grad()
def i3d_features(net: torch.jit.ScriptModule, videos: Videos) -> Features:
    """The net's logits for each clip, resized to 224 x 224 pixels.

    Raises:
        ValueError: unless there are two clips or more, in colour, of 10 frames or more,
            finite, in [-1, 1].
    """
    refuse_odd_clips(videos, clips=2, frames=SHORTEST)
    if videos.shape[2] != 3:
        raise ValueError(f"I3D sees red, green, blue; got {videos.shape[2]} channels.")
    found = []
    for part in videos.split(AT_ONCE):
        wide = interpolate(part.flatten(0, 1), SIDE, mode="bilinear")
        clips = wide.unflatten(0, part.shape[:2]).transpose(1, 2).contiguous()
        found.append(net(clips, rescale=False, resize=False, return_features=True))
    return torch.cat(found).flatten(1)


def video_distance(
    net: torch.jit.ScriptModule, real: Clips, drawn: Clips, *, n_draws: int = DRAWS
) -> Interval:
    """The Frechet distance of the net's logits, with the interval of the drawn clips.

    Raises:
        ValueError: as ``i3d_features``, or for fewer than four drawn clips.
    """
    crowd = fitted(i3d_features(net, real).double())
    rows, rng = i3d_features(net, drawn).double(), Generator().manual_seed(0)
    of_set = partial(interval_of, rng=rng, level=LEVEL, n_draws=n_draws)
    return of_set(lambda x: distance_of_crowds(crowd, fitted(x)), rows)
