"""Training the GAN for digits, and the scores of the shipped generator."""

import pytest
import torch

from course_lib.data.mnist_digits import held_out_digits, train_digits
from course_lib.gan.digit_networks import DigitGenerator
from course_lib.gan.digit_scores import digit_scores
from course_lib.training import digits_gan
from course_lib.training.checkpoints import load_weights, read_card
from course_lib.training.digit_classifier import class_probabilities
from course_lib.training.loop import train
from course_lib.training.presets import Preset

TINY = Preset(steps=3, batch=4, every=2)


def trained(seed):
    run = digits_gan.training_run(TINY, torch.Generator().manual_seed(seed))
    state, log = train(run)
    weights = [p.detach().flatten() for p in run.trained_model(state).parameters()]
    return torch.cat(weights), log


def scores_of(samples):
    return digit_scores(*samples, train_digits().images, class_probabilities)


def test_the_same_seed_gives_the_same_weights():
    first, again, other = (trained(seed)[0] for seed in (5, 5, 6))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_the_curve_holds_both_losses_and_the_mean_outputs_of_the_discriminator():
    _, log = trained(0)
    assert log.names == (
        "discriminator_loss",
        "generator_loss",
        "d_real",
        "d_fake",
    )
    assert [row[0] for row in log.curve] == [2, 3]


def test_shipped_digits_are_recognized_as_varied_as_real_ones_and_no_copies():
    generator = load_weights("digits_gan", DigitGenerator())
    rng = torch.Generator().manual_seed(2)
    scores = scores_of(digits_gan.generate(generator, 100, rng))
    real = scores_of(held_out_digits())
    assert scores.accuracy >= 0.95
    assert scores.class_entropy > 0.99
    assert scores.spread >= 0.75 * real.spread
    assert scores.nearest >= real.nearest


def test_the_scores_on_the_card_can_be_measured_again():
    stated = dict(part.split() for part in read_card("digits_gan").result.split(", "))
    generator = load_weights("digits_gan", DigitGenerator())
    noise = torch.Generator().manual_seed(1)
    scores = scores_of(digits_gan.generate(generator, digits_gan.N_PER_CLASS, noise))
    for name, value in scores._asdict().items():
        assert float(stated[name]) == pytest.approx(value, abs=0.01), name
