"""The Moving MNIST file is read; any other file is rejected by name."""

import hashlib
import os
from functools import partial
from http.server import HTTPServer, SimpleHTTPRequestHandler
from pathlib import Path
from threading import Thread

import numpy as np
import pytest
import torch

from course_lib.data import moving_mnist
from course_lib.data.moving_mnist import SHAPE, download, read_moving_mnist

TRIVIAL = {  # squared error, sum over a frame: ten frames seen, ten to come
    "mean frame": 153.5,
    "black": 174.6,
    "mean of the inputs": 187.8,
    "copy last": 287.0,
}


@pytest.fixture
def lookalike(tmp_path):
    """A file of the right shape: zeros that take no place, but for two pixels."""
    path = tmp_path / "mnist_test_seq.npy"
    film = np.lib.format.open_memmap(path, "w+", np.uint8, SHAPE)
    film[3, 7, 10, 20], film[19, 0, 63, 0] = 255, 51
    del film
    return path


def test_time_first_bytes_become_canonical_clips(lookalike):
    clips = read_moving_mnist(lookalike, n=8)
    assert clips.shape == (8, 20, 1, 64, 64)
    assert clips.dtype == torch.float32
    assert clips[7, 3, 0, 10, 20] == 1
    assert clips[0, 19, 0, 63, 0] == pytest.approx(-0.6)
    assert (clips == -1).sum() == clips.numel() - 2


def test_a_truncated_file_is_rejected(lookalike):
    with lookalike.open("r+b") as file:
        file.truncate(1_000_000)
    with pytest.raises(
        ValueError, match=r"mnist_test_seq.npy cannot be read.*cut short"
    ):
        read_moving_mnist(lookalike)


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((20, 100, 64, 64), np.uint8),
        np.zeros((2, 3)),
        np.array([{}], dtype=object),
    ],
    ids=["other length", "other shape", "pickle"],
)
def test_other_arrays_are_rejected_by_name(tmp_path, array):
    path = tmp_path / "other.npy"
    np.save(path, array, allow_pickle=True)
    with pytest.raises(
        ValueError, match=r"other.npy .*needed is mnist_test_seq.npy|Needed"
    ):
        read_moving_mnist(path)


def test_archives_texts_and_missing_files_are_rejected_by_name(tmp_path):
    np.savez(tmp_path / "a.npz", images=np.zeros(3))
    (tmp_path / "b.npy").write_text("not an array")
    (tmp_path / "c.npy").touch()
    for name in ("a.npz", "b.npy", "c.npy"):
        with pytest.raises(ValueError, match=rf"{name} .*mnist_test_seq.npy"):
            read_moving_mnist(tmp_path / name)
    with pytest.raises(FileNotFoundError, match=r"no file .*d.npy"):
        read_moving_mnist(tmp_path / "d.npy")


@pytest.mark.parametrize("n", [0, 10_001])
def test_more_clips_than_the_file_has_are_rejected(lookalike, n):
    with pytest.raises(ValueError, match="10000 clips"):
        read_moving_mnist(lookalike, n=n)


def test_the_trivial_baselines_have_the_errors_of_the_literature():
    path = Path(os.environ.get("COURSE_MOVING_MNIST", "mnist_test_seq.npy"))
    if not path.is_file():
        pytest.skip("COURSE_MOVING_MNIST names no mnist_test_seq.npy")
    frames = (read_moving_mnist(path, n=2000) + 1) / 2
    seen, future = frames[:, :10], frames[:, 10:]
    guesses = {
        "mean frame": frames.mean(dim=(0, 1)),
        "black": torch.zeros(()),
        "mean of the inputs": seen.mean(dim=1, keepdim=True),
        "copy last": seen[:, -1:],
    }
    for name, guess in guesses.items():
        error = (guess - future).square().sum(dim=(2, 3, 4)).mean().item()
        assert error == pytest.approx(TRIVIAL[name], rel=0.03), name


class Quiet(SimpleHTTPRequestHandler):
    """A file server that writes no log."""

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture
def served(tmp_path, monkeypatch):
    """A file on a server of this machine, in place of the true one."""
    (tmp_path / "there").mkdir()
    content = b"nearly a film"
    (tmp_path / "there" / "mnist_test_seq.npy").write_bytes(content)
    handler = partial(Quiet, directory=tmp_path / "there")
    server = HTTPServer(("127.0.0.1", 0), handler)
    Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}/mnist_test_seq.npy"
    monkeypatch.setattr(moving_mnist, "ADDRESS", address)
    yield content
    server.shutdown()
    server.server_close()


def test_a_download_with_the_right_digest_is_kept(served, tmp_path, monkeypatch):
    digest = hashlib.sha256(served).hexdigest()
    monkeypatch.setattr(moving_mnist, "SHA256", digest)
    path = download(tmp_path / "here")
    assert path.read_bytes() == served
    (tmp_path / "there" / "mnist_test_seq.npy").unlink()
    assert download(tmp_path / "here") == path  # nothing is fetched again


def test_a_download_with_another_digest_leaves_nothing_behind(served, tmp_path):
    with pytest.raises(ValueError, match="hash"):
        download(tmp_path / "here")
    assert not any((tmp_path / "here").iterdir())


def test_a_server_that_does_not_answer_is_an_os_error(served, tmp_path, monkeypatch):
    monkeypatch.setattr(moving_mnist, "ADDRESS", "http://127.0.0.1:9/nothing.npy")
    with pytest.raises(OSError):
        download(tmp_path / "here")
