"""Gradients averaged over two processes are those of the whole batch in one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from course_lib.training import distributed
from course_lib.training.distributed import (
    check_single_process,
    data_parallel,
    mean_over_ranks,
    process_group,
    rank,
    rank_generator,
    shard,
    world_size,
)

TOGETHER = """
import torch
from course_lib.predictor.model import ConvLSTMPredictor, ConvLSTMSizes
from course_lib.predictor.rollout import rollout
from course_lib.predictor.squared_error import squared_error
from course_lib.training.distributed import (
    data_parallel, mean_over_ranks, process_group, rank, rank_generator, shard,
    world_size,
)
with process_group():
    rng = torch.Generator().manual_seed(0)
    model = ConvLSTMPredictor(ConvLSTMSizes(width=8, kernel=3, depth=2), rng)
    clips = torch.rand(4, 6, 1, 16, 16, generator=rng) * 2 - 1
    future_of = data_parallel(rollout, model)
    noise = torch.rand(3, generator=rank_generator(rng))
    batch = shard(clips)
    loss = squared_error(future_of(batch[:, :3], horizon=3), batch[:, 3:])
    loss.backward()
    gradients = torch.cat([w.grad.flatten() for w in model.parameters()])
    result = {"gradients": gradients, "noise": noise, "after": rng.get_state(),
             "loss": torch.tensor(mean_over_ranks([loss.item()]))}
    torch.save(result, f"{FOLDER}/{world_size()}-{rank()}.pt")
"""


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """What one process computes, and what each of two computes."""
    folder = tmp_path_factory.mktemp("processes")
    program = folder / "together.py"
    program.write_text(TOGETHER.replace("{FOLDER}", str(folder)))
    root = Path(__file__).parents[3]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(root)}
    torchrun = (sys.executable, "-m", "torch.distributed.run", "--standalone")
    for command in ((sys.executable,), (*torchrun, "--nproc-per-node", "2")):
        done = subprocess.run(
            [*command, program], env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
    return {path.stem: torch.load(path) for path in folder.glob("*.pt")}


@pytest.mark.slow
def test_two_processes_with_half_the_batch_have_the_gradients_of_one(results):
    assert sorted(results) == ["1-0", "2-0", "2-1"]
    for name in ("2-0", "2-1"):
        error = (results[name]["gradients"] - results["1-0"]["gradients"]).abs().max()
        assert error < 1e-5 * results["1-0"]["gradients"].abs().max()
        torch.testing.assert_close(results[name]["loss"], results["1-0"]["loss"])


@pytest.mark.slow
def test_processes_sample_different_noise_and_the_same_data(results):
    assert not torch.equal(results["2-0"]["noise"], results["2-1"]["noise"])
    assert torch.equal(results["2-0"]["after"], results["2-1"]["after"])
    assert torch.equal(results["2-0"]["after"], results["1-0"]["after"])


def test_in_one_process_nothing_changes():
    with process_group():
        batch = torch.arange(5)
        assert (world_size(), rank()) == (1, 0)
        assert torch.equal(shard(batch), batch)
        assert mean_over_ranks([0.1, 2.0]) == [0.1, 2.0]
        layer = nn.Linear(2, 1)
        data_parallel(nn.Linear.forward, layer)(torch.ones(3, 2)).sum().backward()
        assert torch.equal(layer.weight.grad, torch.full((1, 2), 3.0))
        check_single_process()


def test_noise_differs_from_step_to_step():
    rng = torch.Generator().manual_seed(0)
    once, again = (torch.rand(3, generator=rank_generator(rng)) for _ in range(2))
    assert not torch.equal(once, again)


def test_a_batch_that_cannot_be_divided_equally_is_rejected(monkeypatch):
    monkeypatch.setattr(distributed, "world_size", lambda: 2)
    with pytest.raises(ValueError, match="a number of processes that divides"):
        shard(torch.arange(5))


def test_a_gan_in_two_processes_is_rejected(monkeypatch):
    monkeypatch.setattr(distributed, "world_size", lambda: 2)
    with pytest.raises(ValueError, match=r"in one process; start .* without torchrun"):
        check_single_process()
