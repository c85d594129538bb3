"""A game on the ring as curves: what they count, and what the two losses do."""

import pytest
import torch

from course_lib.gan.ring import mode_centres
from course_lib.gan.ring_curves import RingCurves, ring_curves
from course_lib.gan.ring_training import NONSATURATING, SATURATING
from course_lib.gan.training import RING_GAMMA, StepLosses, train_step


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def recommended(players, real, dice):
    return train_step(players, real, dice, NONSATURATING, r1_gamma=RING_GAMMA)


def saturating(players, real, dice):
    return train_step(players, real, dice, SATURATING, r1_gamma=0.0)


def test_a_reading_is_the_mean_since_the_last():
    prices = iter(range(1, 100))

    def paid(players, real, dice):
        price = float(next(prices))
        return players, StepLosses(price, 2 * price, 0.1 * price, 0.0)

    curves = ring_curves(paid, 9, rng(), every=3)
    assert curves.step.tolist() == [3, 6, 9]
    assert curves.judge_loss.tolist() == [2, 5, 8]
    assert curves.generator_loss.tolist() == [4, 10, 16]
    assert torch.allclose(curves.verdict_real, torch.tensor([0.2, 0.5, 0.8]))


def test_the_averaged_generator_is_what_is_counted():
    def collapse(players, real, dice):
        with torch.no_grad():  # a constant output at one mode's centre
            for weight in players.average.parameters():
                weight.zero_()
            players.average.body[-1].bias.copy_(mode_centres()[5])
        return players, StepLosses(0.0, 0.0, 0.0, 0.0)

    curves = ring_curves(collapse, 4, rng(), every=2)
    assert curves.modes.tolist() == [1, 1]
    assert curves.good_share.tolist() == [1, 1]


def test_the_same_seed_draws_the_same_curves():
    first, again, other = (
        ring_curves(recommended, 20, rng(s), every=5) for s in (1, 1, 2)
    )
    for name in RingCurves._fields:
        assert torch.equal(getattr(first, name), getattr(again, name)), name
    assert not torch.equal(first.judge_loss, other.judge_loss)


@pytest.mark.parametrize("every", [0, 11, -1])
def test_readings_that_never_come_are_refused(every):
    with pytest.raises(ValueError, match="between 1 and 10"):
        ring_curves(recommended, 10, rng(), every=every)


def test_the_recommended_loss_is_on_its_way_where_the_saturating_one_is_not():
    """A sixth of the run in section 1.7; the full bar stands in data/README.md."""
    good = ring_curves(recommended, 1000, rng(), every=500)
    lost = ring_curves(saturating, 1000, rng(), every=500)
    assert good.modes[-1] >= 6 and good.good_share[-1] > 0.2
    assert abs(good.verdict_fake[-1] - 0.5) < 0.1
    assert lost.good_share[-1] < good.good_share[-1] - 0.1
    assert lost.verdict_fake[-1] < 0.3
