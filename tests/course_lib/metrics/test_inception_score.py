"""Inception score: its bounds, an independent KL, half precision, errors."""

import numpy as np
import pytest
import scipy.stats
import torch

from course_lib.metrics.inception_score import inception_score


@pytest.mark.parametrize("n_classes", [2, 7, 100])
def test_certain_predictions_of_all_classes_score_the_number_of_classes(n_classes):
    assert inception_score(torch.eye(n_classes)) == pytest.approx(n_classes)


def test_uniform_predictions_score_1():
    assert inception_score(torch.full((6, 4), 0.25)) == pytest.approx(1)


def test_certain_predictions_of_one_class_score_1():
    assert inception_score(torch.eye(4)[[2, 2, 2]]) == pytest.approx(1)


def test_the_score_equals_that_of_scipy_s_divergence():
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
def test_rows_that_are_no_probabilities_raise_an_error(p):
    with pytest.raises(ValueError, match="softmax"):
        inception_score(p)


@pytest.mark.parametrize("n_classes", [3, 10, 1000])
@pytest.mark.parametrize(
    ("dtype", "tolerance"), [(torch.float16, 1e-3), (torch.bfloat16, 1e-2)]
)
def test_half_precision_probabilities_score_as_in_float32(n_classes, dtype, tolerance):
    logits = torch.randn(64, n_classes, generator=torch.Generator().manual_seed(1))
    p = (2 * logits).softmax(dim=1)
    expected = inception_score(p)
    assert inception_score(p.to(dtype)) == pytest.approx(expected, rel=tolerance)
    for softmax in ((2 * logits).to(dtype).softmax(1), [*p.to(dtype)]):
        assert inception_score(softmax) == pytest.approx(expected, rel=5 * tolerance)


def test_half_precision_arrays_are_accepted():
    p = torch.randn(64, 10, generator=torch.Generator().manual_seed(1)).softmax(1)
    score = inception_score(p.numpy().astype("float16"))
    assert score == pytest.approx(inception_score(p), rel=1e-3)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
@pytest.mark.parametrize("excess", [0.02, -0.02, 1.0])
def test_rows_whose_sum_is_not_1_up_to_rounding_raise_an_error(dtype, excess):
    rows = torch.full((4, 2), (1 + excess) / 2).to(dtype)
    with pytest.raises(ValueError, match="softmax"):
        inception_score(rows)


def test_one_hot_rows_of_integers_are_accepted():
    assert inception_score(torch.eye(5).long()) == pytest.approx(5)
    assert inception_score(np.eye(5, dtype=bool)) == pytest.approx(5)
