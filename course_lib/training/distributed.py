"""Share one training among processes: each takes its part, slopes are averaged.

``torchrun --nproc-per-node 2 --no-python course train NAME`` starts two; a training
that is started alone finds nobody to share with, and every function here does nothing.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Generator, Tensor, distributed, nn


@contextmanager
def joined() -> Iterator[None]:
    """Meet the other processes, if ``torchrun`` started any, and part at the end."""
    if "RANK" not in os.environ:
        yield
        return
    if torch.cuda.is_available():
        torch.accelerator.set_device_index(int(os.environ["LOCAL_RANK"]))
    distributed.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
    try:
        yield
        distributed.barrier()  # the first one may still be measuring and writing
    finally:
        distributed.destroy_process_group()


def count() -> int:
    """How many processes share the training; 1 alone."""
    return distributed.get_world_size() if distributed.is_initialized() else 1


def place() -> int:
    """The number of this process, from 0: the first one writes and speaks."""
    return distributed.get_rank() if distributed.is_initialized() else 0


def own_part(batch: Tensor) -> Tensor:
    """Of a batch that every process drew alike, the samples that are this one's.

    Raises:
        ValueError: if the batch cannot be shared out evenly, for then the mean of the
            processes' means would not be the mean.
    """
    if len(batch) % count():
        raise ValueError(
            f"A batch of {len(batch)} cannot be shared out to {count()} processes; "
            "start a number of processes that divides it."
        )
    return batch[place() :: count()]


def own_noise(rng: Generator) -> Generator:
    """Random numbers that only this process draws; ``rng`` moves alike in all."""
    seed = torch.randint(2**40, (), generator=rng, device=rng.device).item()
    return Generator(rng.device).manual_seed(int(seed) + place())


def average_slopes(modules: Iterable[nn.Module]) -> None:
    """Let every ``backward()`` leave the mean over all processes in each ``.grad``."""
    if count() > 1:
        for module in modules:
            for weight in module.parameters():
                weight.register_post_accumulate_grad_hook(_average_slope)


def averaged(numbers: Sequence[float]) -> list[float]:
    """The mean over all processes of each number."""
    if count() == 1:
        return list(numbers)
    held = torch.tensor(numbers, dtype=torch.float64)
    if distributed.get_backend() == "nccl":
        held = held.to(torch.accelerator.current_accelerator(), torch.float32)
    distributed.all_reduce(held)
    return (held / count()).tolist()


def _average_slope(weight: Tensor) -> None:
    distributed.all_reduce(weight.grad)
    weight.grad.div_(count())
