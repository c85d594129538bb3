"""Handwritten digits: number, range, size, orientation."""

import pytest
import torch

from course_lib.data import handwritten_digits
from course_lib.data.handwritten_digits import images


def test_there_are_1797_digits_of_ten_kinds_in_nearly_equal_numbers():
    pictures, labels = images()
    assert pictures.shape == (1797, 1, 32, 32)
    assert pictures.dtype == torch.float32 and labels.dtype == torch.int64
    counts = labels.bincount()
    assert len(counts) == 10 and counts.min() >= 174 and counts.max() <= 183


@pytest.mark.parametrize("size", [8, 28, 32, 33])
def test_images_have_the_requested_size_and_the_whole_range(size):
    pictures = images(size=size).images
    assert pictures.shape[2:] == (size, size)
    assert pictures.min() == -1 and pictures.max() == 1


def test_images_of_8_pixels_are_those_of_scikit_learn():
    datasets = pytest.importorskip("sklearn.datasets")
    theirs = datasets.load_digits()
    ours = images(size=8)
    assert torch.equal((ours.images[:, 0] + 1) * 8, torch.tensor(theirs.images).float())
    assert torch.equal(ours.labels, torch.tensor(theirs.target))


def test_enlarging_keeps_the_orientation():
    small, large = images(size=8).images, images(size=32).images
    shrunk = torch.nn.functional.avg_pool2d(large, 4)
    agreement = torch.corrcoef(torch.stack([small.flatten(), shrunk.flatten()]))[0, 1]
    mirrored = torch.corrcoef(
        torch.stack([small.flatten(), shrunk.flip(-1).flatten()])
    )[0, 1]
    assert agreement > 0.98 > mirrored


def test_each_call_returns_new_tensors_with_the_same_values():
    first, again = images(), images()
    assert torch.equal(first.images, again.images)
    first.images.zero_()
    first.labels.zero_()
    assert again.images.std() > 0.5 and images().labels.max() == 9


def test_a_size_below_8_is_rejected():
    with pytest.raises(ValueError, match="8 or more"):
        images(size=7)


def test_a_missing_file_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(handwritten_digits, "FILE", tmp_path / "gone.npz")
    handwritten_digits._read.cache_clear()
    try:
        with pytest.raises(FileNotFoundError, match=r"gone\.npz"):
            images()
    finally:
        handwritten_digits._read.cache_clear()
