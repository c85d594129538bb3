"""Alone, nothing changes; two halves of a batch give the slopes of the whole."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from course_lib.training import distributed
from course_lib.training.distributed import (
    average_slopes,
    averaged,
    count,
    joined,
    own_noise,
    own_part,
    place,
)

TOGETHER = """
import torch
from course_lib.predictor.model import ConvLSTMPredictor, ConvLSTMSizes
from course_lib.predictor.rollout import rollout
from course_lib.predictor.squared_error import squared_error
from course_lib.training.distributed import (
    average_slopes, averaged, count, joined, own_noise, own_part, place,
)
with joined():
    rng = torch.Generator().manual_seed(0)
    model = ConvLSTMPredictor(ConvLSTMSizes(width=8, kernel=3, depth=2), rng)
    clips = torch.rand(4, 6, 1, 16, 16, generator=rng) * 2 - 1
    average_slopes([model])
    noise = torch.rand(3, generator=own_noise(rng))
    mine = own_part(clips)
    loss = squared_error(rollout(model, mine[:, :3], 3), mine[:, 3:])
    loss.backward()
    slopes = torch.cat([w.grad.flatten() for w in model.parameters()])
    found = {"slopes": slopes, "noise": noise, "after": rng.get_state(),
             "loss": torch.tensor(averaged([loss.item()])), "count": count()}
    torch.save(found, f"{FOLDER}/{count()}-{place()}.pt")
"""


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """What one process found, and each of two."""
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
def test_two_processes_with_half_the_batch_have_the_slopes_of_one(ran):
    assert sorted(ran) == ["1-0", "2-0", "2-1"]
    for name in ("2-0", "2-1"):
        error = (ran[name]["slopes"] - ran["1-0"]["slopes"]).abs().max()
        assert error < 1e-5 * ran["1-0"]["slopes"].abs().max()
        torch.testing.assert_close(ran[name]["loss"], ran["1-0"]["loss"])


@pytest.mark.slow
def test_every_process_draws_noise_of_its_own_and_data_alike(ran):
    assert not torch.equal(ran["2-0"]["noise"], ran["2-1"]["noise"])
    assert torch.equal(ran["2-0"]["after"], ran["2-1"]["after"])
    assert torch.equal(ran["2-0"]["after"], ran["1-0"]["after"])


def test_alone_there_is_nobody_to_share_with():
    with joined():
        batch = torch.arange(5)
        assert (count(), place()) == (1, 0)
        assert torch.equal(own_part(batch), batch)
        assert averaged([0.1, 2.0]) == [0.1, 2.0]
        layer = nn.Linear(2, 1)
        average_slopes([layer])
        layer(torch.ones(3, 2)).sum().backward()
        assert torch.equal(layer.weight.grad, torch.full((1, 2), 3.0))


def test_own_noise_differs_from_step_to_step():
    rng = torch.Generator().manual_seed(0)
    once, again = (torch.rand(3, generator=own_noise(rng)) for _ in range(2))
    assert not torch.equal(once, again)


def test_a_batch_that_cannot_be_shared_out_is_refused(monkeypatch):

    monkeypatch.setattr(distributed, "count", lambda: 2)
    with pytest.raises(ValueError, match="a number of processes that divides"):
        own_part(torch.arange(5))
