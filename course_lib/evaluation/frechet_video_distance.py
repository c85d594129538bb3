"""Frechet video distance (FVD), computed with an I3D network that the user provides.

The network is I3D, trained on Kinetics-400, as the TorchScript file that is commonly
used for FVD: ``net(clips, rescale=False, resize=False, return_features=True)`` maps
(batch, 3, time, 224, 224) in [-1, 1] to 400 logits. Distances of another network's
outputs are not FVD.

Source: Unterthiner et al. 2018, section 3; Carreira and Zisserman 2017.
"""

from pathlib import Path

import torch
from jaxtyping import Float
from torch import Generator, Tensor
from torch.nn.functional import interpolate

from course_lib.evaluation.league import LEVEL, N_DRAWS
from course_lib.metrics.clip_sets import check_clips
from course_lib.metrics.frechet import fit_gaussian, frechet_distance_of_moments
from course_lib.metrics.intervals import Interval, subsampling_interval
from course_lib.metrics.pixel import Clips
from course_lib.shapes import Videos

SIDE, MIN_FRAMES = 224, 10  # pixels; frames
BATCH_SIZE = 4

Features = Float[Tensor, "clip feature"]


def load_i3d(path: Path) -> torch.jit.ScriptModule:
    """The network of a TorchScript file, on the CPU.

    Loading such a file can run code: use only files that you trust.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if it is not a TorchScript file.
    """
    if not path.is_file():
        raise FileNotFoundError(f"There is no file {path}.")
    try:
        return torch.jit.load(str(path), map_location="cpu").eval()
    except RuntimeError as error:
        raise ValueError(
            f"{path} is no TorchScript file. FVD needs I3D as saved by torch.jit.save."
        ) from error


@torch.no_grad()
def i3d_features(net: torch.jit.ScriptModule, videos: Videos) -> Features:
    """The network's logits for each clip, after bilinear resizing to 224 x 224 pixels.

    Raises:
        ValueError: unless there are two RGB clips or more, of 10 frames or more,
            finite, in [-1, 1].
    """
    check_clips(videos, min_clips=2, min_frames=MIN_FRAMES)
    if videos.shape[2] != 3:
        raise ValueError(
            "I3D needs the channels red, green, blue, but the clips have "
            f"{videos.shape[2]}."
        )
    features = []
    for batch in videos.split(BATCH_SIZE):
        resized = interpolate(batch.flatten(0, 1), SIDE, mode="bilinear")
        clips = resized.unflatten(0, batch.shape[:2]).transpose(1, 2).contiguous()
        features.append(net(clips, rescale=False, resize=False, return_features=True))
    return torch.cat(features).flatten(1)


def frechet_video_distance(
    net: torch.jit.ScriptModule, real: Clips, fake: Clips, *, n_draws: int = N_DRAWS
) -> Interval:
    """The Frechet distance of the network's logits, with an interval over fake clips.

    Raises:
        ValueError: as ``i3d_features``, or for fewer than four fake clips.
    """
    real_moments = fit_gaussian(i3d_features(net, real).double())
    features = i3d_features(net, fake).double()

    def distance_to_real(rows: Features) -> float:
        return frechet_distance_of_moments(real_moments, fit_gaussian(rows))

    rng = Generator().manual_seed(0)
    return subsampling_interval(
        distance_to_real, features, rng, level=LEVEL, n_draws=n_draws
    )
