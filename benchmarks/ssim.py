"""Structural similarity of whole batches of clips."""

from collections.abc import Callable
from functools import partial

import torch
from skimage.metrics import structural_similarity
from torch import Tensor
from torchmetrics.functional.image import structural_similarity_index_measure

from benchmarks.ratio import Pair, Work
from benchmarks.tables import pairs_table, side_of
from course_lib.data.moving_digits import sample_clips
from course_lib.metrics.ssim import ssim

TITLE = "structural similarity"
BATCH, RANGE = 16, 2.0
WORDS = f"""
{BATCH} clips of 20 grey frames of 64 x 64 pixels, float32 in; a Gaussian window of 11 x
11 pixels, sigma 1.5. All compute in float32, as they come; in the last row both sides
are given float64. scikit-image is asked frame by frame. torchmetrics averages the
padded border, too, and says another number.

Ours takes a frame's windows by two matrix products, four times a pair of frames, and
some frames at once, few enough to stay in the cache; scikit-image filters five times.
"""

Similarity = Callable[[Tensor, Tensor], Tensor]


def clips(n: int) -> tuple[Tensor, Tensor]:
    """Clips of moving digits, and the same under noise."""
    rng = torch.Generator().manual_seed(0)
    videos = sample_clips(n, rng)
    noise = torch.randn(videos.shape, generator=rng)
    return (videos + 0.2 * noise).clamp(-1, 1), videos


def by_skimage(predicted: Tensor, target: Tensor) -> Tensor:
    """Frame by frame, the same window, no padding: (batch, time)."""
    way = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}
    frames = zip(*(x.flatten(0, 2).numpy() for x in (predicted, target)), strict=True)
    values = [structural_similarity(*pair, data_range=RANGE, **way) for pair in frames]
    return torch.tensor(values).view(predicted.shape[:2]).to(predicted)


def by_torchmetrics(predicted: Tensor, target: Tensor) -> Tensor:
    """All frames as one batch: (batch, time)."""
    frames = (x.flatten(0, 1) for x in (predicted, target))
    values = structural_similarity_index_measure(
        *frames, sigma=1.5, kernel_size=11, data_range=RANGE, reduction="none"
    )
    return values.view(predicted.shape[:2])


def work(similarity: Similarity, dtype: torch.dtype = torch.float32) -> Work:
    """The similarity of a batch."""
    return partial(similarity, *(videos.to(dtype) for videos in clips(BATCH)))


OURS = partial(work, partial(ssim, data_range=RANGE))
PEER = partial(work, by_torchmetrics)
PAIRS = (
    Pair("scikit-image", OURS, partial(work, by_skimage), 5.0),
    Pair("torchmetrics", OURS, PEER, 1.0),
    Pair("torchmetrics, float64", *(partial(w, torch.float64) for w in (OURS, PEER))),
)


def prepare(name: str, side: str) -> Work:
    """One side of a pair."""
    return side_of(PAIRS, name, side)


def report() -> str:
    """The ratios."""
    return f"{pairs_table('ssim', PAIRS)}\n\n{WORDS.strip()}"
