"""Data-parallel training: each process computes its shard, gradients are averaged.

``torchrun --nproc-per-node 2 --no-python course train NAME`` starts two processes. In a
training that was started without ``torchrun`` the world size is 1, and the functions of
this module change nothing.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import torch
from torch import Generator, Tensor, distributed, nn
from torch.nn.parallel import DistributedDataParallel


@contextmanager
def process_group() -> Iterator[None]:
    """Initialize the default process group if ``torchrun`` started this process.

    The group is destroyed at the end, after all processes have arrived there.
    """
    if "RANK" not in os.environ:
        yield
        return
    if torch.cuda.is_available():
        torch.accelerator.set_device_index(int(os.environ["LOCAL_RANK"]))
    distributed.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
    try:
        yield
        distributed.barrier()  # rank 0 may still be evaluating and saving
    finally:
        distributed.destroy_process_group()


def world_size() -> int:
    """The number of processes of this training; 1 without ``torchrun``."""
    return distributed.get_world_size() if distributed.is_initialized() else 1


def rank() -> int:
    """The rank of this process, from 0; rank 0 prints and saves."""
    return distributed.get_rank() if distributed.is_initialized() else 0


def shard(batch: Tensor) -> Tensor:
    """The samples of this rank from a batch that is the same in all processes.

    Raises:
        ValueError: if the world size does not divide the batch size; the mean of the
            processes' means would then not be the mean of the batch.
    """
    if len(batch) % world_size():
        raise ValueError(
            f"A batch of {len(batch)} samples cannot be divided equally among "
            f"{world_size()} processes; start a number of processes that divides it."
        )
    return batch[rank() :: world_size()]


def rank_generator(rng: Generator) -> Generator:
    """A random generator with another seed in each process.

    The seed is drawn from ``rng``, which advances equally in all processes.
    """
    seed = torch.randint(2**40, (), generator=rng, device=rng.device).item()
    return Generator(rng.device).manual_seed(int(seed) + rank())


class _Computation(nn.Module):
    """``function(module, ...)`` as the forward pass of a module."""

    def __init__(self, function: Callable[..., Any], module: nn.Module) -> None:
        super().__init__()
        self.function, self.module = function, module

    def forward(self, *args: Any, **keywords: Any) -> Any:
        return self.function(self.module, *args, **keywords)


def data_parallel(
    function: Callable[..., Any], module: nn.Module
) -> Callable[..., Any]:
    """``function`` with ``module`` as its first argument, for all processes.

    After ``backward()`` of a result, ``.grad`` holds the mean over all processes.
    DistributedDataParallel averages what its own forward pass computes. The models of
    the course are called by other methods too (a rollout reads and steps), so the whole
    computation of the loss becomes the forward pass of one module.
    """
    if world_size() == 1:
        return partial(function, module)
    return DistributedDataParallel(_Computation(function, module))


def check_single_process() -> None:
    """Check that there is one process: the networks of a GAN are not shared.

    Raises:
        ValueError: if several processes were started.
    """
    if world_size() > 1:
        raise ValueError(
            "A GAN is trained in one process; start `course train` without torchrun."
        )


def mean_over_ranks(values: Sequence[float]) -> list[float]:
    """The mean of each value over all processes."""
    if world_size() == 1:
        return list(values)
    sums = torch.tensor(values, dtype=torch.float64)
    if distributed.get_backend() == "nccl":
        sums = sums.to(torch.accelerator.current_accelerator(), torch.float32)
    distributed.all_reduce(sums)
    return (sums / world_size()).tolist()
