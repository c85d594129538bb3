"""One variable of the environment sets the price of a lesson."""

import pytest
import torch

from course_lib.profile import current, device, pick


@pytest.fixture(params=["smoke", "laptop", "gpu"])
def profile(request, monkeypatch):
    monkeypatch.setenv("COURSE_PROFILE", request.param)
    return request.param


@pytest.mark.parametrize("value", [None, "", "  "])
def test_laptop_is_what_a_lesson_runs_at_unasked(value, monkeypatch):
    if value is None:
        monkeypatch.delenv("COURSE_PROFILE", raising=False)
    else:
        monkeypatch.setenv("COURSE_PROFILE", value)
    assert current() == "laptop"


def test_profile_asked_for_is_the_one_that_runs(profile):
    assert current() == profile
    assert pick(smoke="smoke", laptop="laptop", gpu="gpu") == profile


def test_gpu_takes_the_laptops_value_where_it_has_none(profile):
    expected = 2 if profile == "smoke" else 300
    assert pick(smoke=2, laptop=300) == expected


def test_zero_is_a_value_of_its_own(monkeypatch):
    monkeypatch.setenv("COURSE_PROFILE", "gpu")
    assert pick(smoke=2, laptop=300, gpu=0) == 0


@pytest.mark.parametrize("name", ["Smoke", "fast", "laptop,gpu"])
def test_unknown_profile_is_refused_with_the_three_there_are(name, monkeypatch):
    monkeypatch.setenv("COURSE_PROFILE", name)
    with pytest.raises(ValueError, match=f"{name!r}.*smoke, laptop or gpu"):
        current()


@pytest.mark.parametrize("cuda", [True, False])
def test_smoke_never_leaves_the_cpu(profile, cuda, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    expected = "cuda" if cuda and profile != "smoke" else "cpu"
    assert device() == torch.device(expected)
