"""Games of clips: the same seed plays the same game, and all are watched alike."""

import pytest
import torch

from course_lib.evaluation.video_gan_table import Seen, row
from course_lib.training import video_gan
from course_lib.training.checkpoints import Card, read_card, save_weights
from course_lib.training.loop import train_unattended
from course_lib.training.presets import LearningPreset
from course_lib.training.video_gan import EVERY, GAMMA, KINDS, LEAD, PLANS
from course_lib.training.video_gan_presets import MOCOGAN_LAPTOP

TINY = LearningPreset(steps=2, batch=2, every=2, rate=1e-3)
each = pytest.mark.parametrize("name", KINDS)


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def weights(network):
    return torch.cat([p.detach().flatten() for p in network.parameters()])


@pytest.fixture(autouse=True)
def few_clips(monkeypatch):
    monkeypatch.setattr(video_gan, "WATCHED", 8)


def trained(name, seed, preset=TINY):
    plan = video_gan.plan(KINDS[name], preset, rng(seed))
    state, logbook = train_unattended(plan, keep=lambda *_: None)
    return state, logbook, plan


@each
def test_the_same_seed_plays_the_same_game(name):
    first, again, other = (weights(trained(name, s)[0].players[0]) for s in (5, 5, 6))
    assert torch.equal(first, again) and not torch.equal(first, other)


@each
def test_every_reading_shows_losses_and_clips(name):
    _, logbook, _ = trained(name, 0)
    assert logbook.names[-len(Seen._fields) :] == Seen._fields
    assert len({*logbook.names, "step"}) == len(logbook.names) + 1  # a card's first
    assert len(logbook.curve) == 1


@each
def test_the_average_is_kept_and_draws_clips_of_their_own_seed(name):
    state, _, plan = trained(name, 0)
    assert plan.product(state) is state.players.average
    assert not state.players.average.training  # a card tells of what is shipped
    draw = KINDS[name].draw(state.players.average)
    first, again, other = (draw(3, rng(seed)) for seed in (1, 1, 2))
    assert first.videos.shape == (3, 16, 3, 64, 64)
    assert torch.equal(first.videos, again.videos)
    assert not torch.equal(first.videos, other.videos)
    assert first.category.shape == (3,) and not first.videos.requires_grad


def test_the_generator_leads_and_slopes_are_priced_now_and_then(monkeypatch):
    seen = []

    def move(playing, real, gamma, rng):
        rates = [x.param_groups[0]["lr"] for x in playing[4:]]
        seen.append((gamma, rates))
        return playing, video_gan.training.StepLosses(*[0.0] * 6)

    kind = KINDS["mocogan"]._replace(move=move)
    preset = LearningPreset(steps=EVERY + 1, batch=2, every=99, rate=1e-3)
    train_unattended(video_gan.plan(kind, preset, rng()), keep=lambda *_: None)
    assert [gamma for gamma, _ in seen] == [0] * (EVERY - 1) + [EVERY * GAMMA, 0]
    for _, (generator, frames, clips) in seen:
        assert generator == pytest.approx(LEAD * frames) and frames == clips > 0


def test_a_game_is_played_by_one_process(monkeypatch):
    monkeypatch.setattr(video_gan, "count", lambda: 2)
    with pytest.raises(ValueError, match="without torchrun"):
        video_gan.plan(KINDS["vgan"], TINY, rng())


def test_a_checkpoint_is_read_into_a_generator_that_samples(tmp_path):
    network = KINDS["tgan"].seat(rng()).average
    card = Card("", 0, 0.0, "", "", {})
    save_weights("tgan", network, card, folder=tmp_path)
    found = video_gan.shipped("tgan", folder=tmp_path)
    assert not found.training
    torch.testing.assert_close(weights(found), weights(network), atol=0.02, rtol=0)


def test_an_unknown_game_is_refused_by_the_names_that_are_there():
    with pytest.raises(ValueError, match="there are mocogan"):
        video_gan.shipped("dvdgan")


def test_every_game_has_both_presets():
    assert set(PLANS) == set(KINDS)
    assert all({*plans} == {"smoke", "laptop"} for plans in PLANS.values())


SHIPPED = pytest.mark.parametrize("name", KINDS)


@SHIPPED
def test_a_shipped_card_says_how_the_weights_are_made_anew(name):
    card = read_card(name)
    assert card.command == f"course train {name} --preset laptop --seed 0"
    assert card.curve["step"][-1] == MOCOGAN_LAPTOP.steps
    assert len({len(column) for column in card.curve.values()}) == 1
    assert {*Seen._fields} < {*card.curve}


def test_the_shipped_mocogan_meets_the_course_s_bars():
    found = row(KINDS["mocogan"].draw(video_gan.shipped("mocogan")), n=128, draws=2)
    assert found["distance"].high < 1.79 and found["empty"].high < 0.05
    assert found["pace"].low > 0.7 * 3.64 and found["as_asked"].value > 0.9
    assert 0.1 < found["squares"].value < 0.9 and found["rarest"].value > 0.1
    assert found["coverage"].value > 0.2


def test_the_shipped_rivals_do_not():
    for name in ("vgan", "tgan"):
        found = row(KINDS[name].draw(video_gan.shipped(name)), n=64, draws=1)
        assert found["distance"].value > 10 and found["as_asked"].value < 0.7
