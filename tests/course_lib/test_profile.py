"""The environment variable COURSE_PROFILE sets the length of all trainings."""

import pytest
import torch

from course_lib.profile import current, device, pick


@pytest.fixture(params=["smoke", "laptop", "gpu"])
def profile(request, monkeypatch):
    monkeypatch.setenv("COURSE_PROFILE", request.param)
    return request.param


@pytest.mark.parametrize("value", [None, "", "  "])
def test_the_default_profile_is_laptop(value, monkeypatch):
    if value is None:
        monkeypatch.delenv("COURSE_PROFILE", raising=False)
    else:
        monkeypatch.setenv("COURSE_PROFILE", value)
    assert current() == "laptop"


def test_the_profile_is_that_of_the_environment(profile):
    assert current() == profile
    assert pick(smoke="smoke", laptop="laptop", gpu="gpu") == profile


def test_gpu_defaults_to_the_value_of_laptop(profile):
    expected = 2 if profile == "smoke" else 300
    assert pick(smoke=2, laptop=300) == expected


def test_zero_is_a_value_of_its_own(monkeypatch):
    monkeypatch.setenv("COURSE_PROFILE", "gpu")
    assert pick(smoke=2, laptop=300, gpu=0) == 0


@pytest.mark.parametrize("name", ["Smoke", "fast", "laptop,gpu"])
def test_an_unknown_profile_is_rejected_with_the_three_known(name, monkeypatch):
    monkeypatch.setenv("COURSE_PROFILE", name)
    with pytest.raises(ValueError, match=f"{name!r}.*smoke, laptop or gpu"):
        current()


@pytest.mark.parametrize("cuda", [True, False])
def test_smoke_always_uses_the_cpu(profile, cuda, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    expected = "cuda" if cuda and profile != "smoke" else "cpu"
    assert device() == torch.device(expected)
