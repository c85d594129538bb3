"""Run one lesson at three prices: in a test, on a laptop, at a paper's sizes."""

import os
from typing import Literal, TypeVar, cast, get_args

import torch

Profile = Literal["smoke", "laptop", "gpu"]
T = TypeVar("T")


def current() -> Profile:
    """The profile that the environment asks for by COURSE_PROFILE; laptop by default.

    ``smoke`` shortens all training to seconds, ``laptop`` trains for real within
    minutes, ``gpu`` takes the sizes of the papers.

    Raises:
        ValueError: if COURSE_PROFILE names no profile.
    """
    name = os.environ.get("COURSE_PROFILE", "").strip() or "laptop"
    if name not in get_args(Profile):
        raise ValueError(
            f"COURSE_PROFILE is {name!r}; it must be smoke, laptop or gpu. "
            "Set one of these, or unset it for laptop."
        )
    return cast(Profile, name)


def pick(*, smoke: T, laptop: T, gpu: T | None = None) -> T:
    """The value for the current profile; ``gpu`` takes laptop's if it has no own."""
    own = {"smoke": smoke, "laptop": laptop, "gpu": laptop if gpu is None else gpu}
    return own[current()]


def device() -> torch.device:
    """Where to train: on CUDA where there is one, but never in ``smoke``."""
    usable = current() != "smoke" and torch.cuda.is_available()
    return torch.device("cuda" if usable else "cpu")
