"""Training curves on the ring: their averages, samples, and the two objectives."""

import pytest
import torch

from course_lib.gan.objectives import NONSATURATING, SATURATING
from course_lib.gan.ring import mode_centres
from course_lib.gan.ring_training import RingCurves, train_ring_gan
from course_lib.gan.training import RING_GAMMA, StepMetrics, train_step


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def recommended(state, real, rng):
    return train_step(state, real, rng, NONSATURATING, r1_gamma=RING_GAMMA)


def saturating(state, real, rng):
    return train_step(state, real, rng, SATURATING, r1_gamma=0.0)


def test_a_record_is_the_mean_since_the_previous_record():
    numbers = iter(range(1, 100))

    def step(state, real, rng):
        loss = float(next(numbers))
        return state, StepMetrics(loss, 2 * loss, 0.1 * loss, 0.0)

    curves = train_ring_gan(step, 9, rng(), every=3)
    assert curves.step.tolist() == [3, 6, 9]
    assert curves.discriminator_loss.tolist() == [2, 5, 8]
    assert curves.generator_loss.tolist() == [4, 10, 16]
    assert torch.allclose(curves.d_real, torch.tensor([0.2, 0.5, 0.8]))


def test_the_mode_coverage_is_that_of_the_averaged_generator():
    def collapse(state, real, rng):
        with torch.no_grad():  # a constant output at one mode's centre
            for weight in state.ema_generator.parameters():
                weight.zero_()
            state.ema_generator.body[-1].bias.copy_(mode_centres()[5])
        return state, StepMetrics(0.0, 0.0, 0.0, 0.0)

    curves = train_ring_gan(collapse, 4, rng(), every=2)
    assert curves.modes.tolist() == [1, 1]
    assert curves.high_quality_fraction.tolist() == [1, 1]


def test_equal_seeds_give_equal_curves():
    first, again, other = (
        train_ring_gan(recommended, 20, rng(s), every=5) for s in (1, 1, 2)
    )
    for name in RingCurves._fields:
        assert torch.equal(getattr(first, name), getattr(again, name)), name
    assert not torch.equal(first.discriminator_loss, other.discriminator_loss)


@pytest.mark.parametrize("every", [0, 11, -1])
def test_a_record_interval_longer_than_training_raises_an_error(every):
    with pytest.raises(ValueError, match="between 1 and 10"):
        train_ring_gan(recommended, 10, rng(), every=every)


def test_the_recommended_objective_learns_faster_than_the_saturating_one():
    """A sixth of the training of section 1.7."""
    good = train_ring_gan(recommended, 1000, rng(), every=500)
    poor = train_ring_gan(saturating, 1000, rng(), every=500)
    assert good.modes[-1] >= 6 and good.high_quality_fraction[-1] > 0.2
    assert abs(good.d_fake[-1] - 0.5) < 0.1
    assert poor.high_quality_fraction[-1] < good.high_quality_fraction[-1] - 0.1
    assert poor.d_fake[-1] < 0.3
