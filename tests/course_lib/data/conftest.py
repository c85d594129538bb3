"""Compares the processor time of two implementations, each at its best, on one core.

Processor time, not the clock's: what others do on the machine does not count.
"""

import time

import pytest
import torch


@pytest.fixture
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def seconds_of():
    def measure(work, *, times):
        work()
        spent = []
        for _ in range(times):
            start = time.thread_time()
            work()
            spent.append(time.thread_time() - start)
        return min(spent)

    return measure
