"""What every test finds: the short profile, no window, one thread for each worker."""

import os

import pytest

os.environ.setdefault("COURSE_PROFILE", "smoke")
os.environ.setdefault("MPLBACKEND", "agg")
if "PYTEST_XDIST_WORKER" in os.environ:  # workers, and their kernels, share the cores
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # torch reads it when it is imported

import torch

collect_ignore_glob = ["lessons/*/lesson.py"]  # texts with code, not modules


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what needs an accelerator where there is none, saying so."""
    if item.get_closest_marker("gpu") and not torch.cuda.is_available():
        pytest.skip("needs an accelerator that torch can use")
