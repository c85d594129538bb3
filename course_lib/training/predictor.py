"""Training of the frame predictors, on moving digits or on a folder of films.

``course train predictor --seed 0`` repeats the training of the best shipped predictor.
``course train predictor --data FOLDER`` trains the same model on films of one's own.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

from torch import Generator, nn
from torch.optim import Adam

from course_lib.data import moving_digits
from course_lib.data.film_folder import FilmSplits
from course_lib.evaluation.film_table import prediction_rows
from course_lib.evaluation.prediction_table import (
    CONTEXT,
    HORIZON,
    format_scores,
    score,
)
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
from course_lib.shapes import Videos
from course_lib.training import presets
from course_lib.training.checkpoints import CHECKPOINTS, load_weights
from course_lib.training.distributed import data_parallel, rank_generator, shard
from course_lib.training.loop import Metrics, Training, TrainingRun, TrainState
from course_lib.training.precision import bfloat16_autocast
from course_lib.training.presets import LearningPreset
from course_lib.training.schedules import learning_rate_schedule

INITIAL_HORIZON = 2  # frames to predict in the clips of the first steps
GROWTH_FRACTION = 0.35  # of the steps, after which the horizon is complete
N_VALIDATION_CLIPS = 16  # of films, for each row of the log

FrameShape = tuple[int, int, int]  # channels, height, width
PredictorBuilder = Callable[[Generator, FrameShape], FramePredictor]


def build_lstm(
    rng: Generator, frame: FrameShape = moving_digits.FRAME_SHAPE
) -> LSTMPredictor:
    """An untrained LSTM predictor for frames of this shape.

    Raises:
        ValueError: if the frames are not square with a multiple of PATCH pixels.
    """
    channels, height, width = frame
    if height != width or height % PATCH:
        raise ValueError(
            f"The LSTM predictor needs square frames whose side is a multiple of "
            f"{PATCH} pixels; got {height} x {width}. Resize the films with --size."
        )
    codec = CodecSizes(channels=channels, side=height)
    return LSTMPredictor(LSTMSizes(codec=codec), rng)


def build_conv_lstm(
    rng: Generator,
    frame: FrameShape = moving_digits.FRAME_SHAPE,
    *,
    model: type[ConvLSTMPredictor] = ConvLSTMPredictor,
    sizes: ConvLSTMSizes | None = None,
) -> ConvLSTMPredictor:
    """An untrained ConvLSTM predictor for frames of this shape.

    Raises:
        ValueError: if height or width is no multiple of the side of a patch.
    """
    sizes, (channels, height, width) = sizes or ConvLSTMSizes(), frame
    if height % sizes.block or width % sizes.block:
        raise ValueError(
            f"The ConvLSTM predictor needs frames whose height and width are multiples "
            f"of {sizes.block} pixels; got {height} x {width}. Resize the films with "
            "--size."
        )
    return model(replace(sizes, channels=channels), rng)


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
        frame: Channels, height and width of their frames.
        n_context: Known frames at the start of a clip.
        horizon: Frames to predict after them.
    """

    sample: Callable[..., Videos]
    frame: FrameShape
    n_context: int
    horizon: int


MOVING_DIGITS = PredictionTask(
    moving_digits.sample_clips, moving_digits.FRAME_SHAPE, CONTEXT, HORIZON
)

SMALL = ConvLSTMSizes(width=64, depth=1)
"""A small ConvLSTM that is trained within lesson 02."""


def small_predictor_run(preset: LearningPreset, rng: Generator) -> TrainingRun:
    """The training of the small ConvLSTM of lesson 02."""
    return training_run(partial(build_conv_lstm, sizes=SMALL), preset, rng)


def load_pretrained(
    name: str,
    *,
    folder: Path = CHECKPOINTS,
    frame: FrameShape = moving_digits.FRAME_SHAPE,
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
    build: PredictorBuilder,
    preset: LearningPreset,
    rng: Generator,
    films: FilmSplits | None = None,
    *,
    task: PredictionTask = MOVING_DIGITS,
) -> TrainingRun:
    """The training of a predictor on true frames, then on its own predictions.

    The loss is the mean error of all frames after the first: those of the context,
    predicted from true frames, and those of an autoregressive rollout after it, whose
    horizon grows from INITIAL_HORIZON to its final value. The gradient also flows
    through predictions that are inputs. On films the error of N_VALIDATION_CLIPS clips
    of the validation split is logged, and the result is that on the test split.

    Raises:
        ValueError: if the frames do not fit the model.
    """
    if films is not None:
        task = task._replace(sample=films.train.sample, frame=films.train.frame_shape)
    model = build(rng, task.frame).to(rng.device)
    optimizer = Adam(model.parameters(), betas=(0.9, 0.98))
    scheduler = learning_rate_schedule(optimizer, preset)
    unroll = data_parallel(scheduled_sampling, model)

    def step(state: TrainState, number: int) -> tuple[TrainState, Metrics]:
        n_frames = clip_length(number / preset.steps, task)
        videos = shard(task.sample(preset.batch, rng, n_frames=n_frames))
        predict = partial(
            unroll,
            rng=rank_generator(rng),
            n_context=task.n_context,
            teacher_forcing_ratio=0.0,
        )
        with bfloat16_autocast(rng.device):
            loss = train_step(predict, optimizer, videos)
        scheduler.step()
        return state, {"squared_error": loss}

    def validate(state: TrainState) -> Metrics:
        clips = films.validation.clips(N_VALIDATION_CLIPS)
        scores = score(model, batches=[clips], n_context=task.n_context)
        return {"validation_mse": scores.mse.mean().item()}

    run = TrainingRun(
        preset,
        TrainState(model, optimizer, scheduler, rng),
        step,
        lambda state: state.model,
        evaluation,
    )
    if films is None:
        return run
    return run._replace(
        evaluate=partial(prediction_rows, films=films, n_context=task.n_context),
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


LAPTOP = {
    "predictor": presets.PREDICTOR_LAPTOP,
    "predictor_warp": presets.WARP_LAPTOP,
    "predictor_lstm": presets.LSTM_LAPTOP,
}
TRAININGS: Mapping[str, Training] = {
    name: Training(
        {
            "smoke": presets.PREDICTOR_SMOKE,
            "laptop": LAPTOP[name],
            "gpu": presets.PREDICTOR_GPU,
        },
        partial(training_run, build),
        clip=(CONTEXT + HORIZON, *moving_digits.FRAME_SHAPE),
    )
    for name, build in PREDICTORS.items()
}
