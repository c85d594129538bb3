"""The classifier of digits: its training, its augmentation, its accuracy."""

import torch

from course_lib.data.mnist_digits import held_out_digits
from course_lib.training import digit_classifier
from course_lib.training.checkpoints import read_card
from course_lib.training.loop import train
from course_lib.training.presets import LearningPreset

TINY = LearningPreset(steps=2, batch=4, every=1, rate=1e-3)


def test_the_shipped_classifier_recognizes_97_percent_of_unseen_digits_or_more():
    accuracy = digit_classifier.held_out_accuracy(digit_classifier.digit_classifier())
    assert accuracy >= 0.97
    assert f"{accuracy:.2%}" in read_card("digit_classifier").result


def test_probabilities_sum_to_1():
    images = held_out_digits().images[::50]
    sums = digit_classifier.class_probabilities(images).sum(dim=1)
    assert torch.allclose(sums, torch.ones_like(sums))


def test_a_training_step_changes_the_weights_and_depends_on_the_seed_only():
    def weights(seed):
        run = digit_classifier.training_run(TINY, torch.Generator().manual_seed(seed))
        before = [p.detach().clone() for p in run.state.model.parameters()]
        state, _ = train(run)
        after = [p.detach() for p in state.model.parameters()]
        assert not any(map(torch.equal, before, after))
        return torch.cat([p.flatten() for p in after])

    assert torch.equal(weights(1), weights(1))


def test_a_warp_of_size_0_keeps_the_images(monkeypatch):
    images = held_out_digits().images[::100]
    rng = torch.Generator().manual_seed(0)
    moved = digit_classifier.warp_randomly(images, rng)
    assert moved.shape == images.shape and not torch.allclose(moved, images, atol=0.1)
    assert moved.min() >= -1 - 1e-5 and moved.max() <= 1 + 1e-5
    monkeypatch.setattr(digit_classifier, "MAX_WARP", 0.0)
    assert torch.allclose(
        digit_classifier.warp_randomly(images, rng), images, atol=1e-4
    )
