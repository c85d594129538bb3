"""What is read is what a player shows: upright, in its proportions, over black."""

from fractions import Fraction
from itertools import product

import av
import numpy as np
import pytest
import torch
from PIL import Image, ImageOps

from course_lib import video
from course_lib.video.display import (
    QUARTER_TURNS,
    Orientation,
    displayed_picture,
    orientation,
)
from course_lib.video.reading import read_video

ONE = 1 << 16  # the 1 of a display matrix, a number of 16.16 bits
QUARTERS = np.zeros((48, 64, 3), np.uint8)  # black, red, green, blue: no symmetry
QUARTERS[:24, 32:, 0] = QUARTERS[24:, :32, 1] = QUARTERS[24:, 32:, 2] = 250
LOSSLESS = {"crf": "1"}
TURNS = [
    (a, 0, 0, d) if straight else (0, a, d, 0)
    for straight, a, d in product((True, False), (1, -1), (1, -1))
]


def write(path, pixels, kind="rgb24", *, codec="libx264", layout="yuv420p", **more):
    """Ten frames of the same pixels; ``matrix`` and ``aspect`` go into the file."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=25)
        stream.height, stream.width = pixels.shape[:2]
        stream.pix_fmt = layout
        stream.options = LOSSLESS if codec == "libx264" else {}
        if "aspect" in more:
            stream.codec_context.sample_aspect_ratio = more["aspect"]
        if "matrix" in more:
            a, b, c, d = more["matrix"]
            numbers = [a * ONE, b * ONE, 0, c * ONE, d * ONE, 0, 0, 0, 1 << 30]
            stream.set_display_matrix([round(number) for number in numbers])
        for _ in range(10):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, kind)))
        container.mux(stream.encode())
    return path


def seen(path, height, width):
    """The first frame as bytes of (height, width, 3)."""
    clip = video.to_bytes(read_video(path, size=(height, width)))
    return clip[0, 0].permute(1, 2, 0).numpy().astype(int)


def laid_out(pixels, a, b, c, d):
    """By the definition of the matrix: (x, y) goes to (a x + c y, b x + d y)."""
    y, x = np.mgrid[: pixels.shape[0], : pixels.shape[1]]
    to_x, to_y = a * x + c * y, b * x + d * y
    to_x, to_y = to_x - to_x.min(), to_y - to_y.min()
    screen = np.zeros((to_y.max() + 1, to_x.max() + 1, 3), int)
    screen[to_y, to_x] = pixels
    return screen


@pytest.mark.parametrize("ending", ["mp4", "mov", "mkv"])
@pytest.mark.parametrize("matrix", TURNS)
def test_every_display_matrix_turns_and_mirrors(tmp_path, matrix, ending):
    path = write(tmp_path / f"a.{ending}", QUARTERS, matrix=matrix)
    screen = laid_out(QUARTERS, *matrix)
    assert np.abs(seen(path, *screen.shape[:2]) - screen).mean() < 4


def test_a_small_picture_is_turned_like_a_large_one(tmp_path):
    path = write(tmp_path / "a.mp4", QUARTERS, matrix=(0, 1, 1, 0))
    large, small = read_video(path, size=(64, 48)), read_video(path, size=(16, 12))
    mean = torch.nn.functional.avg_pool2d(large[0], 4)
    assert (mean - small[0]).abs().mean() < 0.01


def test_a_slanted_film_is_read_in_the_nearest_quarter_turn_and_said(tmp_path):
    slanted = (-0.9, 0.2, -0.2, -0.9)
    path = write(tmp_path / "slanted.mp4", QUARTERS, matrix=slanted)
    with pytest.warns(UserWarning, match=r"slanted.mp4 is turned by an odd angle"):
        picture = seen(path, 48, 64)
    assert np.abs(picture - QUARTERS[::-1, ::-1]).mean() < 4


@pytest.mark.parametrize("turns", range(4))
def test_the_angle_alone_turns_as_a_matrix_does(turns):
    """Anticlockwise; numpy's own turn is the reference."""
    picture = torch.arange(6).view(2, 3, 1)
    turn = QUARTER_TURNS[turns]
    laid = picture.transpose(0, 1) if turn.transposed else picture
    axes = [i for i in (0, 1) if (turn.upside_down, turn.mirrored)[i]]
    assert torch.equal(laid.flip(axes), torch.rot90(picture, turns))


@pytest.mark.filterwarnings("ignore:.*does not say where it ends")
@pytest.mark.parametrize("orientation_tag", [1, 3, 6, 8])
def test_jpegs_of_a_camera_are_turned_by_their_exif(tmp_path, orientation_tag):
    """PyAV does not know EXIF and says of such a frame only the angle."""
    exif = Image.Exif()
    exif[0x112] = orientation_tag
    Image.fromarray(QUARTERS).save(tmp_path / "one.jpg", exif=exif, quality=95)
    (tmp_path / "a.mjpeg").write_bytes((tmp_path / "one.jpg").read_bytes() * 3)
    with Image.open(tmp_path / "one.jpg") as picture:
        upright = np.array(ImageOps.exif_transpose(picture)).astype(int)
    picture = seen(tmp_path / "a.mjpeg", *upright.shape[:2])
    assert np.abs(picture - upright).mean() < 5


def test_the_exif_of_a_camera_does_no_harm(tmp_path):
    """FFmpeg writes and reads the resolution of a TIFF as EXIF."""
    path = write(tmp_path / "a.mov", QUARTERS, codec="tiff", layout="rgb24")
    assert np.array_equal(seen(path, 48, 64), QUARTERS)


def test_a_frame_without_a_matrix_is_shown_as_it_is_stored():
    assert not any(orientation(av.VideoFrame(8, 8, "rgb24")))


@pytest.mark.parametrize("aspect", [Fraction(2), Fraction(1, 2), Fraction(64, 45)])
@pytest.mark.parametrize(
    ("ending", "codec"),
    [
        ("mp4", "libx264"),
        ("mkv", "libx264"),
        ("ts", "libx264"),
        ("avi", "mpeg4"),
    ],
)
@pytest.mark.filterwarnings("ignore:.*does not say where it ends")
def test_a_disc_stays_a_disc(tmp_path, aspect, ending, codec):
    """Stored squeezed, shown round: as wide as it is high."""
    y, x = np.mgrid[:96, :96] - 47.5
    disc = np.repeat(255 * (y**2 + (aspect * x) ** 2 < 40**2)[..., None], 3, axis=2)
    path = tmp_path / f"a.{ending}"
    write(path, disc.astype(np.uint8), codec=codec, aspect=aspect)
    width = round(96 * aspect)
    bright = seen(path, 96, width)[..., 0] > 128
    high, wide = bright.any(axis=1).sum(), bright.any(axis=0).sum()
    assert abs(high - 80) <= 2
    assert abs(wide - min(80, width)) <= 3


def test_the_aspect_of_the_container_goes_before_that_of_the_codec(tmp_path):
    path = write(tmp_path / "a.mp4", QUARTERS, aspect=Fraction(2))
    data = bytearray(path.read_bytes())
    at = data.index(b"pasp") + 4
    data[at : at + 8] = (3).to_bytes(4) + (1).to_bytes(4)
    path.write_bytes(data)
    assert np.abs(seen(path, 48, 192) - QUARTERS.repeat(3, axis=1)).mean() < 6


def test_a_turned_film_of_oblong_pixels_is_stretched_where_it_is_stored(tmp_path):
    path = write(tmp_path / "a.mp4", QUARTERS, aspect=Fraction(2), matrix=(0, 1, -1, 0))
    screen = np.rot90(QUARTERS.repeat(2, axis=1), -1).astype(int)
    assert np.abs(seen(path, *screen.shape[:2]) - screen).mean() < 6


def see_through():
    """Red that nobody must see, over all; opaque in a square, half so in its middle."""
    pixels = np.zeros((48, 64, 4), np.uint8)
    pixels[..., :3] = 255, 40, 0
    pixels[8:40, 8:56, 3] = 255
    pixels[16:32, 16:48, 3] = 128
    return pixels


TRANSPARENT = [
    ("a.mov", "qtrle", "argb"),
    ("b.mov", "prores_ks", "yuva444p10le"),
    ("c.mov", "png", "rgba"),
    ("d.mov", "png", "rgba64be"),
    ("e.apng", "apng", "rgba"),
    ("f.mkv", "ffv1", "bgra"),
    ("g.mkv", "ffv1", "yuva420p"),
    ("h.mkv", "ffv1", "yuva444p16le"),
    ("i.avi", "utvideo", "gbrap"),
    ("j.avi", "rawvideo", "bgra"),
    ("k.webm", "libvpx-vp9", "yuva420p"),
    ("l.mkv", "libvpx-vp9", "yuva420p"),
]


@pytest.mark.parametrize(("name", "codec", "layout"), TRANSPARENT)
def test_transparent_pixels_are_black_and_half_of_them_half_as_bright(
    tmp_path, name, codec, layout
):
    path = write(tmp_path / name, see_through(), "rgba", codec=codec, layout=layout)
    picture = seen(path, 48, 64)
    assert np.abs(picture[2, 2]).max() <= 2
    assert np.abs(picture[12, 12] - [255, 40, 0]).max() <= 4
    assert np.abs(picture[24, 32] - [128, 20, 0]).max() <= 4


def test_grey_may_be_transparent_too(tmp_path):
    grey = see_through()[..., [0, 0, 0, 3]]
    path = write(tmp_path / "a.mov", grey, "rgba", codec="png", layout="ya8")
    levels = seen(path, 48, 64)[[2, 12, 24], [2, 12, 32], 1]
    assert np.abs(levels - [0, 255, 128]).max() <= 1


def test_a_gif_with_transparent_pixels_is_over_black(tmp_path):
    pixels = see_through()
    pixels[..., 3] = np.where(pixels[..., 3] > 200, 255, 0)
    film = [Image.fromarray(np.roll(pixels, i, axis=1)) for i in range(3)]
    options = {"save_all": True, "append_images": film[1:], "disposal": 2}
    film[0].save(tmp_path / "a.gif", **options)
    picture = seen(tmp_path / "a.gif", 48, 64)
    assert np.abs(picture[2, 2]).max() == np.abs(picture[24, 32]).max() == 0
    assert np.abs(picture[12, 12] - [255, 40, 0]).max() <= 2


def test_shrinking_mixes_no_hidden_colour_in(tmp_path):
    """Opaque green beside transparent red: the mean is half the green and no red."""
    pixels = np.zeros((32, 32, 4), np.uint8)
    pixels[:, ::2] = 0, 200, 0, 255
    pixels[:, 1::2] = 255, 0, 0, 0
    path = write(tmp_path / "a.mov", pixels, "rgba", codec="png", layout="rgba")
    assert np.abs(seen(path, 8, 8) - [0, 100, 0]).max() <= 1


def test_opaque_alpha_changes_nothing(tmp_path):
    opaque = np.dstack([QUARTERS, np.full((48, 64), 255, np.uint8)])
    path = write(tmp_path / "a.mov", opaque, "rgba", codec="png", layout="rgba")
    assert np.array_equal(seen(path, 48, 64), QUARTERS)


def test_the_unused_fourth_byte_of_an_uncompressed_avi_is_no_alpha(tmp_path):
    """Windows leaves it 0; only a fourth byte that is used makes pixels transparent."""
    unused = np.dstack([QUARTERS, np.zeros((48, 64), np.uint8)])
    path = write(tmp_path / "a.avi", unused, "rgba", codec="rawvideo", layout="bgra")
    assert np.array_equal(seen(path, 48, 64), QUARTERS)
    path = write(tmp_path / "a.mov", unused, "rgba", codec="png", layout="rgba")
    assert not seen(path, 48, 64).any()


@pytest.mark.parametrize(
    ("codec", "layout", "far"),
    [
        ("libx264", "yuv420p10le", 4),
        ("libx264", "yuvj444p", 2),
        ("ffv1", "gray", 1),
        ("ffv1", "gray10le", 1),
        ("ffv1", "gray16le", 1),
        ("ffv1", "gbrp16le", 1),
        ("ffv1", "yuv444p12le", 2),
        ("png", "monob", 0),
        ("png", "rgb48be", 1),
        ("mjpeg", "yuvj420p", 6),
    ],
)
def test_grey_is_grey_in_every_depth_and_range(tmp_path, codec, layout, far):
    ramp = np.repeat(np.linspace(0, 255, 8).round().astype(np.uint8), 8)
    ramp = np.where(ramp > 127, 255, 0).astype(np.uint8) if layout == "monob" else ramp
    pixels = np.broadcast_to(ramp[None, :, None], (46, 64, 3)).copy()
    path = write(tmp_path / "a.mov" if codec == "png" else tmp_path / "a.mkv", pixels,
                 codec=codec, layout=layout)  # fmt: skip
    assert np.abs(seen(path, 46, 64) - pixels).mean() <= far


def test_the_size_is_that_of_the_upright_picture():
    frame = av.VideoFrame.from_ndarray(QUARTERS, "rgb24")
    assert displayed_picture(frame, Orientation(), None, 7, 9).shape == (7, 9, 3)
    assert displayed_picture(frame, Orientation(), Fraction(0), 7, 9).shape == (7, 9, 3)
    assert displayed_picture(frame, Orientation(), Fraction(9), 7, 9).shape == (7, 9, 3)
