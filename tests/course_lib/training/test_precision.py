"""Sixteen bits are used where a machine computes in them, and lose little."""

import pytest
import torch

from course_lib.training import precision
from course_lib.training.precision import short_floats

CPU = torch.device("cpu")


def product(device):
    rng = torch.Generator().manual_seed(0)
    a, b = (x.to(device) for x in torch.randn(2, 64, 64, generator=rng))
    with short_floats(device):
        return (a @ b), a, b


def test_a_processor_without_the_instructions_stays_in_32_bits(monkeypatch):
    monkeypatch.setattr(precision, "_processor_has_bfloat16", lambda: False)
    short, a, b = product(CPU)
    assert short.dtype == torch.float32
    assert torch.equal(short, a @ b)


def test_a_processor_with_them_loses_two_digits_of_a_product(monkeypatch):
    monkeypatch.setattr(precision, "_processor_has_bfloat16", lambda: True)
    short, a, b = product(CPU)
    assert short.dtype == torch.bfloat16
    assert (short.float() - a @ b).abs().max() < 0.02 * (a @ b).abs().max()


@pytest.mark.gpu
def test_an_accelerator_always_computes_in_them():
    short, *_ = product(torch.device("cuda"))
    assert short.dtype == torch.bfloat16
