"""Train the shipped predictor for a few steps in one or several processes, timed.

Started by ``torchrun``; rank 0 prints the measurements as JSON.
"""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any, NamedTuple

import torch
from torch import Generator, Tensor, distributed, nn
from torch.futures import Future
from torch.nn.parallel import DistributedDataParallel

from course_lib.training import distributed as training_processes
from course_lib.training import loop
from course_lib.training.distributed import process_group, rank, world_size
from course_lib.training.predictor import PREDICTORS, training_run
from course_lib.training.presets import LearningPreset

SHORT = LearningPreset(steps=16, batch=8, every=1, rate=1e-3)
"""Long enough for a curve; clips grow from 12 frames to 20. 15 s on a core."""

MODEL = PREDICTORS["predictor"]
LARGE, SMALL, TRIES = 8_000_000, 1, 5  # numbers sent to measure speed, and latency


class Measurements(NamedTuple):
    """Losses and times of one run.

    The loss of every step, averaged over the processes; seconds in all, and of these in
    ``all_reduce``, waiting for the others included; its calls a step; bytes of all
    gradients. ``link`` is in bytes a second, ``latency`` in seconds a call.
    """

    losses: list[float]
    seconds: float
    talking: float
    calls: float
    bytes: int
    link: float
    latency: float


@contextmanager
def timed_talk() -> Iterator[list[float]]:
    """Seconds of every ``all_reduce`` within, those of gradients included."""
    times, plain = [], distributed.all_reduce
    parallel = training_processes.DistributedDataParallel

    def timed(tensor: Tensor) -> None:
        start = time.perf_counter()
        plain(tensor)
        times.append(time.perf_counter() - start)

    def timed_gradients(times: list[float], bucket: Any) -> Future[Tensor]:
        start = time.perf_counter()
        gradients = bucket.buffer().div_(world_size())

        def finish(future: Future[list[Tensor]]) -> Tensor:
            times.append(time.perf_counter() - start)
            return future.value()[0]

        work = distributed.all_reduce_coalesced([gradients], async_op=True)
        return work.get_future().then(finish)

    class Timed(DistributedDataParallel):
        """Counts from the start of a reduction to its end, during backward too."""

        def __init__(self, module: nn.Module) -> None:
            super().__init__(module)
            self.register_comm_hook(times, timed_gradients)

    distributed.all_reduce = timed
    training_processes.DistributedDataParallel = Timed
    try:
        yield times
    finally:
        distributed.all_reduce = plain
        training_processes.DistributedDataParallel = parallel


def reduced(size: int) -> float:
    """Seconds until so many float32 numbers are summed over all processes."""
    numbers, times = torch.zeros(size), []
    for _ in range(TRIES):
        distributed.barrier()
        start = time.perf_counter()
        distributed.all_reduce(numbers)
        times.append(time.perf_counter() - start)
    return median(times)


def link() -> tuple[float, float]:
    """Bytes a second through each process's link, as in a ring, and the latency."""
    if world_size() == 1:
        return float("inf"), 0.0
    sent = 2 * (world_size() - 1) / world_size() * 4 * LARGE
    return sent / reduced(LARGE), reduced(SMALL)


def train(preset: LearningPreset = SHORT) -> Measurements:
    """All steps of the preset, in as many processes as were started."""
    speed = link()
    with timed_talk() as times:
        run = training_run(MODEL, preset, Generator().manual_seed(0))
        _, log = loop.train(run)
    model = run.state.model
    losses, n = [loss for _, loss in log.curve], preset.steps
    n_bytes = sum(4 * weight.numel() for weight in model.parameters())
    return Measurements(
        losses, log.seconds, sum(times), len(times) / n, n_bytes, *speed
    )


if __name__ == "__main__":
    with process_group():
        measurements = train()
        if rank() == 0:
            print(json.dumps(measurements))
