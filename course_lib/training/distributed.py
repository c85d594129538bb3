"""Data-parallel training: each process computes its shard, gradients are averaged.

``torchrun --nproc-per-node 2 --no-python course train NAME`` starts two processes. In a
training that was started without ``torchrun`` the world size is 1, and the functions of
this module change nothing.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Generator, Tensor, distributed, nn


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


def average_gradients(modules: Iterable[nn.Module]) -> None:
    """Register hooks: ``backward()`` then leaves in ``.grad`` the mean over processes.

    Call it once for a module. ``DistributedDataParallel`` is not used, because the
    steps of the course call other methods of a model than ``forward``.
    """
    if world_size() > 1:
        for module in modules:
            for weight in module.parameters():
                weight.register_post_accumulate_grad_hook(_average_gradient)


def mean_over_ranks(values: Sequence[float]) -> list[float]:
    """The mean of each value over all processes."""
    if world_size() == 1:
        return list(values)
    sums = torch.tensor(values, dtype=torch.float64)
    if distributed.get_backend() == "nccl":
        sums = sums.to(torch.accelerator.current_accelerator(), torch.float32)
    distributed.all_reduce(sums)
    return (sums / world_size()).tolist()


def _average_gradient(weight: Tensor) -> None:
    distributed.all_reduce(weight.grad)
    weight.grad.div_(world_size())
