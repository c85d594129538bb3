"""Train the predictors of moving digits that the course ships.

``course train predictor --seed 0`` makes the best of them anew.
"""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from torch import Generator, Tensor, nn
from torch.optim import Adam

from course_lib.data import moving_digits
from course_lib.evaluation.prediction_table import (
    CONTEXT,
    HORIZON,
    format_scores,
    score,
)
from course_lib.predictor.model import (
    ConvLSTMPredictor,
    ConvLSTMSizes,
    FramePredictor,
    LSTMPredictor,
    LSTMSizes,
    WarpPredictor,
)
from course_lib.predictor.rollout import scheduled_sampling
from course_lib.predictor.training import train_step
from course_lib.shapes import Videos
from course_lib.training import presets
from course_lib.training.checkpoints import CHECKPOINTS, load_weights
from course_lib.training.distributed import rank_generator, shard
from course_lib.training.loop import Metrics, Plan
from course_lib.training.precision import bfloat16_autocast
from course_lib.training.presets import LearningPreset
from course_lib.training.schedules import Learning, set_learning_rate

TO_START_WITH = 2  # frames to predict in a clip at the start
LENGTHENING = 0.35  # share of the steps after which clips have all their frames

PREDICTORS: Mapping[str, Callable[[Generator], FramePredictor]] = {
    "predictor_lstm": lambda rng: LSTMPredictor(LSTMSizes(), rng),
    "predictor": lambda rng: ConvLSTMPredictor(ConvLSTMSizes(), rng),
    "predictor_warp": lambda rng: WarpPredictor(ConvLSTMSizes(), rng),
}
"""The shipped predictors at their start, by the names of their checkpoints."""


class Film(NamedTuple):
    """What is predicted: a sampler of clips, and the frames seen and predicted."""

    sample: Callable[..., Videos]
    context: int
    horizon: int


MOVING_DIGITS = Film(moving_digits.sample_clips, CONTEXT, HORIZON)


SMALL = ConvLSTMSizes(width=64, depth=1)
"""Small enough to be trained while a lesson is read."""


def small_predictor_run(preset: LearningPreset, rng: Generator) -> Plan:
    """The training of a small ConvLSTM, live in lesson 02."""
    return plan(lambda rng: ConvLSTMPredictor(SMALL, rng), preset, rng)


def shipped(name: str, *, folder: Path = CHECKPOINTS) -> FramePredictor:
    """A trained predictor, from its checkpoint.

    Raises:
        ValueError: if there is no predictor of that name, or for the reasons of
            ``load_weights``.
    """
    if name not in PREDICTORS:
        raise ValueError(
            f"There is no predictor {name!r}; there are {', '.join(PREDICTORS)}."
        )
    return load_weights(name, PREDICTORS[name](Generator()), folder=folder)


def plan(
    make: Callable[[Generator], FramePredictor],
    preset: LearningPreset,
    rng: Generator,
    film: Film = MOVING_DIGITS,
) -> Plan:
    """The training of a predictor that eats its own cooking behind the context.

    Clips begin with two frames to predict and grow; the rate falls along half a cosine
    in the second half.
    """

    def step(state: Learning, number: int) -> tuple[Learning, Metrics]:
        model, optimizer, rng = state
        share = number / preset.steps
        set_learning_rate(optimizer, preset, number)
        clips = film.sample(preset.batch, rng, n_frames=length(share, film))
        videos, coins = shard(clips), rank_generator(rng)

        def predict(videos: Tensor) -> Tensor:
            return scheduled_sampling(
                model, videos, coins, n_context=film.context, teacher_forcing_ratio=0.0
            )

        with bfloat16_autocast(rng.device):
            loss = train_step(predict, optimizer, videos)
        return state, {"squared_error": loss}

    model = make(rng).to(rng.device)
    start = Learning(model, Adam(model.parameters(), betas=(0.9, 0.98)), rng)
    return Plan(preset, start, step, lambda state: state.model, result)


def length(share: float, film: Film = MOVING_DIGITS) -> int:
    """Frames of a clip after this share of the steps."""
    grown = min(1.0, share / LENGTHENING)
    first = film.context + TO_START_WITH
    return first + round(grown * (film.horizon - TO_START_WITH))


def result(model: nn.Module) -> str:
    """The figures of a card: errors on the thousand test clips, 10 frames after 10."""
    return format_scores(score(model))


LAPTOP = {
    "predictor": presets.PREDICTOR_LAPTOP,
    "predictor_warp": presets.WARP_LAPTOP,
    "predictor_lstm": presets.LSTM_LAPTOP,
}
RUNS: Mapping[str, Mapping[str, Any]] = {
    name: {
        "smoke": partial(plan, make, presets.PREDICTOR_SMOKE),
        "laptop": partial(plan, make, LAPTOP[name]),
        "gpu": partial(plan, make, presets.PREDICTOR_GPU),
    }
    for name, make in PREDICTORS.items()
}
