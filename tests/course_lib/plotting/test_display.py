"""PNG files of figures are reproducible; notebooks get alternative text."""

import io
import struct
from base64 import b64decode

import numpy as np
import pytest
import torch
from PIL import Image

from course_lib import plotting
from course_lib.plotting import display


def pixels(drawing: plotting.Figure) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(plotting.png(drawing))).convert("RGB"))


def test_equal_figures_give_equal_bytes(waves) -> None:
    assert plotting.png(waves()) == plotting.png(waves())


def test_a_png_holds_no_metadata(waves) -> None:
    data, chunks, at = plotting.png(waves()), set(), 8
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        chunks.add(data[at + 4 : at + 8].decode())
        at += 12 + length
    assert chunks == {"IHDR", "PLTE", "IDAT", "IEND"}


def test_a_higher_resolution_leaves_the_size_of_the_figure_unchanged(waves) -> None:
    drawing = waves()
    sharp = Image.open(io.BytesIO(plotting.png(drawing, 220)))
    assert drawing.dpi == 110
    usual = Image.open(io.BytesIO(plotting.png(drawing)))
    assert sharp.size == (1320, 660) and usual.size == (660, 330)


def test_the_background_is_white_and_the_palette_keeps_the_colours(waves) -> None:
    shown = pixels(waves())
    assert tuple(shown[0, 0]) == (255, 255, 255)
    for colour in (plotting.DATA, plotting.MODEL):
        wanted = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)])
        assert (np.abs(shown.astype(int) - wanted).max(axis=2) <= 16).any()


def test_images_are_stored_in_full_colour_and_drawings_with_a_palette(waves) -> None:
    strip = plotting.filmstrip(torch.rand(1, 4, 3, 16, 16))
    assert Image.open(io.BytesIO(plotting.png(strip))).mode == "RGB"
    assert Image.open(io.BytesIO(plotting.png(waves()))).mode == "P"


def test_show_raises_an_error_without_alternative_text(waves) -> None:
    with pytest.raises(ValueError, match="in a sentence"):
        plotting.show(waves())
    with pytest.raises(ValueError, match="in a sentence"):
        plotting.show(waves(), alt="  ")


@pytest.mark.parametrize("described", [True, False])
def test_a_notebook_gets_the_image_and_its_alternative_text(
    waves, monkeypatch, described
) -> None:
    outputs = []
    monkeypatch.setattr(display, "display", lambda data, raw: outputs.append(data))
    text = 'Waves that are "even" & <flat>.'
    if described:
        plotting.show(plotting.describe(waves(), text))
    else:
        plotting.show(waves(), alt=text)
    (data,) = outputs
    assert data["text/plain"] == text
    assert (
        'alt="Waves that are &quot;even&quot; &amp; &lt;flat&gt;."' in data["text/html"]
    )
    assert 'width="660"' in data["text/html"]
    png = b64decode(data["text/html"].partition("base64,")[2].partition('"')[0])
    assert Image.open(io.BytesIO(png)).size == (1320, 660)
