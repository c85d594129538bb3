"""Training of the frame predictors, on moving digits or on a folder of films.

``course train predictor --seed 0`` repeats the training of the best shipped predictor.
``course train predictor --data FOLDER`` trains the same model on films of one's own.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Generator, Tensor, nn
from torch.optim import Adam
from torch.utils.data import DataLoader

from course_lib.data import moving_digits
from course_lib.data.film_folder import FilmFolder, FilmSplits, read_splits
from course_lib.evaluation.prediction_table import (
    BATCH_SIZE,
    CONTEXT,
    HORIZON,
    format_scores,
    score,
)
from course_lib.metrics import baselines
from course_lib.predictor.frame_codec import PATCH, CodecSizes
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
from course_lib.progress import progress
from course_lib.shapes import Videos
from course_lib.training import presets
from course_lib.training.checkpoints import CHECKPOINTS, load_weights
from course_lib.training.distributed import rank, rank_generator, shard
from course_lib.training.loop import Metrics, TrainingRun, TrainState
from course_lib.training.precision import bfloat16_autocast
from course_lib.training.presets import LearningPreset
from course_lib.training.schedules import set_learning_rate

INITIAL_HORIZON = 2  # frames to predict in the clips of the first steps
GROWTH_FRACTION = 0.35  # of the steps, after which the horizon is complete
N_VALIDATION_CLIPS = 16  # of a folder of films, for each row of the log
FILM_SIZE = CodecSizes().side  # pixels; films are resized to a square of this side

FrameShape = tuple[int, int, int]  # channels, height, width
PredictorBuilder = Callable[..., FramePredictor]  # (rng, frame shape or None)


def build_lstm(rng: Generator, frame: FrameShape | None = None) -> LSTMPredictor:
    """An untrained LSTM predictor for frames of this shape, or for moving digits.

    Raises:
        ValueError: if the frames are not square with a multiple of PATCH pixels.
    """
    if frame is None:
        return LSTMPredictor(LSTMSizes(), rng)
    channels, height, width = frame
    if height != width or height % PATCH:
        raise ValueError(
            f"The LSTM predictor needs square frames whose side is a multiple of "
            f"{PATCH} pixels; got {height} x {width}. Resize the films."
        )
    codec = CodecSizes(channels=channels, side=height)
    return LSTMPredictor(LSTMSizes(codec=codec), rng)


def build_conv_lstm(
    rng: Generator,
    frame: FrameShape | None = None,
    *,
    model: type[ConvLSTMPredictor] = ConvLSTMPredictor,
    sizes: ConvLSTMSizes | None = None,
) -> ConvLSTMPredictor:
    """An untrained ConvLSTM predictor for frames of this shape, or for moving digits.

    Raises:
        ValueError: if height or width is no multiple of the side of a patch.
    """
    sizes = sizes or ConvLSTMSizes()
    if frame is not None:
        channels, height, width = frame
        if height % sizes.block or width % sizes.block:
            raise ValueError(
                f"The ConvLSTM predictor needs frames whose height and width are "
                f"multiples of {sizes.block} pixels; got {height} x {width}. Resize "
                "the films."
            )
        sizes = replace(sizes, channels=channels)
    return model(sizes, rng)


PREDICTORS: Mapping[str, PredictorBuilder] = {
    "predictor_lstm": build_lstm,
    "predictor": build_conv_lstm,
    "predictor_warp": partial(build_conv_lstm, model=WarpPredictor),
}
"""The untrained predictors, by the names of their checkpoints."""


class PredictionTask(NamedTuple):
    """What is predicted.

    Attributes:
        sample: ``sample(n, rng, n_frames=...)`` samples n training clips.
        n_context: Known frames at the start of a clip.
        horizon: Frames to predict after them.
    """

    sample: Callable[..., Videos]
    n_context: int
    horizon: int


MOVING_DIGITS = PredictionTask(moving_digits.sample_clips, CONTEXT, HORIZON)

SMALL = ConvLSTMSizes(width=64, depth=1)
"""A small ConvLSTM that is trained within lesson 02."""


def small_predictor_run(preset: LearningPreset, rng: Generator) -> TrainingRun:
    """The training of the small ConvLSTM of lesson 02."""
    return training_run(partial(build_conv_lstm, sizes=SMALL), preset, rng)


def load_pretrained(
    name: str, *, folder: Path = CHECKPOINTS, frame: FrameShape | None = None
) -> FramePredictor:
    """A trained predictor, from its checkpoint.

    ``frame`` is the shape of a frame, (channels, height, width), if the predictor was
    trained on films; the default are the frames of moving digits.

    Raises:
        ValueError: if there is no predictor of that name, or for the reasons of
            ``load_weights``.
    """
    if name not in PREDICTORS:
        raise ValueError(
            f"There is no predictor {name!r}; choose one of {', '.join(PREDICTORS)}."
        )
    return load_weights(name, PREDICTORS[name](Generator(), frame), folder=folder)


def training_run(
    build: Callable[[Generator], FramePredictor],
    preset: LearningPreset,
    rng: Generator,
    task: PredictionTask = MOVING_DIGITS,
) -> TrainingRun:
    """The training of a predictor on its autoregressive rollout after the context.

    The horizon grows from INITIAL_HORIZON to its final value. The gradient also flows
    through predictions that are inputs.
    """

    def step(state: TrainState, number: int) -> tuple[TrainState, Metrics]:
        model, optimizer, rng = state
        set_learning_rate(optimizer, preset, number)
        n_frames = clip_length(number / preset.steps, task)
        clips = task.sample(preset.batch, rng, n_frames=n_frames)
        videos, noise = shard(clips), rank_generator(rng)

        def predict(videos: Tensor) -> Tensor:
            return scheduled_sampling(
                model,
                videos,
                noise,
                n_context=task.n_context,
                teacher_forcing_ratio=0.0,
            )

        with bfloat16_autocast(rng.device):
            loss = train_step(predict, optimizer, videos)
        return state, {"squared_error": loss}

    model = build(rng).to(rng.device)
    state = TrainState(model, Adam(model.parameters(), betas=(0.9, 0.98)), rng)
    return TrainingRun(preset, state, step, lambda state: state.model, evaluation)


def film_folder_run(
    build: PredictorBuilder,
    preset: LearningPreset,
    rng: Generator,
    *,
    folder: Path,
    channels: int = 1,
) -> TrainingRun:
    """The training of a predictor on a folder of films.

    The model has the channels and the size of the frames. Weights are trained on the
    train split; the error on the first N_VALIDATION_CLIPS clips of the validation split
    is logged; the result is that on all clips of the test split.

    Raises:
        ValueError: as ``read_splits``, or if frames do not fit the model.
    """
    films = read_splits(
        folder,
        n_frames=CONTEXT + HORIZON,
        size=FILM_SIZE,
        channels=channels,
        progress=(lambda films, title: films) if rank() else progress,
    )

    def sample(n: int, rng: Generator, *, n_frames: int) -> Videos:
        return films.train.sample(n, rng)[:, :n_frames]

    def validate(state: TrainState) -> Metrics:
        n_clips = min(N_VALIDATION_CLIPS, len(films.validation))
        clips = torch.stack([films.validation[index] for index in range(n_clips)])
        mse = score(state.model, batches=[clips]).mse.mean().item()
        return {"validation_mse": mse}

    run = training_run(
        partial(build, frame=films.train.frame_shape),
        preset,
        rng,
        PredictionTask(sample, CONTEXT, HORIZON),
    )
    return run._replace(
        evaluate=partial(film_folder_evaluation, films),
        validate=validate,
        data=films.describe(),
    )


def clip_length(fraction: float, task: PredictionTask = MOVING_DIGITS) -> int:
    """Frames of a training clip after this fraction of the steps."""
    growth = min(1.0, fraction / GROWTH_FRACTION)
    n_frames = task.n_context + INITIAL_HORIZON
    return n_frames + round(growth * (task.horizon - INITIAL_HORIZON))


def evaluation(model: nn.Module) -> str:
    """The metrics for the card, in words: on the thousand test clips, 10 frames."""
    return format_scores(score(model))


def film_folder_evaluation(films: FilmSplits, model: nn.Module) -> str:
    """The metrics of a model and of the trivial baselines on the test split, in words.

    The mean frame is that of the train split.
    """
    rows = {"model": model, **baselines.trivial_rows(films.train.mean_frame())}
    scores = {
        name: format_scores(score(predict, batches=_batches(films.test)))
        for name, predict in rows.items()
    }
    return f"on {len(films.test)} test clips: " + "; ".join(
        f"{name} {text}" for name, text in scores.items()
    )


def _batches(films: FilmFolder) -> Iterator[Videos]:
    return iter(DataLoader(films, batch_size=BATCH_SIZE))


LAPTOP = {
    "predictor": presets.PREDICTOR_LAPTOP,
    "predictor_warp": presets.WARP_LAPTOP,
    "predictor_lstm": presets.LSTM_LAPTOP,
}
PRESETS: Mapping[str, Mapping[str, LearningPreset]] = {
    name: {
        "smoke": presets.PREDICTOR_SMOKE,
        "laptop": LAPTOP[name],
        "gpu": presets.PREDICTOR_GPU,
    }
    for name in PREDICTORS
}
RUNS: Mapping[str, Mapping[str, Any]] = {
    name: {
        preset: partial(training_run, build, PRESETS[name][preset])
        for preset in PRESETS[name]
    }
    for name, build in PREDICTORS.items()
}
FILM_FOLDER_RUNS: Mapping[str, Mapping[str, Any]] = {
    name: {
        preset: partial(film_folder_run, build, PRESETS[name][preset])
        for preset in PRESETS[name]
    }
    for name, build in PREDICTORS.items()
}
"""The same trainings on a folder of films (keywords ``folder`` and ``channels``)."""
