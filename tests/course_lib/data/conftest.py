"""Counts the operations of PyTorch that a call runs."""

import pytest
from torch.utils._python_dispatch import TorchDispatchMode


class Counter(TorchDispatchMode):
    """Counts every operation that runs while it is active."""

    def __init__(self):
        super().__init__()
        self.count = 0

    def __torch_dispatch__(self, operation, types, args=(), kwargs=None):
        self.count += 1
        return operation(*args, **(kwargs or {}))


@pytest.fixture
def count_operations():
    def count(function, *arguments):
        with Counter() as counter:
            function(*arguments)
        return counter.count

    return count
