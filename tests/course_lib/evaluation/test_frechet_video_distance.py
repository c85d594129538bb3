"""The distance that papers call FVD: handed over as its net wants it."""

from pathlib import Path

import pytest
import torch
from stand_in import StandIn

from course_lib.evaluation.frechet_video_distance import (
    i3d_features,
    read_i3d,
    video_distance,
)
from course_lib.metrics.frechet import frechet_distance


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory):
    path = tmp_path_factory.mktemp("net") / "standin.pt"
    torch.jit.save(torch.jit.script(StandIn()), path)
    return read_i3d(path)


def clips(n, frames=10, seed=0):
    rng = torch.Generator().manual_seed(seed)
    return torch.rand(n, frames, 3, 8, 8, generator=rng) * 2 - 1


def test_the_net_sees_224_pixels_in_the_canonical_range(net):
    videos = clips(5)
    found = i3d_features(net, videos)
    assert found.shape == (5, 6) and (found[:, 5] == 1).all()
    torch.testing.assert_close(found[:, 3], videos[:, 0, 0, 0, 0])
    torch.testing.assert_close(found[:, 4], videos[:, -1, 0, -1, -1])
    means = videos.mean(dim=(1, 3, 4))  # bilinear, 28 pixels for one: nearly kept
    torch.testing.assert_close(found[:, :3], means, atol=0.03, rtol=0)


def test_the_distance_is_frechet_s_on_its_features(net):
    real, drawn = clips(12), clips(9, seed=1) * 0.5
    found = video_distance(net, real, drawn, n_draws=20)
    features = (i3d_features(net, x) for x in (real, drawn))
    assert found.value == pytest.approx(frechet_distance(*features), rel=1e-6)
    assert found.low <= found.value <= found.high


@pytest.mark.parametrize(
    ("videos", "words"),
    [
        (clips(3, frames=9), "10 frames or more"),
        (clips(1), "2 clips or more"),
        (clips(3)[:, :, :1], "red, green, blue"),
        ((clips(3) + 1) * 127.5, r"lie in \[-1, 1\]"),
    ],
)
def test_clips_that_the_protocol_does_not_know_are_refused(net, videos, words):
    with pytest.raises(ValueError, match=words):
        i3d_features(net, videos)


def test_a_file_that_is_no_net_is_refused(tmp_path: Path):
    path = tmp_path / "i3d.pt"
    with pytest.raises(FileNotFoundError, match="no file"):
        read_i3d(path)
    path.write_bytes(b"weights")
    with pytest.raises(ValueError, match="no TorchScript file"):
        read_i3d(path)
