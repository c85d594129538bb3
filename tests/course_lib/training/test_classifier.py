"""Training of the clip classifier: labels, noise, steps, accuracy, card."""

import torch

from course_lib.data.shape_motion import SIZES, sample_clips
from course_lib.metrics.features import ClipClassifier
from course_lib.training.checkpoints import read_card
from course_lib.training.classifier import (
    MAX_NOISE_STD,
    Accuracy,
    accuracy,
    add_random_noise,
    labels,
    training_run,
)
from course_lib.training.presets import CLASSIFIER_SMOKE


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def test_labels_are_class_indices():
    clips = sample_clips(20, rng())
    motion, shape, size = labels(clips)
    assert torch.equal(motion, clips.motion) and torch.equal(shape, clips.shape)
    assert [SIZES[index] for index in size] == clips.size.tolist()


def test_the_std_of_the_noise_is_uniform_over_clips():
    blank = torch.zeros(300, 2, 1, 8, 8)
    stds = add_random_noise(blank, rng()).flatten(1).std(dim=1)
    assert stds.max() < 1.3 * MAX_NOISE_STD and stds.min() < 0.1 * MAX_NOISE_STD
    assert abs(stds.mean() - MAX_NOISE_STD / 2) < 0.1 * MAX_NOISE_STD


def test_steps_are_repeatable():
    def losses():
        run = training_run(CLASSIFIER_SMOKE, rng(1))
        return [run.step(run.state, i)[1]["cross_entropy"] for i in (1, 2)]

    assert losses() == losses()


def test_an_untrained_classifier_guesses():
    untrained = accuracy(ClipClassifier(rng()), n=100)
    assert isinstance(untrained, Accuracy)
    assert untrained.all < 0.3 and untrained.motion < 0.75


def test_the_card_states_the_accuracy():
    card = read_card("clip_classifier").result
    assert card.startswith("right on 2000 fresh clips: motion ")
