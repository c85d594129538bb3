"""The inception score: its ends, an independent KL, and what it refuses."""

import numpy as np
import pytest
import scipy.stats
import torch

from course_lib.metrics.inception_score import inception_score


@pytest.mark.parametrize("options", [2, 7, 100])
def test_it_counts_the_classes_of_a_sure_and_varied_set(options):
    assert inception_score(torch.eye(options)) == pytest.approx(options)


def test_a_classifier_that_sees_nothing_gives_1():
    assert inception_score(torch.full((6, 4), 0.25)) == pytest.approx(1)


def test_sure_of_one_class_only_is_1_too():
    assert inception_score(torch.eye(4)[[2, 2, 2]]) == pytest.approx(1)


def test_an_independent_divergence_agrees():
    logits = torch.randn(40, 6, generator=torch.Generator().manual_seed(0))
    p = logits.softmax(dim=1)
    nats = [scipy.stats.entropy(row, p.mean(0).numpy()) for row in p.numpy()]
    assert inception_score(p) == pytest.approx(np.exp(np.mean(nats)), rel=1e-5)


@pytest.mark.parametrize(
    "p",
    [
        torch.zeros(0, 3),
        torch.randn(4, 3, generator=torch.Generator().manual_seed(0)),
        torch.full((2, 2), torch.nan),
        torch.tensor([[1.5, -0.5]]),
    ],
)
def test_what_is_no_probability_is_refused(p):
    with pytest.raises(ValueError, match="softmax"):
        inception_score(p)
