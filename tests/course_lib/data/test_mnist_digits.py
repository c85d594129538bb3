"""MNIST digits: number, range, split."""

import pytest
import torch

from course_lib.data import mnist_digits


def test_there_are_500_digits_of_each_class():
    images, labels = mnist_digits.mnist_digits()
    assert images.shape == (5000, 1, 28, 28) and images.dtype == torch.float32
    assert labels.bincount().tolist() == [500] * 10
    assert images.min() == -1 and images.max() == 1


def test_training_and_held_out_digits_are_disjoint_and_complete():
    train, held_out = mnist_digits.train_digits(), mnist_digits.held_out_digits()
    assert train.labels.bincount().tolist() == [400] * 10
    assert held_out.labels.bincount().tolist() == [100] * 10
    distances = torch.cdist(held_out.images.flatten(1), train.images.flatten(1))
    assert distances.min() > 0
    total = train.images.double().sum() + held_out.images.double().sum()
    assert total == pytest.approx(mnist_digits.mnist_digits().images.double().sum())


def test_each_call_returns_new_tensors():
    first = mnist_digits.mnist_digits()
    first.images.zero_()
    first.labels.zero_()
    assert mnist_digits.mnist_digits().labels.max() == 9


def test_a_missing_file_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(mnist_digits, "FILE", tmp_path / "gone.npz")
    mnist_digits._read.cache_clear()
    try:
        with pytest.raises(FileNotFoundError, match=r"gone\.npz"):
            mnist_digits.mnist_digits()
    finally:
        mnist_digits._read.cache_clear()
