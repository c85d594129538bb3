"""Name what grows with what: each model's step, each sampler, each metric."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

from benchmarks.ratio import Work
from benchmarks.works import (
    Form,
    classifier,
    clip_vae,
    metric_of_features,
    paper_mocogan,
    predictor,
    rng,
    sample_of_clips,
    ssim_of_clips,
    stochastic_predictor,
    video_gan,
)
from course_lib.data import moving_digits, shape_motion
from course_lib.metrics.frechet import frechet_distance
from course_lib.metrics.kernel_distance import kernel_distance
from course_lib.metrics.manifold import precision_recall
from course_lib.predictor.frame_codec import CodecSizes
from course_lib.predictor.model import (
    ConvLSTMPredictor,
    ConvLSTMSizes,
    FramePredictor,
    LSTMPredictor,
    LSTMSizes,
    WarpPredictor,
)
from course_lib.training.video_gan import VIDEO_GANS

BATCHES, FRAMES, SIDES = (4, 8, 16), (5, 10, 20), (32, 64, 128)


class ScalingCase(NamedTuple):
    """What grows along which axis, at which sizes, and with which power one expects.

    ``power`` is that of time and of memory, where what is fixed is small beside them.
    """

    model: str
    axis: str
    sizes: Sequence[int]
    prepare: Callable[[int], Work]
    power: int = 1

    @property
    def name(self) -> str:
        """Model and axis, as a command line takes them."""
        return f"{self.model}, {self.axis}"


def along(
    model: str, work: Callable[[Form], Work], form: Form, **sizes: Sequence[int]
) -> list[ScalingCase]:
    """A case for every axis of the form; a side counts twice, for it has a square."""
    return [
        ScalingCase(
            model,
            axis,
            given,
            lambda n, axis=axis: work(form._replace(**{axis: n})),
            2 if axis == "side" else 1,
        )
        for axis, given in sizes.items()
    ]


MAKERS: dict[str, Callable[[int], FramePredictor]] = {
    "LSTM predictor": lambda side: LSTMPredictor(
        LSTMSizes(CodecSizes(side=side)), rng()
    ),
    "ConvLSTM predictor": lambda side: ConvLSTMPredictor(ConvLSTMSizes(), rng()),
    "warp predictor": lambda side: WarpPredictor(ConvLSTMSizes(), rng()),
}
FILM = {"batch": BATCHES, "frames": FRAMES, "side": SIDES}
MODELS = [
    case
    for name, make in MAKERS.items()
    for case in along(name, partial(predictor, make), Form(), **FILM)
]
MODELS += along("stochastic predictor", stochastic_predictor, Form(), **FILM)
MODELS += along(
    "clip VAE",
    clip_vae,
    Form(frames=16),
    batch=BATCHES,
    frames=(16, 32, 64),
    side=SIDES,
)
MODELS += along("clip classifier", classifier, Form(), batch=BATCHES)
for name in VIDEO_GANS:
    MODELS += along(name, partial(video_gan, name), Form(), batch=BATCHES)
MODELS += along("mocogan, paper", paper_mocogan, Form(), batch=(1, 2, 4))

CLIP_COUNTS, SET_SIZES = (128, 256, 512, 1024), (512, 1024, 2048, 4096)
SETS = [
    ScalingCase(name, "clips", sizes, partial(work, what), power)
    for name, sizes, work, what, power in (
        ("shape motion", CLIP_COUNTS, sample_of_clips, shape_motion.sample_clips, 1),
        ("moving digits", CLIP_COUNTS, sample_of_clips, moving_digits.sample_clips, 1),
        ("Fréchet distance", SET_SIZES, metric_of_features, frechet_distance, 1),
        ("kernel distance", SET_SIZES, metric_of_features, kernel_distance, 2),
        (
            "precision, recall",
            SET_SIZES,
            metric_of_features,
            partial(precision_recall, k=5),
            2,
        ),
    )
]
SETS.append(ScalingCase("SSIM", "clips", (8, 16, 32, 64), ssim_of_clips))
SCALING_CASES = (*MODELS, *SETS)
