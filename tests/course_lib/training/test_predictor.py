"""How a predictor is trained: clips grow, the rate falls, and it eats its cooking."""

from functools import partial

import pytest
import torch

from course_lib.data.moving_digits import sample_clips
from course_lib.evaluation.prediction_table import Scores, score, trivial_rows
from course_lib.predictor.model import ConvLSTMPredictor, ConvLSTMSizes
from course_lib.predictor.rollout import rollout
from course_lib.predictor.squared_error import squared_error
from course_lib.training.checkpoints import read_card
from course_lib.training.predictor import (
    MOVING_DIGITS,
    PREDICTORS,
    length,
    plan,
    shipped,
)
from course_lib.training.presets import LearningPreset

TINY = LearningPreset(steps=4, batch=2, every=1, rate=1e-3)


def small(rng):
    sizes = ConvLSTMSizes(block=8, width=8, kernel=3, depth=1)
    return ConvLSTMPredictor(sizes, rng)


def test_clips_grow_from_two_frames_to_predict_to_ten():
    assert [length(share) for share in (0.0, 0.175, 0.35, 1.0)] == [12, 16, 20, 20]


def test_behind_the_context_the_model_reads_what_it_predicted():
    """The loss of a step is that of a free run, frame by frame."""
    drawn = sample_clips(2, torch.Generator().manual_seed(5), n_frames=20)
    film = MOVING_DIGITS._replace(sample=lambda *_, **how: drawn)
    made = plan(small, TINY, torch.Generator().manual_seed(0), film)
    with torch.no_grad():
        future = rollout(made.state.model, drawn[:, :10], 10)
        expected = squared_error(future, drawn[:, 10:])
    _, readings = made.step(made.state, 4)
    with torch.no_grad():
        context = made.state.model.read(
            made.state.model.initial_state(drawn), drawn[:, :10]
        ).frames
    seen = squared_error(context[:, :-1], drawn[:, 1:10])
    # 19 predictions: 9 within the context, 10 behind it
    mixed = (9 * seen + 10 * expected) / 19
    assert readings["squared_error"] == pytest.approx(mixed.item(), rel=0.05)


def test_a_step_moves_every_weight_at_the_rate_of_its_number():
    made = plan(small, TINY, torch.Generator().manual_seed(0))
    before = [w.clone() for w in made.state.model.parameters()]
    state, _ = made.step(made.state, 2)
    assert state.optimizer.param_groups[0]["lr"] == pytest.approx(2e-5)
    moved = [
        not torch.equal(a, b)
        for a, b in zip(before, state.model.parameters(), strict=True)
    ]
    assert all(moved)


@pytest.mark.parametrize("name", PREDICTORS)
def test_a_shipped_predictor_keeps_what_its_card_says_on_part_of_the_test(name):
    """On 50 of the 1,000 clips: within a tenth of the card's error."""
    found = score(shipped(name), n=50).mse.mean().item()
    stated = float(read_card(name).result.split(",")[0].removeprefix("mse "))
    assert found == pytest.approx(stated, rel=0.1)


def test_the_shipped_conv_lstm_halves_the_best_trivial_error():
    """On 50 of the 1,000 clips; its card holds the figures on all."""
    rows: dict[str, Scores] = {
        name: score(predict, n=50) for name, predict in trivial_rows().items()
    }
    best = min(row.mse.mean() for row in rows.values())
    ours = score(shipped("predictor"), n=50)
    assert ours.mse.mean() < best / 2
    assert ours.ssim.mean() > rows["black"].ssim.mean()
    assert (ours.mse < rows["copy the last"].mse).all()


def test_an_unknown_predictor_is_answered_with_the_known_ones():
    with pytest.raises(ValueError, match="there are predictor_lstm, predictor"):
        shipped("oracle")


def test_the_same_seed_trains_the_same_predictor():
    def first_loss(seed):
        made = plan(small, TINY, torch.Generator().manual_seed(seed))
        return [made.step(made.state, i)[1]["squared_error"] for i in (1, 2)]

    same = partial(first_loss, 3)
    assert same() == same()
    assert first_loss(3) != first_loss(4)
