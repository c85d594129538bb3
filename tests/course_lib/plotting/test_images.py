"""Mosaics, image grids and filmstrips: positions, values and checks of the input."""

import numpy as np
import pytest
import torch

from course_lib import plotting


def test_a_mosaic_places_images_row_by_row() -> None:
    images = torch.rand(5, 3, 4, 6, generator=torch.Generator().manual_seed(0)) * 2 - 1
    sheet = plotting.mosaic(images, columns=3)
    assert sheet.shape == (4 * 2 + 1, 6 * 3 + 2, 3)
    for i, image in enumerate(images):
        y, x = 5 * (i // 3), 7 * (i % 3)
        shown = sheet[y : y + 4, x : x + 6]
        assert np.allclose(shown, (image.permute(1, 2, 0) + 1) / 2, atol=1e-6)
    assert (sheet[4] == 1).all() and (sheet[:, 6] == 1).all()  # seams
    assert (sheet[5:, 14:] == 1).all()  # the sixth position is empty


def test_grey_images_are_mapped_from_minus_1_to_1_to_black_to_white() -> None:
    images = torch.tensor([-1.0, 0.0, 1.0]).view(3, 1, 1, 1)
    assert plotting.mosaic(images, 3)[0, ::2].tolist() == [[0] * 3, [0.5] * 3, [1] * 3]


def test_a_mosaic_of_one_channel_looks_like_that_of_three_channels() -> None:
    _, (one, three) = plotting.figure(4, 2, plotting.Layout(width_ratios=(1, 1)))
    sheet = plotting.mosaic(torch.tensor([0.2, 0.4]).view(2, 1, 1, 1), 2)
    plotting.draw_mosaic(one, sheet[..., 0])
    plotting.draw_mosaic(three, sheet)
    grey = one.images[0].to_rgba(sheet[..., 0])[..., :3]
    assert np.allclose(grey, three.images[0].get_array(), atol=1 / 255)


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (torch.zeros(4, 8, 8), r"got \(4, 8, 8\)"),
        (torch.zeros(4, 8, 8, 3), "1 or 3 channels"),
        (torch.full((4, 1, 8, 8), 255.0), "2 \\* x - 1"),
        (torch.full((4, 1, 8, 8), torch.nan), "got nan"),
    ],
)
def test_images_in_another_layout_or_range_raise_an_error(images, message) -> None:
    with pytest.raises(ValueError, match=message):
        plotting.image_grid(images, columns=2)


def test_an_image_grid_is_at_most_7_inches_wide_with_square_pixels() -> None:
    for columns in (2, 12):
        drawing = plotting.image_grid(torch.zeros(24, 1, 8, 8), columns=columns)
        (axes,) = drawing.axes
        assert drawing.get_figwidth() <= 7
        width, height = axes.bbox.width, axes.bbox.height
        sheet = axes.images[0].get_array()
        assert width / height == pytest.approx(
            sheet.shape[1] / sheet.shape[0], rel=0.01
        )
        assert plotting.alt_text(drawing) == "A grid of 24 images."


def test_a_filmstrip_shows_time_from_left_to_right() -> None:
    shade = torch.linspace(-1, 1, 6).view(1, 6, 1, 1, 1).expand(2, 6, 3, 4, 4)
    drawing = plotting.filmstrip(shade, labels=["one", "two"], every=2, title="Dawn")
    (axes,) = drawing.axes
    sheet = axes.images[0].get_array()
    assert [float(sheet[0, 5 * i, 0]) for i in range(3)] == pytest.approx([0, 0.4, 0.8])
    assert [label.get_text() for label in axes.get_xticklabels()] == ["0", "2", "4"]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["one", "two"]
    assert plotting.alt_text(drawing) == "Dawn"


def test_a_filmstrip_checks_the_shape_of_clips_and_the_number_of_labels() -> None:
    with pytest.raises(ValueError, match="batch, time, channel, height, width"):
        plotting.filmstrip(torch.zeros(2, 3, 8, 8))
    with pytest.raises(ValueError, match="2 clips and 1 labels"):
        plotting.filmstrip(torch.zeros(2, 5, 3, 8, 8), labels=["one"])
