"""The same bytes for the same drawing, and words beside every picture."""

import io
import struct
from base64 import b64decode

import numpy as np
import pytest
import torch
from PIL import Image

from course_lib import plotting
from course_lib.plotting import screen


def pixels(drawing: plotting.Figure) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(plotting.png(drawing))).convert("RGB"))


def test_one_drawing_gives_the_same_bytes_twice(waves) -> None:
    assert plotting.png(waves()) == plotting.png(waves())


def test_a_picture_bears_no_date_and_no_program(waves) -> None:
    data, kinds, at = plotting.png(waves()), set(), 8
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        kinds.add(data[at + 4 : at + 8].decode())
        at += 12 + length
    assert kinds == {"IHDR", "PLTE", "IDAT", "IEND"}


def test_a_figure_keeps_its_size_when_it_is_printed_sharper(waves) -> None:
    drawing = waves()
    sharp = Image.open(io.BytesIO(plotting.png(drawing, 220)))
    assert drawing.dpi == 110
    usual = Image.open(io.BytesIO(plotting.png(drawing)))
    assert sharp.size == (1320, 660) and usual.size == (660, 330)


def test_paper_is_white_and_colours_survive_the_palette(waves) -> None:
    seen = pixels(waves())
    assert tuple(seen[0, 0]) == (255, 255, 255)
    for colour in (plotting.DATA, plotting.MODEL):
        meant = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)])
        assert (np.abs(seen.astype(int) - meant).max(axis=2) <= 16).any()


def test_photographs_keep_their_colours_and_drawings_a_palette(waves) -> None:
    film = plotting.filmstrip(torch.rand(1, 4, 3, 16, 16))
    assert Image.open(io.BytesIO(plotting.png(film))).mode == "RGB"
    assert Image.open(io.BytesIO(plotting.png(waves()))).mode == "P"


def test_show_refuses_a_picture_without_words(waves) -> None:
    with pytest.raises(ValueError, match="in a sentence"):
        plotting.show(waves())
    with pytest.raises(ValueError, match="in a sentence"):
        plotting.show(waves(), alt="  ")


@pytest.mark.parametrize("described", [True, False])
def test_a_page_gets_the_picture_and_its_words(waves, monkeypatch, described) -> None:
    sent = []
    monkeypatch.setattr(screen, "display", lambda data, raw: sent.append(data))
    words = 'Waves that are "even" & <flat>.'
    if described:
        plotting.show(plotting.describe(waves(), words))
    else:
        plotting.show(waves(), alt=words)
    (data,) = sent
    assert data["text/plain"] == words
    assert (
        'alt="Waves that are &quot;even&quot; &amp; &lt;flat&gt;."' in data["text/html"]
    )
    assert 'width="660"' in data["text/html"]
    picture = b64decode(data["text/html"].partition("base64,")[2].partition('"')[0])
    assert Image.open(io.BytesIO(picture)).size == (1320, 660)
