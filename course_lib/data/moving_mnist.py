"""The Moving MNIST test set of Srivastava et al.: an optional download."""

from pathlib import Path

import numpy as np
import torch

from course_lib.shapes import Videos
from course_lib.video import from_bytes

SHAPE = (20, 10_000, 64, 64)  # time, batch, height, width
WANTED = f"mnist_test_seq.npy, bytes of shape {SHAPE}"
ADDRESS = "http://www.cs.toronto.edu/~nitish/unsupervised_video/mnist_test_seq.npy"
SHA256 = "c2a3e8d3939c001ab77bf543f130157424efa486bb4d0974d2cebb773b13f8b3"


def download(folder: str | Path) -> Path:
    """Download the file into a folder, unless it is there, and return its path.

    The SHA-256 digest is that of TensorFlow Datasets. A file with another digest is
    deleted.

    Raises:
        OSError: if the network cannot be reached.
        ValueError: if the downloaded file has another digest.
    """
    import pooch  # needed for downloads only

    path = pooch.retrieve(ADDRESS, SHA256, path=folder, fname=Path(ADDRESS).name)
    return Path(path)


def read_moving_mnist(path: str | Path, *, n: int = 1000) -> Videos:
    """The first n of its 10,000 test clips of 20 frames; only these are read.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if n is not between 1 and 10,000, or the file is not the complete
            mnist_test_seq.npy; the message names the file.

    Source: Srivastava, Mansimov and Salakhutdinov 2015.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"There is no file {path}; needed is {WANTED}.")
    if not 1 <= n <= SHAPE[1]:
        raise ValueError(f"The file holds {SHAPE[1]} clips, got n={n}.")
    try:
        film = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, OSError, EOFError) as error:
        raise ValueError(
            f"{path} cannot be read as an array; perhaps it was cut short. "
            f"Needed is {WANTED}."
        ) from error
    if (
        not isinstance(film, np.ndarray)
        or film.shape != SHAPE
        or film.dtype != np.uint8
    ):
        shape, dtype = getattr(film, "shape", "an archive"), getattr(film, "dtype", "")
        raise ValueError(f"{path} holds {shape} {dtype}; needed is {WANTED}.")
    clips = np.ascontiguousarray(film[:, :n].swapaxes(0, 1))
    return from_bytes(torch.from_numpy(clips))[:, :, None]
