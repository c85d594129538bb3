"""The registry of metrics: complete entries, and values of their documented kind."""

from collections import Counter
from math import inf
from typing import get_args

import pytest
import torch

from course_lib.data.shape_motion import sample_clips
from course_lib.evaluation.league import LEAGUE_METRICS
from course_lib.evaluation.prediction_table import Scores
from course_lib.evaluation.registry import (
    METRICS,
    Direction,
    Metric,
    Needs,
    content_per_clip,
    label_accuracy,
    measure,
    select,
)
from course_lib.metrics.content import average_content_distance
from course_lib.metrics.manifold import density_coverage, precision_recall

each = pytest.mark.parametrize("metric", METRICS.values(), ids=lambda m: m.name)


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def inputs():
    """Valid arguments for each kind of input."""
    clips = sample_clips(4, rng()).videos
    noisy = (clips + 0.1 * torch.randn(clips.shape, generator=rng(1))).clamp(-1, 1)
    labels = torch.tensor([0, 1, 1, 0])
    features = torch.randn(2, 20, 8, generator=rng(2))
    return {
        "videos": (noisy,),
        "pairs": (noisy, clips),
        "features": (features[0], features[1] + 1.0),
        "labels": (labels, labels.roll(1)),
        "probabilities": (features[0].softmax(dim=1),),
    }


@each
def test_an_entry_is_complete(metric):
    assert METRICS[metric.name] is metric
    assert metric.needs in get_args(Needs)
    assert metric.direction in (*get_args(Direction), None)
    assert metric.unit and metric.range[0] < metric.range[1]


@each
def test_values_lie_in_the_documented_range(metric, inputs):
    value = torch.as_tensor(measure([metric], *inputs[metric.needs])[metric.name])
    low, high = metric.range
    assert ((value >= low - 1e-6) & (value <= high + 1e-6)).all()


@each
def test_results_have_the_shape_that_the_kind_of_input_implies(metric, inputs):
    arguments = inputs[metric.needs]
    value = measure([metric], *arguments)[metric.name]
    if metric.needs == "pairs":
        assert value.shape == arguments[0].shape[:2]
    elif metric.needs in ("videos", "labels"):
        assert value.shape == arguments[0].shape[:1]
    else:
        assert isinstance(value, float)


@each
def test_better_values_are_on_the_documented_side(metric, inputs):
    """Identical sets, equal pairs and correct labels have the best values."""
    perfect = {
        "pairs": (inputs["pairs"][1],) * 2,
        "features": (inputs["features"][0],) * 2,
        "labels": (inputs["labels"][0],) * 2,
    }
    if metric.needs not in perfect or metric.name == "density":
        pytest.skip("no input has the best value")
    best, value = (
        torch.as_tensor(measure([metric], *arguments)[metric.name]).double().mean()
        for arguments in (perfect[metric.needs], inputs[metric.needs])
    )
    assert best > value if metric.direction == "higher" else best < value


def test_metrics_of_sets_are_those_of_the_library(inputs):
    real, fake = inputs["features"]
    values = measure(select("features"), real, fake)
    manifold = (values["precision"], values["recall"])
    assert manifold == precision_recall(real, fake, k=5)
    assert (values["density"], values["coverage"]) == density_coverage(real, fake, k=5)


def test_content_per_clip_averages_to_the_content_distance(inputs):
    (videos,) = inputs["videos"]
    means = [values.mean().item() for values in content_per_clip(videos)]
    assert means == pytest.approx([*average_content_distance(videos)])


def test_label_accuracy_is_1_for_correct_predictions():
    found = label_accuracy(torch.tensor([0, 1, 1]), torch.tensor([0, 0, 1]))
    assert found.tolist() == [1, 0, 1]


def test_a_function_of_several_metrics_is_called_once_with_the_first_clips():
    calls = Counter()

    def both(x):
        calls["both"] += 1
        return content_per_clip(x)

    def entry(name, component, max_clips):
        return Metric(name, both, "videos", "", None, (0.0, inf), component, max_clips)

    clips = sample_clips(3, rng()).videos
    values = measure(
        [entry("a", "distance", None), entry("b", "step", None), entry("c", "step", 2)],
        clips,
    )
    assert calls["both"] == 2
    assert [len(values[name]) for name in "abc"] == [3, 3, 2]
    assert torch.equal(values["c"], values["b"][:2])


def test_selection_keeps_the_order_of_the_registry():
    names = [metric.name for metric in select("features", reversed(LEAGUE_METRICS))]
    assert names == [m.name for m in METRICS.values() if m.needs == "features"]
    assert select("pairs", ("ssim", "frechet")) == [METRICS["ssim"]]


def test_tables_show_metrics_of_the_registry():
    assert [metric.name for metric in select("pairs")] == [*Scores._fields]
    needs = {METRICS[name].needs for name in LEAGUE_METRICS}
    assert needs == {"videos", "features", "labels"}
