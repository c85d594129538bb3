"""The profile: whether trainings are sized for a test, a laptop or a GPU."""

import os
from typing import Literal, TypeVar, cast, get_args

import torch

Profile = Literal["smoke", "laptop", "gpu"]
T = TypeVar("T")


def current() -> Profile:
    """The profile named by the environment variable COURSE_PROFILE; laptop by default.

    ``smoke`` shortens all trainings to seconds, ``laptop`` trains within minutes, and
    ``gpu`` also evaluates more samples.

    Raises:
        ValueError: if COURSE_PROFILE is none of the three.
    """
    name = os.environ.get("COURSE_PROFILE", "").strip() or "laptop"
    if name not in get_args(Profile):
        raise ValueError(
            f"COURSE_PROFILE is {name!r}; it must be smoke, laptop or gpu. "
            "Set one of these, or unset it for laptop."
        )
    return cast(Profile, name)


def pick(*, smoke: T, laptop: T, gpu: T | None = None) -> T:
    """The value for the current profile; ``gpu`` defaults to ``laptop``."""
    values = {"smoke": smoke, "laptop": laptop, "gpu": laptop if gpu is None else gpu}
    return values[current()]


def device() -> torch.device:
    """The device for training: CUDA if it is available and the profile is not smoke."""
    use_cuda = current() != "smoke" and torch.cuda.is_available()
    return torch.device("cuda" if use_cuda else "cpu")
