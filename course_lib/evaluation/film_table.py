"""Tables of models that were trained on films: rows of the model and of baselines.

Every table is measured on at most N_TEST_CLIPS clips of the test split, evenly spread
over it. The baselines are fitted to the train split.
"""

from collections.abc import Callable, Mapping

import torch
from torch import Generator, Tensor, nn
from torch.nn.functional import adaptive_avg_pool3d

from course_lib.data.film_folder import FilmFolder, FilmSplits
from course_lib.evaluation import future_table, prediction_table
from course_lib.evaluation.clip_model_table import bits_interval
from course_lib.evaluation.future_table import FutureSampler
from course_lib.evaluation.prediction_table import BATCH_SIZE
from course_lib.metrics import baselines
from course_lib.metrics.corruptions import freeze
from course_lib.metrics.feature_sets import Features
from course_lib.metrics.kernel_distance import kernel_distance
from course_lib.predictor.squared_error import frame_errors
from course_lib.shapes import PerClip, Videos
from course_lib.vae.pixel_gaussian import fit_pixel_gaussian

Rows = Mapping[str, str]

N_TEST_CLIPS = 256
N_SAMPLED = 256  # generated clips
POOLED = (4, 8, 8)  # time, height and width of the pooled pixels
MODEL = "model"  # the name of the model's row


def prediction_rows(model: nn.Module, films: FilmSplits, *, n_context: int) -> Rows:
    """Errors of a deterministic predictor, and of the trivial baselines."""
    clips = films.test.clips(N_TEST_CLIPS)
    rows = {MODEL: model, **baselines.trivial_rows(films.train.mean_frame())}
    return {
        name: prediction_table.format_scores(
            prediction_table.score(
                predict, batches=clips.split(BATCH_SIZE), n_context=n_context
            )
        )
        for name, predict in rows.items()
    }


def future_rows(sample: FutureSampler, films: FilmSplits) -> Rows:
    """Errors of sampled futures, and of the trivial baselines."""
    clips = films.test.clips(N_TEST_CLIPS)
    rows = {MODEL: future_table.score(sample, videos=clips)}
    for name, predict in baselines.trivial_rows(films.train.mean_frame()).items():
        rows[name] = future_table.score(predict, videos=clips, n_samples=1)
    return {name: future_table.format_scores(row) for name, row in rows.items()}


@torch.no_grad()
def density_rows(
    nats: Callable[[Videos], PerClip],
    reconstruct: Callable[[Videos], Videos],
    films: FilmSplits,
    *,
    min_sigma: float,
) -> Rows:
    """Bits per dimension and reconstruction error of a VAE, and of a pixel Gaussian.

    ``nats`` are upper bounds on -log p(x) of each clip. The pixel Gaussian has no
    latent code: it reconstructs every clip by the mean clip of the train split.
    """
    clips = films.test.clips(N_TEST_CLIPS)
    training = films.train.clips(N_TEST_CLIPS).split(BATCH_SIZE)
    gaussian = fit_pixel_gaussian(training, min_sigma=min_sigma)
    decoded = torch.cat([reconstruct(batch) for batch in clips.split(BATCH_SIZE)])
    return {
        MODEL: _density_row(nats(clips), decoded, clips),
        "pixel Gaussian": _density_row(
            -gaussian.log_density(clips), gaussian.mean.expand_as(clips), clips
        ),
    }


def _density_row(nats: PerClip, decoded: Videos, clips: Videos) -> str:
    bits = bits_interval(nats, clips)
    error = frame_errors(decoded, clips).mean().item()
    return f"{bits.value:.3f} bits per dimension, mse of reconstructions {error:.1f}"


@torch.no_grad()
def sample_rows(sample: Callable[[int, Generator], Videos], films: FilmSplits) -> Rows:
    """Distance of generated clips from the test clips, and of trivial sets of clips.

    "Training clips" is what a model reaches that remembers its data.
    """
    rng = Generator().manual_seed(0)
    training = films.train.clips(N_TEST_CLIPS)
    clips = {
        MODEL: sample(N_SAMPLED, Generator().manual_seed(1)),
        "training clips": training,
        "frozen training clips": freeze(training, rng),
        "mean frame": films.train.mean_frame().expand_as(training),
    }
    return {
        name: ", ".join(
            f"{metric.replace('_', ' ')} {value:.3g}"
            for metric, value in compare_clips(films.test, videos).items()
        )
        for name, videos in clips.items()
    }


def compare_clips(real: FilmFolder, videos: Videos) -> dict[str, float]:
    """The kernel distance of clips from those of a split, and how much both move.

    The kernel distance (KID) is that of pooled pixels; it is no KID on Inception
    features. ``change`` is the mean absolute change of a pixel from frame to frame, 0
    to 255, and ``real_change`` that of the real clips.
    """
    clips = real.clips(N_TEST_CLIPS)
    return {
        "kernel_distance": kernel_distance(pooled_pixels(clips), pooled_pixels(videos)),
        "change": _change(videos),
        "real_change": _change(clips),
    }


def pooled_pixels(videos: Videos) -> Features:
    """Pixels of each clip, averaged in blocks of time and space, as one row."""
    return adaptive_avg_pool3d(videos.transpose(1, 2), POOLED).flatten(1)


def check_enough_clips(films: FilmSplits) -> None:
    """Check that there are two clips or more of both splits that are compared with.

    Raises:
        ValueError: if there are fewer; the message names the split.
    """
    for name in ("validation", "test"):
        split = getattr(films, name)
        if len(split) < 2:
            raise ValueError(
                f"Generated clips are compared with two real clips or more, but the "
                f"{name} split of {split.folder} has {len(split)} of {split.n_frames} "
                f"frames, from {split.n_film_frames} frames of "
                f"{', '.join(split.sources)}. Add longer films, or more of them."
            )


def _change(videos: Tensor) -> float:
    return 127.5 * (videos[:, 1:] - videos[:, :-1]).abs().mean().item()
