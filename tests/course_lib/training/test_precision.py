"""bfloat16 is used where the hardware supports it, with a small error."""

import pytest
import torch

from course_lib.training import precision
from course_lib.training.precision import bfloat16_autocast

CPU = torch.device("cpu")


def product(device):
    rng = torch.Generator().manual_seed(0)
    a, b = (x.to(device) for x in torch.randn(2, 64, 64, generator=rng))
    with bfloat16_autocast(device):
        return (a @ b), a, b


def test_a_processor_without_bfloat16_computes_in_float32(monkeypatch):
    monkeypatch.setattr(precision, "_processor_has_bfloat16", lambda: False)
    short, a, b = product(CPU)
    assert short.dtype == torch.float32
    assert torch.equal(short, a @ b)


def test_a_processor_with_bfloat16_has_an_error_of_two_percent(monkeypatch):
    monkeypatch.setattr(precision, "_processor_has_bfloat16", lambda: True)
    short, a, b = product(CPU)
    assert short.dtype == torch.bfloat16
    assert (short.float() - a @ b).abs().max() < 0.02 * (a @ b).abs().max()


@pytest.mark.gpu
def test_a_gpu_always_computes_in_bfloat16():
    short, *_ = product(torch.device("cuda"))
    assert short.dtype == torch.bfloat16
