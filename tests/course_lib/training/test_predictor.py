"""Training of the predictors: clip length, rollout loss, learning rate, films."""

from functools import partial

import pytest
import torch

from course_lib.data.film_folder import read_splits
from course_lib.data.moving_digits import sample_clips
from course_lib.evaluation.prediction_table import Scores, score, trivial_rows
from course_lib.predictor.model import ConvLSTMPredictor, ConvLSTMSizes
from course_lib.predictor.rollout import rollout
from course_lib.predictor.squared_error import squared_error
from course_lib.training.checkpoints import read_card
from course_lib.training.predictor import (
    MOVING_DIGITS,
    PREDICTORS,
    TRAININGS,
    build_conv_lstm,
    build_lstm,
    clip_length,
    load_pretrained,
    training_run,
)
from course_lib.training.presets import LearningPreset
from course_lib.video import write_video

TINY = LearningPreset(steps=4, batch=2, every=1, rate=1e-3)


def small(rng, frame):
    sizes = ConvLSTMSizes(channels=frame[0], block=8, width=8, kernel=3, depth=1)
    return ConvLSTMPredictor(sizes, rng)


def test_clips_grow_from_two_frames_to_predict_to_ten():
    assert [clip_length(x) for x in (0.0, 0.175, 0.35, 1.0)] == [12, 16, 20, 20]


def test_after_the_context_the_inputs_are_the_model_s_own_predictions():
    """The loss of a step is that of a rollout, frame by frame."""
    clips = sample_clips(2, torch.Generator().manual_seed(5), n_frames=20)
    task = MOVING_DIGITS._replace(sample=lambda *_, **options: clips)
    run = training_run(small, TINY, torch.Generator().manual_seed(0), task=task)
    with torch.no_grad():
        future = rollout(run.state.model, clips[:, :10], 10)
        expected = squared_error(future, clips[:, 10:])
    _, metrics = run.step(run.state, 4)
    with torch.no_grad():
        context = run.state.model.read(
            run.state.model.initial_state(clips), clips[:, :10]
        ).frames
    context_error = squared_error(context[:, :-1], clips[:, 1:10])
    # 19 predictions: 9 within the context, 10 after it
    mixed = (9 * context_error + 10 * expected) / 19
    assert metrics["squared_error"] == pytest.approx(mixed.item(), rel=0.05)


def test_a_step_updates_every_weight_with_the_learning_rate_of_its_number():
    run = training_run(small, TINY, torch.Generator().manual_seed(0))
    before = [w.clone() for w in run.state.model.parameters()]
    state, _ = run.step(run.state, 1)
    assert state.optimizer.param_groups[0]["lr"] == pytest.approx(2e-5)  # of step 2
    changed = [
        not torch.equal(a, b)
        for a, b in zip(before, state.model.parameters(), strict=True)
    ]
    assert all(changed)


@pytest.mark.parametrize("name", PREDICTORS)
def test_a_shipped_predictor_has_the_error_on_its_card(name):
    """On 50 of the 1,000 clips: within a tenth of the card's error."""
    error = score(load_pretrained(name), n=50).mse.mean().item()
    stated = float(read_card(name).result.split(",")[0].removeprefix("mse "))
    assert error == pytest.approx(stated, rel=0.1)


def test_the_shipped_conv_lstm_halves_the_best_trivial_error():
    """On 50 of the 1,000 clips; its card holds the figures on all."""
    rows: dict[str, Scores] = {
        name: score(predict, n=50) for name, predict in trivial_rows().items()
    }
    best = min(row.mse.mean() for row in rows.values())
    ours = score(load_pretrained("predictor"), n=50)
    assert ours.mse.mean() < best / 2
    assert ours.ssim.mean() > rows["black"].ssim.mean()
    assert (ours.mse < rows["copy the last"].mse).all()


def test_an_unknown_predictor_is_rejected_with_the_known_ones():
    with pytest.raises(ValueError, match="choose one of predictor_lstm, predictor"):
        load_pretrained("oracle")


def test_the_same_seed_trains_the_same_predictor():
    def first_losses(seed):
        run = training_run(small, TINY, torch.Generator().manual_seed(seed))
        return [run.step(run.state, i)[1]["squared_error"] for i in (1, 2)]

    same = partial(first_losses, 3)
    assert same() == same()
    assert first_losses(3) != first_losses(4)


def write_films(folder, n_frames=25):
    for number in range(3):
        rng = torch.Generator().manual_seed(number)
        film = torch.rand(1, n_frames, 3, 32, 32, generator=rng) - number / 3
        write_video(folder / f"{number}.mp4", film, fps=8)


def films_of(folder, size=64, channels=1):
    return read_splits(folder, n_frames=20, size=size, channels=channels)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("name", PREDICTORS)
def test_a_predictor_takes_its_frame_shape_from_the_films(tmp_path, name, channels):
    write_films(tmp_path)
    films = films_of(tmp_path, size=32, channels=channels)
    training = TRAININGS[name]
    rng = torch.Generator().manual_seed(0)
    run = training.build(training.presets["smoke"], rng, films)
    context = torch.zeros(1, 2, channels, 32, 32)
    with torch.no_grad():
        assert rollout(run.state.model, context, 1).shape == (1, 1, channels, 32, 32)
    assert f"frames of {channels} x 32 x 32" in run.data


def test_training_clips_of_films_grow_like_those_of_moving_digits(tmp_path):
    write_films(tmp_path)
    rng = torch.Generator().manual_seed(0)
    run = training_run(build_conv_lstm, TINY, rng, films_of(tmp_path))
    assert run.validate(run.state)["validation_mse"] > 0
    state, metrics = run.step(run.state, 1)
    assert metrics["squared_error"] > 0
    assert state.model is run.state.model


@pytest.mark.parametrize(
    ("build", "frame"),
    [
        (build_lstm, (1, 64, 32)),
        (build_lstm, (1, 60, 60)),
        (build_conv_lstm, (1, 64, 60)),
    ],
)
def test_frames_that_do_not_fit_a_predictor_are_rejected(build, frame):
    with pytest.raises(ValueError, match="Resize the films"):
        build(torch.Generator(), frame)
