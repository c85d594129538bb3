"""The digit classifier's network: shapes, probabilities, initialization."""

import torch

from course_lib.metrics.digit_classifier import DigitClassifier


def classifier(seed=0):
    return DigitClassifier(torch.Generator().manual_seed(seed), width=2)


def test_each_image_gets_ten_probabilities_that_sum_to_1():
    probabilities = classifier().probabilities(torch.randn(3, 1, 28, 28))
    assert probabilities.shape == (3, 10) and (probabilities >= 0).all()
    assert torch.allclose(probabilities.sum(dim=1), torch.ones(3))


def test_probabilities_are_the_softmax_of_the_logits():
    model, images = classifier(), torch.randn(2, 1, 28, 28)
    wanted = model(images).detach().softmax(dim=1)
    assert torch.allclose(model.probabilities(images), wanted)


def test_weights_depend_on_the_given_generator_only():
    first, again, other = classifier(1), classifier(1), classifier(2)
    assert torch.equal(first.head.weight, again.head.weight)
    assert not torch.equal(first.head.weight, other.head.weight)
