"""Work is counted in multiplications and additions, time by operator."""

import torch

from benchmarks import profiling
from benchmarks.profiling import (
    finished,
    flops,
    peak,
    profile_table,
    roofline,
    where_time_goes,
)

A = torch.randn(32, 64)


def product() -> torch.Tensor:
    return A @ A.T


def test_a_product_of_matrices_counts_two_operations_a_term() -> None:
    assert flops(product) == 2 * 32 * 64 * 32


def test_the_profile_names_operators_and_leaves_the_rest_in_one_line() -> None:
    product()
    seen = where_time_goes(product)
    assert seen["aten::mm"] > 0
    table = profile_table({f"op{i}": float(i) for i in range(1, 11)}, {"op1": 5.0})
    assert "| `op10` | 10 s | 18% | 0 µs | 0% |" in table
    assert "| `op1` | 1 s | 2% | 5 s | 100% |" in table
    assert table.splitlines()[-1] == "| all others | 5 s | 9% | 0 µs | 0% |"


def test_on_the_processor_work_is_finished_when_it_returns(monkeypatch) -> None:
    assert finished(product, "cpu") is product
    monkeypatch.setattr(profiling, "SIDE", 256)
    assert peak() > 1e8
    assert "of the 1 GFLOP/s of a matrix product" in roofline(product, 1.0, 1e9)
