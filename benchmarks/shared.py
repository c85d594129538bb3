"""One training shared by several processes: one curve, and the price of talking."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.shared_steps import SHORT, Measurements
from benchmarks.tables import duration, markdown, size

TITLE = "one training shared by several processes"
ROOT = Path(__file__).parents[1]
PROCESSES, PLANNED = (1, 2, 4), (8, 64)
NEAR = 1e-3  # of a loss: sums in another order, carried through all steps
WORDS = f"""
`torchrun --standalone --nproc-per-node N -m benchmarks.shared_steps`: {SHORT.steps}
steps of the shipped ConvLSTM predictor, {SHORT.batch} clips a step in all, gloo, one
thread for each process. Talking is the time of the first process from the start of each
reduction of DistributedDataParallel to its end, waiting for the others included; a part
of it overlaps with the backward pass. Four processes share two cores here: they show
that the curve is the same, not how fast four cores would be.
"""
PLAN = """
On paper, with the figures of two processes: every process takes a batch like that of
the single one, then all slopes go round a ring, 2 (N - 1) / N of their bytes through
every link and 2 (N - 1) latencies for every tensor. The command stays the same:
`torchrun --nproc-per-node 8 --no-python course train predictor --preset gpu` on one
machine; for 64, on each of 8 machines, `--nnodes 8 --rdzv-endpoint HOST:29500` beside
it. A batch is dealt out to all, so it has to be a multiple of 64 there: the preset's 32
would be refused. On GPUs the same rule holds with NCCL's link and the GPU's step, which
were not measured.
"""


def started(processes: int) -> Measurements:
    """What so many processes saw, started as a person would.

    Raises:
        RuntimeError: if they fail; the message is theirs.
    """
    count = ("--standalone", "--nproc-per-node", str(processes))
    words = (sys.executable, "-m", "torch.distributed.run", *count)
    done = subprocess.run(
        [*words, "-m", "benchmarks.shared_steps"],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(f"{processes} processes failed:\n{done.stderr}")
    return Measurements(*json.loads(done.stdout.splitlines()[-1]))


def largest_relative_difference(a: Sequence[float], b: Sequence[float]) -> float:
    """The largest difference of two curves, as a share of the second one's value."""
    return max(abs(x - y) / abs(y) for x, y in zip(a, b, strict=True))


def row(processes: int, measured_runs: Measurements, alone: Measurements) -> list[str]:
    """The cells of one number of processes."""
    difference = largest_relative_difference(measured_runs.losses, alone.losses)
    return [
        str(processes),
        duration(measured_runs.seconds / len(measured_runs.losses)),
        f"{alone.seconds / measured_runs.seconds:.2f}",
        f"{measured_runs.talking / measured_runs.seconds:.1%}",
        f"{measured_runs.losses[0]:.1f} to {measured_runs.losses[-1]:.1f}",
        f"{difference:.1e} ({'the same' if difference <= NEAR else 'another'} curve)",
    ]


def planned(processes: int, alone: Measurements, pair: Measurements) -> list[str]:
    """The cells of a plan: a step of one process, and what its gradients wait for."""
    step, others = alone.seconds / len(alone.losses), processes - 1
    sent = 2 * others / processes * pair.bytes / pair.link
    waits = 2 * others * pair.latency * pair.calls
    whole = step + sent + waits
    return [
        str(processes),
        *map(duration, (step, sent, waits)),
        f"{step / whole:.0%}",
        f"{processes * step / whole:.1f}",
    ]


def report() -> str:
    """The curves of all numbers of processes, and the plan for more."""
    measured_runs = {n: started(n) for n in PROCESSES}
    alone, pair = measured_runs[1], measured_runs[2]
    head = ("processes", "a step", "times as fast", "talking", "loss", "from alone")
    table = markdown(head, [row(n, x, alone) for n, x in measured_runs.items()])
    measured = (
        f"Gradients: {size(pair.bytes)} in {pair.calls:.0f} calls a step. Link between "
        f"two processes: {pair.link / 1e9:.2f} GB/s, {duration(pair.latency)} a call."
    )
    head = ("processes", "step", "bytes", "latencies", "efficiency", "times as fast")
    plan = markdown(head, [planned(n, alone, pair) for n in PLANNED])
    return "\n\n".join((table, WORDS.strip(), measured, PLAN.strip(), plan))
