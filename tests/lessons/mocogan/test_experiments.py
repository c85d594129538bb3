"""A world of bars whose truth can be read off, and games that are taken apart in it."""

import pytest
import torch

from course_lib.mocogan.discriminators import BlindJudge
from course_lib.mocogan.objectives import category_loss
from course_lib.mocogan.training import train_step
from lessons.mocogan.experiments import ablation, moving_bars, trials
from lessons.mocogan.experiments.ablation import ARMS, Arm, play, seat
from lessons.mocogan.experiments.many_runs import by_measure
from lessons.mocogan.experiments.moving_bars import (
    BATCH,
    FRAMES,
    GOOD,
    SIDE,
    Truth,
    read_bars,
    small_players,
)


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def real():
    return moving_bars.moving_bars(40, rng())


def test_real_clips_are_all_that_was_asked(real):
    assert read_bars(real) == Truth(0.0, 1.0, 1.0)


def test_a_bar_keeps_its_area_and_goes_one_pixel_a_frame(real):
    white = (real.videos > 0).sum(dim=(2, 3, 4))
    assert (white == moving_bars.LONG * moving_bars.BROAD).all()
    down = real.videos[real.category == 1]
    assert torch.equal(down[:, 1:], down[:, :-1].roll(1, dims=3))


def test_the_other_category_is_not_what_was_asked(real):
    truth = read_bars(real._replace(category=1 - real.category))
    assert truth == Truth(0.0, 1.0, 0.0)


def test_a_film_run_backwards_keeps_its_bar_and_does_not_obey(real):
    assert read_bars(real._replace(videos=real.videos.flip(1))) == Truth(0.0, 1.0, 0.0)


def test_a_bar_that_jumps_to_another_track_is_not_kept(real):
    jumping = real.videos.clone()
    jumping[:, 3:] = jumping[:, 3:].roll((2, 2), dims=(3, 4))
    truth = read_bars(real._replace(videos=jumping))
    assert truth.error == 0
    assert truth.kept == truth.as_asked == pytest.approx(1 - 1 / (FRAMES - 1))


def test_grey_is_no_bar(real):
    assert read_bars(real._replace(videos=0 * real.videos)) == Truth(1.0, 0.0, 0.0)


def test_black_is_a_quarter_away_and_no_bar_either(real):
    black = -torch.ones_like(real.videos)
    assert read_bars(real._replace(videos=black)) == Truth(0.25, 0.0, 0.0)


def test_no_row_without_a_model_does_what_was_asked():
    rows = moving_bars.trivial_rows(32)
    assert [*rows] == ["real", "reversed", "frozen", "black"]
    assert rows["real"] == Truth(0.0, 1.0, 1.0)
    assert rows["frozen"] == Truth(0.0, 1.0, 0.0) and rows["black"].error == 0.25
    assert not any(row.as_asked for name, row in rows.items() if name != "real")


def test_small_players_play_the_whole_game():
    players = small_players(rng())
    players, seen = train_step(
        players, moving_bars.moving_bars(BATCH, rng()), GOOD, rng()
    )
    assert 0 < seen.frames_fool < 1
    drawn = players.average.draw(3, rng(), FRAMES)
    assert players.average(drawn).shape == (3, FRAMES, 1, SIDE, SIDE)


@pytest.mark.parametrize("arm", ARMS, ids=str)
def test_each_arm_seats_what_it_says(arm):
    players = seat(arm, rng())
    assert isinstance(players.frame_judge, BlindJudge) != arm.frame_judge
    assert players.generator.sizes.latents.category_moves == arm.category_moves
    asked = players.generator.memory.input_size > players.generator.sizes.latents.motion
    assert asked == arm.category_moves


def test_the_four_arms_are_all_there_are():
    assert {str(arm) for arm in ARMS} == {
        f"{judges}, {door}"
        for judges in ("two judges", "clip judge")
        for door in ("memory", "painter")
    }


def test_each_trial_but_the_first_and_two_differs_from_the_recipe_in_one_thing():
    first, *others = [*trials.TRIALS.values()][:-2]
    assert first == trials.Trial()
    for trial in others:
        changed = [x for x, y in zip(trial, first, strict=True) if x != y]
        assert len(changed) == 1 or trial == trials.Trial(trials.NO_R1, unit=True)


@pytest.mark.parametrize("name", trials.TRIALS)
def test_every_trial_plays_a_game_of_its_own_and_the_same_again(name):
    as_it_is, trial = (trials.TRIALS[key] for key in ("as it is", name))
    once, again, other = (trials.play(x, 8, rng(1)) for x in (trial, trial, as_it_is))
    assert once == again
    assert (once == other) == (name == "as it is")


def test_without_a_change_a_trial_is_the_game_that_the_ablation_plays():
    arm = Arm(frame_judge=True, category_moves=True)
    assert trials.play(trials.Trial(), 4, rng(2)) == play(arm, 4, rng(2))


def test_layers_of_unit_norm_keep_it_while_they_learn():
    trial = trials.TRIALS["unit norms for R1"]
    players = trials.seat(trial, rng())
    players, _ = train_step(
        players, moving_bars.moving_bars(BATCH, rng()), trial.recipe, rng()
    )
    for judge in (players.frame_judge, players.clip_judge):
        for layer in (judge.layers[1], judge.layers[3]):
            assert torch.linalg.matrix_norm(layer.weight, 2).item() == pytest.approx(1)


def test_a_leading_generator_and_wide_judges_are_seated():
    lead = trials.seat(trials.Trial(lead=2.0, width=16, gain=3.0), rng())
    level = trials.seat(trials.Trial(), rng())
    rates = [p.generator_optimiser.param_groups[0]["lr"] for p in (lead, level)]
    assert rates[0] == 2 * rates[1]
    assert lead.clip_optimiser.param_groups[0]["lr"] == rates[1]
    assert lead.clip_judge.layers[1].out_features == 16
    spreads = [p.frame_judge.layers[1].weight.std().item() for p in (lead, level)]
    assert spreads[0] > 2 * spreads[1]


def test_few_clips_are_shown_over_and_over():
    source = trials._source(trials.Trial(clips=3), rng())
    seen = {clip.numpy().tobytes() for _ in range(4) for clip in source().videos}
    assert len(seen) <= 3


def test_the_same_seed_plays_the_same_game():
    assert play(ARMS[0], 3, rng(1)) == play(ARMS[0], 3, rng(1))


def test_a_table_holds_least_mean_and_most_of_the_seeds(monkeypatch):
    def played(arm, n_steps, rng):
        share = 0.1 * ARMS.index(arm) + 0.3 * torch.rand((), generator=rng).item()
        return Truth(share, share, n_steps / 10)

    monkeypatch.setattr(ablation, "play", played)
    rows = by_measure([*ablation.ablation(4, range(3))])
    assert [*rows] == [*Truth._fields]
    for name, row in rows.items():
        assert [*row] == [str(arm) for arm in ARMS]
        for low, mean, high in row.values():
            assert (
                low < mean < high if name != "as_asked" else mean == pytest.approx(0.4)
            )


def test_an_arm_says_its_name():
    assert str(Arm(frame_judge=False, category_moves=False)) == "clip judge, painter"


@pytest.mark.parametrize("told", [True, False])
def test_after_200_steps_a_category_is_felt_where_the_judge_was_told(told):
    """The slope of the generator's term in the weights that read categories."""
    players, recipe = small_players(rng()), GOOD._replace(category=float(told))
    for _ in range(200):
        clips = moving_bars.moving_bars(BATCH, rng())
        players, _ = train_step(players, clips, recipe, rng())
    generator = players.generator
    drawn = generator.draw(BATCH, rng(1), FRAMES)
    paid = category_loss(players.clip_judge(generator(drawn)).category, drawn.category)
    (slope,) = torch.autograd.grad(paid, generator.memory.weight_ih)
    felt = slope[:, generator.sizes.latents.motion :].norm().item()
    assert felt > 1e-3 if told else felt < 1e-5, felt
