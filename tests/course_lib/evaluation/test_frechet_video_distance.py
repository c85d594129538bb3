"""FVD: inputs of the network, the distance of its outputs, errors."""

from pathlib import Path

import pytest
import torch
from stand_in import StandIn

from course_lib.evaluation.frechet_video_distance import (
    frechet_video_distance,
    i3d_features,
    load_i3d,
)
from course_lib.metrics.frechet import frechet_distance


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory):
    path = tmp_path_factory.mktemp("net") / "standin.pt"
    torch.jit.save(torch.jit.script(StandIn()), path)
    return load_i3d(path)


def clips(n, frames=10, seed=0):
    rng = torch.Generator().manual_seed(seed)
    return torch.rand(n, frames, 3, 8, 8, generator=rng) * 2 - 1


def test_the_network_gets_224_pixels_in_minus_1_to_1(net):
    videos = clips(5)
    features = i3d_features(net, videos)
    assert features.shape == (5, 6) and (features[:, 5] == 1).all()
    torch.testing.assert_close(features[:, 3], videos[:, 0, 0, 0, 0])
    torch.testing.assert_close(features[:, 4], videos[:, -1, 0, -1, -1])
    means = videos.mean(dim=(1, 3, 4))  # bilinear resizing by 28 nearly keeps the mean
    torch.testing.assert_close(features[:, :3], means, atol=0.03, rtol=0)


def test_the_distance_is_the_frechet_distance_of_the_features(net):
    real, fake = clips(12), clips(9, seed=1) * 0.5
    interval = frechet_video_distance(net, real, fake, n_draws=20)
    features = (i3d_features(net, x) for x in (real, fake))
    assert interval.value == pytest.approx(frechet_distance(*features), rel=1e-6)
    assert interval.low <= interval.value <= interval.high


@pytest.mark.parametrize(
    ("videos", "words"),
    [
        (clips(3, frames=9), "10 frames or more"),
        (clips(1), "2 clips or more"),
        (clips(3)[:, :, :1], "red, green, blue"),
        ((clips(3) + 1) * 127.5, r"lie in \[-1, 1\]"),
    ],
)
def test_clips_outside_the_protocol_raise_an_error(net, videos, words):
    with pytest.raises(ValueError, match=words):
        i3d_features(net, videos)


def test_a_file_that_is_no_network_raises_an_error(tmp_path: Path):
    path = tmp_path / "i3d.pt"
    with pytest.raises(FileNotFoundError, match="no file"):
        load_i3d(path)
    path.write_bytes(b"weights")
    with pytest.raises(ValueError, match="no TorchScript file"):
        load_i3d(path)
