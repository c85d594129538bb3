"""Films of every kind, good and bad, made on the spot by PyAV."""

from fractions import Fraction

import av
import numpy as np
import pytest


@pytest.fixture
def film(tmp_path):
    """Make a film whose i-th frame has the grey level 2 i modulo 200, plus 20."""

    def make(name, *, n=40, height=48, width=64, rotation=0, **options):
        path = tmp_path / name
        with av.open(str(path), "w", options=options) as container:
            stream = container.add_stream("libx264", rate=Fraction(25))
            stream.height, stream.width, stream.pix_fmt = height, width, "yuv420p"
            stream.options = {"crf": "1", "g": "10"}
            if rotation:
                stream.set_display_rotation(rotation)
            for i in range(n):
                grey = np.full((height, width, 3), 2 * i % 200 + 20, np.uint8)
                container.mux(stream.encode(av.VideoFrame.from_ndarray(grey, "rgb24")))
            container.mux(stream.encode())
        return path

    return make


@pytest.fixture
def sound(tmp_path):
    """A second of silence."""
    path = tmp_path / "sound.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=44_100)
        silence = np.zeros((1, 44_100), np.float32)
        frame = av.AudioFrame.from_ndarray(silence, format="fltp", layout="mono")
        frame.sample_rate = 44_100
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path
