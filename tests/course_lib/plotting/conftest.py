"""A drawing that several tests look at."""

from collections.abc import Callable

import numpy as np
import pytest
import torch

from course_lib import plotting

X = np.linspace(0, 10, 50)


@pytest.fixture
def waves() -> Callable[..., plotting.Figure]:
    def draw(**options) -> plotting.Figure:
        drawing, (axes,) = plotting.figure(6, 3, plotting.Page(right=1.2))
        two = {"sine": np.sin(X), "cosine": torch.tensor(np.cos(X))}
        plotting.curves(axes, X, two, **options)
        plotting.title(axes, "Two waves")
        return drawing

    return draw
