"""The eye is trained on clips under noise, and its card says what it sees."""

import torch

from course_lib.data.shape_motion import SIZES, sample_clips
from course_lib.metrics.features import ClipClassifier
from course_lib.training import classifier
from course_lib.training.checkpoints import read_card
from course_lib.training.classifier import ROUGHEST, Accuracy, accuracy, labels, plan
from course_lib.training.presets import CLASSIFIER_SMOKE


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def test_labels_are_places_in_their_lists():
    clips = sample_clips(20, rng())
    motion, shape, size = labels(clips)
    assert torch.equal(motion, clips.motion) and torch.equal(shape, clips.shape)
    assert [SIZES[place] for place in size] == clips.size.tolist()


def test_noise_is_of_another_width_for_every_clip():
    blank = torch.zeros(300, 2, 1, 8, 8)
    widths = classifier.roughened(blank, rng()).flatten(1).std(dim=1)
    assert widths.max() < 1.3 * ROUGHEST and widths.min() < 0.1 * ROUGHEST
    assert abs(widths.mean() - ROUGHEST / 2) < 0.1 * ROUGHEST


def test_a_step_descends_and_repeats():
    def losses():
        made = plan(CLASSIFIER_SMOKE, rng(1))
        return [made.step(made.state, i)[1]["cross_entropy"] for i in (1, 2)]

    assert losses() == losses()


def test_an_untrained_eye_guesses():
    found = accuracy(ClipClassifier(rng()), n=100)
    assert isinstance(found, Accuracy)
    assert found.all < 0.3 and found.motion < 0.75


def test_the_card_says_what_the_eye_sees():
    card = read_card("clip_classifier").result
    assert card.startswith("right on 2000 fresh clips: motion ")
