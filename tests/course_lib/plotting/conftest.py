"""A figure that several tests use."""

from collections.abc import Callable

import numpy as np
import pytest
import torch

from course_lib import plotting

X = np.linspace(0, 10, 50)


@pytest.fixture
def waves() -> Callable[..., plotting.Figure]:
    def draw(**options) -> plotting.Figure:
        drawing, (axes,) = plotting.figure(6, 3, plotting.Layout(right=1.2))
        series = {"sine": np.sin(X), "cosine": torch.tensor(np.cos(X))}
        plotting.curves(axes, X, series, **options)
        plotting.title(axes, "Two waves")
        return drawing

    return draw
