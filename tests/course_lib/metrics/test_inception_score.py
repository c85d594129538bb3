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


@pytest.mark.parametrize("classes", [3, 10, 1000])
@pytest.mark.parametrize(
    ("short", "near"), [(torch.float16, 1e-3), (torch.bfloat16, 1e-2)]
)
def test_a_softmax_of_half_precision_scores_as_in_single(classes, short, near):
    logits = torch.randn(64, classes, generator=torch.Generator().manual_seed(1))
    p = (2 * logits).softmax(dim=1)
    expected = inception_score(p)
    assert inception_score(p.to(short)) == pytest.approx(expected, rel=near)
    for softmax in ((2 * logits).to(short).softmax(1), [*p.to(short)]):
        assert inception_score(softmax) == pytest.approx(expected, rel=5 * near)


def test_a_softmax_of_half_precision_in_an_array_is_taken():
    p = torch.randn(64, 10, generator=torch.Generator().manual_seed(1)).softmax(1)
    found = inception_score(p.numpy().astype("float16"))
    assert found == pytest.approx(inception_score(p), rel=1e-3)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
@pytest.mark.parametrize("off", [0.02, -0.02, 1.0])
def test_rows_that_miss_1_by_more_than_rounding_are_refused(dtype, off):
    rows = torch.full((4, 2), (1 + off) / 2).to(dtype)
    with pytest.raises(ValueError, match="softmax"):
        inception_score(rows)


def test_verdicts_of_whole_numbers_are_sure():
    assert inception_score(torch.eye(5).long()) == pytest.approx(5)
    assert inception_score(np.eye(5, dtype=bool)) == pytest.approx(5)
